/** Stands in for the partner on this machine during development. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A running stand-in. */
export interface PartnerStandIn {
  readonly port: number;
  close(): Promise<void>;
}

/** Starts it on loopback, on a free port. */
export async function startPartnerStandIn(): Promise<PartnerStandIn> {
  const server = createServer((message, response) => {
    const name = /^\/v1\/metadata\/([a-z-]{1,64})$/.exec(message.url ?? "")?.[1];
    if (message.method !== "GET" || name === undefined) {
      response.writeHead(404, { "content-type": "application/json" }).end("{}");
      return;
    }
    response.writeHead(200, { "content-type": "application/json" }).end(
      JSON.stringify({
        title: name,
        description: `What the partner knows about ${name}.`,
        updated_at: "2026-11-01T00:00:00Z",
        internal_margin: 0.4,
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
