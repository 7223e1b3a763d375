/**
 * Typed clients for other people's APIs (OWASP API10:2023).
 *
 * Promise: an endpoint that is not declared with its schema, time-out and size cannot be called;
 * what comes back has passed the schema, and nothing else comes back; credentials go to the
 * declared origin by `call` alone, never to an address that a user chose. Limits: breaker, bulkhead
 * and figures are per process; whoever may choose the address can make the upstream fail on
 * purpose, which counts in the breaker like any failure.
 *
 * @module
 */

import type { z } from "zod";
import type { Egress, EgressMethod } from "../egress/index.ts";
import {
  systemClock,
  systemRandomness,
  type Clock,
  type Randomness,
  type Secret,
  type SecurityEventSink,
} from "../kernel/index.ts";
import type { BreakerOptions } from "./breaker.ts";
import { fillPath, type AnyInput, type CallArguments, type FetchInput } from "./call-input.ts";
import { createCaller, type BulkheadOptions, type Job } from "./caller.ts";
import { createWindow, type UpstreamFigures } from "./figures.ts";
import { createJob, decideForeignUrl, queryOf, reveal } from "./job.ts";
import { denyUpstream, type UpstreamDecision, type UpstreamReason } from "./outcome.ts";
import { requireDeclaration } from "./requirements.ts";
import type { RetryOptions } from "./retry.ts";

/** One operation of an upstream. */
export interface UpstreamEndpoint {
  readonly method: EgressMethod;
  /** `/documents/:documentId`; a last segment `*` stands for any rest and is for `fetchUrl` only. */
  readonly path: `/${string}`;
  /** What a successful answer must look like; keys that a plain object does not name are dropped. */
  readonly response: z.ZodType;
  /** For the call as a whole, retries included. */
  readonly timeoutMilliseconds: number;
  /** Whether sending it twice does no more than sending it once. */
  readonly idempotent: boolean;
  /** Longest body of an answer. */
  readonly maximumBytes: number;
  /** Media types of a successful answer. Default `["application/json"]`. */
  readonly mediaTypes?: readonly string[];
}

/** Endpoints by name. */
export type UpstreamEndpoints = Readonly<Record<string, UpstreamEndpoint>>;

/** What an upstream is declared by. */
export interface UpstreamDeclaration<Endpoints extends UpstreamEndpoints> {
  /** `https://api.partner.com`: scheme, host and port, nothing else. */
  readonly origin: string;
  /** The way out; its policy must allow the origin. */
  readonly egress: Egress;
  readonly endpoints: Endpoints;
  readonly retry: RetryOptions;
  readonly breaker: BreakerOptions;
  readonly bulkhead: BulkheadOptions;
  /** Sent with every `call`, such as credentials. */
  readonly headers?: Readonly<Record<string, string | Secret<string>>>;
  /** Who last assessed the provider's security posture, and when (API10.P1); an ISO date. */
  readonly assessment?: { readonly date: string; readonly owner: string };
  /** Length of the window of the figures. Default five minutes. */
  readonly windowMilliseconds?: number;
  readonly clock?: Clock;
  readonly randomness?: Randomness;
  readonly events?: SecurityEventSink;
}

/** Names of the endpoints that are read with GET, which `fetchUrl` can be used for. */
type ReadableName<Endpoints extends UpstreamEndpoints> = {
  [Name in keyof Endpoints & string]: Endpoints[Name]["method"] extends "GET" ? Name : never;
}[keyof Endpoints & string];

/** A client for one upstream. */
export interface Upstream<Endpoints extends UpstreamEndpoints> {
  readonly name: string;
  readonly declaration: UpstreamDeclaration<Endpoints>;
  /** Calls an endpoint; never rejects for what the upstream does. */
  call<Name extends keyof Endpoints & string>(
    name: Name,
    ...input: CallArguments<Endpoints[Name]["path"]>
  ): Promise<UpstreamDecision<z.output<Endpoints[Name]["response"]>>>;
  /**
   * Reads an address that a user gave, which must be one of the endpoint's: same origin, same
   * path. Declared headers are not sent: a user must not aim our credentials.
   */
  fetchUrl<Name extends ReadableName<Endpoints>>(
    name: Name,
    url: string,
    input?: FetchInput,
  ): Promise<UpstreamDecision<z.output<Endpoints[Name]["response"]>>>;
  /** How it has been doing, as a whole or one endpoint of it. */
  figures(endpoint?: keyof Endpoints & string): UpstreamFigures;
}

/** Answers of the upstream that somebody should look at, as opposed to outages. */
const suspicious: ReadonlySet<UpstreamReason> = new Set([
  "schema",
  "media-type",
  "too-large",
  "redirect",
]);

/**
 * Declares an upstream and returns its client.
 *
 * @throws TypeError when the origin is not one that the egress policy allows, or a number makes no
 * sense; RangeError when breaker settings make no sense.
 * @example
 * const partner = defineUpstream("partner", {
 *   origin: "https://api.partner.com",
 *   egress,
 *   endpoints: {
 *     getDocument: {
 *       method: "GET",
 *       path: "/documents/:documentId",
 *       response: z.object({ title: z.string().max(200) }),
 *       timeoutMilliseconds: 2_000,
 *       idempotent: true,
 *       maximumBytes: 65_536,
 *     },
 *   },
 *   retry: { attempts: 3, budget: 0.2 },
 *   breaker: { threshold: 0.5, window: 20, minimumCalls: 10, halfOpenAfterMilliseconds: 10_000 },
 *   bulkhead: { concurrent: 16, queued: 16 },
 * });
 * const decision = await partner.call("getDocument", { path: { documentId: "7" } });
 * if (decision.effect === "allow") decision.value.title;
 */
export function defineUpstream<const Endpoints extends UpstreamEndpoints>(
  name: string,
  declaration: UpstreamDeclaration<Endpoints>,
): Upstream<Endpoints> {
  requireDeclaration(name, declaration);
  const { clock = systemClock, endpoints, events, randomness = systemRandomness } = declaration;
  const caller = createCaller({ ...declaration, clock, randomness });
  const ownHeaders = reveal(declaration.headers ?? {});
  const window = createWindow(1024);
  const length = declaration.windowMilliseconds ?? 300_000;
  let retries = 0;
  let refused = 0;

  function endpointOf(endpoint: string): UpstreamEndpoint {
    const found = Object.hasOwn(endpoints, endpoint) ? endpoints[endpoint] : undefined;
    if (found === undefined) throw new TypeError(`upstream ${name} has no endpoint ${endpoint}`);
    return found;
  }
  function note(event: "x_egress_refused" | "x_upstream_refused", reason: string): void {
    events?.note({ name: event, subject: undefined, object: `upstream:${name}`, reason });
  }
  async function run(endpoint: string, job: Job): Promise<UpstreamDecision<unknown>> {
    const started = clock.now();
    const finished = await caller.run(job);
    const { decision } = finished;
    const error = decision.effect === "deny";
    const milliseconds = clock.now() - started;
    retries += finished.retries;
    if (finished.sent) window.record({ at: clock.now(), milliseconds, error, endpoint });
    else refused += 1;
    if (error && suspicious.has(decision.reason)) note("x_upstream_refused", decision.reason);
    return decision;
  }

  async function call(called: string, input: AnyInput = {}): Promise<UpstreamDecision<unknown>> {
    const endpoint = endpointOf(called);
    if (endpoint.path.endsWith("/*"))
      throw new TypeError(`endpoint ${called} is for fetchUrl only`);
    const path = fillPath(endpoint.path, input.path ?? {});
    if (path === undefined) return denyUpstream("destination-refused", "path-parameter");
    const hasBody = input.body !== undefined;
    const job = createJob(
      endpoint,
      `${declaration.origin}${path}${queryOf(input.query)}`,
      clock.now(),
      input,
      {
        headers: {
          ...(hasBody && { "content-type": "application/json" }),
          ...reveal(input.headers ?? {}),
          ...ownHeaders,
        },
        ...(hasBody && { body: JSON.stringify(input.body) }),
      },
    );
    return run(called, job);
  }
  async function fetchUrl(
    called: string,
    url: string,
    input: FetchInput = {},
  ): Promise<UpstreamDecision<unknown>> {
    const endpoint = endpointOf(called);
    if (endpoint.method !== "GET") throw new TypeError(`endpoint ${called} is not read with GET`);
    const decision = decideForeignUrl(url, endpoint, declaration);
    if (decision.effect === "deny") {
      note("x_egress_refused", decision.reason);
      return denyUpstream("destination-refused", decision.reason);
    }
    return run(called, createJob(endpoint, decision.url.href, clock.now(), input, { headers: {} }));
  }

  const client: Upstream<UpstreamEndpoints> = {
    name,
    declaration,
    call: (called, input) => call(called, input),
    fetchUrl: (called, url, input) => fetchUrl(called, url, input),
    figures: (endpoint) => ({
      ...window.read(clock.now() - length, endpoint),
      retries,
      refused,
      breaker: caller.breaker,
    }),
  };
  // The implementation is the same for every name; only the types know which value belongs to it.
  return client as unknown as Upstream<Endpoints>;
}
