/**
 * A server on loopback that waits for requests which the target should never make.
 *
 * Promise: a visit is filed under the token of its URL, also when the rest of the request is broken.
 * Limits: plain HTTP; a visit that speaks TLS leaves no token and is not seen.
 *
 * @module
 */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { headerLines } from "./answer-body.ts";
import type { HeaderLine } from "./exchange.ts";

/** A request that reached the listener. */
export interface Visit {
  /** The token of the URL that was visited. */
  readonly token: string;
  readonly method: string;
  readonly path: string;
  readonly headers: readonly HeaderLine[];
  readonly body: string;
  readonly at: number;
}

/** What the listener answers on a token. */
export interface Bait {
  readonly status?: number;
  readonly headers?: readonly HeaderLine[];
  readonly body?: string;
  /** Milliseconds before the answer begins. */
  readonly delay?: number;
  /** Bytes that are sent without end until the other side hangs up or this many went out. */
  readonly flood?: number;
}

/** A server on loopback that waits for requests which the target should never make. */
export interface Listener {
  readonly origin: string;
  readonly port: number;
  /** A URL that nobody else has, whose path ends in a fresh token; `secret` stands in the default answer. */
  lay(bait?: Bait): {
    readonly url: string;
    readonly path: string;
    readonly token: string;
    readonly secret: string;
  };
  /** Visits of a token so far. */
  visits(token: string): readonly Visit[];
  close(): Promise<void>;
}

const longestVisit = 1024 * 1024;
const floodPart = Buffer.alloc(64 * 1024, "sekisho ");

interface Laid {
  readonly bait: Bait;
  readonly secret: string;
  readonly visits: Visit[];
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size <= longestVisit) chunks.push(chunk);
    }
  } catch {
    // The visitor hung up; what it said until then is the visit.
  }
  return Buffer.concat(chunks).toString("utf8");
}

function flood(response: ServerResponse, bytes: number): void {
  let left = bytes;
  const pour = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= floodPart.length;
      if (!response.write(floodPart)) {
        response.once("drain", pour);
        return;
      }
    }
    response.end();
  };
  pour();
}

function answer(response: ServerResponse, { bait, secret }: Laid): void {
  const lines: readonly HeaderLine[] = bait.headers ?? [["content-type", "application/json"]];
  response.writeHead(bait.status ?? 200, lines.flat());
  if (bait.flood === undefined) response.end(bait.body ?? JSON.stringify({ secret }));
  else flood(response, bait.flood);
}

/** Starts a listener on a free port of 127.0.0.1. */
export async function startListener(random: () => number): Promise<Listener> {
  const laid = new Map<string, Laid>();
  const timers = new Set<NodeJS.Timeout>();
  const word = (): string =>
    Array.from({ length: 20 }, () => Math.floor(random() * 36).toString(36)).join("");
  const find = (text: string): string | undefined =>
    text.match(/[a-z\d]{20,}/g)?.find((part) => laid.has(part));

  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? "";
    const token = find(path);
    const entry = token === undefined ? undefined : laid.get(token);
    const visit = {
      method: request.method ?? "",
      path,
      headers: headerLines(request.rawHeaders),
      at: Date.now(),
    };
    // Filed before the body is there: a visitor that never ends is a visitor all the same.
    const place = entry?.visits.push({ ...visit, token: token ?? "", body: "" });
    const body = await bodyOf(request);
    if (entry === undefined || token === undefined || place === undefined) {
      response.writeHead(404).end();
      return;
    }
    entry.visits[place - 1] = { ...visit, token, body };
    const timer = setTimeout(() => {
      timers.delete(timer);
      try {
        answer(response, entry);
      } catch {
        // A bait that Node refuses to send, such as one with a forbidden header.
        response.destroy();
      }
    }, entry.bait.delay ?? 0);
    timers.add(timer);
  };
  const server = createServer((request, response) => {
    receive(request, response).catch(() => response.destroy());
  });
  const broken = (bytes: Buffer, at: number): void => {
    const text = bytes.toString("latin1");
    const token = find(text);
    if (token === undefined) return;
    const [, method = "", path = ""] = /^(\S+) (\S*)/.exec(text) ?? [];
    laid.get(token)?.visits.push({ token, method, path, headers: [], body: text, at });
  };
  server.on("clientError", (error, socket) => {
    const { rawPacket } = error as { readonly rawPacket?: unknown };
    if (Buffer.isBuffer(rawPacket)) broken(rawPacket, Date.now());
    socket.destroy();
  });
  server.on("connect", (request, socket) => {
    broken(Buffer.from(`CONNECT ${request.url ?? ""}`), Date.now());
    socket.destroy();
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  return {
    origin,
    port,
    lay(bait = {}) {
      const token = word();
      const secret = `sk${word()}`;
      laid.set(token, { bait, secret, visits: [] });
      const path = `/visit/${token}`;
      return { url: `${origin}${path}`, path, token, secret };
    },
    visits: (token) => [...(laid.get(token)?.visits ?? [])],
    async close() {
      for (const timer of timers) clearTimeout(timer);
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
}
