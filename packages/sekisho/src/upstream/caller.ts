/**
 * One call: bulkhead, breaker, egress, schema, and again if that is allowed (OWASP API10.V5).
 *
 * Promise: the deadline holds for the call as a whole, waiting and retries included; only endpoints
 * declared idempotent are sent twice; a full bulkhead or an open breaker is answered at once.
 * Limits: an endpoint that is wrongly declared idempotent is sent twice.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { bulkhead, BulkheadRejectedError, TaskCancelledError } from "cockatiel";
import type { z } from "zod";
import type { Egress, EgressAllow, EgressReason, EgressRequest } from "../egress/index.ts";
import type { Clock, Randomness } from "../kernel/index.ts";
import { parseAnswer } from "./answer.ts";
import { createBreaker, type BreakerOptions, type BreakerState, type Judged } from "./breaker.ts";
import {
  denyUpstream,
  upstreamReasonOf,
  type UpstreamDecision,
  type UpstreamDeny,
} from "./outcome.ts";
import { createRetryBudget, jitteredWait, retryAfterSeconds, type RetryOptions } from "./retry.ts";

/** Settings of the bulkhead. */
export interface BulkheadOptions {
  /** Calls that may be under way at the same time. */
  readonly concurrent: number;
  /** Calls that may wait for a place, until their deadline. */
  readonly queued: number;
}

/** One call, ready to be sent. */
export interface Job {
  readonly url: string;
  readonly request: EgressRequest;
  readonly response: z.ZodType;
  readonly idempotent: boolean;
  /** When the call is over, in milliseconds of the clock. */
  readonly until: number;
  /** Whether `until` was the caller's wish and not the endpoint's own time-out. */
  readonly isImpatient: boolean;
  readonly signal: AbortSignal | undefined;
}

/** What became of a job, for the figures. */
export interface Finished {
  readonly decision: UpstreamDecision<unknown>;
  /** Whether anything was sent at all. */
  readonly sent: boolean;
  readonly retries: number;
}

/** Sends jobs. */
export interface Caller {
  run(job: Job): Promise<Finished>;
  readonly breaker: BreakerState;
}

interface Outcome extends Judged {
  readonly decision: UpstreamDecision<unknown>;
  readonly isWorthRetrying: boolean;
  readonly sent: boolean;
}

const retriedStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504]);

function notSent(decision: UpstreamDeny): Outcome {
  return { decision, failed: false, abandoned: true, isWorthRetrying: false, sent: false };
}

function failureOf(reason: EgressReason, job: Job): Outcome {
  const named = upstreamReasonOf(reason);
  // A caller that is in a hurry, or hangs up, has not shown that the upstream is slow.
  const abandoned = reason === "aborted" || (reason === "deadline" && job.isImpatient);
  return {
    decision: denyUpstream(named, reason),
    failed: named === "network" || (named === "deadline" && !abandoned),
    abandoned,
    isWorthRetrying: named === "network" && reason !== "tls" && reason !== "closed",
    sent: true,
  };
}

function refusalOf(answer: EgressAllow, now: number): Outcome {
  const { headers, status } = answer;
  const seconds = retryAfterSeconds(headers["retry-after"], now);
  return {
    decision: {
      ...denyUpstream("status", String(status)),
      ...(seconds !== undefined && { retryAfterSeconds: seconds }),
    },
    failed: status >= 500 || status === 429,
    abandoned: false,
    isWorthRetrying: retriedStatuses.has(status),
    sent: true,
  };
}

/**
 * Builds the sender of one upstream.
 *
 * @throws RangeError when breaker settings make no sense.
 */
export function createCaller(options: {
  readonly egress: Egress;
  readonly retry: RetryOptions;
  readonly breaker: BreakerOptions;
  readonly bulkhead: BulkheadOptions;
  readonly clock: Clock;
  readonly randomness: Randomness;
}): Caller {
  const { clock, egress, randomness, retry } = options;
  const breaker = createBreaker(options.breaker, clock);
  const places = bulkhead(options.bulkhead.concurrent, options.bulkhead.queued);
  const budget = createRetryBudget(retry);
  const breakerOpen = notSent({
    ...denyUpstream("breaker-open"),
    retryAfterSeconds: Math.max(1, Math.ceil(options.breaker.halfOpenAfterMilliseconds / 1000)),
  });

  async function send(job: Job, attempts: number): Promise<Outcome> {
    const answer = await egress.request(job.url, job.request);
    if (answer.effect === "deny") return failureOf(answer.reason, job);
    const { body, status } = answer;
    if (status < 200 || status > 299) return refusalOf(answer, clock.now());
    const parsed = await parseAnswer(body, job.response);
    const decision =
      parsed.effect === "deny"
        ? parsed
        : ({ effect: "allow", value: parsed.value, status, attempts } as const);
    return { decision, failed: false, abandoned: false, isWorthRetrying: false, sent: true };
  }

  /** Waits for a place no longer than the deadline; from then on egress keeps the deadline. */
  async function enter(job: Job, attempts: number): Promise<Outcome> {
    const { promise: over, resolve } = Promise.withResolvers<Outcome>();
    let isOver = false;
    const giveUp = (): void => {
      isOver = true;
      resolve(notSent(denyUpstream("deadline", "queued")));
    };
    const stopWaiting = (): void => {
      clearTimeout(timer);
      job.signal?.removeEventListener("abort", giveUp);
    };
    const timer = setTimeout(giveUp, Math.max(0, job.until - clock.now()));
    job.signal?.addEventListener("abort", giveUp);
    try {
      const entered = places.execute(async () => {
        stopWaiting();
        if (isOver || job.signal?.aborted === true) return notSent(denyUpstream("deadline"));
        return (await breaker.run(() => send(job, attempts))) ?? breakerOpen;
      });
      return await Promise.race([entered, over]);
    } catch (error) {
      if (error instanceof BulkheadRejectedError) return notSent(denyUpstream("bulkhead-full"));
      if (error instanceof TaskCancelledError) return notSent(denyUpstream("deadline"));
      throw error;
    } finally {
      stopWaiting();
    }
  }

  /** Waits before the next attempt; false when there is to be none. */
  async function mayRetry(job: Job, outcome: Outcome, attempts: number): Promise<boolean> {
    if (!job.idempotent || !outcome.isWorthRetrying || attempts >= retry.attempts) return false;
    const asked =
      outcome.decision.effect === "deny" ? (outcome.decision.retryAfterSeconds ?? 0) : 0;
    const wait = Math.max(asked * 1000, jitteredWait(retry, attempts + 1, randomness));
    if (clock.now() + wait >= job.until || !budget.withdraw()) return false;
    try {
      await sleep(wait, undefined, job.signal === undefined ? {} : { signal: job.signal });
      return true;
    } catch {
      return false;
    }
  }

  return {
    async run(job) {
      budget.deposit();
      let sent = false;
      for (let attempts = 1; ; attempts++) {
        const outcome = await enter(job, attempts);
        sent ||= outcome.sent;
        if (!(await mayRetry(job, outcome, attempts)))
          return { decision: outcome.decision, sent, retries: attempts - 1 };
      }
    },
    get breaker() {
      return breaker.state;
    },
  };
}
