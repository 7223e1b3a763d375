/**
 * Asking for units, also while the shared store is away (OWASP API4:2023, ASVS 16.5.2).
 *
 * Promise: every request is answered by the shared store or, when that fails or takes longer than
 * the time-out, by the declared mode: `strict` refuses, `degrade` counts in this process with its
 * share of the limit, `open` admits. While the store is away one request per second tries it again;
 * no other waits. Each transition is one security event. Limits: in `degrade` the count is only as
 * right as `liveNodes`; when that number changes the local buckets start afresh.
 *
 * @module
 */

import { systemClock, unreachable } from "../kernel/index.ts";
import type { Clock, SecurityEventSink } from "../kernel/index.ts";
import type { QuotaOutcome } from "./decide.ts";
import { createMemoryQuotaStore } from "./memory-store.ts";
import type { Quota } from "./parse.ts";
import type { QuotaStore } from "./store.ts";

/** What a quota does while the shared store is away. */
export type WhenAway = "strict" | "degrade" | "open";

/** Options of {@link createQuota}. */
export interface QuotaOptions {
  readonly store: QuotaStore;
  /** Counts while `store` is away, and beforehand to be warm; a memory store unless given. */
  readonly fallback?: QuotaStore;
  /** For requests that do not say; `"degrade"` unless given. */
  readonly whenAway?: WhenAway;
  /** How many nodes share the limit at the moment; 1 unless given. */
  readonly liveNodes?: () => number;
  readonly events?: SecurityEventSink;
  readonly clock?: Clock;
  /** Milliseconds after which an answer of `store` counts as none; 250 unless given. */
  readonly timeoutMilliseconds?: number;
  /** Milliseconds between two tries while `store` is away; 1,000 unless given. */
  readonly retryMilliseconds?: number;
}

/** Options of one request for units. */
export interface TakeOptions {
  /** Units, a whole number of 1 or more; each element of a batch is one unit (API4.V6). */
  readonly cost?: number;
  readonly whenAway?: WhenAway;
}

/** Answers requests for units; never rejects on account of the store. */
export interface QuotaLimiter {
  /**
   * Takes units from the quota of `key`; answers without a promise when the store does.
   *
   * @throws RangeError when the cost is not a whole number of 1 or more.
   */
  take(key: string, quota: Quota, options?: TakeOptions): QuotaOutcome | Promise<QuotaOutcome>;
  /** Whether all nodes count together at the moment. */
  state(): "shared" | "local";
}

class TimedOut extends Error {
  override readonly name = "TimedOut";
}

/** Rejects with {@link TimedOut} unless `answer` settles in time. */
async function within<T>(answer: Promise<T>, milliseconds: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    // After a stall of the event loop the timer is due before the answer, which may have long
    // arrived, was read from the socket. One more turn tells a slow store from a slow process.
    setImmediate(() => late.reject(new TimedOut("the quota store did not answer in time")));
  }, milliseconds);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Divides the limits of a quota among the nodes; at least one unit is left of each. */
function createShares(liveNodes: () => number): (quota: Quota) => Quota {
  const shares = new WeakMap<Quota, { readonly nodes: number; readonly share: Quota }>();
  return (quota) => {
    const answered = Math.floor(liveNodes());
    const nodes = answered >= 1 ? answered : 1;
    if (nodes === 1) return quota;
    const known = shares.get(quota);
    if (known?.nodes === nodes) return known.share;
    const share = {
      text: `${quota.text} ÷ ${nodes}`,
      windows: quota.windows.map((window) => ({
        ...window,
        limit: Math.max(1, Math.floor(window.limit / nodes)),
      })),
    };
    shares.set(quota, { nodes, share });
    return share;
  };
}

/** The cost in a share: what the whole quota could admit empties the share at most. */
function costInShare(cost: number, quota: Quota, share: Quota): number {
  if (quota.windows.some((window) => cost > window.limit)) return cost;
  return Math.min(cost, ...share.windows.map((window) => window.limit));
}

const refusedRetryAfterSeconds = 5;

function refuseWhileAway(quota: Quota): QuotaOutcome {
  const windows = quota.windows.map(({ name, limit, seconds }) => {
    return { name, limit, seconds, remaining: 0, resetSeconds: refusedRetryAfterSeconds };
  });
  const retryAfterSeconds = refusedRetryAfterSeconds;
  return { effect: "deny", windows, retryAfterSeconds, source: "refused-while-away" };
}

function openWhileAway(quota: Quota): QuotaOutcome {
  const windows = quota.windows.map(({ name, limit, seconds }) => {
    return { name, limit, seconds, remaining: limit, resetSeconds: 0 };
  });
  return { effect: "allow", windows, retryAfterSeconds: 0, source: "open-while-away" };
}

/** Knows whether the store is there, when to try it again, and tells about transitions. */
function createPresence(clock: Clock, retryMilliseconds: number, events?: SecurityEventSink) {
  let away = false;
  let nextTry = 0;
  // Counts the transitions, so that a late failure of a request sent before one changes nothing.
  let epoch = 0;

  function note(name: "sys_monitor_disabled" | "sys_monitor_enabled", reason: string): void {
    events?.note({ name, subject: undefined, object: "quota-store", reason });
  }

  return {
    isAway: () => away,
    epoch: () => epoch,
    /** Lets one request through per interval; the others are answered without the store. */
    mayTry(): boolean {
      if (!away) return true;
      const now = clock.now();
      const wait = nextTry - now;
      if (wait > 0 && wait <= retryMilliseconds) return false;
      nextTry = now + retryMilliseconds;
      return true;
    },
    answered(sentIn: number): void {
      if (!away || sentIn !== epoch) return;
      away = false;
      epoch++;
      note("sys_monitor_enabled", "quota-store-answers");
    },
    failed(sentIn: number, error: unknown): void {
      if (away || sentIn !== epoch) return;
      away = true;
      epoch++;
      nextTry = clock.now() + retryMilliseconds;
      const late = error instanceof TimedOut;
      note("sys_monitor_disabled", late ? "quota-store-timed-out" : "quota-store-failed");
    },
  };
}

/**
 * Creates the limiter that guards ask.
 *
 * @throws TypeError when a time is not a positive number.
 * @example
 * const limiter = createQuota({ store: createMemoryQuotaStore() });
 * const outcome = await limiter.take("alice", parseQuota("30/minute;5/second"));
 * outcome.effect; // "allow"
 */
export function createQuota(options: QuotaOptions): QuotaLimiter {
  const { store, clock = systemClock, whenAway = "degrade", liveNodes = () => 1 } = options;
  const { timeoutMilliseconds = 250, retryMilliseconds = 1000 } = options;
  if (!(timeoutMilliseconds > 0) || !(retryMilliseconds > 0))
    throw new TypeError("timeoutMilliseconds and retryMilliseconds must be positive");
  const fallback = options.fallback ?? createMemoryQuotaStore({ clock });
  const shareOf = createShares(liveNodes);
  const presence = createPresence(clock, retryMilliseconds, options.events);

  function takeShare(key: string, quota: Quota, cost: number) {
    const share = shareOf(quota);
    return fallback.take(key, share, costInShare(cost, quota, share));
  }

  function answerWhileAway(key: string, quota: Quota, cost: number, mode: WhenAway) {
    switch (mode) {
      case "strict":
        return refuseWhileAway(quota);
      case "degrade":
        return takeShare(key, quota, cost);
      case "open":
        return openWhileAway(quota);
      default:
        return unreachable(mode);
    }
  }

  async function takeShared(
    answer: Promise<QuotaOutcome>,
    request: { key: string; quota: Quota; cost: number; mode: WhenAway; epoch: number },
  ): Promise<QuotaOutcome> {
    const { key, quota, cost, mode, epoch } = request;
    let outcome: QuotaOutcome;
    try {
      outcome = await within(answer, timeoutMilliseconds);
    } catch (error) {
      presence.failed(epoch, error);
      return answerWhileAway(key, quota, cost, mode);
    }
    presence.answered(epoch);
    // What the shared store admits is charged here too, so that this node starts from what it has
    // really served when the store goes away, and not from a full bucket.
    if (mode === "degrade" && outcome.effect === "allow") await takeShare(key, quota, cost);
    return outcome;
  }

  return {
    state: () => (presence.isAway() ? "local" : (store.source ?? "local")),
    take(key, quota, { cost = 1, whenAway: mode = whenAway } = {}) {
      if (!Number.isSafeInteger(cost) || cost < 1)
        throw new RangeError(`quota cost is ${cost}, not a whole number of 1 or more`);
      if (!presence.mayTry()) return answerWhileAway(key, quota, cost, mode);
      const epoch = presence.epoch();
      try {
        const answer = store.take(key, quota, cost);
        if (answer instanceof Promise) return takeShared(answer, { key, quota, cost, mode, epoch });
        presence.answered(epoch);
        return answer;
      } catch (error) {
        presence.failed(epoch, error);
        return answerWhileAway(key, quota, cost, mode);
      }
    },
  };
}
