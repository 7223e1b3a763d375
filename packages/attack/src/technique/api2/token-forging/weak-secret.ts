/**
 * Secrets of HMAC that are empty or guessed without any traffic, and what the right key lets through.
 *
 * @module
 */

import { createHmac, timingSafeEqual } from "node:crypto";
import { signInOperations } from "../../../principal/infer-login.ts";
import { encodePart, signToken } from "../../../principal/json-web-token.ts";
import type { World } from "../../../world/world.ts";
import type { Forge } from "./forge.ts";
import { forgeryTechnique } from "./forgery-technique.ts";
import { tryForgeries, type Forgery } from "./try-forgeries.ts";
import { weakSecrets } from "./weak-secrets.ts";

const digests: Readonly<Record<string, string>> = {
  HS256: "sha256",
  HS384: "sha384",
  HS512: "sha512",
};

/** The secret under which a token was signed, when it is one of those that are guessed. */
export function guessSecret(
  { token: { parts, signature }, algorithm }: Pick<Forge, "token" | "algorithm">,
  secrets: Iterable<string>,
): string | Uint8Array | undefined {
  const digest = digests[algorithm];
  if (digest === undefined) return undefined;
  const signed = `${parts[0]}.${parts[1]}`;
  const wanted = Buffer.from(signature, "base64url");
  const fits = (key: string | Uint8Array): boolean => {
    const made = createHmac(digest, key).update(signed).digest();
    return made.length === wanted.length && timingSafeEqual(made, wanted);
  };
  for (const secret of secrets) {
    if (fits(secret)) return secret;
    const bytes = Buffer.from(secret, "base64");
    if (secret.length >= 4 && fits(bytes)) return bytes;
    const coded = Buffer.from(secret).toString("base64");
    if (fits(coded)) return coded;
  }
  return undefined;
}

/** The operation that gives out the tokens of a forge. */
export function issuerOf(world: World, { principal, proof }: Forge): string {
  const { recipe } = principal;
  const own = world.document.operations.find(
    ({ method, path }) => method === recipe?.method && path === recipe.path,
  );
  return (own ?? signInOperations(world.document)[0] ?? proof.operation).key;
}

/** Tokens under a guessed secret; the claims are changed, so that it is no replay. */
export function guessedTokens(world: World, forge: Forge): readonly Forgery[] {
  const secret = guessSecret(forge, weakSecrets(world.document, world.origin));
  if (secret === undefined) return [];
  const { header, payload } = forge.token;
  const sign: Forgery["sign"] = (claims, more = {}) =>
    signToken({ ...header, ...more }, claims, secret);
  const shown = typeof secret === "string" ? secret : Buffer.from(secret).toString("base64");
  return [
    {
      variant: `signed with the guessed secret ${JSON.stringify(shown)}`,
      token: sign({ ...payload, canary: "cnry" }),
      sign,
    },
    {
      variant: `signed with the guessed secret ${JSON.stringify(shown)}`,
      token: resigned(forge, sign),
      sign,
    },
  ];
}

/** The same claims in another order: for those who refuse claims that they do not know. */
function resigned({ token: { payload } }: Forge, sign: NonNullable<Forgery["sign"]>): string {
  return sign(Object.fromEntries(Object.entries(payload).toReversed()));
}

/** J-08: the empty secret. */
export const emptySecret = forgeryTechnique(
  {
    id: "J-08",
    title: "Token under an empty secret",
    severity: "critical",
    remedy: "Refuse to start without a signing key of at least 256 random bits.",
  },
  {
    meaning: "a token under an empty secret is accepted",
    forgeries: (forge) => emptyKeys(forge),
  },
);

/** Tokens under secrets that are nothing. */
export function emptyKeys({ token: { header, payload } }: Forge): readonly Forgery[] {
  const keys: readonly (readonly [string, string | Uint8Array])[] = [
    ["the empty secret", ""],
    ["a zero byte", new Uint8Array(1)],
    ["32 zero bytes", new Uint8Array(32)],
  ];
  return keys.map(([name, key]) => {
    const sign: Forgery["sign"] = (claims, more = {}) =>
      signToken({ ...header, ...more, alg: "HS256" }, claims, key);
    return { variant: `HS256 with ${name}`, token: sign(payload), sign };
  });
}

/** J-09: a secret that is found without asking anybody. */
export const weakSecret = forgeryTechnique(
  {
    id: "J-09",
    title: "Token signed with a weak secret",
    severity: "critical",
    remedy: "Sign with at least 256 random bits, kept out of the code, and change the key now.",
  },
  async (world) =>
    tryForgeries(world, {
      meaning: "the secret was found offline, and a token made with it is accepted",
      target: (forge) => issuerOf(world, forge),
      forgeries: (forge) => {
        if (!forge.algorithm.startsWith("HS"))
          return "the token is not signed with a shared secret";
        const tokens = guessedTokens(world, forge);
        return tokens.length > 0 ? tokens : [nearest(forge)];
      },
    }),
);

/** Stands for the many that were tried offline: the likeliest one goes over the wire. */
function nearest({ token: { header, payload } }: Forge): Forgery {
  return {
    variant: 'the secret is in no list; signed with "secret" all the same',
    token: signToken({ ...header, alg: header["alg"] }, payload, "secret"),
  };
}

/** A token with whatever header and the old signature part, for families that change only the header. */
export function withHeader({ token: { header, parts } }: Forge, changed: object): string {
  return `${encodePart({ ...header, ...changed })}.${parts[1]}.${parts[2]}`;
}
