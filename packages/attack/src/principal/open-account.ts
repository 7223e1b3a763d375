/**
 * Opens a new account through the API's own registration, and signs in to it.
 *
 * Promise: the account has nothing that the API does not give to everybody who registers. Limits:
 * none where registration needs an invitation, a captcha or a confirmed address.
 *
 * @module
 */

import type { Operation } from "../document/operation.ts";
import type { Call, Exchange, HeaderLine } from "../wire/exchange.ts";
import type { Making } from "../world/world.ts";
import { factsOfAnswer, factsOfBody, factsOfToken, joinFacts } from "./facts.ts";
import { findRefreshToken, findToken } from "./find-token.ts";
import {
  isEmailName,
  isPasswordName,
  isUsernameName,
  loginRequests,
  propertiesOf,
  signInOperations,
  type Account,
} from "./infer-login.ts";
import type { Credential, LoginRecipe, Principal } from "./principal.ts";
import { signInByAny, type SignInParts } from "./sign-in.ts";
import { bearer, carry, declaredPlace } from "./token-place.ts";

/** What opening an account needs. */
export interface OpenAccountOptions extends SignInParts {
  /** Makes a valid request of the operation. */
  readonly make: (operation: Operation, making: Making) => Call;
  /** Learns from a refusal; true when the next request will be another. */
  readonly correct: (exchange: Exchange) => boolean;
  /** Role of those who register, in the words of the API. */
  readonly role: string;
}

/** A new account. */
export interface OpenedAccount {
  readonly principal: Principal;
  readonly credential: Credential;
}

const mostTries = 5;
/** Long, with every kind of character that rules ask for, and in no list of common ones. */
const password = "Gate-7-Keeper-42x!";

type Values = Readonly<Record<string, unknown>>;

function valuesOf(body: Call["body"]): Values {
  if (typeof body !== "string") return {};
  try {
    const value = JSON.parse(body) as unknown;
    return typeof value === "object" && value !== null ? (value as Values) : {};
  } catch {
    return Object.fromEntries(new URLSearchParams(body));
  }
}

function textUnder(values: Values, isName: (name: string) => boolean): string | undefined {
  const found = Object.entries(values).find(
    ([name, value]) => isName(name) && typeof value === "string" && value !== "",
  )?.[1];
  return typeof found === "string" ? found : undefined;
}

function accountOf(values: Values): Account | undefined {
  const secret = textUnder(values, isPasswordName);
  const email = textUnder(values, isEmailName);
  const username =
    textUnder(values, (name) => /^(user_?name|login|handle|nick_?name)$/i.test(name)) ??
    (email === undefined ? textUnder(values, isUsernameName) : undefined);
  if (secret === undefined || (username ?? email) === undefined) return undefined;
  return { username, email, password: secret };
}

/** Every password property with one value, so that a repetition repeats it. */
function passwords(operation: Operation, values: Values): Record<string, unknown> {
  const names = new Set([...propertiesOf(operation.body?.schema).keys(), ...Object.keys(values)]);
  return Object.fromEntries(
    [...names]
      .filter((name) => isPasswordName(name) && !/hint|hash/i.test(name))
      .map((name) => [name, password]),
  );
}

interface Registered {
  readonly exchange: Exchange;
  readonly values: Values;
}

async function register(
  options: OpenAccountOptions,
  operation: Operation,
): Promise<Registered | undefined> {
  let override: Record<string, unknown> | undefined;
  for (let tries = 0; tries < mostTries; tries++) {
    const call = options.make(operation, override === undefined ? {} : { body: override });
    override ??= passwords(operation, valuesOf(call.body));
    const made = tries === 0 ? options.make(operation, { body: override }) : call;
    const exchange = await options.send({ ...made, principal: undefined });
    const status = exchange.answer?.status ?? 0;
    if (status >= 200 && status < 300) return { exchange, values: valuesOf(made.body) };
    if (status === 401 || status === 403 || status === 404) return undefined;
    if (!options.correct(exchange)) return undefined;
  }
  return undefined;
}

function registrations(operations: readonly Operation[]): readonly Operation[] {
  const weight = ({ path, access }: Operation): number =>
    (/admin|staff|invite|verify|confirm/i.test(path) ? 10 : 0) +
    (access.kind === "anonymous" || access.kind === "unsaid" ? 0 : 5);
  return operations
    .filter(
      ({ traits, method, path }) =>
        traits.has("register") && method === "POST" && !path.includes("{"),
    )
    .toSorted((one, other) => weight(one) - weight(other));
}

/** Opens an account and signs in; `undefined` when the API lets nobody in that way. */
export async function openAccount(options: OpenAccountOptions): Promise<OpenedAccount | undefined> {
  for (const operation of registrations(options.document.operations).slice(0, 2)) {
    const registered = await register(options, operation);
    if (registered === undefined) continue;
    const opened = await enter(options, registered);
    if (opened !== undefined) return opened;
  }
  return undefined;
}

/** Name and password with every request, where the document declares that and they are not refused. */
async function basicCredential(
  { document, basePath, send, now }: OpenAccountOptions,
  account: Account,
): Promise<Credential | undefined> {
  if (!document.schemes.some(({ kind }) => kind === "basic")) return undefined;
  const operation = document.operations.find(
    ({ method, path, access }) =>
      method === "GET" && !path.includes("{") && access.kind === "credential",
  );
  if (operation === undefined) return undefined;
  for (const name of [account.username, account.email]) {
    if (name === undefined) continue;
    const pair = Buffer.from(`${name}:${account.password}`).toString("base64");
    const headers: readonly HeaderLine[] = [["authorization", `Basic ${pair}`]];
    const { answer } = await send({
      method: "GET",
      path: `${basePath}${operation.path}`,
      headers,
      body: undefined,
      principal: undefined,
      operation,
    });
    if (answer === undefined || answer.status === 401) continue;
    return { headers, query: [], token: pair, refreshToken: undefined, obtainedAt: now() };
  }
  return undefined;
}

async function enter(
  options: OpenAccountOptions,
  { exchange, values }: Registered,
): Promise<OpenedAccount | undefined> {
  const { document, role, now } = options;
  const account = accountOf(values);
  const name = account?.username ?? account?.email ?? `newcomer-${exchange.id}`;
  const place = declaredPlace(document) ?? bearer;
  const known = joinFacts(factsOfBody(values), factsOfAnswer(exchange.answer?.json));
  const base = { name, role, tenant: undefined, administrator: false, owns: {} };
  const recipes: LoginRecipe[] =
    account === undefined
      ? []
      : signInOperations(document).flatMap(({ method, path }, index, all) =>
          loginRequests(all[index], account).map((request) => ({
            method,
            path,
            ...request,
            token: undefined,
            refreshToken: undefined,
            place,
          })),
        );
  const outcome = await signInByAny(options, recipes.slice(0, 4), false, []);
  if (outcome.ok) {
    const facts = joinFacts(known, outcome.facts);
    return {
      principal: { ...base, recipe: outcome.recipe, facts },
      credential: outcome.credential,
    };
  }
  const basic = account === undefined ? undefined : await basicCredential(options, account);
  if (basic !== undefined)
    return { principal: { ...base, recipe: undefined, facts: known }, credential: basic };
  // Some sign in whoever registers.
  const { answer } = exchange;
  const found = answer && findToken(answer, undefined);
  if (answer === undefined || found === undefined || found.from === "cookie") return undefined;
  return {
    principal: { ...base, recipe: undefined, facts: joinFacts(known, factsOfToken(found.token)) },
    credential: {
      ...carry(place, found.token),
      token: found.token,
      refreshToken: findRefreshToken(answer, undefined),
      obtainedAt: now(),
    },
  };
}
