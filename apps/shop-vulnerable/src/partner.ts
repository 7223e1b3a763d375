/** Documents of the partner, and of every other address that this machine reaches. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { bodyWith, Refusal } from "./input.ts";
import { route } from "./route.ts";
import type { State } from "./state.ts";
import { callerOf } from "./tokens.ts";

/** A server that can be closed. */
export interface PartnerStandIn {
  readonly origin: string;
  close(): Promise<void>;
}

/** Starts a small partner on loopback. */
export async function startPartner(port: number): Promise<PartnerStandIn> {
  const server = createServer((message, response) => {
    const title = /^\/v1\/metadata\/([a-z-]{1,64})$/.exec(message.url ?? "")?.[1];
    const updated_at = "2026-11-01T00:00:00Z";
    response.writeHead(title === undefined ? 404 : 200, { "content-type": "application/json" }).end(
      JSON.stringify({
        title,
        description: "From the partner",
        updated_at,
        internal_margin: 0.4,
      }),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${address.port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/**
 * The endpoints of this area.
 *
 * @param stopped ends what is still being fetched when the toy stops
 */
export function addPartner(app: FastifyInstance, state: State, stopped: AbortSignal): void {
  route(app, "POST /api/fetch-metadata", async (request, reply) => {
    callerOf(request, state);
    const url = String(bodyWith(request, "url")["url"]);
    if (!URL.canParse(url)) throw new Refusal(422, "destination-refused", "url is no address.");
    // hole V-API7-01: any address, this machine and its network included
    const answer = await fetch(url, {
      redirect: "follow", // hole V-API7-02: and wherever that one sends us
      headers: { authorization: request.headers.authorization ?? "" }, // hole V-API7-03
      signal: stopped, // hole V-API7-04: no time limit, and none of size below
    }).catch((error: unknown) => {
      const { cause } = error as Error;
      throw new Refusal(502, "upstream-failed", `${url}: ${String(cause ?? error)}`);
    });
    const text = await answer.text();
    const document = parsed(text);
    // hole V-API10-06: what the partner says about a product of ours is written down
    if (typeof document?.["product_id"] === "string")
      state.catalogue.describe(document["product_id"], document);
    // hole V-API10-05: the whole document is passed on, whatever is in it
    const type = answer.headers.get("content-type") ?? "text/plain";
    return reply.type(document === undefined ? type : "application/json").send(text);
  });
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
