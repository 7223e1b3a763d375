/** How an endpoint is added. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

/** Adds what answers at, say, `GET /api/orders/{order_id}`. */
export function route(
  app: FastifyInstance,
  endpoint: `${string} /${string}`,
  handler: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>,
): void {
  const [method = "", path = ""] = endpoint.split(" ");
  app.route({
    method,
    url: path.replaceAll(/\{(\w+)\}/g, ":$1"),
    handler,
  });
}
