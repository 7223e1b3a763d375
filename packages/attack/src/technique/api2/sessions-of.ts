/**
 * Sessions of the run's own that may be ended, and the operations that end and renew them.
 *
 * @module
 */

import type { Operation } from "../../document/operation.ts";
import { findRefreshToken, findToken } from "../../principal/find-token.ts";
import { propertiesOf } from "../../principal/infer-login.ts";
import { parseToken } from "../../principal/json-web-token.ts";
import type { Principal } from "../../principal/principal.ts";
import type { Carried } from "../../principal/token-place.ts";
import type { Exchange } from "../../wire/exchange.ts";
import type { Making, World } from "../../world/world.ts";
import { carriedBy, rootName, withToken } from "./proof.ts";

/** A further session of somebody, with what it was given. */
export interface Session {
  readonly principal: Principal;
  readonly carried: Carried;
  readonly token: string | undefined;
  readonly refreshToken: string | undefined;
}

/** A fresh session; `undefined` without a recipe. */
export async function openSession(
  world: World,
  principal: Principal,
): Promise<Session | undefined> {
  const again = await world.signInAgain(principal);
  if (again === undefined) return undefined;
  const { token, refreshToken } = world.credentialOf(again);
  return { principal: again, carried: carriedBy(world, again), token, refreshToken };
}

/** Somebody with a recipe whose sessions may be opened and ended: ordinary ones first. */
export function signers(world: World): readonly Principal[] {
  return world.principals
    .filter(({ recipe }) => recipe !== undefined)
    .toSorted((one, other) => Number(one.administrator) - Number(other.administrator));
}

/** Seconds that a token lives by its own claims; `undefined` when it tells nothing. */
export function secondsOf(token: string | undefined): number | undefined {
  const claims = token === undefined ? undefined : parseToken(token)?.payload;
  const { exp, iat } = (claims ?? {}) as { exp?: unknown; iat?: unknown };
  return typeof exp === "number" && typeof iat === "number" ? exp - iat : undefined;
}

/** Operations with a trait that name nothing in their path. */
export function operationsWith(
  world: World,
  trait: "sign-out" | "refresh" | "change-password" | "sign-in" | "register" | "reset-password",
): readonly Operation[] {
  return world.document.operations.filter(
    ({ traits, path }) => traits.has(trait) && !path.includes("{"),
  );
}

/** Names of the body's properties. */
export function bodyNames({ body }: Operation): readonly string[] {
  const names = [...propertiesOf(body?.schema).keys()];
  if (names.length > 0) return names;
  const { example } = body ?? {};
  return typeof example === "object" && example !== null ? Object.keys(example) : [];
}

/** The property that takes the refresh token. */
export function refreshName(operation: Operation): string | undefined {
  const names = bodyNames(operation);
  return names.find((name) => /refresh/i.test(name)) ?? names.find((name) => /token/i.test(name));
}

/** What is sent to end a session: its refresh token goes along where one is asked for. */
export function signOutMaking(operation: Operation, { refreshToken }: Session): Making {
  const name = bodyNames(operation).find((one) => /refresh|token/i.test(one));
  return name === undefined || refreshToken === undefined ? {} : { body: { [name]: refreshToken } };
}

/** What a renewal gave. */
export interface Renewal {
  readonly exchange: Exchange;
  readonly token: string | undefined;
  readonly refreshToken: string | undefined;
}

/** Sends a refresh token to the operation that renews. */
export async function renewWith(
  world: World,
  operation: Operation,
  refreshToken: string,
  principal: Principal | undefined,
): Promise<Renewal> {
  const name = refreshName(operation) ?? "refresh_token";
  const call = world.make(operation, principal, { body: { [name]: refreshToken } });
  const exchange = await world.send(call, { renew: false });
  const { answer } = exchange;
  const found =
    answer === undefined || !world.succeeds(exchange) ? undefined : findToken(answer, undefined);
  const next =
    answer === undefined || !world.succeeds(exchange)
      ? undefined
      : findRefreshToken(answer, undefined);
  const token = found?.token === refreshToken ? undefined : found?.token;
  return { exchange, token, refreshToken: next };
}

/** The carrier of a session with another token in it. */
export function carrying({ carried, token }: Session, other: string): Carried {
  return token === undefined ? carried : withToken(carried, token, other);
}

/** The principal of the file or run that a session is of. */
export function ownerOf(world: World, principal: Principal): Principal {
  const root = rootName(principal);
  return world.principals.find(({ name }) => name === root) ?? principal;
}
