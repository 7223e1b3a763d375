/**
 * Signs in as a recipe says and makes a credential of the answer.
 *
 * @module
 */

import type { ApiDocument, Operation } from "../document/operation.ts";
import type { Answer, Call, Exchange, HeaderLine } from "../wire/exchange.ts";
import { factsOfAnswer, factsOfToken, joinFacts, type Facts } from "./facts.ts";
import {
  cookiesOf,
  findRefreshToken,
  findToken,
  lifetimeOf,
  type FoundToken,
} from "./find-token.ts";
import type { Credential, LoginRecipe } from "./principal.ts";
import { parseToken } from "./json-web-token.ts";
import { roleIn } from "./roles.ts";
import { carry, type Carried } from "./token-place.ts";

/** What signing in needs. */
export interface SignInParts {
  readonly document: ApiDocument;
  /** Prefix of every operation's path. */
  readonly basePath: string;
  readonly send: (call: Call) => Promise<Exchange>;
  readonly now: () => number;
}

/** What came of it. */
export type SignedIn =
  | {
      readonly ok: true;
      readonly credential: Credential;
      /** Milliseconds that the token lives. */
      readonly lifetime: number | undefined;
      readonly facts: Facts;
      readonly recipe: LoginRecipe;
      readonly from: FoundToken["from"];
      /** The role that token or answer name. */
      readonly role: string | undefined;
      readonly exchange: Exchange;
    }
  | { readonly ok: false; readonly why: string };

function operationOf({ document }: SignInParts, recipe: LoginRecipe): Operation | undefined {
  return document.operations.find(
    ({ method, path }) => method === recipe.method && path === recipe.path,
  );
}

/** The call that a recipe describes. */
export function loginCall(parts: SignInParts, recipe: LoginRecipe): Call {
  const { method, path, headers, body } = recipe;
  const operation = operationOf(parts, recipe);
  // Some write the whole path where the part below the base is meant.
  const whole =
    operation === undefined && parts.basePath !== "" && path.startsWith(`${parts.basePath}/`);
  const typed = headers.some(([name]) => name.toLowerCase() === "content-type");
  const text =
    typeof body === "string" ? body : body === undefined ? undefined : JSON.stringify(body);
  const type: readonly HeaderLine[] =
    typed || text === undefined ? [] : [["content-type", "application/json"]];
  return {
    method,
    path: whole ? path : `${parts.basePath}${path}`,
    headers: [...headers, ...type],
    body: text,
    principal: undefined,
    operation,
  };
}

/** The token of an answer; a cookie that the document declares is better than what is found by looking. */
function tokenIn(answer: Answer, { token, place }: LoginRecipe): FoundToken | undefined {
  const declared =
    token === undefined && place.kind === "cookie"
      ? findToken(answer, `cookie:${place.name}`)
      : undefined;
  return declared ?? findToken(answer, token);
}

/** Whether a redirect is one to a place for those who are in. */
function leadsIn({ status, headers }: Answer): boolean {
  if (status !== 302 && status !== 303) return false;
  const location = headers.find(([name]) => name.toLowerCase() === "location")?.[1] ?? "";
  return !/log-?in|sign-?in|error|fail|denied/i.test(location);
}

/** Cookies that the answer set, with the header that repeats a token against forgery of requests. */
function cookieJar(headers: readonly HeaderLine[]): Carried {
  const cookies = cookiesOf(headers);
  const lines: HeaderLine[] = [
    ["cookie", cookies.map(([name, value]) => `${name}=${value}`).join("; ")],
  ];
  for (const [name, value] of cookies) {
    const plain = name.toLowerCase();
    if (plain === "xsrf-token") lines.push(["x-xsrf-token", decodeURIComponent(value)]);
    if (plain === "csrftoken") lines.push(["x-csrftoken", value]);
    if (/^_?csrf([-_]token)?$/.test(plain)) lines.push(["x-csrf-token", value]);
  }
  return { headers: lines, query: [] };
}

function carried(found: FoundToken, answer: Answer, recipe: LoginRecipe, placed: boolean): Carried {
  if (found.from === "cookie" && (!placed || recipe.place.kind === "cookie"))
    return cookieJar(answer.headers);
  return carry(recipe.place, found.token);
}

function complaint(exchange: Exchange): string {
  const { call, answer, failure } = exchange;
  const line = `${call.method} ${call.path}`;
  if (answer === undefined) return `${line} gave no answer: ${failure ?? "unknown"}`;
  const text = answer.text.replaceAll(/\s+/g, " ").trim().slice(0, 160);
  return `${line} answered ${answer.status}${text === "" ? "" : `: ${text}`}`;
}

/** Signs in once. Sends one request. */
export async function signInOnce(
  parts: SignInParts,
  recipe: LoginRecipe,
  placed: boolean,
  extra: readonly HeaderLine[],
): Promise<SignedIn> {
  const exchange = await parts.send(loginCall(parts, recipe));
  const { answer } = exchange;
  if (answer === undefined || ((answer.status < 200 || answer.status > 299) && !leadsIn(answer)))
    return { ok: false, why: complaint(exchange) };
  const found = tokenIn(answer, recipe);
  if (found === undefined)
    return {
      ok: false,
      why: `${complaint(exchange).slice(0, 200)} — no token there${recipe.token === undefined ? "" : ` at ${recipe.token}`}`,
    };
  const { headers, query } = carried(found, answer, recipe, placed);
  const now = parts.now();
  return {
    ok: true,
    credential: {
      headers: [...headers, ...extra],
      query,
      token: found.token,
      refreshToken: findRefreshToken(answer, recipe.refreshToken),
      obtainedAt: now,
    },
    lifetime: lifetimeOf(answer, found.token, now),
    facts: joinFacts(factsOfToken(found.token), factsOfAnswer(answer.json)),
    recipe,
    from: found.from,
    role: roleIn(parseToken(found.token)?.payload, answer.json),
    exchange,
  };
}

/** Signs in by the first recipe that works. */
export async function signInByAny(
  parts: SignInParts,
  recipes: readonly LoginRecipe[],
  placed: boolean,
  extra: readonly HeaderLine[],
): Promise<SignedIn> {
  const whys: string[] = [];
  for (const recipe of recipes) {
    const outcome = await signInOnce(parts, recipe, placed, extra);
    if (outcome.ok) return outcome;
    whys.push(outcome.why);
  }
  return { ok: false, why: whys.join("; ") };
}
