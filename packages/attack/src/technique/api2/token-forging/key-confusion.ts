/**
 * A public key used as the secret of an HMAC: what everybody may read becomes the key to sign with.
 *
 * Limits: keys that the API shows at the usual places or in its document; none is computed from
 * signatures.
 *
 * @module
 */

import { signToken } from "../../../principal/json-web-token.ts";
import type { World } from "../../../world/world.ts";
import type { Outcome } from "../../technique.ts";
import type { Forge } from "./forge.ts";
import { forgeryTechnique } from "./forgery-technique.ts";
import { publicKeys, type ShownKey } from "./public-keys.ts";
import { tryForgeries, type Forgery } from "./try-forgeries.ts";

const remedy =
  "Fix the algorithm where tokens are verified, and give that place a key object that knows its kind, not a text.";

/** Texts and bytes as which a server may hold the key. */
function encodings({
  key,
  jwk,
  certificate,
}: ShownKey): readonly (readonly [string, string | Uint8Array])[] {
  const spki = key.export({ type: "spki", format: "pem" }).toString();
  const isRsa = key.asymmetricKeyType === "rsa";
  const pkcs1 = isRsa ? key.export({ type: "pkcs1", format: "pem" }).toString() : undefined;
  const der = key.export({ type: "spki", format: "der" });
  return [
    ["PEM", spki],
    ["PEM without the last line break", spki.trimEnd()],
    ...(pkcs1 === undefined
      ? []
      : ([
          ["PKCS#1 PEM", pkcs1],
          ["PKCS#1 PEM without the last line break", pkcs1.trimEnd()],
        ] as const)),
    ...(certificate === undefined
      ? []
      : ([
          ["certificate", certificate],
          ["certificate without the last line break", certificate.trimEnd()],
        ] as const)),
    ["DER", der],
    ["base64 of DER", der.toString("base64")],
    ...(jwk === undefined ? [] : ([["JSON of the key set", JSON.stringify(jwk)]] as const)),
    ...(typeof jwk?.["n"] === "string" ? ([["modulus", jwk["n"]]] as const) : []),
    ...(typeof jwk?.["x"] === "string" ? ([["coordinate x", jwk["x"]]] as const) : []),
  ];
}

/** Tokens that are signed by HMAC with public keys. */
export function confusedTokens({ token }: Forge, keys: readonly ShownKey[]): readonly Forgery[] {
  const { header, payload } = token;
  return keys.slice(0, 2).flatMap((shown) =>
    encodings(shown).flatMap(([name, bytes], index) =>
      ["HS256", "HS384", "HS512"].slice(0, index === 0 ? 3 : 1).map((alg): Forgery => {
        const sign: Forgery["sign"] = (claims, more = {}) =>
          signToken({ ...header, ...more, alg }, claims, bytes);
        return { variant: `${alg} with the public key as ${name}`, token: sign(payload), sign };
      }),
    ),
  );
}

async function confuse(world: World, wanted: RegExp, missing: string): Promise<Outcome> {
  return tryForgeries(world, {
    meaning: "the public key serves as the secret of an HMAC",
    forgeries: async (forge) => {
      if (!wanted.test(forge.algorithm)) return missing;
      const keys = await publicKeys(world);
      if (keys.length === 0) return "no public key of the issuer was found";
      const { kid } = forge.token.header as { kid?: unknown };
      const sorted = keys.toSorted(
        (one, other) => Number(other.jwk?.["kid"] === kid) - Number(one.jwk?.["kid"] === kid),
      );
      return confusedTokens(forge, sorted);
    },
  });
}

/** J-05: an RSA key taken for a secret. */
export const rsaConfusion = forgeryTechnique(
  { id: "J-05", title: "RSA public key as HMAC secret", severity: "critical", remedy },
  (world) => confuse(world, /^[RP]S/, "the token is not signed with RSA"),
);

/** J-06: the key of an elliptic curve taken for a secret. */
export const curveConfusion = forgeryTechnique(
  { id: "J-06", title: "Public key of a curve as HMAC secret", severity: "critical", remedy },
  (world) => confuse(world, /^(ES|EdDSA)/, "the token is not signed with a key on a curve"),
);

/** J-29: an RSA key that is too short. */
export async function shortKeys(
  world: World,
): Promise<readonly (ShownKey & { readonly bits: number })[]> {
  const keys = await publicKeys(world);
  return keys.flatMap((shown) => {
    const bits = shown.key.asymmetricKeyDetails?.modulusLength;
    return bits !== undefined && bits < 2048 ? [{ ...shown, bits }] : [];
  });
}
