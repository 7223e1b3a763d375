/**
 * From what a caller says to what is sent, and whether a user's address may be sent to at all.
 *
 * Promise: time and size of the endpoint go along with every call; a user's address belongs to the
 * declared origin and to the endpoint's path, or is not asked. Limits: the query of a user's
 * address is the user's.
 *
 * @module
 */

import { decideUrl } from "../egress/index.ts";
import { Secret } from "../kernel/index.ts";
import { matchesPath, type AnyInput, type FetchInput } from "./call-input.ts";
import type { Job } from "./caller.ts";
import type {
  UpstreamDeclaration,
  UpstreamEndpoint,
  UpstreamEndpoints,
} from "./define-upstream.ts";

const jsonTypes = ["application/json"] as const;

/** Header fields with their values, names in lower case. */
export function reveal(
  headers: Readonly<Record<string, string | Secret<string>>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      value instanceof Secret ? value.reveal() : value,
    ]),
  );
}

/** The query of a call with its question mark, or nothing. */
export function queryOf(query: AnyInput["query"] = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) parameters.append(name, String(value));
  return parameters.size === 0 ? "" : `?${parameters.toString()}`;
}

/** Makes a call ready to be sent. */
export function createJob(
  endpoint: UpstreamEndpoint,
  url: string,
  now: number,
  input: FetchInput,
  message: { readonly headers: Readonly<Record<string, string>>; readonly body?: string },
): Job {
  const own = now + endpoint.timeoutMilliseconds;
  const until = Math.min(own, input.deadline ?? Infinity);
  const mediaTypes = endpoint.mediaTypes ?? jsonTypes;
  return {
    url,
    until,
    isImpatient: until < own,
    idempotent: endpoint.idempotent,
    response: endpoint.response,
    signal: input.signal,
    request: {
      method: endpoint.method,
      headers: { accept: mediaTypes.join(", "), ...message.headers },
      ...(message.body !== undefined && { body: message.body }),
      ...(input.signal !== undefined && { signal: input.signal }),
      deadline: until,
      mediaTypes,
      limits: {
        totalMs: endpoint.timeoutMilliseconds,
        headersMs: endpoint.timeoutMilliseconds,
        bodyBytes: endpoint.maximumBytes,
      },
    },
  };
}

/** The text of a user's address when it is one of the endpoint's, else why not. */
export function decideForeignUrl(
  text: string,
  endpoint: UpstreamEndpoint,
  declaration: UpstreamDeclaration<UpstreamEndpoints>,
): { readonly effect: "allow"; readonly url: URL } | { readonly effect: "deny"; reason: string } {
  const decision = decideUrl(text, declaration.egress.policy);
  if (decision.effect === "deny") return decision;
  if (decision.url.origin !== declaration.origin) return { effect: "deny", reason: "other-origin" };
  return matchesPath(endpoint.path, decision.url.pathname)
    ? decision
    : { effect: "deny", reason: "other-path" };
}
