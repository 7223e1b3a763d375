/**
 * Base64url as RFC 7515 §2 means it: without padding, blanks or spare bits.
 *
 * Promise: one value has one spelling, so two spellings of a token cannot share a signature.
 * Limits: whole strings only, no streaming.
 *
 * @module
 */

const alphabet = /^[A-Za-z0-9_-]*$/;

/** Decodes `text`, or answers `undefined` when it is not the canonical spelling of its bytes. */
export function decodeBase64Url(text: string): Buffer | undefined {
  if (!alphabet.test(text)) return undefined;
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : undefined;
}

/** Encodes bytes, or the UTF-8 of a text. */
export function encodeBase64Url(value: Uint8Array | string): string {
  return Buffer.from(value as string).toString("base64url");
}
