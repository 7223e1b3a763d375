/**
 * Verification keys, prepared once and bound to their algorithms (OWASP API2:2023, RFC 7517,
 * RFC 8725 §3.1 and §3.5).
 *
 * Risk: a public key used as an HMAC secret, a weak key, a key meant for something else.
 * Promise: a key verifies only algorithms of its own kind that were also allowed; a weak or
 * unsuitable key stops the start; nothing is fetched and no key is taken from a token.
 * Limits: no certificates, no ES256K, no Ed448.
 *
 * @module
 */

import { createPublicKey, createSecretKey, type KeyObject } from "node:crypto";
import { decodeBase64Url } from "./base64url.ts";

/** Signature algorithms that can be allowed (RFC 7518 §3.1, RFC 8037, RFC 9864). */
export type JwsAlgorithm =
  | "Ed25519"
  | "EdDSA"
  | "ES256"
  | "ES384"
  | "ES512"
  | "PS256"
  | "PS384"
  | "PS512"
  | "RS256"
  | "RS384"
  | "RS512"
  | "HS256"
  | "HS384"
  | "HS512";

/** A JSON Web Key as it comes from a configuration or a JWKS document. */
export interface Jwk {
  readonly kty?: string | undefined;
  readonly kid?: string | undefined;
  readonly alg?: string | undefined;
  readonly use?: string | undefined;
  readonly key_ops?: readonly string[] | undefined;
  readonly crv?: string | undefined;
  readonly x?: string | undefined;
  readonly y?: string | undefined;
  readonly n?: string | undefined;
  readonly e?: string | undefined;
  readonly k?: string | undefined;
}

/** A key that is ready to verify, with the algorithms it may be used for. */
export interface VerificationKey {
  readonly id: string | undefined;
  readonly algorithms: ReadonlySet<string>;
  readonly key: KeyObject;
}

/** Prepared keys; made by {@link prepareKeys}. */
export interface KeySet {
  readonly keys: readonly VerificationKey[];
}

interface Suitability {
  readonly kty: string;
  readonly crv?: string;
  /** Bytes of the hash, which an HMAC key must at least have (RFC 7518 §3.2). */
  readonly minimumBytes?: number;
}

const suitability: Readonly<Record<JwsAlgorithm, Suitability>> = {
  Ed25519: { kty: "OKP", crv: "Ed25519" },
  EdDSA: { kty: "OKP", crv: "Ed25519" },
  ES256: { kty: "EC", crv: "P-256" },
  ES384: { kty: "EC", crv: "P-384" },
  ES512: { kty: "EC", crv: "P-521" },
  PS256: { kty: "RSA" },
  PS384: { kty: "RSA" },
  PS512: { kty: "RSA" },
  RS256: { kty: "RSA" },
  RS384: { kty: "RSA" },
  RS512: { kty: "RSA" },
  HS256: { kty: "oct", minimumBytes: 32 },
  HS384: { kty: "oct", minimumBytes: 48 },
  HS512: { kty: "oct", minimumBytes: 64 },
};

function parameter(jwk: Jwk, name: "crv" | "x" | "y" | "n" | "e" | "k"): string {
  const value = jwk[name];
  if (typeof value !== "string" || value === "" || (name !== "crv" && !decodeBase64Url(value)))
    throw new TypeError(`key ${keyName(jwk)} has no valid "${name}"`);
  return value;
}

function keyName(jwk: Jwk): string {
  return jwk.kid === undefined ? "without kid" : JSON.stringify(jwk.kid);
}

function importRsa(jwk: Jwk): KeyObject {
  const members = { kty: "RSA", n: parameter(jwk, "n"), e: parameter(jwk, "e") };
  const key = createPublicKey({ format: "jwk", key: members });
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < 2048)
    throw new TypeError(`key ${keyName(jwk)} is an RSA key of ${modulusLength} bits, under 2048`);
  if (publicExponent < 3n || publicExponent % 2n === 0n)
    throw new TypeError(`key ${keyName(jwk)} has a public exponent that protects nothing`);
  return key;
}

/** Reads only public members, so that a private key in a configuration is not kept. */
function importKey(jwk: Jwk): KeyObject {
  try {
    switch (jwk.kty) {
      case "OKP": {
        const members = { kty: "OKP", crv: parameter(jwk, "crv"), x: parameter(jwk, "x") };
        return createPublicKey({ format: "jwk", key: members });
      }
      case "EC": {
        const point = { x: parameter(jwk, "x"), y: parameter(jwk, "y") };
        const members = { kty: "EC", crv: parameter(jwk, "crv"), ...point };
        return createPublicKey({ format: "jwk", key: members });
      }
      case "RSA":
        return importRsa(jwk);
      case "oct":
        return createSecretKey(parameter(jwk, "k"), "base64url");
      case undefined:
      default:
        throw new TypeError(`key ${keyName(jwk)} has an unknown kty`);
    }
  } catch (cause) {
    if (cause instanceof TypeError && !("code" in cause)) throw cause;
    throw new TypeError(`key ${keyName(jwk)} is not usable`, { cause });
  }
}

/** Whether the key's own description lets it verify `algorithm`. */
function isMeantFor(jwk: Jwk, algorithm: JwsAlgorithm): boolean {
  const wanted = suitability[algorithm];
  if (jwk.use !== undefined && jwk.use !== "sig") return false;
  if (jwk.key_ops !== undefined && !jwk.key_ops.includes("verify")) return false;
  if (jwk.alg !== undefined && jwk.alg !== algorithm) return false;
  return jwk.kty === wanted.kty && (wanted.crv === undefined || jwk.crv === wanted.crv);
}

function prepareKey(jwk: Jwk, allowed: readonly JwsAlgorithm[]): VerificationKey | undefined {
  const meantFor = allowed.filter((algorithm) => isMeantFor(jwk, algorithm));
  if (meantFor.length === 0) return undefined;
  const key = importKey(jwk);
  const algorithms = meantFor.filter(
    (algorithm) => (suitability[algorithm].minimumBytes ?? 0) <= (key.symmetricKeySize ?? 0),
  );
  if (key.type === "secret" && algorithms.length === 0)
    throw new TypeError(`key ${keyName(jwk)} is shorter than the hash of ${meantFor.join(", ")}`);
  return { id: jwk.kid, algorithms: new Set(key.type === "secret" ? algorithms : meantFor), key };
}

/**
 * Checks and imports the keys of a JWKS once, bound to the allowed algorithms. Keys that are meant
 * for something else are left out (RFC 7517 §5).
 *
 * @throws TypeError when no key remains, a `kid` is not unique, or a remaining key is malformed or
 * too weak (RSA under 2048 bits, HMAC shorter than its hash).
 * @example
 * const keys = prepareKeys(jwks.keys, ["Ed25519"]);
 */
export function prepareKeys(jwks: readonly Jwk[], algorithms: readonly JwsAlgorithm[]): KeySet {
  for (const algorithm of algorithms)
    if (!Object.hasOwn(suitability, algorithm))
      throw new TypeError(`signature algorithm ${JSON.stringify(algorithm)} is not supported`);
  const keys = jwks
    .map((jwk) => prepareKey(jwk, algorithms))
    .filter((key): key is VerificationKey => key !== undefined);
  if (keys.length === 0)
    throw new TypeError(`there is no verification key for ${algorithms.join(", ")}`);
  const ids = new Set(keys.map((key) => key.id));
  if (ids.size !== keys.length) throw new TypeError("several keys need a kid each, all different");
  return { keys };
}
