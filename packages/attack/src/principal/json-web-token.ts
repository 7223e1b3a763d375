/**
 * JSON Web Tokens, taken apart and made.
 *
 * Promise: parts are kept as they came, so that a token can be changed in one place only. Limits:
 * nothing is verified here; encrypted tokens (five parts) are not read.
 *
 * @module
 */

import { createHmac, sign, type KeyObject } from "node:crypto";

/** A token, taken apart. */
export interface ParsedToken {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Encoded, as it stands in the token. */
  readonly signature: string;
  /** The three parts as they stand in the token. */
  readonly parts: readonly [header: string, payload: string, signature: string];
}

function decodePart(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = JSON.parse(Buffer.from(part, "base64url").toString("utf8")) as unknown;
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Takes a token apart; `undefined` when it is none. */
export function parseToken(text: string): ParsedToken | undefined {
  const match = /^([\w-]+={0,2})\.([\w-]+={0,2})\.([\w-]*={0,2})$/.exec(text.trim());
  const [, first = "", second = "", third = ""] = match ?? [];
  const header = decodePart(first);
  const payload = decodePart(second);
  if (match === null || header === undefined || payload === undefined) return undefined;
  return { header, payload, signature: third, parts: [first, second, third] };
}

/** A part of a token: text as it is, anything else as JSON, in base64url. */
export function encodePart(value: unknown): string {
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString(
    "base64url",
  );
}

const digests: Readonly<Record<string, string>> = {
  HS256: "sha256",
  HS384: "sha384",
  HS512: "sha512",
  RS256: "sha256",
  RS384: "sha384",
  RS512: "sha512",
  ES256: "sha256",
  ES384: "sha384",
  ES512: "sha512",
};

function signature(
  algorithm: string,
  signed: string,
  key: KeyObject | string | Uint8Array,
): Buffer {
  const content = Buffer.from(signed);
  if (typeof key === "string" || key instanceof Uint8Array)
    return createHmac(digests[algorithm] ?? "sha256", key)
      .update(content)
      .digest();
  if (algorithm.startsWith("HS"))
    return createHmac(digests[algorithm] ?? "sha256", key)
      .update(content)
      .digest();
  if (algorithm.startsWith("ES"))
    return sign(digests[algorithm] ?? "sha256", content, { key, dsaEncoding: "ieee-p1363" });
  return algorithm === "EdDSA"
    ? sign(null, content, key)
    : sign(digests[algorithm] ?? "sha256", content, key);
}

/**
 * A token signed as the `alg` of its header says. A text or bytes as key sign with HMAC whatever the
 * header says, which is how one algorithm is passed off as another.
 */
export function signToken(
  header: Readonly<Record<string, unknown>>,
  payload: Readonly<Record<string, unknown>>,
  key: KeyObject | string | Uint8Array,
): string {
  const signed = `${encodePart(header)}.${encodePart(payload)}`;
  const algorithm = typeof header["alg"] === "string" ? header["alg"] : "HS256";
  return `${signed}.${signature(algorithm, signed, key).toString("base64url")}`;
}
