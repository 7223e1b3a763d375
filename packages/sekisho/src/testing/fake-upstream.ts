/**
 * Somebody else's API on this machine, with the faults that such APIs have (OWASP API10:2023).
 *
 * Promise: it answers what the test listed and 404 otherwise, and keeps what it was sent. Limits:
 * plain HTTP on loopback; reach it through `unsafeDestinations` or a `dial` of the egress.
 *
 * @module
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a route of the fake answers. */
export type FakeAnswer =
  | {
      readonly kind: "whole";
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | { readonly kind: "slow"; readonly milliseconds: number; readonly answer: FakeAnswer }
  | { readonly kind: "cut" }
  | { readonly kind: "huge"; readonly bytes: number };

/** A request as the fake saw it. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** A running fake. */
export interface FakeUpstream {
  /** For example `"http://127.0.0.1:49152"`. */
  readonly origin: string;
  /** Where it listens, as `unsafeDestinations` of the egress takes it. */
  readonly destination: { readonly address: string; readonly port: number };
  /** Every request so far, in order. */
  readonly requests: readonly SeenRequest[];
  /** Replaces what a route answers from now on. */
  answer(route: string, answer: FakeAnswer): void;
  close(): Promise<void>;
}

/**
 * Answers a value as JSON.
 *
 * @example
 * jsonAnswer({ title: "One" }); // 200
 * jsonAnswer({ message: "try later" }, { status: 503, headers: { "retry-after": "1" } });
 */
export function jsonAnswer(
  value: unknown,
  options: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
): FakeAnswer {
  return {
    kind: "whole",
    status: options.status ?? 200,
    headers: { "content-type": "application/json", ...options.headers },
    body: JSON.stringify(value),
  };
}

/**
 * Answers well-formed JSON that no contract for an object accepts.
 *
 * @example
 * startFakeUpstream({ "GET /documents/1": wrongSchemaAnswer() });
 */
export function wrongSchemaAnswer(): FakeAnswer {
  return jsonAnswer([null]);
}

/**
 * Waits before it answers.
 *
 * @example
 * slowAnswer(30_000, jsonAnswer({ title: "One" }));
 */
export function slowAnswer(milliseconds: number, answer: FakeAnswer): FakeAnswer {
  return { kind: "slow", milliseconds, answer };
}

/**
 * Promises a body, sends half of it and cuts the connection.
 *
 * @example
 * startFakeUpstream({ "GET /documents/1": cutAnswer() });
 */
export function cutAnswer(): FakeAnswer {
  return { kind: "cut" };
}

/**
 * Sends one JSON string of so many bytes, without saying its length first.
 *
 * @example
 * hugeAnswer(10_000_000);
 */
export function hugeAnswer(bytes: number): FakeAnswer {
  return { kind: "huge", bytes };
}

/**
 * Sends the client somewhere else.
 *
 * @example
 * redirectAnswer("http://169.254.169.254/latest/meta-data/");
 */
export function redirectAnswer(location: string, status: 301 | 302 | 307 | 308 = 302): FakeAnswer {
  return { kind: "whole", status, headers: { location }, body: "" };
}

const pieceBytes = 65_536;

/** Sends as fast as the client reads, so that nobody holds the whole. */
function sendHuge(response: ServerResponse, bytes: number): void {
  let left = bytes - 2;
  const piece = "x".repeat(pieceBytes);
  const more = (): void => {
    while (left > 0) {
      const next = piece.slice(0, Math.min(left, pieceBytes));
      left -= next.length;
      if (!response.write(next)) {
        response.once("drain", more);
        return;
      }
    }
    response.end('"');
  };
  response.writeHead(200, { "content-type": "application/json" });
  response.write('"');
  more();
}

function send(response: ServerResponse, answer: FakeAnswer): void {
  switch (answer.kind) {
    case "whole":
      response.writeHead(answer.status, answer.headers).end(answer.body);
      return;
    case "slow": {
      const timer = setTimeout(() => send(response, answer.answer), answer.milliseconds);
      response.once("close", () => clearTimeout(timer));
      return;
    }
    case "cut":
      response.writeHead(200, { "content-type": "application/json", "content-length": "64" });
      response.write('{"title":"half of', () => response.destroy());
      return;
    case "huge":
      sendHuge(response, answer.bytes);
  }
}

async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function respond(
  answers: ReadonlyMap<string, FakeAnswer>,
  requests: SeenRequest[],
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = "", url: target = "" } = message;
  requests.push({ method, target, headers: message.headers, body: await readBody(message) });
  const path = target.split("?")[0] ?? "";
  send(response, answers.get(`${method} ${path}`) ?? jsonAnswer({}, { status: 404 }));
}

async function stop(server: Server): Promise<void> {
  const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await stopped;
}

/**
 * Starts a fake with answers by method and path (without the query).
 *
 * @example
 * const partner = await startFakeUpstream({
 *   "GET /documents/1": jsonAnswer({ title: "One" }),
 *   "GET /documents/2": slowAnswer(30_000, jsonAnswer({ title: "Two" })),
 * });
 * await partner.close();
 */
export async function startFakeUpstream(
  routes: Readonly<Record<string, FakeAnswer>>,
): Promise<FakeUpstream> {
  const answers = new Map(Object.entries(routes));
  const requests: SeenRequest[] = [];
  const server = createServer((message, response) => {
    // A client that goes away while it sends is what some tests are about.
    respond(answers, requests, message, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { address, port } = server.address() as AddressInfo;
  return {
    origin: `http://${address}:${port}`,
    destination: { address, port },
    requests,
    answer: (route, answer) => void answers.set(route, answer),
    close: () => stop(server),
  };
}
