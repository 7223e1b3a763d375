/**
 * Finds the token in the answer to a sign-in, and how long it lives.
 *
 * Promise: what the recipe names is taken, or nothing is; only without a name is it looked for.
 *
 * @module
 */

import type { Answer, HeaderLine } from "../wire/exchange.ts";
import { parseToken } from "./json-web-token.ts";

/** A token and where it was. */
export interface FoundToken {
  readonly token: string;
  readonly from: "body" | "header" | "cookie";
}

/** A value of a JSON text with the names that lead to it. */
interface Leaf {
  readonly name: string;
  readonly depth: number;
  readonly value: string | number;
}

const deepest = 5;

function leavesOf(json: unknown, name = "", depth = 0): readonly Leaf[] {
  if (typeof json === "string" || typeof json === "number") return [{ name, depth, value: json }];
  if (typeof json !== "object" || json === null || depth >= deepest) return [];
  return Object.entries(json)
    .slice(0, 200)
    .flatMap(([key, value]) =>
      leavesOf(
        value,
        Array.isArray(json) ? name : key.toLowerCase().replaceAll(/[^a-z\d]/g, ""),
        depth + 1,
      ),
    );
}

/** Names of tokens, best first, without case and separators. */
const tokenNames = [
  "accesstoken",
  "token",
  "authtoken",
  "jwt",
  "jwttoken",
  "bearertoken",
  "bearer",
  "usertoken",
  "authenticationtoken",
  "sessiontoken",
  "apitoken",
  "authorization",
  "access",
  "idtoken",
  "sessionid",
  "sid",
  "session",
  "apikey",
  "key",
  "auth",
];

const tokenHeaders =
  /^(authorization|x-(auth|access|api|session|jwt|user)-?(token|key)?|(access|auth|session|jwt)-?token|token|jwt)$/i;

function bare(value: string): string {
  return value.replace(/^(bearer|token|jwt)\s+/i, "").trim();
}

function looksLikeToken(value: string | number): value is string {
  return typeof value === "string" && /^\S{6,}$/.test(bare(value)) && !/^https?:\/\//.test(value);
}

/** A value under a JSON pointer ("/a/b"), also written "a.b". */
export function atPointer(json: unknown, pointer: string): unknown {
  const steps = pointer.startsWith("/")
    ? pointer
        .slice(1)
        .split("/")
        .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"))
    : pointer.replace(/^\$\.?/, "").split(".");
  let value = json;
  for (const step of steps) {
    if (step === "" && steps.length === 1) return value;
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step))
      return undefined;
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return value;
}

/** Cookies that an answer sets, those that it clears left out. */
export function cookiesOf(headers: readonly HeaderLine[]): readonly (readonly [string, string])[] {
  const cookies = new Map<string, string>();
  for (const [name, line] of headers) {
    if (name.toLowerCase() !== "set-cookie") continue;
    const [pair = ""] = line.split(";");
    const equals = pair.indexOf("=");
    if (equals <= 0) continue;
    const value = pair.slice(equals + 1).trim();
    const cleared = value === "" || /;\s*max-age=(0|-\d+)\b/i.test(line) || /1970/.test(line);
    if (cleared) cookies.delete(pair.slice(0, equals).trim());
    else cookies.set(pair.slice(0, equals).trim(), value);
  }
  return [...cookies];
}

function named(answer: Answer, place: string): FoundToken | undefined {
  const [, kind = "", name = ""] = /^(cookie|header|body)[:\s]\s*(.+)$/i.exec(place) ?? [];
  if (kind.toLowerCase() === "cookie") {
    const token = cookiesOf(answer.headers).find(([given]) => given === name)?.[1];
    return token === undefined ? undefined : { token, from: "cookie" };
  }
  if (kind.toLowerCase() === "header") {
    const value = answer.headers.find(([given]) => given.toLowerCase() === name.toLowerCase())?.[1];
    return value === undefined || value === "" ? undefined : { token: bare(value), from: "header" };
  }
  const value = atPointer(answer.json, name === "" ? place : name);
  if (typeof value === "string" && value !== "") return { token: bare(value), from: "body" };
  return typeof value === "number" ? { token: String(value), from: "body" } : undefined;
}

function inBody({ json, text }: Answer): string | undefined {
  if (typeof json === "string") return looksLikeToken(json) ? bare(json) : undefined;
  const leaves = leavesOf(json).filter(({ value }) => looksLikeToken(value));
  for (const wanted of tokenNames) {
    const [best] = leaves
      .filter(({ name }) => name === wanted)
      .toSorted((one, other) => one.depth - other.depth);
    if (best !== undefined) return bare(String(best.value));
  }
  const web = leaves.find(
    ({ name, value }) => !name.includes("refresh") && parseToken(bare(String(value))) !== undefined,
  );
  if (web !== undefined) return bare(String(web.value));
  const odd = leaves.find(
    ({ name }) =>
      /token|jwt/.test(name) && !/refresh|csrf|xsrf|type|push|device|reset|verif/.test(name),
  );
  if (odd !== undefined) return bare(String(odd.value));
  const whole = bare(text.trim());
  return json === undefined && /^[\w.~+/=-]{16,4096}$/.test(whole) ? whole : undefined;
}

/** The session cookie among several. */
function sessionCookie(
  cookies: readonly (readonly [string, string])[],
): readonly [string, string] | undefined {
  const likely = cookies.filter(
    ([name]) => !/csrf|xsrf|lang|locale|theme|consent|refresh/i.test(name),
  );
  const candidates = likely.length > 0 ? likely : cookies;
  return (
    candidates.find(([name]) => /sess|sid$|token|auth|jwt|connect\.|remember/i.test(name)) ??
    candidates.toSorted(([, one], [, other]) => other.length - one.length)[0]
  );
}

/** The token of an answer: where the recipe says, else by looking at body, headers, cookies. */
export function findToken(answer: Answer, place: string | undefined): FoundToken | undefined {
  if (place !== undefined) return named(answer, place);
  const body = inBody(answer);
  if (body !== undefined) return { token: body, from: "body" };
  const header = answer.headers.find(
    ([name, value]) => tokenHeaders.test(name) && looksLikeToken(value),
  );
  if (header !== undefined) return { token: bare(header[1]), from: "header" };
  const cookie = sessionCookie(cookiesOf(answer.headers));
  return cookie === undefined ? undefined : { token: cookie[1], from: "cookie" };
}

/** The refresh token of an answer. */
export function findRefreshToken(answer: Answer, place: string | undefined): string | undefined {
  if (place !== undefined) return named(answer, place)?.token;
  const leaf = leavesOf(answer.json).find(
    ({ name, value }) =>
      looksLikeToken(value) && /^(refresh|refreshtoken|refreshjwt|renewtoken)$/.test(name),
  );
  return leaf === undefined ? undefined : bare(String(leaf.value));
}

/** Milliseconds that a token lives from now on; `undefined` when nothing says so. */
export function lifetimeOf(
  answer: Answer | undefined,
  token: string,
  now: number,
): number | undefined {
  const payload = parseToken(token)?.payload;
  const ends = payload?.["exp"];
  const begins = payload?.["iat"];
  // With both in the token its own clock counts, not ours.
  if (typeof ends === "number") {
    const life = typeof begins === "number" ? ends - begins : ends - now / 1000;
    return life > 0 ? life * 1000 : undefined;
  }
  const leaf = leavesOf(answer?.json).find(({ name }) =>
    /^(expiresin|expiresinseconds|accesstokenexpiresin|tokenexpiresin)$/.test(name),
  );
  const seconds = Number(leaf?.value);
  if (leaf === undefined || !(seconds > 0)) return undefined;
  // Nobody gives a token for a month in seconds beside a refresh token: such numbers are milliseconds.
  return seconds > 10_000_000 ? seconds : seconds * 1000;
}
