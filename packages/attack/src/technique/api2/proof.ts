/**
 * The place where a credential proves that it works: the operation that tells who calls, else a read
 * that is refused without a credential.
 *
 * Promise: the rightful credential works there and no credential does not; otherwise there is no
 * proof, and what would need one is told as inconclusive.
 *
 * @module
 */

import type { Operation } from "../../document/operation.ts";
import { sameAnswer } from "../../oracle/compare.ts";
import { marksIn, marksOf } from "../../oracle/marks.ts";
import type { Principal } from "../../principal/principal.ts";
import type { Carried } from "../../principal/token-place.ts";
import { pathWithQuery } from "../../wire/prepared-request.ts";
import type { Call, Exchange } from "../../wire/exchange.ts";
import type { World } from "../../world/world.ts";

/** What carries no credential. */
export const nothing: Carried = { headers: [], query: [] };

/** Where and how the credential of one principal proves that it works. */
export interface Proof {
  readonly principal: Principal;
  readonly operation: Operation;
  /** The answer to the rightful credential. */
  readonly control: Exchange;
  /** The answer without one. */
  readonly anonymous: Exchange;
  /** Sends the request with other header lines and query parameters as credential; renews nothing. */
  ask(carried: Carried): Promise<Exchange>;
  /** Whether an answer is for the principal. */
  accepts(exchange: Exchange): boolean;
  /** The principal that an answer speaks of: this one, or another known one. */
  whom(exchange: Exchange): Principal | undefined;
}

/** Most operations that are tried as a place of proof. */
const mostPlaces = 8;

/** Where the credential of a principal proves that it works; `undefined` when nowhere. */
export async function proofOf(world: World, principal: Principal): Promise<Proof | undefined> {
  for (const operation of placesOf(world, principal)) {
    const call = world.make(operation, principal);
    const control = await world.send(call);
    if (!world.succeeds(control) || (control.answer?.text ?? "").length < 2) continue;
    const anonymous = await world.send({ ...call, principal: undefined });
    if (anonymous.answer === undefined || isLike(world, anonymous, control)) continue;
    const tells = operation === world.identity?.operation;
    if (world.succeeds(anonymous) && !tells) continue;
    return proofAt(world, principal, { operation, control, anonymous });
  }
  return undefined;
}

/** What carries the current credential of a principal. */
export function carriedBy(world: World, principal: Principal): Carried {
  const { headers, query } = world.credentialOf(principal);
  return { headers, query };
}

/** The same carrier with another text in place of the token. */
export function withToken({ headers, query }: Carried, token: string, other: string): Carried {
  const swap = ([name, value]: readonly [string, string]): readonly [string, string] => [
    name,
    value.replaceAll(token, () => other),
  ];
  return { headers: headers.map(swap), query: query.map(swap) };
}

/** Sends a call with a carrier as its only credential; renews nothing. */
export async function sendWith(world: World, call: Call, carried: Carried): Promise<Exchange> {
  const replaced = new Set(carried.headers.map(([name]) => name.toLowerCase()));
  const kept = call.headers.filter(([name]) => !replaced.has(name.toLowerCase()));
  return world.send(
    {
      ...call,
      principal: undefined,
      headers: [...kept, ...carried.headers],
      path: pathWithQuery(call.path, carried.query),
    },
    { renew: false },
  );
}

/** The name of a principal without the words that tell its sessions apart. */
export function rootName({ name }: Principal): string {
  return name.replace(/(?: \([^()]*\))+$/, "");
}

function placesOf(world: World, principal: Principal): readonly Operation[] {
  const { identity, document } = world;
  const first = identity === undefined ? [] : [identity.operation];
  const reads = document.operations
    .filter(
      ({ method, path, access, traits, key }) =>
        method === "GET" &&
        !path.includes("{") &&
        key !== identity?.operation.key &&
        access.kind !== "anonymous" &&
        access.kind !== "webhook" &&
        (access.roles.length === 0 || access.roles.includes(principal.role)) &&
        !(["health", "documentation", "destructive", "sign-out"] as const).some((trait) =>
          traits.has(trait),
        ) &&
        (principal.administrator || !traits.has("administrative")),
    )
    .toSorted((one, other) => weight(one) - weight(other))
    .slice(0, mostPlaces);
  return [...first, ...reads];
}

function weight({ access, traits }: Operation): number {
  return (traits.has("identity") ? 0 : 2) + (access.kind === "credential" ? 0 : 1);
}

function isLike(world: World, one: Exchange, other: Exchange): boolean {
  return world.succeeds(one) && sameAnswer(one, other);
}

function proofAt(
  world: World,
  principal: Principal,
  { operation, control, anonymous }: Pick<Proof, "operation" | "control" | "anonymous">,
): Proof {
  const { call } = control;
  const { identity } = world;
  const tells = identity !== undefined && operation === identity.operation;
  const root = rootName(principal);
  const own = marksOf(control.answer?.json ?? control.answer?.text ?? "", [
    anonymous.answer?.text ?? "",
  ]);
  const known = world.principals.some(({ name }) => name === root);
  const accepts = (exchange: Exchange): boolean => {
    if (!world.succeeds(exchange) || isLike(world, exchange, anonymous)) return false;
    if (tells && known) return identity.whom(exchange)?.name === root;
    return sameAnswer(exchange, control) || marksIn(exchange.answer?.text ?? "", own).length > 0;
  };
  return {
    principal,
    operation,
    control,
    anonymous,
    ask: (carried) => sendWith(world, call, carried),
    accepts,
    whom: (exchange) =>
      accepts(exchange) ? principal : tells ? identity.whom(exchange) : undefined,
  };
}
