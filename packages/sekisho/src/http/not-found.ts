/**
 * Answers what no endpoint answers: 404, 405 with `Allow`, preflights, and refusals at the gate.
 *
 * Promise: the same headers and constant bodies as everywhere; counted against the source.
 * Limits: internal to `http/`.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { decideCrossOrigin } from "../hardening/index.ts";
import { addressKey, createId, Problem } from "../kernel/index.ts";
import { rateLimitHeader } from "../quota/index.ts";
import type { Parts, Unmatched } from "./assemble.ts";
import { problemHeaders, problemText, writeAnswer, type HeaderList } from "./answer.ts";
import { discardRest } from "./body.ts";
import { headsForEnd } from "./connection.ts";
import { awaitsContinue, type MarkedMessage } from "./raw-server.ts";

/** Makes the answers of an API for what it does not serve. */
export function createUnmatched({ checkpoint, methodsOf }: Parts): Unmatched {
  function answer(
    message: MarkedMessage,
    response: ServerResponse,
    problem: Problem,
    close: boolean,
    fields: HeaderList = [],
  ): void {
    const started = performance.now();
    const requestId = createId(checkpoint.clock, checkpoint.randomness);
    const headers = [
      ...checkpoint.headers,
      ...problemHeaders(problem, checkpoint.realm),
      ...fields,
    ];
    // Whoever waits for "100 Continue" may leave the body out: see `finish.ts`.
    const ends = close || message[awaitsContinue] === true || checkpoint.draining();
    if (headsForEnd(ends, message, response)) headers.push("connection", "close");
    else discardRest(message);
    const bytes = writeAnswer(response, problem.status, headers, problemText(problem, requestId));
    checkpoint.log.line({
      time: checkpoint.clock.now(),
      requestId,
      method: message.method ?? "",
      path: undefined,
      endpoint: undefined,
      status: problem.status,
      effect: "deny",
      reason: problem.reason,
      subject: undefined,
      session: undefined,
      source: sourceOf(message),
      durationMilliseconds: performance.now() - started,
      bytes,
    });
  }

  function sourceOf(message: IncomingMessage): string {
    const forwarded = message.headers["x-forwarded-for"];
    return addressKey(
      checkpoint.clientAddress(
        message.socket.remoteAddress,
        typeof forwarded === "string" ? forwarded : undefined,
      ),
    );
  }

  /** A browser asks before it calls from another origin; only a configured policy answers. */
  function answeredPreflight(message: IncomingMessage, response: ServerResponse): boolean {
    if (message.method !== "OPTIONS" || checkpoint.crossOrigin === undefined) return false;
    const decision = decideCrossOrigin(
      {
        origin: message.headers.origin,
        method: "OPTIONS",
        requestMethod: message.headers["access-control-request-method"],
        requestHeaders: message.headers["access-control-request-headers"],
      },
      checkpoint.crossOrigin,
    );
    // OPTIONS that asks for nothing is a method like any other that is not declared.
    if (decision.effect === "deny" || decision.kind !== "preflight") return false;
    const headers = [...checkpoint.headers, ...decision.headers.flat()];
    writeAnswer(response, 204, headers, undefined);
    return true;
  }

  async function notFound(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const outcome = await checkpoint.limiter.take(
      `source|${sourceOf(message)}`,
      checkpoint.sourceQuota,
    );
    if (outcome.effect === "deny") {
      const retryAfter = Math.max(1, outcome.retryAfterSeconds);
      const problem = new Problem("quota-exceeded", { retryAfter });
      const left = ["ratelimit", rateLimitHeader(outcome)];
      answer(message, response, problem, false, [...checkpoint.sourcePolicyHeaders, ...left]);
      return;
    }
    const methods = methodsOf(message.url ?? "");
    if (methods.length > 0 && answeredPreflight(message, response)) return;
    // A method that the path has did not match for another reason: a name in it that is too long.
    const problem =
      methods.length > 0 && !methods.includes(message.method ?? "")
        ? new Problem("method-not-allowed", { allow: methods })
        : new Problem("not-found", {}, { reason: "no-such-path" });
    answer(message, response, problem, false);
  }

  return {
    notFound: (message, response) => void notFound(message, response),
    refused: (message, response, problem) => answer(message, response, problem, true),
  };
}
