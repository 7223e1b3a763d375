/**
 * Tokens that say where the key lies with which they are to be verified: at a listener of our own.
 *
 * A visit at the listener is a finding of its own: the target fetches what a token names.
 *
 * @module
 */

import { signToken } from "../../../principal/json-web-token.ts";
import type { Bait, Listener } from "../../../wire/listener.ts";
import type { World } from "../../../world/world.ts";
import { inconclusive, vulnerable } from "../../outcomes.ts";
import type { Outcome } from "../../technique.ts";
import { inPem, selfSigned } from "./certificate.ts";
import type { Claims, Forge, Signing } from "./forge.ts";
import { forgeryTechnique } from "./forgery-technique.ts";
import { keyIdOf, ownKeys, ownRsaKey, type OwnKey } from "./own-keys.ts";
import { tryForgeries, type Forgery } from "./try-forgeries.ts";

const remedy =
  "Never fetch an address that a token names; take keys from the configured issuer only.";

/** A forged token with the token of the listener that it should bring the target to. */
interface Lure extends Forgery {
  readonly visit: string;
}

type Laid = ReturnType<Listener["lay"]>;

async function follow(
  world: World,
  meaning: string,
  lures: (forge: Forge, listener: Listener) => readonly Lure[],
): Promise<Outcome> {
  const listener = await world.listener();
  const laid = new Map<Forgery, string>();
  return tryForgeries(world, {
    meaning,
    forgeries: (forge) => {
      const made = lures(forge, listener);
      for (const one of made) laid.set(one, one.visit);
      return made;
    },
    look: async (forge, forgery, exchange) => {
      const token = laid.get(forgery) ?? "";
      if (listener.visits(token).length === 0) return undefined;
      const before = listener.visits(token).length;
      const again = await forge.send(forgery.token);
      const { variant } = forgery;
      const about = {
        target: forge.proof.operation.key,
        variant,
        evidence: [forge.control, exchange, again],
      };
      return listener.visits(token).length > before
        ? vulnerable(
            about,
            `${variant}: the target fetched the address that the token names, each time`,
          )
        : inconclusive(about, "the target fetched the address once, and refused the token");
    },
  });
}

function lure(laid: Laid, variant: string, payload: Claims, sign: Signing): Lure {
  return { variant, token: sign(payload), sign, visit: laid.token };
}

/** The address as somebody writes it who wants to pass a check of its beginning. */
function spellings(world: World, { url, path }: Laid): readonly (readonly [string, string])[] {
  const { host } = new URL(world.origin);
  const { host: ours } = new URL(url);
  return [
    ["own address", url],
    ["own address behind the host of the target as user", `http://${host}@${ours}${path}`],
    ["own address with the host of the target after #", `${url}#${host}`],
    ["own address without its scheme", `//${ours}${path}`],
  ];
}

/** J-11: the address of a key set. */
export const keySetAddress = forgeryTechnique(
  { id: "J-11", title: "Token that names its own key set", severity: "critical", remedy },
  (world) =>
    follow(world, "the key set that the token names is believed", (forge, listener) => {
      const { header, payload } = forge.token;
      const kid = keyIdOf(header, () => world.random());
      return ownKeys(forge.algorithm, kid).flatMap((key, index) =>
        addresses(world, listener, key)
          .slice(0, index === 0 ? undefined : 1)
          .map(([laid, name, jku]) =>
            lure(laid, `jku: ${name}, ${key.algorithm}`, payload, (claims, more = {}) =>
              signToken({ ...header, ...more, alg: key.algorithm, kid, jku }, claims, key.secret),
            ),
          ),
      );
    }),
);

function addresses(
  world: World,
  listener: Listener,
  key: OwnKey,
): readonly (readonly [Laid, string, string])[] {
  const body = JSON.stringify({ keys: [key.jwk] });
  return [0, 1, 2, 3].flatMap((index) => {
    const laid = listener.lay({ body });
    const spelling = spellings(world, laid)[index];
    return spelling === undefined ? [] : [[laid, ...spelling] as const];
  });
}

/** J-12: the address of a certificate. */
export const certificateAddress = forgeryTechnique(
  { id: "J-12", title: "Token that names its own certificate", severity: "critical", remedy },
  (world) =>
    follow(world, "the certificate that the token names is believed", (forge, listener) => {
      const { header, payload } = forge.token;
      const kid = keyIdOf(header, () => world.random());
      const key = ownRsaKey(kid);
      const body = inPem(selfSigned(key, "sekisho", world.now()));
      const headers = [["content-type", "application/x-pem-file"]] as const;
      const laid = listener.lay({ body, headers });
      return [
        lure(laid, "x5u: own address", payload, (claims, more = {}) =>
          signToken({ ...header, ...more, alg: "RS256", kid, x5u: laid.url }, claims, key.secret),
        ),
      ];
    }),
);

/** J-22: an issuer of our own. */
export const ownIssuer = forgeryTechnique(
  {
    id: "J-22",
    title: "Token of an issuer that nobody configured",
    severity: "critical",
    remedy: "Compare iss with the list of configured issuers before anything is fetched for it.",
  },
  (world) =>
    follow(world, "an issuer that the token names is believed", (forge, listener) => {
      const { header, payload } = forge.token;
      const kid = keyIdOf(header, () => world.random());
      return ownKeys(forge.algorithm, kid).map((key) => {
        const bait: { -readonly [K in keyof Bait]: Bait[K] } = {};
        const laid = listener.lay(bait);
        // One answer for both requests: who the issuer is, and its keys.
        bait.body = JSON.stringify({ issuer: laid.url, jwks_uri: laid.url, keys: [key.jwk] });
        return lure(laid, `iss: own address, ${key.algorithm}`, payload, (claims, more = {}) =>
          signToken(
            { ...header, ...more, alg: key.algorithm, kid },
            { ...claims, iss: laid.url },
            key.secret,
          ),
        );
      });
    }),
);
