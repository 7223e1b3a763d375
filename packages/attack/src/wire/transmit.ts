/**
 * Sends one prepared request over a pooled connection and reads its answer.
 *
 * Promise: never throws for what the target does. Limits: redirects are not followed; an answer
 * that breaks off keeps what came and says so in `failure`.
 *
 * @module
 */

import {
  request as httpRequest,
  type Agent as HttpAgent,
  type ClientRequest,
  type IncomingMessage,
} from "node:http";
import { request as httpsRequest } from "node:https";
import type { Answer } from "./exchange.ts";
import { createBodySink, headerLines, headerOf, toAnswer } from "./answer-body.ts";
import type { PreparedRequest } from "./prepared-request.ts";
import { connectOptions, type Route, type Routes } from "./route.ts";

/** What came of a request. */
export interface Transmission {
  readonly answer: Answer | undefined;
  readonly failure: string | undefined;
}

/** Bounds of one transmission. */
export interface TransmitLimits {
  readonly timeout: number;
  readonly maxAnswerBytes: number;
  /** Takes a function that ends the transmission at once; gives one that forgets it. */
  readonly onStop: (stop: () => void) => () => void;
}

/** Milliseconds without a word after which a stream of events counts as read. */
const eventSilence = 400;

/** Words for an error of a connection. */
export function failureOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as { readonly code?: unknown }).code;
  const nested = error instanceof AggregateError ? (error.errors[0] as unknown) : undefined;
  if (error.message === "" && nested !== undefined) return failureOf(nested);
  return typeof code === "string" && !error.message.includes(code)
    ? `${error.message} (${code})`
    : error.message;
}

interface Reading {
  readonly response: IncomingMessage;
  readonly failure: string | undefined;
}

function open(prepared: PreparedRequest, route: Route, agent: HttpAgent | false): ClientRequest {
  return (route.secure ? httpsRequest : httpRequest)({
    ...connectOptions(route),
    agent,
    method: prepared.method,
    path: prepared.path,
    headers: prepared.headers.flat(),
    // Sloppy servers send sloppy heads, and big ones.
    insecureHTTPParser: true,
    maxHeaderSize: 512 * 1024,
  });
}

/** Sends a request through the pool of its route. */
export async function transmit(
  prepared: PreparedRequest,
  route: Route,
  routes: Routes,
  limits: TransmitLimits,
): Promise<Transmission> {
  const first = await attempt(prepared, route, routes.agent(route), limits);
  // The other side closed an idle connection just as it was used again; the request was not read.
  return first.stale ? attempt(prepared, route, false, limits) : first;
}

async function attempt(
  prepared: PreparedRequest,
  route: Route,
  agent: HttpAgent | false,
  limits: TransmitLimits,
): Promise<Transmission & { readonly stale: boolean }> {
  let request: ClientRequest;
  try {
    request = open(prepared, route, agent);
  } catch (error) {
    return { answer: undefined, failure: failureOf(error), stale: false };
  }
  const sink = createBodySink(limits.maxAnswerBytes);
  let start = performance.now();
  let end = start;
  const { promise, resolve, reject } = Promise.withResolvers<Reading>();
  const stop = (why: string): void => {
    request.destroy(new Error(why));
  };
  const timer = setTimeout(
    () => stop(`no whole answer within ${limits.timeout} ms`),
    limits.timeout,
  );
  const forget = limits.onStop(() => stop("the run was stopped"));
  request.on("socket", (socket) => {
    const begin = (): void => {
      start = performance.now();
    };
    if (socket.connecting) socket.once(route.secure ? "secureConnect" : "connect", begin);
    else begin();
  });
  let answered = false;
  request.on("error", (error) => {
    // Once an answer has begun it counts, whatever becomes of the rest of the request.
    if (!answered) reject(error);
  });
  request.on("response", (response) => {
    answered = true;
    read(
      response,
      (chunk) => sink.add(chunk),
      () => {
        end = performance.now();
      },
    ).then(resolve, reject);
  });
  request.end(prepared.body);
  try {
    const { response, failure } = await promise;
    request.destroy(failure === undefined || response.complete ? undefined : new Error(failure));
    const answer = await toAnswer(
      {
        status: response.statusCode ?? 0,
        headers: headerLines(response.rawHeaders),
        body: sink,
        milliseconds: Math.max(0, end - start),
      },
      limits.maxAnswerBytes,
    );
    return { answer, failure, stale: false };
  } catch (error) {
    const reset = (error as { readonly code?: unknown }).code === "ECONNRESET";
    return {
      answer: undefined,
      failure: failureOf(error),
      stale: reset && request.reusedSocket,
    };
  } finally {
    clearTimeout(timer);
    forget();
  }
}

/** Reads a response to its end; never throws, since its head is an answer already. */
function read(
  response: IncomingMessage,
  add: (chunk: Uint8Array) => boolean,
  touch: () => void,
): Promise<Reading> {
  const { promise, resolve } = Promise.withResolvers<Reading>();
  const events = (headerOf(headerLines(response.rawHeaders), "content-type") ?? "").startsWith(
    "text/event-stream",
  );
  let silence: NodeJS.Timeout | undefined;
  const done = (failure: string | undefined): void => {
    clearTimeout(silence);
    touch();
    resolve({ response, failure });
  };
  const listen = (): void => {
    clearTimeout(silence);
    silence = setTimeout(() => {
      done(undefined);
      response.destroy();
    }, eventSilence);
  };
  if (events) listen();
  response.on("data", (chunk: Buffer) => {
    touch();
    if (events) listen();
    if (!add(chunk)) {
      done("the answer was cut: it does not end");
      response.destroy();
    }
  });
  response.on("end", () => done(undefined));
  response.on("error", (error) => done(failureOf(error)));
  response.on("close", () => done("the answer broke off"));
  return promise;
}
