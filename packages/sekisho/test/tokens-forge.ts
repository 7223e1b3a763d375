/**
 * Makes tokens of every kind for the token tests, with keys and a clock of its own.
 *
 * @module
 */

import { sign, type KeyObject } from "node:crypto";
import {
  createSigningKey,
  createTokenVerifier,
  publicJwks,
  type TokenVerifierOptions,
} from "sekisho/authentication";

export const start = 1_796_000_000;
export const clock = { seconds: start, now: () => clock.seconds * 1000 };
export const key = createSigningKey();
export const otherKey = createSigningKey();
export const ellipticKey = createSigningKey("ES256");
export const issuer = "https://shop.example";
export const audience = "https://shop.example/api";

export const goodHeader = { typ: "at+jwt", alg: "Ed25519", kid: key.id };
export const goodClaims = {
  iss: issuer,
  aud: audience,
  sub: "019ab3c4-0000-7000-8000-000000000001",
  client_id: "shop",
  jti: "019ab3c4-0000-7000-8000-000000000002",
  iat: start,
  exp: start + 900,
  sid: "019ab3c4-0000-7000-8000-000000000003",
  auth_time: start,
  amr: ["pwd"],
  roles: ["user"],
};

type Part = string | Uint8Array | object;
export const encode = (part: Part): string =>
  (typeof part === "string" || part instanceof Uint8Array
    ? Buffer.from(part as string)
    : Buffer.from(JSON.stringify(part))
  ).toString("base64url");

/** Signs anything at all with a key of ours: what an attacker could only dream of. */
export function forge(header: Part, claims: Part, privateKey: KeyObject = key.privateKey): string {
  const data = `${encode(header)}.${encode(claims)}`;
  const hash = privateKey.asymmetricKeyType === "ed25519" ? null : "sha256";
  const signature = sign(hash, Buffer.from(data), { key: privateKey, dsaEncoding: "ieee-p1363" });
  return `${data}.${signature.toString("base64url")}`;
}

export function verifierWith(options: Partial<TokenVerifierOptions> = {}) {
  return createTokenVerifier({
    issuer,
    audience,
    jwks: publicJwks([key, ellipticKey]),
    clock,
    ...options,
  });
}

export const verifier = verifierWith();
export const good = forge(goodHeader, goodClaims);

export async function reasonOf(token: string, by = verifier): Promise<string> {
  const decision = await by.verify(token);
  return decision.effect === "deny" ? decision.reason : "allowed";
}

export const without = (name: keyof typeof goodClaims) => {
  const { [name]: _, ...rest } = goodClaims;
  return rest;
};

/** The key as PKCS #8 in PEM. */
export const pemOf = (privateKey: KeyObject): string =>
  privateKey.export({ format: "pem", type: "pkcs8" }).toString();
