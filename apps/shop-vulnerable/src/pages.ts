/** Pages and documents that need no sign-in. */

import type { FastifyInstance } from "fastify";
import { pathValue } from "./input.ts";
import { route } from "./route.ts";

const problems: Readonly<Record<string, string>> = {
  "not-found": "What you asked for does not exist.",
  unauthenticated: "Sign in first.",
  forbidden: "You may not do this.",
  "invalid-request": "The request is not as the document says.",
  "illegal-step": "The order is not in the right state.",
};

const warning =
  "This is a vulnerable toy shop: every endpoint has a planted hole. " +
  "It exists to be attacked on this machine. Never let anybody else reach it.";

/** The endpoints of this area. */
export function addPages(app: FastifyInstance, document: object): void {
  route(app, "GET /", async (_request, reply) =>
    reply
      .type("text/html; charset=utf-8")
      .send(
        `<!doctype html><title>Vulnerable shop</title><h1>Vulnerable shop</h1><p>${warning}</p>` +
          `<p>See <a href="/docs">/docs</a> and <a href="/openapi.json">/openapi.json</a>.</p>`,
      ),
  );

  route(app, "GET /docs", async (_request, reply) =>
    reply
      .type("text/html; charset=utf-8")
      .send(`<!doctype html><title>Shop API</title><a href="/openapi.json">OpenAPI document</a>`),
  );

  route(app, "GET /openapi.json", async () => document);
  route(app, "GET /.well-known/jwks.json", async () => ({ keys: [] }));
  route(app, "GET /livez", async () => ({ status: "ok" }));
  route(app, "GET /readyz", async () => ({ status: "ready" }));

  route(app, "GET /problems/{code}", async (request, reply) => {
    const code = pathValue(request, "code");
    const detail = Object.hasOwn(problems, code) ? problems[code] : undefined;
    if (detail !== undefined) return { code, detail };
    // hole V-API8-06: what stands in the path runs in the browser
    const page = `<!doctype html><p>There is no problem called ${code}.</p>`;
    return reply.code(404).type("text/html; charset=utf-8").send(page);
  });
}
