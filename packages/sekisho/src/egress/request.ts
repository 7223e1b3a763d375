/**
 * One outgoing request with everything that may happen to it on the way.
 *
 * Promise: each hop of a redirect is judged like the first address. Limits: by default there is no
 * second hop.
 *
 * @module
 */

import { deny, type Allow, type Deny } from "../kernel/index.ts";
import type { ResponseHeaders } from "./body.ts";
import { exchange, type EgressMethod, type Message, type Reading } from "./exchange.ts";
import type { EgressLimits } from "./limits.ts";
import type { Pools } from "./pools.ts";
import type { EgressReason } from "./reason.ts";
import { decideRedirect, harmlessHeaders } from "./redirect.ts";
import type { FindRoute } from "./route.ts";

/** How a single request differs from a plain GET. */
export interface EgressRequest {
  readonly method?: EgressMethod;
  /** Framing and routing headers (`host`, `content-length`, …) are not accepted. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly signal?: AbortSignal;
  /** Moment at which the caller loses interest, in milliseconds of the clock. */
  readonly deadline?: number;
  /** Media types that a successful answer may have, without parameters: `["application/json"]`. */
  readonly mediaTypes?: readonly string[];
  readonly limits?: Partial<EgressLimits>;
  /** How many redirects may be followed, each judged like a first address. Default 0. */
  readonly redirects?: number;
  /** Asks for gzip or brotli; otherwise an answer in any coding is refused. Default false. */
  readonly compressed?: boolean;
}

/** An answer of any status but 3xx. */
export type EgressAllow = Allow<{
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: Uint8Array;
  /** The address that answered, after redirects. */
  readonly url: URL;
}>;

/** What became of a request. */
export type EgressDecision = EgressAllow | Deny<EgressReason>;

/** What a journey needs of the egress that sends it. */
export interface Journey extends Reading {
  readonly findRoute: FindRoute;
  readonly pools: Pools;
  readonly redirects: number;
  readonly visit: (url: URL) => void;
}

function keptHeaders(
  headers: Readonly<Record<string, string>>,
  next: { readonly keepBody: boolean; readonly keepHeaders: boolean },
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name]) =>
        (next.keepHeaders || harmlessHeaders.has(name)) &&
        (next.keepBody || !name.startsWith("content-")),
    ),
  );
}

/**
 * Sends a message to an address and follows as many redirects as were granted.
 *
 * @throws EgressFailure, or an error of the transport.
 */
export async function follow(
  text: string,
  first: Omit<Message, "url">,
  journey: Journey,
): Promise<EgressDecision> {
  let target = text;
  let message = first;
  for (let left = journey.redirects; ; left--) {
    const found = await journey.deadline.race(journey.findRoute(target, journey.visit));
    if (found.effect === "deny") return found;
    const { url, route } = found;
    const pool = journey.pools.of(route, url.host, journey.limits);
    const answer = await exchange(pool, { ...message, url }, journey);
    if (answer.status < 300 || answer.status > 399) return { effect: "allow", ...answer, url };
    if (left <= 0) return deny("redirect");
    const next = decideRedirect({
      from: url,
      status: answer.status,
      location: answer.headers["location"],
      method: message.method,
      hasBody: message.body !== undefined,
    });
    if (next.effect === "deny") return next;
    target = next.url;
    message = {
      method: next.method,
      headers: keptHeaders(message.headers, next),
      body: next.keepBody ? message.body : undefined,
    };
  }
}
