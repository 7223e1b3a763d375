/**
 * Tokens that bring the key with which they are to be verified.
 *
 * @module
 */

import { signToken } from "../../../principal/json-web-token.ts";
import type { World } from "../../../world/world.ts";
import { selfSigned } from "./certificate.ts";
import type { Forge } from "./forge.ts";
import { forgeryTechnique } from "./forgery-technique.ts";
import { freshWord, keyIdOf, ownKeys, ownRsaKey } from "./own-keys.ts";
import type { Forgery } from "./try-forgeries.ts";
import { tryForgeries } from "./try-forgeries.ts";

const remedy =
  "Ignore keys and addresses of keys in the header of a token; verify with the keys that are configured.";

function embedded(world: World, { algorithm, token }: Forge): readonly Forgery[] {
  const { header, payload } = token;
  const kid = keyIdOf(header, () => world.random());
  const own = ownKeys(algorithm, kid).map((key): Forgery => {
    const sign: Forgery["sign"] = (claims, more = {}) =>
      signToken({ ...header, ...more, alg: key.algorithm, kid, jwk: key.jwk }, claims, key.secret);
    return { variant: `${key.algorithm} with its own key in jwk`, token: sign(payload), sign };
  });
  const secret = freshWord(() => world.random());
  const shared = { kty: "oct", k: Buffer.from(secret).toString("base64url"), kid, alg: "HS256" };
  const symmetric: Forgery["sign"] = (claims, more = {}) =>
    signToken({ ...header, ...more, alg: "HS256", kid, jwk: shared }, claims, secret);
  const none: Forgery["sign"] = (claims, more = {}) =>
    signToken({ ...header, ...more, alg: "HS256", jwk: {} }, claims, "");
  return [
    ...own,
    { variant: "HS256 with its own secret in jwk", token: symmetric(payload), sign: symmetric },
    { variant: "an empty jwk and the empty secret", token: none(payload), sign: none },
  ];
}

/** J-10: the key in the header. */
export const embeddedKey = forgeryTechnique(
  { id: "J-10", title: "Token that brings its own key", severity: "critical", remedy },
  (world) =>
    tryForgeries(world, {
      meaning: "the key in the header of the token is believed",
      forgeries: (forge) => embedded(world, forge),
    }),
);

/** J-13: a certificate of our own in the header. */
export const embeddedCertificate = forgeryTechnique(
  { id: "J-13", title: "Token that brings its own certificate", severity: "critical", remedy },
  (world) =>
    tryForgeries(world, {
      meaning: "a certificate that the token brings and nobody vouches for is believed",
      forgeries: ({ token: { header, payload }, proof }) => {
        const kid = keyIdOf(header, () => world.random());
        const key = ownRsaKey(kid);
        const issuer = typeof payload["iss"] === "string" ? payload["iss"] : proof.operation.path;
        const certificate = selfSigned(key, issuer.slice(0, 60), world.now());
        const x5c = [certificate.toString("base64")];
        return (["with the old kid", "without a kid"] as const).map((variant): Forgery => {
          const named = variant === "without a kid" ? { kid: undefined } : { kid };
          const sign: Forgery["sign"] = (claims, more = {}) =>
            signToken({ ...header, ...more, ...named, alg: "RS256", x5c }, claims, key.secret);
          return { variant: `own certificate in x5c, ${variant}`, token: sign(payload), sign };
        });
      },
    }),
);
