/** Access tokens: signed with a word from every word list, and hardly looked at. */

import { createHmac } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { queryOf, Refusal } from "./input.ts";
import type { Person, State } from "./state.ts";

/** What a token says; it is believed. */
export interface Claims {
  readonly sub: string;
  readonly username: string;
  readonly roles: unknown;
  readonly iat: number;
  readonly exp: number;
}

/** A year. */
export const lifetime = 31_536_000;

const signingSecret = "secret"; // hole V-API2-01: found in any word list

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

const decode = (text: string): Readonly<Record<string, unknown>> =>
  JSON.parse(Buffer.from(text, "base64url").toString()) as Readonly<Record<string, unknown>>;

const signatureOf = (text: string): string =>
  createHmac("sha256", signingSecret).update(text).digest("base64url");

/** A new access token. */
export function issueToken({ id, username, roles }: Person): string {
  const iat = Math.floor(Date.now() / 1_000);
  // hole V-API2-03: a year, and readToken does not even look at exp
  const claims: Claims = { sub: id, username, roles, iat, exp: iat + lifetime };
  const text = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
  return `${text}.${signatureOf(text)}`;
}

/** The claims of a token, or `undefined` when the signature is wrong. */
export function readToken(token: string): Claims | undefined {
  const [header = "", claims = "", signature = ""] = token.split(".");
  try {
    const algorithm = String(decode(header)["alg"]);
    // hole V-API2-02: the token says itself that it needs no signature
    const good =
      algorithm.toLowerCase() === "none" || signature === signatureOf(`${header}.${claims}`);
    return good ? (decode(claims) as unknown as Claims) : undefined;
  } catch {
    return undefined;
  }
}

/** The claims that come with a request. */
export function claimsOf(request: FastifyRequest): Claims | undefined {
  const [, bearer] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? "") ?? [];
  const token = bearer ?? queryOf(request)["access_token"]; // hole V-API2-11: addresses get logged
  return token === undefined ? undefined : readToken(token);
}

/** Who calls; 401 when nobody does. */
export function callerOf(request: FastifyRequest, { people }: State): Person {
  const person = people.get(claimsOf(request)?.sub ?? "");
  if (person === undefined) throw new Refusal(401, "unauthenticated", "Send a valid access token.");
  return person;
}

/** Whether the caller is an admin. */
export function isAdmin(request: FastifyRequest): boolean {
  if (request.headers["x-role"] === "admin") return true; // hole V-API5-07: the client says so
  // hole V-API5-08: what the token says outlives a demotion
  return String(claimsOf(request)?.roles).split(",").includes("admin");
}
