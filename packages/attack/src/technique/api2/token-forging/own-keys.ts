/**
 * Key pairs of our own in the forms in which tokens carry them.
 *
 * @module
 */

import { generateKeyPairSync, type JsonWebKey, type KeyObject } from "node:crypto";

/** A key pair of our own. */
export interface OwnKey {
  readonly secret: KeyObject;
  readonly publicKey: KeyObject;
  readonly algorithm: "RS256" | "ES256" | "EdDSA";
  readonly jwk: Readonly<JsonWebKey & Record<string, unknown>>;
}

function keyFrom(
  algorithm: OwnKey["algorithm"],
  pair: { readonly privateKey: KeyObject; readonly publicKey: KeyObject },
  kid: string,
): OwnKey {
  const { privateKey, publicKey } = pair;
  const jwk = { ...publicKey.export({ format: "jwk" }), kid, use: "sig", alg: algorithm };
  return { secret: privateKey, publicKey, algorithm, jwk };
}

/** An RSA key of our own. */
export function ownRsaKey(kid: string): OwnKey {
  return keyFrom("RS256", generateKeyPairSync("rsa", { modulusLength: 2048 }), kid);
}

/** Keys of our own: of the kind that the genuine token uses first. */
export function ownKeys(algorithm: string, kid: string): readonly OwnKey[] {
  const rsa = ownRsaKey(kid);
  const curve = keyFrom("ES256", generateKeyPairSync("ec", { namedCurve: "prime256v1" }), kid);
  const edwards = keyFrom("EdDSA", generateKeyPairSync("ed25519"), kid);
  if (algorithm.startsWith("ES")) return [curve, rsa];
  return algorithm === "EdDSA" ? [edwards, rsa, curve] : [rsa, curve];
}

/** A word that nobody else uses. */
export function freshWord(random: () => number): string {
  return Array.from({ length: 12 }, () => Math.floor(random() * 36).toString(36)).join("");
}

/** The key id of a genuine token, else a fresh word. */
export function keyIdOf({ kid }: Readonly<Record<string, unknown>>, random: () => number): string {
  return typeof kid === "string" ? kid : freshWord(random);
}
