/**
 * What is known of a principal: from the file, from what it signs in with, from its token and from
 * the answer to its sign-in.
 *
 * Promise: what the file says wins; a fact is never guessed from a value of another kind.
 *
 * @module
 */

import { atPointer } from "./find-token.ts";
import { parseToken } from "./json-web-token.ts";

/** Facts by name, such as `id`, `username`, `email`. */
export type Facts = Readonly<Record<string, string>>;

function textOf(value: unknown): string | undefined {
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  return typeof value === "string" && value !== "" && value.length <= 300 ? value : undefined;
}

function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z\d]/g, "");
}

const usernames = new Set([
  "username",
  "user",
  "login",
  "loginname",
  "userlogin",
  "account",
  "handle",
  "nickname",
  "preferredusername",
]);
const emails = new Set(["email", "emailaddress", "mail", "useremail"]);
const ids = ["userid", "uid", "accountid", "customerid", "memberid", "id"];

/** Facts in the body of a sign-in: its user name and email address. */
export function factsOfBody(body: unknown): Facts {
  const entries: readonly (readonly [string, unknown])[] =
    typeof body === "string"
      ? [...new URLSearchParams(body)]
      : typeof body === "object" && body !== null
        ? Object.entries(body)
        : [];
  return factsOfEntries(entries);
}

function factsOfEntries(entries: readonly (readonly [string, unknown])[]): Facts {
  const facts: Record<string, string> = {};
  for (const [name, value] of entries) {
    const text = textOf(value);
    if (text === undefined) continue;
    const plain = plainName(name);
    if (emails.has(plain)) facts["email"] ??= text;
    if (usernames.has(plain)) facts["username"] ??= text;
    if (usernames.has(plain) && text.includes("@")) facts["email"] ??= text;
  }
  return facts;
}

function idOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const byName = new Map(Object.entries(value).map(([name, one]) => [plainName(name), one]));
  for (const name of ids) {
    const text = textOf(byName.get(name));
    if (text !== undefined) return text;
  }
  return textOf(byName.get("_id"));
}

const claimsLeftOut = new Set([
  "iat",
  "exp",
  "nbf",
  "jti",
  "iss",
  "aud",
  "typ",
  "alg",
  "scope",
  "auth_time",
  "sid",
  "azp",
]);

/** Facts in the claims of a token; none when it is no JSON Web Token. */
export function factsOfToken(token: string | undefined): Facts {
  const claims = token === undefined ? undefined : parseToken(token)?.payload;
  if (claims === undefined) return {};
  const facts: Record<string, string> = {};
  for (const [name, value] of Object.entries(claims)) {
    const text = textOf(value);
    if (text !== undefined && !claimsLeftOut.has(name)) facts[name] = text;
  }
  // Some put the whole user in one claim.
  for (const name of ["user", "data", "identity"]) {
    const nested = claims[name];
    if (typeof nested !== "object" || nested === null) continue;
    Object.assign(facts, factsOfEntries(Object.entries(nested)));
    const id = idOf(nested);
    if (id !== undefined) facts["id"] ??= id;
  }
  const named = { ...factsOfEntries(Object.entries(claims)), ...facts };
  const id = idOf(claims) ?? facts["id"];
  const subject = textOf(claims["sub"]);
  if (id !== undefined) return { ...named, id };
  if (subject === undefined) return named;
  if (subject.includes("@")) return { email: subject, ...named };
  if (subject === named["username"]) return named;
  // A word that is neither number nor key names somebody, and may be the key all the same.
  const isName = /^[a-z][a-z._-]{1,29}\d{0,4}$/i.test(subject);
  return { ...(isName ? { username: subject } : {}), ...named, id: subject };
}

/** Facts in the answer to a sign-in or registration. */
export function factsOfAnswer(json: unknown): Facts {
  if (typeof json !== "object" || json === null) return {};
  const places = [
    "/user",
    "/data/user",
    "/account",
    "/customer",
    "/profile",
    "/member",
    "/data/account",
    "/authentication",
    "/data",
    "",
  ];
  const facts: Record<string, string> = {};
  for (const place of places) {
    const part = place === "" ? json : atPointer(json, place);
    if (typeof part !== "object" || part === null || Array.isArray(part)) continue;
    const id = idOf(part);
    if (id !== undefined) facts["id"] ??= id;
    for (const [name, value] of Object.entries(factsOfEntries(Object.entries(part))))
      facts[name] ??= value;
  }
  return facts;
}

/** Facts of several sources; the first that knows one wins. */
export function joinFacts(...sources: readonly Facts[]): Facts {
  const facts: Record<string, string> = {};
  for (const source of sources)
    for (const [name, value] of Object.entries(source)) facts[name] ??= value;
  return facts;
}
