/**
 * Signed tokens for the targets, and the one place where a target reaches out.
 *
 * @module
 */

import { createHmac, timingSafeEqual } from "node:crypto";

/** A token, taken apart but not believed. */
export interface Opened {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly signed: string;
  readonly signature: Buffer;
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function parsed(part: string | undefined): Readonly<Record<string, unknown>> {
  const value = JSON.parse(Buffer.from(part ?? "", "base64url").toString()) as unknown;
  if (typeof value !== "object" || value === null) throw new TypeError("not an object");
  return value as Record<string, unknown>;
}

/** The two parts that a signature covers. */
export function unsigned(header: unknown, claims: unknown): string {
  return `${encoded(header)}.${encoded(claims)}`;
}

function hmac(secret: string, signed: string): Buffer {
  return createHmac("sha256", secret).update(signed).digest();
}

/** A token signed with a shared secret. */
export function mint(claims: Readonly<Record<string, unknown>>, secret: string): string {
  const signed = unsigned({ alg: "HS256", typ: "JWT" }, claims);
  return `${signed}.${hmac(secret, signed).toString("base64url")}`;
}

/** Takes a token apart, or finds that it is none. */
export function open(token: string): Opened | undefined {
  const [header, claims, signature] = token.split(".");
  try {
    return {
      header: parsed(header),
      claims: parsed(claims),
      signed: `${header}.${claims}`,
      signature: Buffer.from(signature ?? "", "base64url"),
    };
  } catch {
    return undefined;
  }
}

/** The claims of a token, if its signature with the shared secret holds and it is not expired. */
export function trusted(token: string, secret: string): Opened["claims"] | undefined {
  const opened = open(token);
  if (opened === undefined || opened.header["alg"] !== "HS256") return undefined;
  const expected = hmac(secret, opened.signed);
  if (opened.signature.length !== expected.length) return undefined;
  if (!timingSafeEqual(opened.signature, expected)) return undefined;
  return Number(opened.claims["exp"]) * 1000 > Date.now() ? opened.claims : undefined;
}

/** The token of an `Authorization: Bearer` header, empty when there is none. */
export function bearer(header: string): string {
  return /^Bearer (\S+)$/.exec(header)?.[1] ?? "";
}

/**
 * Fetches whatever a client names, and follows where it leads. Other machines are left in peace:
 * a host that is not loopback seems to be down.
 */
export async function fetchCarelessly(url: string, hops = 3): Promise<string> {
  const { hostname, protocol } = new URL(url);
  const near = /^(localhost\.?|127(\.\d+){3}|0\.0\.0\.0|\[::1?\]|\[::ffff:7f00:.*\])$/;
  if (!/^https?:$/.test(protocol) || !near.test(hostname))
    throw new Error(`connect ETIMEDOUT ${hostname}`);
  const answer = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(2000) });
  const location = answer.headers.get("location");
  if (location !== null && hops > 0) return fetchCarelessly(new URL(location, url).href, hops - 1);
  return (await answer.text()).slice(0, 100_000);
}
