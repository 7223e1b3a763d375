/**
 * The HTTP server under the router: time-outs, sizes, and answers to what is not HTTP.
 *
 * Promise: silent connections, slow heads, slow bodies and answers that nobody reads end within a
 * minute; a message that
 * Node's parser refuses gets the same constant problem and the same headers as any other refusal.
 * Limits: per-address connection counts belong to the proxy in front.
 *
 * @module
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Problem, type Clock, type ProblemCode, type Randomness } from "../kernel/index.ts";
import type { HeaderList } from "./answer.ts";
import { beginEnd, latestResponseOf, takeIn } from "./connection.ts";
import { decideIngress, type IngressReason } from "./ingress.ts";
import { timeoutsOf, type ConnectionTimeouts } from "./timeouts.ts";
import { answerUnparsable } from "./unparsable.ts";

/** Certificate and key of a server that speaks TLS itself, in PEM. */
export interface TlsMaterial {
  readonly certificate: string;
  readonly key: string;
}

/** What the raw server needs. */
export interface RawServerOptions {
  readonly tls: TlsMaterial | undefined;
  readonly timeouts: ConnectionTimeouts | undefined;
  /** Headers of every problem, `content-type` and lengths apart. */
  readonly headers: HeaderList;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly refused: (message: IncomingMessage, response: ServerResponse, problem: Problem) => void;
  /** Told about every answer to bytes that were no message. */
  readonly unparsable: (status: number, reason: string) => void;
}

type Listener = (message: IncomingMessage, response: ServerResponse) => void;

/** Marks a message whose sender waits for `100 Continue`. */
export const awaitsContinue: unique symbol = Symbol("awaitsContinue");

/** A message that may carry the mark. */
export interface MarkedMessage extends IncomingMessage {
  [awaitsContinue]?: boolean;
}

const limits = {
  maxHeaderSize: 16_384,
  requireHostHeader: false,
  insecureHTTPParser: false,
  noDelay: true,
} as const;

/** What is not malformed and yet refused. */
const codes: Partial<Record<IngressReason, ProblemCode>> = {
  "target-too-long": "url-too-long",
  "target-for-a-proxy": "misdirected-request",
  "fields-too-large": "headers-too-large",
  "transfer-coding-unknown": "method-not-implemented",
};

/** Ends a connection on which nothing moves, unless it is this side that has yet to answer. */
function endStalled(socket: Socket): void {
  const latest = latestResponseOf(socket);
  const working = latest !== undefined && !latest.writableEnded && socket.writableLength === 0;
  if (!working) socket.destroy();
}

/** Makes the server whose requests pass the gate before `router` sees them. */
export function createRawServer(options: RawServerOptions, router: Listener): Server {
  const listener: Listener = (message, response) => {
    if (!takeIn(message, response)) return;
    const decision = decideIngress(message);
    if (decision.effect === "allow") {
      // Persistence was an afterthought of HTTP/1.0; such a connection carries one message.
      if (message.httpVersionMinor === 0) {
        response.shouldKeepAlive = false;
        beginEnd(message.socket);
      }
      router(message, response);
      return;
    }
    const { reason } = decision;
    const code = codes[reason] ?? "malformed-request";
    options.refused(message, response, new Problem(code, {}, { reason }));
  };
  const settings = { ...limits, ...timeoutsOf(options.timeouts) };
  const server: Server =
    options.tls === undefined
      ? createServer(settings, listener)
      : createTlsServer(
          {
            ...settings,
            cert: options.tls.certificate,
            key: options.tls.key,
            minVersion: "TLSv1.2",
          },
          listener,
        );
  // The head is bounded in bytes; dropping fields beyond a count would hide repeated ones.
  server.maxHeadersCount = 0;
  server.maxRequestsPerSocket = 10_000;
  server.timeout = settings.requestTimeout;
  server.on("timeout", endStalled);
  server.on("checkContinue", (message: MarkedMessage, response: ServerResponse) => {
    // Node looks for the word anywhere in the field; beside it may stand what nobody meets.
    if (message.headers.expect?.toLowerCase() !== "100-continue") {
      server.emit("checkExpectation", message, response);
      return;
    }
    message[awaitsContinue] = true;
    listener(message, response);
  });
  server.on("checkExpectation", (message: IncomingMessage, response: ServerResponse) => {
    if (!takeIn(message, response)) return;
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
