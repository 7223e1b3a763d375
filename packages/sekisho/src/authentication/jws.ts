/**
 * The signature layer of tokens: compact JWS, read strictly (OWASP API2:2023, RFC 7515, RFC 8725).
 *
 * Risk: unsigned or re-signed tokens, a key chosen by the attacker, two readings of one token.
 * Promise: nothing of a token is believed before its signature holds; the algorithm is one that
 * the key allows; `none`, embedded or remote keys, critical extensions, unencoded payloads and
 * encrypted tokens are refused. Limits: claims are not looked at (see `token-verifier.ts`).
 *
 * @module
 */

import { constants, createHmac, timingSafeEqual, verify, type KeyObject } from "node:crypto";
import { deny, type Decision } from "../kernel/index.ts";
import { decodeBase64Url } from "./base64url.ts";
import type { KeySet, VerificationKey } from "./jwk.ts";
import { parseStrictObject, type JsonObject } from "./strict-json.ts";

/** Why a token fails at the signature layer. */
export type JwsDenyReason =
  | "too-large"
  | "malformed"
  | "encrypted"
  | "malformed-header"
  | "forbidden-header"
  | "missing-algorithm"
  | "unknown-key"
  | "algorithm-not-allowed"
  | "bad-signature";

/** Header and payload of a token whose signature holds. */
export interface VerifiedJws {
  readonly header: JsonObject;
  readonly payload: Uint8Array;
}

interface Options {
  readonly maxTokenBytes?: number | undefined;
}

/**
 * Size in characters over which a token is not read (RFC 8725 gives no figure; ours is 8 KiB).
 *
 * @example
 * token.length > defaultMaxTokenBytes; // it is not even decoded
 */
export const defaultMaxTokenBytes = 8192;

const compactForm = /^[A-Za-z0-9_.-]+$/;
// All of them bring a key, change what is signed, or demand an extension; we understand none.
const forbiddenMembers = ["crit", "b64", "jku", "jwk", "x5u", "x5c", "zip", "enc"] as const;

function chooseKey(keys: KeySet, id: unknown): VerificationKey | undefined {
  const [first, ...others] = keys.keys;
  if (typeof id !== "string") return others.length === 0 ? first : undefined;
  if (others.length === 0 && first?.id === undefined) return first;
  return keys.keys.find((key) => key.id === id);
}

const hashNames: Readonly<Record<string, string>> = {
  "256": "sha256",
  "384": "sha384",
  "512": "sha512",
};
const ecdsaBytes: Readonly<Record<string, number>> = { ES256: 64, ES384: 96, ES512: 132 };

function verifyWith(
  hash: string | undefined,
  data: Buffer,
  key: Parameters<typeof verify>[2],
  signature: Buffer,
): Promise<boolean> {
  return new Promise((resolve) => {
    verify(hash, data, key, signature, (error, isValid) => {
      resolve(error === null && isValid);
    });
  });
}

function holds(
  algorithm: string,
  key: KeyObject,
  data: Buffer,
  signature: Buffer,
): boolean | Promise<boolean> {
  const hash = hashNames[algorithm.slice(2)];
  switch (algorithm.slice(0, 2)) {
    case "HS": {
      if (hash === undefined || key.type !== "secret") return false;
      const expected = createHmac(hash, key).update(data).digest();
      return expected.length === signature.length && timingSafeEqual(expected, signature);
    }
    case "ES":
      if (signature.length !== ecdsaBytes[algorithm]) return false;
      return verifyWith(hash, data, { key, dsaEncoding: "ieee-p1363" }, signature);
    case "PS": {
      const padding = constants.RSA_PKCS1_PSS_PADDING;
      const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
      return verifyWith(hash, data, { key, padding, saltLength }, signature);
    }
    case "RS":
      return verifyWith(hash, data, key, signature);
    default:
      return signature.length === 64 && verifyWith(undefined, data, key, signature);
  }
}

/**
 * Verifies the signature of a compact JWS with prepared keys; the payload need not be JSON.
 *
 * A token with a `kid` is verified by the key of that name, never by another; a token without one
 * only when there is a single key.
 *
 * @example
 * const decision = await verifySignature(token, prepareKeys(jwks.keys, ["Ed25519"]));
 * if (decision.effect === "allow") decision.header["typ"];
 */
export async function verifySignature(
  token: string,
  keys: KeySet,
  options: Options = {},
): Promise<Decision<JwsDenyReason, VerifiedJws>> {
  if (token.length > (options.maxTokenBytes ?? defaultMaxTokenBytes)) return deny("too-large");
  if (!compactForm.test(token)) return deny("malformed");
  const segments = token.split(".");
  if (segments.length === 5) return deny("encrypted");
  const [headerText, payloadText, signatureText] = segments;
  if (segments.length !== 3 || !headerText || payloadText === undefined || !signatureText)
    return deny("malformed");

  const headerBytes = decodeBase64Url(headerText);
  const payload = decodeBase64Url(payloadText);
  const signature = decodeBase64Url(signatureText);
  if (!headerBytes || !payload || !signature) return deny("malformed");

  const header = parseStrictObject(headerBytes);
  if (header === undefined) return deny("malformed-header");
  if (forbiddenMembers.some((name) => Object.hasOwn(header, name))) return deny("forbidden-header");
  const algorithm = header["alg"];
  if (typeof algorithm !== "string") return deny("missing-algorithm");
  const id = header["kid"];
  if (id !== undefined && typeof id !== "string") return deny("malformed-header");

  const key = chooseKey(keys, id);
  if (key === undefined) return deny("unknown-key");
  if (!key.algorithms.has(algorithm)) return deny("algorithm-not-allowed");
  const data = Buffer.from(`${headerText}.${payloadText}`, "latin1");
  if (!(await holds(algorithm, key.key, data, signature))) return deny("bad-signature");
  return { effect: "allow", header, payload };
}
