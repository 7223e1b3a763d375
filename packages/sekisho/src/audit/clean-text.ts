/**
 * Text that may be written down: bounded, one line, without secrets (ASVS 16.2.5, 16.4.1).
 *
 * Promise: no control character, line or paragraph separator, direction override or half
 * character survives; what looks like a token, a key or a connection string's password is
 * replaced. Limits: it knows the usual shapes of secrets and no others; do not log what you would
 * not show.
 *
 * @module
 */

import { hash } from "node:crypto";

// Controls, invisible format characters (direction overrides), line and paragraph separators, and
// lone surrogates: they end a line, drive a terminal, reorder a display, or are not UTF-8 at all.
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const secrets: readonly RegExp[] = [
  /\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)*/g,
  /\bwh(?:sec|sk)_[A-Za-z0-9+/=]+/g,
  /(?<=\b(?:bearer|basic|dpop)\s{1,4})[\w\-.~+/=]{8,}/gi,
  /(?<=:\/\/[^\s/:@]{0,128}:)[^\s/]{1,512}(?=@)/g,
  // "name=value", "name: value" or quoted; not "token:019a…", which names an object.
  /(?<=(?:password|passwd|secret|token|api[_-]?key|authorization|cookie)["']?\s{0,4}(?:=\s{0,4}["']?|:\s{1,4}["']?|:["']))[^\s"',;&]{1,512}/gi,
  /-----BEGIN [A-Z ]{1,40}-----[\s\S]{0,8192}?(?:-----END [A-Z ]{1,40}-----|$)/g,
];

/**
 * Replaces what looks like a credential.
 *
 * @example
 * redactSecrets("postgres://shop:hunter2@db/shop"); // "postgres://shop:[redacted]@db/shop"
 */
export function redactSecrets(text: string): string {
  let result = text;
  for (const pattern of secrets) result = result.replace(pattern, "[redacted]");
  return result;
}

/**
 * Makes text fit to be stored or logged: unsafe characters become U+FFFD, credentials
 * `[redacted]`, and what is longer than `maximum` characters is cut with an ellipsis.
 *
 * @example
 * cleanText("a\nb", 64); // "a\ufffdb"
 */
export function cleanText(text: string, maximum: number): string {
  // Bounded before anything is searched, so that a huge value costs as little as a large one.
  const bounded = text.length > maximum * 4 ? text.slice(0, maximum * 4) : text;
  const safe = bounded.replace(unsafe, "\ufffd");
  const redacted = safe.length < 8 ? safe : redactSecrets(safe);
  return redacted.length > maximum
    ? `${redacted.slice(0, maximum - 1).toWellFormed()}\u2026`
    : redacted;
}

/**
 * A short, stable, one-way stand-in for an id that must not be logged, such as a session's
 * (ASVS 16.2.5): 132 bits of its SHA-256 in base64url.
 *
 * @example
 * hashIdentifier("019ab3c4-5d6e-7f80-9123-456789abcdef").length; // 22
 */
export function hashIdentifier(identifier: string): string {
  return hash("sha256", identifier, "base64url").slice(0, 22);
}
