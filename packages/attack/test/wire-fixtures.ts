/**
 * What the tests of the wire share: a server that repeats what it got, and clients of it.
 *
 * @module
 */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import type { Credential, Principal } from "../src/principal/principal.ts";
import { createClient, type ClientOptions } from "../src/wire/client.ts";
import type { Call, Client, HeaderLine } from "../src/wire/exchange.ts";

/** A request as the server saw it. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  /** Header lines in order, as they came. */
  readonly lines: readonly HeaderLine[];
  readonly body: string;
  readonly from: string;
  readonly at: number;
}

/** A server of a test. */
export interface TestServer {
  readonly origin: string;
  readonly seen: Seen[];
  close(): Promise<void>;
}

async function read(request: IncomingMessage): Promise<Seen> {
  const at = performance.now();
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const lines: HeaderLine[] = [];
  for (let index = 0; index < request.rawHeaders.length; index += 2)
    lines.push([request.rawHeaders[index] ?? "", request.rawHeaders[index + 1] ?? ""]);
  return {
    method: request.method ?? "",
    url: request.url ?? "",
    lines,
    body: Buffer.concat(chunks).toString(),
    from: request.socket.remoteAddress ?? "",
    at,
  };
}

/** Starts a server that keeps what it saw and answers as told; without a handler it repeats it. */
export async function serve(
  handler?: (seen: Seen, response: ServerResponse) => void,
): Promise<TestServer> {
  const seen: Seen[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const one = await read(request);
    seen.push(one);
    if (handler !== undefined) {
      handler(one, response);
      return;
    }
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(one));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    seen,
    async close() {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
}

/** A principal with nothing but a name. */
export function principalNamed(name: string): Principal {
  return {
    name,
    role: "user",
    tenant: undefined,
    administrator: false,
    recipe: undefined,
    facts: {},
    owns: {},
  };
}

/** A credential of header lines. */
export function credentialOf(...headers: readonly HeaderLine[]): Credential {
  return { headers, query: [], token: undefined, refreshToken: undefined, obtainedAt: 0 };
}

/** A client with generous caps. */
export function clientOf(origin: string, options: Partial<ClientOptions> = {}): Client {
  return createClient({
    origin,
    credentialOf: () => credentialOf(),
    renew: () => Promise.resolve(false),
    rate: undefined,
    maxRequests: 1000,
    deadline: Date.now() + 60_000,
    timeout: 2000,
    maxAnswerBytes: 100_000,
    signal: undefined,
    now: Date.now,
    ...options,
  });
}

/** A call of nobody; parts of it replaced. */
export function callOf(parts: Partial<Call> = {}): Call {
  return {
    method: "GET",
    path: "/",
    headers: [],
    body: undefined,
    principal: undefined,
    operation: undefined,
    ...parts,
  };
}

/** A server and a client of it, closed after the test. */
export async function pair(
  context: TestContext,
  options: Partial<ClientOptions> = {},
  handler?: Parameters<typeof serve>[0],
): Promise<{ readonly server: TestServer; readonly client: Client }> {
  const server = await serve(handler);
  const client = clientOf(server.origin, options);
  context.after(async () => {
    await client.close();
    await server.close();
  });
  return { server, client };
}
