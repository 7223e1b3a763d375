/**
 * The HTTP server under the router: time-outs, sizes, and answers to what is not HTTP.
 *
 * Promise: silent connections, slow heads and slow bodies end within a minute; a message that
 * Node's parser refuses gets the same constant problem and the same headers as any other refusal.
 * Limits: per-address connection counts belong to the proxy in front.
 *
 * @module
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Duplex } from "node:stream";
import {
  createId,
  Problem,
  type Clock,
  type ProblemCode,
  type Randomness,
} from "../kernel/index.ts";
import { decideIngress } from "./ingress.ts";
import { problemText, type HeaderList } from "./answer.ts";

/** Certificate and key of a server that speaks TLS itself, in PEM. */
export interface TlsMaterial {
  readonly certificate: string;
  readonly key: string;
}

/** What the raw server needs. */
export interface RawServerOptions {
  readonly tls: TlsMaterial | undefined;
  /** Headers of every problem, `content-type` and lengths apart. */
  readonly headers: HeaderList;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly refused: (message: IncomingMessage, response: ServerResponse, problem: Problem) => void;
  readonly unparsable: (code: ProblemCode, reason: string) => void;
}

type Listener = (message: IncomingMessage, response: ServerResponse) => void;

/** Marks a message whose sender waits for `100 Continue`. */
export const awaitsContinue: unique symbol = Symbol("awaitsContinue");

/** A message that may carry the mark. */
export interface MarkedMessage extends IncomingMessage {
  [awaitsContinue]?: boolean;
}

const limits = {
  headersTimeout: 15_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 2_000,
  maxHeaderSize: 16_384,
  requireHostHeader: false,
  insecureHTTPParser: false,
  noDelay: true,
} as const;

function codeOfParserError(error: NodeJS.ErrnoException): ProblemCode {
  if (error.code === "HPE_HEADER_OVERFLOW") return "headers-too-large";
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") return "request-timeout";
  if (error.code === "HPE_INVALID_TRANSFER_ENCODING") return "malformed-request";
  return "malformed-request";
}

const reasonPhrases: Readonly<Record<number, string>> = {
  400: "Bad Request",
  408: "Request Timeout",
  431: "Request Header Fields Too Large",
};

function answerUnparsable(
  options: RawServerOptions,
  error: NodeJS.ErrnoException,
  socket: Duplex,
): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const code = codeOfParserError(error);
  const problem = new Problem(code, {}, { reason: error.code ?? "unparsable" });
  options.unparsable(code, problem.reason);
  const body = problemText(problem, createId(options.clock, options.randomness));
  const head = [
    `HTTP/1.1 ${problem.status} ${reasonPhrases[problem.status] ?? "Bad Request"}`,
    ...pairs(options.headers),
    "content-type: application/problem+json",
    `content-length: ${Buffer.byteLength(body)}`,
    `date: ${new Date(options.clock.now()).toUTCString()}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

function pairs(headers: HeaderList): string[] {
  const lines: string[] = [];
  for (let index = 0; index < headers.length; index += 2)
    lines.push(`${headers[index]}: ${headers[index + 1]}`);
  return lines;
}

/** Makes the server whose requests pass the gate before `router` sees them. */
export function createRawServer(options: RawServerOptions, router: Listener): Server {
  const listener: Listener = (message, response) => {
    const decision = decideIngress(message);
    if (decision.effect === "allow") {
      router(message, response);
      return;
    }
    const code = decision.reason === "target-too-long" ? "url-too-long" : "malformed-request";
    options.refused(message, response, new Problem(code, {}, { reason: decision.reason }));
  };
  const server: Server =
    options.tls === undefined
      ? createServer(limits, listener)
      : createTlsServer(
          {
            ...limits,
            cert: options.tls.certificate,
            key: options.tls.key,
            minVersion: "TLSv1.2",
          },
          listener,
        );
  // The head is bounded in bytes; dropping fields beyond a count would hide repeated ones.
  server.maxHeadersCount = 0;
  server.maxRequestsPerSocket = 10_000;
  server.on("checkContinue", (message: MarkedMessage, response: ServerResponse) => {
    message[awaitsContinue] = true;
    listener(message, response);
  });
  server.on("checkExpectation", (message: IncomingMessage, response: ServerResponse) => {
    options.refused(message, response, new Problem("expectation-failed"));
  });
  server.on("connect", (_message: IncomingMessage, socket: Duplex) => {
    answerUnparsable(options, Object.assign(new Error("CONNECT"), { code: "CONNECT" }), socket);
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    answerUnparsable(options, error, socket);
  });
  return server;
}
