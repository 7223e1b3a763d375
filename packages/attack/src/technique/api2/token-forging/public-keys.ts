/**
 * Finds the public keys of the issuer: key sets at the usual places and those that the document names.
 *
 * @module
 */

import { createPublicKey, X509Certificate, type KeyObject } from "node:crypto";
import type { Exchange } from "../../../wire/exchange.ts";
import type { World } from "../../../world/world.ts";

/** A public key that the API shows. */
export interface ShownKey {
  readonly key: KeyObject;
  /** As it stands in a key set; `undefined` for a key in PEM. */
  readonly jwk: Readonly<Record<string, unknown>> | undefined;
  /** Certificate of the key in PEM, if it comes with one. */
  readonly certificate: string | undefined;
  /** "GET /path" where it was. */
  readonly place: string;
  readonly exchange: Exchange;
}

const usualPlaces = [
  "/.well-known/jwks.json",
  "/jwks.json",
  "/.well-known/jwks",
  "/jwks",
  "/oauth/jwks",
  "/oauth2/jwks",
  "/auth/jwks",
  "/auth/jwks.json",
  "/api/jwks",
  "/api/auth/jwks",
  "/keys",
  "/certs",
  "/public-key",
  "/public.pem",
  "/publickey.pem",
  "/public_key.pem",
];

const found = new WeakMap<World, Promise<readonly ShownKey[]>>();

/** The public keys that the API shows. */
export function publicKeys(world: World): Promise<readonly ShownKey[]> {
  const known = found.get(world) ?? look(world);
  found.set(world, known);
  return known;
}

async function look(world: World): Promise<readonly ShownKey[]> {
  const declared = world.document.operations
    .filter(
      ({ method, path }) =>
        method === "GET" && !path.includes("{") && /jwks|public[-_]?key|certs?$/i.test(path),
    )
    .map(({ path }) => `${world.basePath}${path}`);
  const discovered = await discover(world);
  const prefixes = [...new Set(["", world.basePath])];
  const usual = prefixes.flatMap((prefix) => usualPlaces.map((path) => `${prefix}${path}`));
  for (const path of new Set([...declared, ...discovered, ...usual])) {
    const exchange = await get(world, path);
    const keys = world.succeeds(exchange) ? keysIn(exchange, `GET ${path}`) : [];
    if (keys.length > 0) return keys;
  }
  return [];
}

/** Paths on this host that a discovery document names. */
async function discover(world: World): Promise<readonly string[]> {
  for (const prefix of new Set(["", world.basePath]))
    for (const name of ["openid-configuration", "oauth-authorization-server"]) {
      const { answer } = await get(world, `${prefix}/.well-known/${name}`);
      const json = answer?.json;
      const uri =
        typeof json === "object" && json !== null
          ? (json as { jwks_uri?: unknown }).jwks_uri
          : undefined;
      const url = typeof uri === "string" ? URL.parse(uri, world.origin) : null;
      if (url !== null) return [`${url.pathname}${url.search}`];
    }
  return [];
}

/** Reads a path without a credential. */
export async function get(world: World, path: string): Promise<Exchange> {
  return world.send({
    method: "GET",
    path,
    headers: [["accept", "application/json, */*"]],
    body: undefined,
    principal: undefined,
    operation: undefined,
  });
}

function keysIn(exchange: Exchange, place: string): readonly ShownKey[] {
  const { json, text = "" } = exchange.answer ?? {};
  const pem =
    /-----BEGIN (?:RSA )?PUBLIC KEY-----[\s\S]+?-----END (?:RSA )?PUBLIC KEY-----\n?/.exec(
      typeof json === "string" ? json : text.replaceAll(String.raw`\n`, "\n"),
    )?.[0];
  const inPem = pem === undefined ? [] : keyOf(() => createPublicKey(pem));
  const set = typeof json === "object" && json !== null ? json : {};
  const listed =
    (set as { keys?: unknown }).keys ?? (Array.isArray(set) ? set : "kty" in set ? [set] : []);
  const jwks = (Array.isArray(listed) ? listed : []) as readonly Readonly<
    Record<string, unknown>
  >[];
  const inSet = jwks.flatMap((jwk) =>
    keyOf(() => createPublicKey({ key: jwk, format: "jwk" })).map((key) => ({
      key,
      jwk,
    })),
  );
  return [
    ...inSet.map(({ key, jwk }) => ({
      key,
      jwk,
      certificate: certificateOf(jwk),
      place,
      exchange,
    })),
    ...inPem.map((key) => ({ key, jwk: undefined, certificate: undefined, place, exchange })),
  ];
}

function keyOf(read: () => KeyObject): readonly KeyObject[] {
  try {
    return [read()];
  } catch {
    return [];
  }
}

function certificateOf({ x5c }: Readonly<Record<string, unknown>>): string | undefined {
  const first: unknown = Array.isArray(x5c) ? x5c[0] : undefined;
  if (typeof first !== "string") return undefined;
  try {
    return new X509Certificate(Buffer.from(first, "base64")).toString();
  } catch {
    return undefined;
  }
}
