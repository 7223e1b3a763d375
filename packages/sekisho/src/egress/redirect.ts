/**
 * What may become of an answer that points elsewhere (OWASP API7.P5, API10.V3, RFC 9110 §15.4).
 *
 * Promise: the next address passes the same judgement as the first; nothing secret travels to
 * another origin; a body never does; https never becomes http. Limits: an answer of the 3xx class
 * that names no place (304, 300) is refused as well.
 *
 * @module
 */

import { deny, type Decision } from "../kernel/index.ts";
import { hasForbiddenCharacter } from "./decide.ts";

/** Where to go next, and what may be taken along. */
export type RedirectDecision = Decision<
  "redirect",
  {
    readonly url: string;
    readonly method: string;
    readonly keepBody: boolean;
    /** False when the origin changes: then only {@link harmlessHeaders} are sent again. */
    readonly keepHeaders: boolean;
  }
>;

/** Request headers that say nothing about who is asking. */
export const harmlessHeaders: ReadonlySet<string> = new Set([
  "accept",
  "accept-encoding",
  "accept-language",
  "user-agent",
]);

const followed: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Decides where a redirecting answer leads. The result still has to be judged as a destination.
 *
 * @example
 * const from = new URL("https://api.example.com/a");
 * decideRedirect({ from, status: 308, location: "https://evil.example/", method: "POST", hasBody: true });
 * // { effect: "deny", reason: "redirect" }
 */
export function decideRedirect(answer: {
  readonly from: URL;
  readonly status: number;
  readonly location: string | undefined;
  readonly method: string;
  readonly hasBody: boolean;
}): RedirectDecision {
  const { from, location, status } = answer;
  if (!followed.has(status) || location === undefined || hasForbiddenCharacter(location))
    return deny("redirect");
  const to = URL.parse(location, from.href);
  if (to === null || (from.protocol === "https:" && to.protocol !== "https:"))
    return deny("redirect");
  const becomesGet =
    status === 303 ? answer.method !== "HEAD" : status < 303 && answer.method === "POST";
  const keepBody = answer.hasBody && !becomesGet;
  const keepHeaders = to.origin === from.origin;
  if (keepBody && !keepHeaders) return deny("redirect");
  return {
    effect: "allow",
    url: to.href,
    method: becomesGet ? "GET" : answer.method,
    keepBody,
    keepHeaders,
  };
}
