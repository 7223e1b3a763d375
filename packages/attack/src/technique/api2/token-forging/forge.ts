/**
 * Where forged tokens are tried: a genuine token, the place where it works, and whether a forgery by
 * anybody is refused there at all.
 *
 * Promise: nothing is called a forgery before a well-formed token under a random key was refused. The
 * genuine token works right before the attacks and after those that had no effect.
 *
 * @module
 */

import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { parseToken, signToken, type ParsedToken } from "../../../principal/json-web-token.ts";
import type { Principal } from "../../../principal/principal.ts";
import type { Carried } from "../../../principal/token-place.ts";
import type { Exchange } from "../../../wire/exchange.ts";
import type { World } from "../../../world/world.ts";
import { carriedBy, proofOf, withToken, type Proof } from "../proof.ts";

/** Claims of a token. */
export type Claims = Readonly<Record<string, unknown>>;

/** Makes a token of claims, with nothing that only the issuer has. */
export type Signing = (claims: Claims, header?: Claims) => string;

/** A way to make tokens that are accepted. */
export interface SigningPath {
  readonly words: string;
  /** Whether such a token has a signature that is looked at, as the genuine one has. */
  readonly signed: boolean;
  readonly sign: Signing;
}

/** Where forged tokens are tried. */
export interface Forge {
  readonly principal: Principal;
  /** The genuine token, and the same taken apart. */
  readonly raw: string;
  readonly token: ParsedToken;
  readonly algorithm: string;
  readonly proof: Proof;
  /** The answer to the genuine token, right before the attacks. */
  readonly control: Exchange;
  /** The claims with those of another principal where the two differ; `undefined` without another. */
  readonly others: { readonly principal: Principal; readonly claims: Claims } | undefined;
  send(token: string): Promise<Exchange>;
  /** The principal that an answer speaks of. */
  whom(exchange: Exchange): Principal | undefined;
  /** Whether a token under a random key is refused, and what was answered to it. */
  readonly garbage: { readonly refused: boolean; readonly exchange: Exchange };
}

/** What is remembered of a world between techniques. */
interface Memory {
  proof: Proof | undefined;
  garbage: Forge["garbage"] | undefined;
  path: SigningPath | undefined;
}

const memories = new WeakMap<World, Memory>();

function memoryOf(world: World): Memory {
  const known = memories.get(world) ?? { proof: undefined, garbage: undefined, path: undefined };
  memories.set(world, known);
  return known;
}

/** Remembers a way to make tokens that are accepted; one with a signature is worth more. */
export function rememberPath(world: World, path: SigningPath): void {
  const memory = memoryOf(world);
  if (memory.path === undefined || (path.signed && !memory.path.signed)) memory.path = path;
}

/** A way to make tokens that are accepted, if one was found already. */
export function rememberedPath(world: World): SigningPath | undefined {
  return memoryOf(world).path;
}

/** Opens the forge, or says why there is none. */
export async function openForge(world: World): Promise<Forge | string> {
  const memory = memoryOf(world);
  memory.proof ??= await findPlace(world);
  const { proof } = memory;
  if (proof === undefined)
    return "no operation works with the token and is refused without a credential";
  const { principal } = proof;
  const control = await world.send({ ...proof.control.call, principal });
  const carried = carriedBy(world, principal);
  const raw = tokenIn(carried, world.credentialOf(principal).token);
  const token = raw === undefined ? undefined : parseToken(raw);
  if (raw === undefined || token === undefined) return "the credential holds no JSON Web Token";
  if (!proof.accepts(control)) return `the genuine token was answered ${statusOf(control)}`;
  const send = (text: string): Promise<Exchange> => proof.ask(withToken(carried, raw, text));
  const { alg } = token.header;
  const algorithm = typeof alg === "string" ? alg : "";
  memory.garbage ??= await tryGarbage(token, algorithm, send, proof);
  return {
    principal,
    raw,
    token,
    algorithm,
    proof,
    control,
    send,
    garbage: memory.garbage,
    others: othersOf(world, principal, token),
    whom: (exchange) => proof.whom(exchange),
  };
}

async function findPlace(world: World): Promise<Proof | undefined> {
  const { peers, principals } = world;
  const wanted = [...(peers === undefined ? [] : [peers.attacker, peers.victim]), ...principals];
  for (const principal of wanted) {
    const { token } = world.credentialOf(principal);
    if (tokenIn(carriedBy(world, principal), token) === undefined) continue;
    const proof = await proofOf(world, principal);
    if (proof !== undefined) return proof;
  }
  return undefined;
}

/** The JSON Web Token of a carrier: the known one, else the first that looks like one. */
function tokenIn({ headers, query }: Carried, known: string | undefined): string | undefined {
  const texts = [...headers, ...query].map(([, value]) => value);
  if (known !== undefined && parseToken(known) !== undefined)
    if (texts.some((text) => text.includes(known))) return known;
  return texts
    .flatMap((text) => text.match(/ey[\w-]+\.[\w-]+\.[\w-]*/g) ?? [])
    .find((text) => parseToken(text) !== undefined);
}

/** A key of the kind that an algorithm needs, which nobody knows. */
export function ownKey(algorithm: string): {
  readonly secret: KeyObject | Uint8Array;
  readonly publicKey: KeyObject | undefined;
} {
  if (/^[RP]S/.test(algorithm)) {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    return { secret: privateKey, publicKey };
  }
  if (algorithm.startsWith("ES")) {
    const namedCurve = { ES384: "secp384r1", ES512: "secp521r1" }[algorithm] ?? "prime256v1";
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve });
    return { secret: privateKey, publicKey };
  }
  if (algorithm === "EdDSA") {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    return { secret: privateKey, publicKey };
  }
  return { secret: crypto.getRandomValues(new Uint8Array(32)), publicKey: undefined };
}

async function tryGarbage(
  { header, payload }: ParsedToken,
  algorithm: string,
  send: (token: string) => Promise<Exchange>,
  proof: Proof,
): Promise<Forge["garbage"]> {
  const signing = algorithm.startsWith("PS") ? algorithm.replace("PS", "RS") : algorithm;
  const token = signToken({ ...header, alg: signing }, payload, ownKey(algorithm).secret);
  const parts = token.split(".");
  const sameHeader = `${Buffer.from(JSON.stringify(header)).toString("base64url")}.${parts[1]}.${parts[2]}`;
  const exchange = await send(signing === algorithm ? token : sameHeader);
  return { refused: proof.whom(exchange) === undefined, exchange };
}

/** Claims that belong to one token and tell nothing of its subject. */
const ofTheToken = new Set(["exp", "iat", "nbf", "jti", "sid", "auth_time", "fresh", "csrf"]);

function othersOf(world: World, principal: Principal, { payload }: ParsedToken): Forge["others"] {
  const candidates = [
    ...(world.peers === undefined ? [] : [world.peers.victim]),
    ...world.principals,
  ];
  for (const other of candidates) {
    if (other.name === principal.name) continue;
    const token = tokenIn(carriedBy(world, other), world.credentialOf(other).token);
    const foreign = token === undefined ? undefined : parseToken(token)?.payload;
    if (foreign === undefined) continue;
    const differing = Object.entries(foreign).filter(
      ([name, value]) =>
        !ofTheToken.has(name) && JSON.stringify(value) !== JSON.stringify(payload[name]),
    );
    if (differing.length > 0)
      return { principal: other, claims: { ...payload, ...Object.fromEntries(differing) } };
  }
  return undefined;
}

/** What an exchange was answered, in words. */
export function statusOf({ answer, failure }: Exchange): string {
  return answer === undefined ? `nothing (${failure ?? "?"})` : String(answer.status);
}
