/**
 * A call with everything that goes on the wire: credential, length, host.
 *
 * Promise: path, header lines and body go as they are given; a header that the caller gives is never
 * doubled by a standard one.
 *
 * @module
 */

import type { Credential } from "../principal/principal.ts";
import type { Call, HeaderLine } from "./exchange.ts";

/** What goes on the wire. */
export interface PreparedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly HeaderLine[];
  readonly body: Buffer | undefined;
  /** Whether Node's own client would refuse or change it, so that it must be written by hand. */
  readonly byHand: boolean;
}

const token = /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/;
const plainValue = /^[\t\x20-\x7e\x80-\xff]*$/;
const plainPath = /^[\x21-\x7e]+$/;
const ownFraming = new Set(["content-length", "transfer-encoding", "upgrade", "expect", "te"]);

function wantsHand(call: Call): boolean {
  return (
    !token.test(call.method) ||
    call.method === "CONNECT" ||
    !plainPath.test(call.path) ||
    call.headers.some(
      ([name, value]) =>
        !token.test(name) || !plainValue.test(value) || ownFraming.has(name.toLowerCase()),
    )
  );
}

/** The path with the query parameters of a credential. */
export function pathWithQuery(
  path: string,
  query: readonly (readonly [name: string, value: string])[],
): string {
  if (query.length === 0) return path;
  const added = query
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join("&");
  return `${path}${path.includes("?") ? (/[?&]$/.test(path) ? "" : "&") : "?"}${added}`;
}

/** Completes a call. `host` is the authority of the target. */
export function prepareRequest(
  call: Call,
  credential: Credential | undefined,
  host: string,
): PreparedRequest {
  const given = new Set(call.headers.map(([name]) => name.toLowerCase()));
  const body = call.body === undefined ? undefined : Buffer.from(call.body);
  const byHand = wantsHand(call);
  const standard: HeaderLine[] = [
    ["host", host],
    ["accept", "application/json, */*"],
    ["user-agent", "sekisho-attack/0.1"],
  ];
  const framing: HeaderLine[] = [["connection", byHand ? "close" : "keep-alive"]];
  const expectsBody = call.method === "POST" || call.method === "PUT" || call.method === "PATCH";
  if (!given.has("transfer-encoding") && (body !== undefined || expectsBody))
    framing.push(["content-length", String(body?.length ?? 0)]);
  const missing = (lines: readonly HeaderLine[]): readonly HeaderLine[] =>
    lines.filter(([name]) => !given.has(name));
  return {
    method: call.method,
    path: pathWithQuery(call.path, credential?.query ?? []),
    headers: [
      ...missing(standard),
      ...call.headers,
      ...(credential?.headers ?? []),
      ...missing(framing),
    ],
    body,
    byHand,
  };
}

/** Bytes of the request as they are written by hand. */
export function requestBytes(request: PreparedRequest): Buffer {
  // Paths are UTF-8, as servers read them; header values are Latin-1 as far as they can be.
  const line = ([name, value]: HeaderLine): Buffer =>
    Buffer.from(`${name}: ${value}\r\n`, /[^\0-\xff]/.test(value) ? "utf8" : "latin1");
  return Buffer.concat([
    Buffer.from(`${request.method} ${request.path} HTTP/1.1\r\n`, "utf8"),
    ...request.headers.map(line),
    Buffer.from("\r\n"),
    request.body ?? Buffer.alloc(0),
  ]);
}
