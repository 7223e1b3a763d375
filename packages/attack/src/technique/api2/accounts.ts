/**
 * Accounts of the run's own that attacks on passwords may use up, and single tries to sign in.
 *
 * @module
 */

import type { Operation } from "../../document/operation.ts";
import { isEmailName, isPasswordName, isUsernameName } from "../../principal/infer-login.ts";
import type { LoginRecipe, Principal } from "../../principal/principal.ts";
import { loginCall, signInOnce, type SignInParts } from "../../principal/sign-in.ts";
import { bearer, type Carried } from "../../principal/token-place.ts";
import type { Call, Exchange } from "../../wire/exchange.ts";
import { selfIdOf } from "../../world/found-objects.ts";
import { sentJson } from "../../world/item-id.ts";
import { parametersOfPath } from "../../world/objects.ts";
import { renamed } from "../../world/seed.ts";
import type { Making, World } from "../../world/world.ts";
import { wordsOf } from "../../oracle/sensitive.ts";
import { proofOf, sendWith, type Proof } from "./proof.ts";

/** An account of the run's own that signs in with a password. */
export interface OwnAccount {
  readonly principal: Principal;
  readonly recipe: LoginRecipe;
  readonly password: string;
  /** The name or address that it signs in with. */
  readonly name: string;
}

/** The entries of a recipe's body; `undefined` when it has none that can be changed. */
function entriesOf({ body }: LoginRecipe): readonly (readonly [string, unknown])[] | undefined {
  if (typeof body === "string") return [...new URLSearchParams(body)];
  return typeof body === "object" && body !== null && !Array.isArray(body)
    ? Object.entries(body)
    : undefined;
}

function isName(name: string): boolean {
  return isEmailName(name) || isUsernameName(name) || /^(customer|member|user|email)/i.test(name);
}

/** The same recipe with other values where it has a name or a password. */
export function recipeWith(
  recipe: LoginRecipe,
  { name, password }: { readonly name?: unknown; readonly password?: unknown },
): LoginRecipe {
  const pair = basicPair(recipe);
  if (pair !== undefined) {
    const text = `${asText(name === undefined ? pair.name : name)}:${password === absent ? "" : asText(password === undefined ? pair.password : password)}`;
    const value = `Basic ${Buffer.from(text).toString("base64")}`;
    return { ...recipe, headers: [["authorization", value]] };
  }
  const changed = (entriesOf(recipe) ?? []).map(([key, value]): readonly [string, unknown] => {
    if (isPasswordName(key)) return [key, password === undefined ? value : password];
    return isName(key) && name !== undefined ? [key, name] : [key, value];
  });
  if (typeof recipe.body !== "string")
    return { ...recipe, body: Object.fromEntries(changed.filter(([, value]) => value !== absent)) };
  const texts = changed.map(([key, value]): [string, string] => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return { ...recipe, body: new URLSearchParams(texts).toString() };
}

/** Leaves a property out of a recipe. */
export const absent = Symbol("absent");

/** What an account signs in with; `undefined` when nothing shows its password. */
export function accountOf(world: World, principal: Principal): OwnAccount | undefined {
  const { recipe = basicRecipe(world, principal) } = principal;
  if (recipe === undefined) return undefined;
  const pair = basicPair(recipe);
  if (pair !== undefined) return { principal, recipe, ...pair };
  const entries = entriesOf(recipe);
  const password = entries?.find(([key]) => isPasswordName(key))?.[1];
  const name = entries?.find(([key, value]) => isName(key) && typeof value === "string")?.[1];
  return typeof password !== "string" || typeof name !== "string"
    ? undefined
    : { principal, recipe, password, name };
}

/** Where name and password go with every request, each request is a sign-in. */
function basicRecipe(world: World, principal: Principal): LoginRecipe | undefined {
  const { headers } = world.credentialOf(principal);
  const line = headers.find(([, value]) => /^basic /i.test(value));
  const operation =
    world.identity?.operation ??
    world.document.operations.find(
      ({ method, path, access }) =>
        method === "GET" && !path.includes("{") && access.kind === "credential",
    );
  if (line === undefined || operation === undefined) return undefined;
  const { method, path } = operation;
  const rest = { body: undefined, token: undefined, refreshToken: undefined, place: bearer };
  return { method, path, headers: [line], ...rest };
}

function basicPair({ headers, body }: LoginRecipe): { name: string; password: string } | undefined {
  const value = headers.find(([name]) => name.toLowerCase() === "authorization")?.[1] ?? "";
  const coded = /^basic +(\S+)$/i.exec(value)?.[1];
  if (coded === undefined || body !== undefined) return undefined;
  const text = Buffer.from(coded, "base64").toString();
  const colon = text.indexOf(":");
  return colon < 1 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? "");
}

/** A new account of the run's own that signs in with a password. */
export async function freshAccount(world: World): Promise<OwnAccount | undefined> {
  const opened = await world.newcomer();
  return opened === undefined ? undefined : accountOf(world, opened);
}

/** An account that wrong passwords may be tried on: a new one, else one of the file that matters least. */
export async function sacrificialAccount(
  world: World,
): Promise<(OwnAccount & { readonly fresh: boolean }) | undefined> {
  const fresh = await freshAccount(world);
  if (fresh !== undefined) return { ...fresh, fresh: true };
  const { attacker, victim } = world.peers ?? {};
  const importance = (one: Principal): number =>
    one.administrator ? 3 : one === victim ? 2 : one === attacker ? 1 : 0;
  const told = world.principals
    .toSorted((one, other) => importance(one) - importance(other))
    .map((one) => accountOf(world, one))
    .find((one) => one !== undefined);
  return told === undefined ? undefined : { ...told, fresh: false };
}

/** One try to sign in. */
export interface LoginTry {
  readonly exchange: Exchange;
  /** What carries the token that it gave; `undefined` when it gave none. */
  readonly carried: Carried | undefined;
  readonly token: string | undefined;
}

function partsOf(world: World): SignInParts {
  return {
    document: world.document,
    basePath: world.basePath,
    send: (call) => world.send(call),
    now: () => world.now(),
  };
}

/** The request of a recipe. */
export function callOfRecipe(world: World, recipe: LoginRecipe): Call {
  return loginCall(partsOf(world), recipe);
}

/** Sends a recipe once, without waiting out a limit. */
export async function tryLogin(
  world: World,
  recipe: LoginRecipe,
  change: (call: Call) => Call = (call) => call,
): Promise<LoginTry> {
  const call = change(callOfRecipe(world, recipe));
  const exchange = await world.send(call, { patient: false, renew: false });
  return readLogin(world, recipe, exchange);
}

/** What the answer to a sign-in gave. */
export async function readLogin(
  world: World,
  recipe: LoginRecipe,
  exchange: Exchange,
): Promise<LoginTry> {
  if (basicPair(recipe) !== undefined) {
    const carried = world.succeeds(exchange) ? { headers: recipe.headers, query: [] } : undefined;
    return { exchange, carried, token: undefined };
  }
  const parts = { ...partsOf(world), send: async () => exchange };
  const outcome =
    world.refuses(exchange) && (exchange.answer?.status ?? 0) >= 400
      ? undefined
      : await signInOnce(parts, recipe, false, []);
  if (outcome?.ok !== true || (exchange.answer?.status ?? 0) >= 400)
    return { exchange, carried: undefined, token: undefined };
  const { headers, query, token } = outcome.credential;
  return { exchange, carried: { headers, query }, token };
}

/** Whether what a sign-in gave is let in where nobody is without a credential. */
export async function letsIn(
  world: World,
  place: Proof,
  { carried }: LoginTry,
): Promise<Exchange | undefined> {
  if (carried === undefined) return undefined;
  const exchange = await sendWith(world, place.control.call, carried);
  const refusedWithout = !world.succeeds(place.anonymous);
  if (place.whom(exchange) !== undefined) return exchange;
  return world.succeeds(exchange) && refusedWithout ? exchange : undefined;
}

/** Where a credential of anybody proves that it works. */
export async function anyPlace(world: World): Promise<Proof | undefined> {
  for (const principal of world.principals.slice(0, 3)) {
    const proof = await proofOf(world, principal);
    if (proof !== undefined) return proof;
  }
  return undefined;
}

/** Whether the account signs in with a password. */
export async function signsInWith(
  world: World,
  { recipe }: OwnAccount,
  password: string,
): Promise<LoginTry | undefined> {
  const attempt = await tryPatiently(world, recipeWith(recipe, { password }));
  return attempt.carried === undefined ? undefined : attempt;
}

async function tryPatiently(world: World, recipe: LoginRecipe): Promise<LoginTry> {
  const exchange = await world.send(callOfRecipe(world, recipe), { renew: false });
  return readLogin(world, recipe, exchange);
}

function isOld(name: string): boolean {
  return /\b(old|current|existing|previous)\b/.test(wordsOf(name));
}

/** What to send to change a password; without `current` the proof of the old one is left out. */
export function passwordMaking(
  world: World,
  operation: Operation,
  principal: Principal,
  { current, next }: { readonly current: string | undefined; readonly next: string },
): Making {
  const made = sentJson(world.make(operation, principal));
  const names = typeof made === "object" && made !== null ? Object.keys(made) : [];
  const secrets = names.filter((name) => isPasswordName(name) || /pass|pwd/i.test(name));
  const body = Object.fromEntries(
    (secrets.length === 0 ? ["password"] : secrets).map((name) => [
      name,
      isOld(name) ? current : next,
    ]),
  );
  return { body, values: ownValues(world, operation, principal) };
}

/** Whether an operation asks for the old password. */
export function asksOldPassword(world: World, operation: Operation, principal: Principal): boolean {
  const made = sentJson(world.make(operation, principal));
  return typeof made === "object" && made !== null && Object.keys(made).some(isOld);
}

/** The caller's own id, where the path of an operation names one. */
export function ownValues(
  world: World,
  operation: Operation,
  principal: Principal,
): Readonly<Record<string, string>> {
  const resource = world.resourceOf(operation);
  const id = resource === undefined ? undefined : selfIdOf(resource, principal);
  if (resource === undefined || id === undefined) return {};
  const last = parametersOfPath(resource.itemPath).at(-1) ?? resource.parameter;
  return renamed(resource, operation, { [last]: id });
}
