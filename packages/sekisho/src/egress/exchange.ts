/**
 * One request to one judged destination, and its answer.
 *
 * Promise: only headers of the caller that cannot change where or how the message is framed are
 * sent; the answer is read within its limits or not at all. Limits: the caller's header values are
 * its own responsibility.
 *
 * @module
 */

import type { Pool } from "undici";
import { acceptedCodings, readBody, type ResponseHeaders } from "./body.ts";
import type { Deadline } from "./deadline.ts";
import type { EgressLimits } from "./limits.ts";
import { EgressFailure } from "./reason.ts";

/** Methods that can be sent; CONNECT and TRACE are not among them. */
export type EgressMethod = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS";

/** A message ready to be sent. */
export interface Message {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string | undefined;
}

/** How an answer is to be read. */
export interface Reading {
  readonly limits: EgressLimits;
  readonly compressed: boolean;
  readonly mediaTypes: readonly string[] | undefined;
  readonly deadline: Deadline;
}

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: Uint8Array;
}

/** Header fields that decide about framing, routing or coding: never the caller's to set. */
const reservedHeaders: ReadonlySet<string> = new Set([
  "accept-encoding",
  "connection",
  "content-length",
  "expect",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const nothing = new Uint8Array(0);

/**
 * Lower-cases the names of request headers and refuses the reserved ones.
 *
 * @throws TypeError that names the header.
 */
export function requireHeaders(
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const names: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const key = name.toLowerCase();
    if (reservedHeaders.has(key)) throw new TypeError(`header ${key} is set by egress itself`);
    names[key] = value;
  }
  return names;
}

function readHeaders(
  raw: Readonly<Record<string, string | readonly string[] | undefined>>,
): ResponseHeaders {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(raw))
    if (value !== undefined) headers[name] = typeof value === "string" ? value : value.join(", ");
  return Object.freeze(headers);
}

function isMediaType(headers: ResponseHeaders, allowed: readonly string[]): boolean {
  const essence = headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  return essence !== undefined && allowed.includes(essence);
}

/** Whether a status may be answered without any body (RFC 9110 §6.4.1). */
function isBodiless(status: number, method: string): boolean {
  return method === "HEAD" || status === 204 || status === 205;
}

/**
 * Sends a message and reads the answer. The body of a redirect is not read.
 *
 * @throws EgressFailure, or an error of the transport.
 */
export async function exchange(pool: Pool, message: Message, reading: Reading): Promise<Answer> {
  const { deadline, limits, mediaTypes } = reading;
  const headersArrived = deadline.phase(limits.headersMs);
  const coding = reading.compressed ? acceptedCodings : "identity";
  const response = await pool
    .request({
      path: `${message.url.pathname}${message.url.search}`,
      method: message.method,
      headers: { ...message.headers, "accept-encoding": coding },
      body: message.body ?? null,
      signal: deadline.signal,
    })
    .finally(headersArrived);
  const { body, statusCode: status } = response;
  // A destroyed body reports the reason as an event; without a listener that ends the process.
  body.on("error", () => undefined);
  const headers = readHeaders(response.headers);
  const isRedirect = status >= 300 && status < 400;
  const isSuccess = status >= 200 && status < 300;
  const isExpected = mediaTypes === undefined || isMediaType(headers, mediaTypes);
  try {
    if (isRedirect || isBodiless(status, message.method)) return { status, headers, body: nothing };
    // An error page of another type keeps its status, which matters, and loses its text.
    if (!isExpected && !isSuccess) return { status, headers, body: nothing };
    if (!isExpected) throw new EgressFailure("media-type");
    const limit = limits.bodyBytes;
    const bytes = await readBody(body, headers, { limit, compressed: reading.compressed });
    return { status, headers, body: bytes };
  } finally {
    body.destroy();
  }
}
