/**
 * Refresh tokens: opaque, 256 bits, stored as SHA-256 (OWASP API2:2023, ASVS 7.2.3).
 *
 * Promise: a successor can be made again only from the presented token *and* the nonce of its
 * rotation. The database knows the nonce and not the token, the holder of an old token knows the
 * token and not the nonce, so neither gets at the successor alone. Limits: internal.
 *
 * @module
 */

import { createHash, createHmac } from "node:crypto";
import type { Randomness } from "../kernel/index.ts";
import { decodeBase64Url, encodeBase64Url } from "./base64url.ts";

const prefix = "skr_";
const tokenBytes = 32;

/** A refresh token in clear, on its way to or from its holder. */
export interface RefreshSecret {
  readonly bytes: Uint8Array;
  /** As the holder presents it; the prefix lets scanners for leaked secrets find it. */
  readonly text: string;
  /** SHA-256, as stored. */
  readonly hash: Buffer;
}

function secretOf(bytes: Uint8Array): RefreshSecret {
  return {
    bytes,
    text: prefix + encodeBase64Url(bytes),
    hash: createHash("sha256").update(bytes).digest(),
  };
}

/** A fresh token. */
export function createRefreshSecret(randomness: Randomness): RefreshSecret {
  return secretOf(randomness.bytes(tokenBytes));
}

/** Reads a presented token; `undefined` when it cannot be one. */
export function parseRefreshSecret(text: string): RefreshSecret | undefined {
  if (text.length !== prefix.length + 43 || !text.startsWith(prefix)) return undefined;
  const bytes = decodeBase64Url(text.slice(prefix.length));
  return bytes?.length === tokenBytes ? secretOf(bytes) : undefined;
}

/** A nonce for one rotation. */
export function createRotationNonce(randomness: Randomness): Uint8Array {
  return randomness.bytes(tokenBytes);
}

/** The successor of a token; the same one for the same nonce. */
export function deriveSuccessor(predecessor: RefreshSecret, nonce: Uint8Array): RefreshSecret {
  const hmac = createHmac("sha256", predecessor.bytes);
  return secretOf(hmac.update("sekisho refresh successor\0").update(nonce).digest());
}

/** How a client is remembered for the repeat window. */
export function hashClientKey(clientKey: string): Buffer {
  return createHash("sha256").update(`sekisho client\0${clientKey}`).digest();
}
