/** What every request passes: headers, the log, the rules for admins, and errors. */

import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { Refusal } from "./input.ts";
import type { State } from "./state.ts";
import { claimsOf, isAdmin } from "./tokens.ts";

const wireMethods = new WeakMap<IncomingMessage, string | undefined>();

/** A server that lets a header replace the method. */
export function createGateway(
  handler: (message: IncomingMessage, response: ServerResponse) => void,
): Server {
  return createServer((message, response) => {
    wireMethods.set(message, message.method);
    const override = message.headers["x-http-method-override"];
    if (message.method === "POST" && typeof override === "string")
      message.method = override.toUpperCase();
    handler(message, response);
  });
}

/** Where the gateway wants an admin. */
const rules: readonly { readonly method: string; readonly prefix: string }[] = [
  // hole V-API5-04: compared with the method of the wire, not with the one that the header names
  { method: "PATCH", prefix: "/api/admin/users/" },
  // hole V-API5-06: the router also takes /api/Admin/events
  { method: "GET", prefix: "/api/admin/events" },
];

/** What happens before and after every handler. */
export function addGateway(app: FastifyInstance, state: State): void {
  app.addHook("onRequest", async (request, reply) => {
    addHeaders(request, reply);
    const method = wireMethods.get(request.raw);
    const guarded = rules.some(
      (rule) => rule.method === method && request.url.startsWith(rule.prefix),
    );
    if (!guarded || isAdmin(request)) return;
    if (claimsOf(request) === undefined)
      throw new Refusal(401, "unauthenticated", "Send a valid access token.");
    throw new Refusal(403, "forbidden", "This is for admins.");
  });

  app.addHook("preHandler", async ({ method, url, body }) => {
    const name = `${method} ${url.split("?")[0]}`;
    state.log.push({
      id: randomUUID(),
      at: new Date().toISOString(),
      name,
      values: countValues(body),
    });
  });

  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, _request, reply) => {
    if (error instanceof Refusal) {
      const { status, code, message: detail } = error;
      return reply.code(status).send({ code, status, detail });
    }
    const { statusCode: status = 500, code = "internal-error", message: detail, stack } = error;
    // hole V-API8-01: names, paths and lines of our source go to the client
    return reply.code(status).send({ code, status, detail, stack });
  });

  app.setNotFoundHandler(async ({ method, url }, reply) =>
    reply
      .code(404)
      .send({ code: "not-found", status: 404, detail: `There is no ${method} ${url}.` }),
  );
}

/** How many values a body holds. */
function countValues(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  // hole V-API4-05: as deep as the body, until the stack is full
  return Object.values(value).reduce<number>((count, inner) => count + countValues(inner), 1);
}

function addHeaders({ headers: { origin } }: FastifyRequest, reply: FastifyReply): void {
  // hole V-API8-03: says what to look up, and lacks nosniff, no-store and the rest
  void reply.header("x-powered-by", "Fastify 5.12.8");
  if (origin === undefined) return;
  void reply.headers({
    "access-control-allow-origin": origin, // hole V-API8-02: every page may read the answers
    "access-control-allow-credentials": "true",
    "access-control-allow-headers": "authorization, content-type",
    "access-control-allow-methods": "GET, POST, PATCH, DELETE",
  });
}
