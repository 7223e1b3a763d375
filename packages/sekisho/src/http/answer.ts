/**
 * Writing answers: one prepared header list, one body, one packet.
 *
 * Promise: every answer carries the same security headers; a problem is built from its public face
 * alone. Limits: bodies are text or bytes in memory.
 *
 * @module
 */

import type { ServerResponse } from "node:http";
import { problemBody, type Problem } from "../kernel/index.ts";

/** Names and values in turn, as `writeHead` takes them. */
export type HeaderList = readonly string[];

/** The body of a problem as it goes over the wire. */
export function problemText(problem: Problem, requestId: string): string {
  return JSON.stringify(problemBody(problem, requestId));
}

/** Writes a whole answer and returns the number of bytes of its body. */
export function writeAnswer(
  response: ServerResponse,
  status: number,
  headers: string[],
  body: string | Uint8Array | undefined,
): number {
  if (body === undefined) {
    response.writeHead(status, headers);
    response.end();
    return 0;
  }
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
  headers.push("content-length", String(length));
  response.writeHead(status, headers);
  response.end(body);
  return length;
}

/** Flattens pairs to a header list. */
export function headerList(pairs: readonly (readonly [string, string])[]): HeaderList {
  return pairs.flat();
}

/** The fields that a problem adds to the common ones. */
export function problemHeaders(problem: Problem, challenge: string): string[] {
  const { members } = problem;
  const headers = ["content-type", "application/problem+json"];
  if (problem.status === 401) headers.push("www-authenticate", challengeOf(problem, challenge));
  if (members.retryAfter !== undefined) headers.push("retry-after", String(members.retryAfter));
  if (members.allow !== undefined) headers.push("allow", members.allow.join(", "));
  return headers;
}

function challengeOf(problem: Problem, realm: string): string {
  switch (problem.code) {
    case "unauthenticated":
      return problem.reason === "no-credentials"
        ? `Bearer realm="${realm}"`
        : `Bearer realm="${realm}", error="invalid_token"`;
    case "step-up-required": {
      const acr = problem.members.acrValues;
      const age = problem.members.maxAge;
      return [
        `Bearer realm="${realm}", error="insufficient_user_authentication"`,
        ...(acr === undefined ? [] : [`acr_values="${acr}"`]),
        ...(age === undefined ? [] : [`max_age="${age}"`]),
      ].join(", ");
    }
    case "webhook-signature-invalid":
      return `Signature realm="${realm}"`;
    default:
      return `Bearer realm="${realm}"`;
  }
}
