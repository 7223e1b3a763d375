/**
 * The only way out: an HTTP client for addresses that somebody else chose (OWASP API7:2023).
 *
 * Promise: every request is judged, resolved once and sent over a connection to a judged address;
 * redirects are refused unless asked for, and then judged anew; time and size have ceilings; proxy
 * settings of the environment have no effect. What went wrong is a private reason; users get one
 * uniform problem. Limits: it is no replacement for a network that denies by default (API7.P1).
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { deny, systemClock, type Clock, type SecurityEventSink } from "../kernel/index.ts";
import { dialTcp, type Dial } from "./connector.ts";
import { startDeadline } from "./deadline.ts";
import type { Resolve } from "./decide.ts";
import { requireHeaders } from "./exchange.ts";
import { defaultEgressLimits, requireLimits, type EgressLimits } from "./limits.ts";
import { requirePolicy, type EgressPolicy } from "./policy.ts";
import { createPools, type Pools } from "./pools.ts";
import { reasonOf, type EgressReason } from "./reason.ts";
import { follow, type EgressDecision, type EgressRequest } from "./request.ts";
import { createSystemResolver } from "./resolver.ts";
import { createRouter, unsafeDestinations, type UnsafeDestination } from "./route.ts";

/** One line for logs and metrics. */
export interface EgressObservation {
  readonly effect: "allow" | "deny";
  readonly reason?: EgressReason;
  readonly status?: number;
  /** Origin of the last address that was judged acceptable by its text. */
  readonly origin?: string;
  readonly milliseconds: number;
}

/** What an egress is made of. */
export interface EgressOptions {
  readonly policy: EgressPolicy;
  /** Names this egress in security events. Default `"default"`. */
  readonly name?: string;
  readonly resolve?: Resolve;
  readonly clock?: Clock;
  readonly limits?: Partial<EgressLimits>;
  /** Sent as `User-Agent`; should name the service and a contact. */
  readonly userAgent?: string;
  /** Certificates (PEM) trusted instead of Node's store. */
  readonly certificateAuthorities?: readonly string[];
  /** Refusals and failures are not answered earlier than this, so that time tells less (API7.V5). */
  readonly refusalFloorMs?: number;
  readonly observe?: (decision: EgressObservation) => void;
  readonly events?: SecurityEventSink;
  /** Opens the TCP connections; the peer is checked whatever it opens. */
  readonly dial?: Dial;
  readonly [unsafeDestinations]?: Readonly<Record<string, UnsafeDestination>>;
}

/** The way out. */
export interface Egress {
  /**
   * Sends one request.
   *
   * @throws TypeError when a header is reserved or a limit makes no sense.
   */
  request(url: string, options?: EgressRequest): Promise<EgressDecision>;
  readonly policy: EgressPolicy;
  /** Origins that a development exception redirects to this machine; empty in production. */
  readonly unsafe: readonly string[];
  /** Closes every connection; later requests are refused. */
  close(): Promise<void>;
}

/** Failures that are somebody's outage; every other one is somebody's attempt. */
const outages: ReadonlySet<EgressReason> = new Set([
  "aborted",
  "closed",
  "connect",
  "content-encoding",
  "deadline",
  "header",
  "headers-too-large",
  "media-type",
  "network",
  "resolution-failed",
  "tls",
  "too-large",
  "unresolvable",
]);

type Send = (
  url: string,
  asked: EgressRequest,
  visit: (url: URL) => void,
) => Promise<EgressDecision>;

/** The request itself: everything but what is told about it. */
function createSend(options: EgressOptions, clock: Clock, pools: Pools): Send {
  const limits = requireLimits(defaultEgressLimits, options.limits ?? {});
  const resolve = options.resolve ?? createSystemResolver();
  const exceptions = options[unsafeDestinations] ?? {};
  const findRoute = createRouter(requirePolicy(options.policy), resolve, exceptions);
  const agent = { "user-agent": options.userAgent ?? "sekisho" };

  return async (url, asked, visit) => {
    const ceilings = requireLimits(limits, asked.limits);
    const message = {
      method: asked.method ?? "GET",
      headers: { ...agent, ...requireHeaders(asked.headers ?? {}) },
      body: asked.body,
    };
    if (pools.closed) return deny("closed");
    const until = Math.min(clock.now() + ceilings.totalMs, asked.deadline ?? Infinity);
    const deadline = startDeadline(clock, until, asked.signal);
    try {
      return await follow(url, message, {
        findRoute,
        pools,
        visit,
        deadline,
        limits: ceilings,
        redirects: asked.redirects ?? 0,
        compressed: asked.compressed ?? false,
        mediaTypes: asked.mediaTypes,
      });
    } catch (error) {
      return deny(reasonOf(deadline.signal.aborted ? deadline.signal.reason : error));
    } finally {
      deadline.done();
    }
  };
}

/**
 * Builds the way out.
 *
 * @throws TypeError when the policy, a limit or a development exception makes no sense.
 * @example
 * const egress = createEgress({ policy: { schemes: ["https"], hosts: "public", ports: [443] } });
 * const decision = await egress.request("https://example.com/", { mediaTypes: ["application/json"] });
 * if (decision.effect === "allow") decision.body; // Uint8Array
 */
export function createEgress(options: EgressOptions): Egress {
  const clock = options.clock ?? systemClock;
  const pools = createPools({
    dial: options.dial ?? dialTcp,
    ...(options.certificateAuthorities && {
      certificateAuthorities: options.certificateAuthorities,
    }),
  });
  const send = createSend(options, clock, pools);

  async function refuse(reason: EgressReason, milliseconds: number): Promise<void> {
    if (!outages.has(reason))
      options.events?.note({
        name: "x_egress_refused",
        subject: undefined,
        object: `egress:${options.name ?? "default"}`,
        reason,
      });
    const rest = (options.refusalFloorMs ?? 0) - milliseconds;
    if (rest > 0) await sleep(rest);
  }

  return {
    async request(url, asked = {}) {
      const started = clock.now();
      let origin: string | undefined;
      const decision = await send(url, asked, (visited) => {
        origin = visited.origin;
      });
      const milliseconds = clock.now() - started;
      options.observe?.({
        effect: decision.effect,
        ...(decision.effect === "deny" ? { reason: decision.reason } : { status: decision.status }),
        ...(origin !== undefined && { origin }),
        milliseconds,
      });
      if (decision.effect === "deny") await refuse(decision.reason, milliseconds);
      return decision;
    },
    policy: options.policy,
    unsafe: Object.keys(options[unsafeDestinations] ?? {}),
    close: () => pools.close(),
  };
}
