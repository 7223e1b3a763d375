/**
 * The gate in front of the router (OWASP API8:2023, RFC 9112; requirements API8.V4).
 *
 * Promise: a message that two hops could read differently is refused before anything looks at its
 * target: another version than 1.0 or 1.1, more than one `Host`, an absolute or asterisk target,
 * a transfer coding but `chunked`, and any in HTTP/1.0, repeated fields of which only one may count,
 * fields of more than 16 KiB, however small each of them is. Limits: framing itself is judged by Node's strict parser; `insecureHTTPParser` is never on.
 *
 * @module
 */

import type { IncomingMessage } from "node:http";
import { allow, deny, type Decision } from "../kernel/index.ts";

/** Why a message is refused at the gate. */
export type IngressReason =
  | "version-unsupported"
  | "host-missing"
  | "host-repeated"
  | "host-malformed"
  | "field-repeated"
  | "target-not-origin-form"
  | "target-for-a-proxy"
  | "target-malformed"
  | "target-too-long"
  | "transfer-coding-in-http-1.0"
  | "transfer-coding-unknown"
  | "length-unclear"
  | "fields-too-large";

/** The parts of a message that the gate looks at. */
export type IngressMessage = Pick<
  IncomingMessage,
  "httpVersionMinor" | "httpVersionMajor" | "rawHeaders" | "url"
>;

const longestTarget = 8_192;
const hostPattern = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::(\d{1,5}))?$/;
const highestPort = 65_535;
/** Bytes of all fields as they were sent; Node's own count leaves out colons and line ends. */
// Without chunks at the end nobody knows where the body ends (RFC 9112 §6.3).
const endsInChunks = /(?:^|,)[\t ]*chunked$/i;
const largestFields = 16_384;
const fieldOverhead = 4;
// Well-formed, but for a proxy or for the whole server (RFC 9112 §3.2.2, §3.2.4): neither is here.
const foreignTarget = /^(?:\*$|https?:\/\/)/i;
// RFC 3986 characters of a path and query; anything else has no business in a target.
const targetPattern = /^\/[\w\-.~!$&'()*+,;=:@%/?[\]|^{}"`\\<>]*$/;
const single: ReadonlySet<string> = new Set([
  "authorization",
  "content-type",
  "content-length",
  "idempotency-key",
  "x-signature",
  "origin",
]);
const singleLengths: ReadonlySet<number> = new Set([...single].map((name) => name.length));

/**
 * Judges a message by its head alone.
 *
 * @example
 * decideIngress(message); // { effect: "deny", reason: "host-missing" }
 */
export function decideIngress(message: IngressMessage): Decision<IngressReason> {
  const { rawHeaders, httpVersionMajor, httpVersionMinor } = message;
  // Node's parser takes a request line without a version for HTTP/0.9.
  if (httpVersionMajor !== 1 || httpVersionMinor > 1) return deny("version-unsupported");
  let host: string | undefined;
  let seen = 0;
  let coding: string | undefined;
  let bytes = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    const value = rawHeaders[index + 1] ?? "";
    bytes += name.length + value.length + fieldOverhead;
    if (name.length === 4 && name.toLowerCase() === "host") {
      if (host !== undefined) return deny("host-repeated");
      host = value;
    } else if (name.length === 17 && name.toLowerCase() === "transfer-encoding") {
      if (coding !== undefined) return deny("field-repeated");
      coding = value;
    } else if (singleLengths.has(name.length)) {
      const bit = singleBit(name.toLowerCase());
      if ((seen & bit) !== 0) return deny("field-repeated");
      seen |= bit;
    }
  }
  if (bytes > largestFields) return deny("fields-too-large");
  const oldVersion = httpVersionMinor === 0;
  if (oldVersion && coding !== undefined) return deny("transfer-coding-in-http-1.0");
  if (coding !== undefined && coding.toLowerCase() !== "chunked")
    return deny(endsInChunks.test(coding) ? "transfer-coding-unknown" : "length-unclear");
  if (host === undefined) return oldVersion ? decideTarget(message.url) : deny("host-missing");
  const parsed = hostPattern.exec(host);
  if (parsed === null || Number(parsed[1] ?? 0) > highestPort) return deny("host-malformed");
  return decideTarget(message.url);
}

function singleBit(name: string): number {
  let bit = 1;
  for (const known of single) {
    if (known === name) return bit;
    bit <<= 1;
  }
  return 0;
}

function decideTarget(target: string | undefined): Decision<IngressReason> {
  if (target === undefined || !target.startsWith("/"))
    return deny(foreignTarget.test(target ?? "") ? "target-for-a-proxy" : "target-not-origin-form");
  if (target.length > longestTarget) return deny("target-too-long");
  if (!targetPattern.test(target)) return deny("target-malformed");
  return allow();
}
