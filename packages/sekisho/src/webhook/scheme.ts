/**
 * What the signature schemes of incoming webhooks have in common (OWASP API10:2023).
 *
 * Promise: signatures are compared as bytes in constant time; a value that is not exactly the
 * encoding of a digest never reaches the comparison; a repeated header field is refused rather
 * than picked from. Limits: a scheme says who wrote a message and when, not whether it came
 * before; that is the inbox's part (`inbox.ts`).
 *
 * @module
 */

import { createHmac, hash, timingSafeEqual } from "node:crypto";
import { Secret, deny, type Decision } from "../kernel/index.ts";

/** Header fields of a message: a record (names in any case) or anything with `get`. */
export type WebhookHeaders =
  | { readonly [name: string]: string | readonly string[] | undefined }
  | { get(name: string): string | null };

/** One message as it arrived; `body` is the raw bytes, never a re-serialised object. */
export interface WebhookMessage {
  readonly headers: WebhookHeaders;
  readonly body: Uint8Array;
  /** The clock's time; see {@link secondsOf} for the units of a number. */
  readonly now: Date | number;
}

/** Every reason for which a message is refused; logged, never sent. */
export type WebhookReason =
  | "signature-missing"
  | "signature-malformed"
  | "signature-mismatch"
  | "header-repeated"
  | "id-missing"
  | "id-malformed"
  | "timestamp-missing"
  | "timestamp-malformed"
  | "timestamp-too-old"
  | "timestamp-too-new";

/** Who the message is: `id` is what the inbox remembers, `timestamp` is in seconds where signed. */
export interface WebhookFacts {
  readonly id: string;
  readonly timestamp?: number;
}

/** Answer of {@link WebhookScheme.verify}. */
export type WebhookDecision = Decision<WebhookReason, WebhookFacts>;

/** One way of signing messages. */
export interface WebhookScheme {
  readonly name: string;
  /** Length of the shortest symmetric key; infinite for schemes with public keys only. */
  readonly shortestKeyBytes: number;
  /** Sets of header fields of which one must be there, for documents. */
  readonly headerSets: readonly (readonly string[])[];
  /** Whether the message carries any header field of this scheme. */
  applies(headers: WebhookHeaders): boolean;
  verify(message: WebhookMessage): WebhookDecision;
}

/** A secret as configured: one text, or several for a rotation. */
export type WebhookSecrets = string | Secret<string> | readonly (string | Secret<string>)[];

/**
 * More signatures than any sender puts on one message, and few enough to try them all.
 *
 * @example
 * entries.length > maximumSignatures; // refused before any is tried
 */
export const maximumSignatures = 32;

/**
 * The time in whole seconds since 1970. A number is milliseconds, as the kernel's `Clock` gives
 * them; one below 1e11, which in milliseconds would lie before March 1973, is taken as seconds.
 *
 * @throws TypeError when it is neither a date nor a finite number.
 * @example
 * secondsOf(new Date("2021-02-25T15:02:10Z")); // 1614265330
 * secondsOf(1614265330999); // 1614265330
 */
export function secondsOf(now: Date | number): number {
  const value = now instanceof Date ? now.getTime() : now;
  if (typeof value !== "number" || !Number.isFinite(value))
    throw new TypeError("the time of a webhook message must be a Date or a finite number");
  const isSeconds = typeof now === "number" && Math.abs(value) < 1e11;
  return Math.floor(isSeconds ? value : value / 1000);
}

/**
 * One header field: its text, `undefined` when absent, or a refusal when it came more than once.
 *
 * @example
 * readHeader({ "Webhook-Id": "msg_1" }, "webhook-id"); // "msg_1"
 */
export function readHeader(
  headers: WebhookHeaders,
  name: string,
): string | undefined | { readonly effect: "deny"; readonly reason: "header-repeated" } {
  if (typeof headers["get"] === "function") {
    return (headers as { get(name: string): string | null }).get(name) ?? undefined;
  }
  let found: string | undefined;
  for (const [key, value] of Object.entries(headers)) {
    if (value === undefined || key.length !== name.length || key.toLowerCase() !== name) continue;
    const text = typeof value === "string" ? value : value.length === 1 ? value[0] : undefined;
    if (text === undefined || found !== undefined) return deny("header-repeated");
    found = text;
  }
  return found;
}

/**
 * Whether any of the header fields is present, even empty or repeated.
 *
 * @example
 * hasHeader({ "x-signature": "" }, ["x-signature"]); // true
 */
export function hasHeader(headers: WebhookHeaders, names: readonly string[]): boolean {
  return names.some((name) => readHeader(headers, name) !== undefined);
}

/**
 * Judges a signed timestamp (decimal seconds) against the clock, both ways.
 *
 * @example
 * decideTimestamp("1614265330", 1614265630, 300); // { effect: "allow", timestamp: 1614265330 }
 */
export function decideTimestamp(
  text: string | undefined,
  nowSeconds: number,
  toleranceSeconds: number,
): Decision<WebhookReason, { readonly timestamp: number }> {
  if (text === undefined || text === "") return deny("timestamp-missing");
  if (!/^(?:0|[1-9]\d{0,11})$/.test(text)) return deny("timestamp-malformed");
  const timestamp = Number(text);
  if (timestamp < nowSeconds - toleranceSeconds) return deny("timestamp-too-old");
  if (timestamp > nowSeconds + toleranceSeconds) return deny("timestamp-too-new");
  return { effect: "allow", timestamp };
}

/**
 * HMAC-SHA-256 over the parts, one after the other.
 *
 * @example
 * hmac(key, ["v0:", timestamp, ":", body]).length; // 32
 */
export function hmac(key: Uint8Array, parts: readonly (string | Uint8Array)[]): Uint8Array {
  const digest = createHmac("sha256", key);
  for (const part of parts) digest.update(part);
  return digest.digest();
}

/**
 * Whether any of `given` equals any of `expected`, without stopping at the first equal one.
 *
 * @example
 * matchesAny([hmac(key, [body])], [decodeHex("00")]); // false
 */
export function matchesAny(expected: readonly Uint8Array[], given: readonly Uint8Array[]): boolean {
  let matches = false;
  for (const one of expected) {
    for (const other of given) {
      // timingSafeEqual throws on different lengths; the length of a digest is no secret.
      if (one.length === other.length && timingSafeEqual(one, other)) matches = true;
    }
  }
  return matches;
}

/**
 * The bytes of a SHA-256 digest in hexadecimal, `undefined` for anything else (RFC 4648 §8).
 *
 * @example
 * decodeHex("zz"); // undefined
 */
export function decodeHex(text: string): Uint8Array | undefined {
  return /^[0-9a-fA-F]{64}$/.test(text) ? Buffer.from(text, "hex") : undefined;
}

/**
 * The bytes of canonical, padded base64, `undefined` for anything else (RFC 4648 §4):
 * `Buffer.from` alone skips whatever it does not know.
 *
 * @example
 * decodeBase64("AAE="); // Uint8Array [0, 1]
 * decodeBase64("AAE"); // undefined
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0) return undefined;
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
}

/**
 * The configured secrets as a list of texts.
 *
 * @throws TypeError when there is none or one is empty.
 * @example
 * secretTexts("githubSignature", ["old", "new"]); // ["old", "new"]
 */
export function secretTexts(scheme: string, secrets: WebhookSecrets): readonly string[] {
  const list = typeof secrets === "string" || secrets instanceof Secret ? [secrets] : secrets;
  const texts = list.map((secret) => (secret instanceof Secret ? secret.reveal() : secret));
  if (texts.length === 0) throw new TypeError(`${scheme} needs at least one secret`);
  if (texts.some((text) => typeof text !== "string" || text.trim() === ""))
    throw new TypeError(`${scheme} was given an empty secret`);
  return texts;
}

/**
 * The tolerance in seconds, checked.
 *
 * @throws TypeError when it is not a whole number from 1 to 3600.
 * @example
 * checkTolerance("slackSignature", 300); // 300
 */
export function checkTolerance(scheme: string, seconds: number): number {
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 3600)
    throw new TypeError(`${scheme} needs a tolerance of 1 to 3600 seconds, not ${seconds}`);
  return seconds;
}

/**
 * An id for senders that sign none: the digest of the body. `signed` tells whether a timestamp is
 * signed too; without one a copy stays valid for ever, and the inbox must never forget it.
 *
 * @example
 * bodyId(body, "untimed"); // "body:9f86d081…"
 */
export function bodyId(body: Uint8Array, signed: "timed" | "untimed"): string {
  return `${signed === "timed" ? "message" : "body"}:${hash("sha256", body, "hex")}`;
}
