/**
 * The one decision about quotas, shared by all stores (OWASP API4:2023).
 *
 * It is the generic cell rate algorithm in its leaky-bucket reading: each window remembers how much
 * of it is used up, and gives `limit` units back evenly over its length. Counting in units times
 * milliseconds keeps every number a whole one below 2^53, so that borders are exact and the Redis
 * script, which does the same arithmetic, cannot come to another answer.
 *
 * Promise: never more than `limit` units at once; all windows admit, or none is charged; a clock
 * that steps back gives nothing away. Limits: a caller who emptied the bucket gets a unit back every
 * `seconds / limit`, so in the worst case one sliding window sees the burst and the refill together,
 * 2 × limit − 1 units; over a long time the rate is `limit` per window.
 *
 * @module
 */

import type { Quota, QuotaWindow } from "./parse.ts";

/** Where a window stands after the decision. */
export interface WindowBalance {
  readonly name: string;
  readonly limit: number;
  readonly seconds: number;
  /** Whole units that would be admitted now. */
  readonly remaining: number;
  /** Seconds during which no more than `remaining` can be used; 0 when the window is full. */
  readonly resetSeconds: number;
}

/** Who answered: the shared store, this process, or the mode for when the shared store is away. */
export type QuotaSource = "shared" | "local" | "refused-while-away" | "open-while-away";

/** The answer to one request for units. */
export interface QuotaOutcome {
  readonly effect: "allow" | "deny";
  readonly windows: readonly WindowBalance[];
  /** Seconds until the same request is admitted if nobody else asks; 0 when allowed. */
  readonly retryAfterSeconds: number;
  readonly source: QuotaSource;
}

/** Outcome and the state that follows from it; the same array when nothing was charged. */
export interface QuotaDecision {
  readonly outcome: QuotaOutcome;
  readonly next: readonly number[];
}

/** What is still used of a window after `elapsed` milliseconds, in units times milliseconds. */
function usedAfter(used: number, elapsed: number, window: QuotaWindow): number {
  // A whole window later nothing is left; asking first keeps the product below 2^53.
  if (elapsed >= window.seconds * 1000) return 0;
  const left = used - elapsed * window.limit;
  return left > 0 ? left : 0;
}

/** Milliseconds until `cost` units fit into a window of which `used` is used. */
function waitFor(used: number, cost: number, window: QuotaWindow): number {
  const period = window.seconds * 1000;
  if (cost > window.limit) return period;
  const lacking = cost * period - (window.limit * period - used);
  return lacking > 0 ? Math.ceil(lacking / window.limit) : 0;
}

function balance(used: number, retryAfterSeconds: number, window: QuotaWindow): WindowBalance {
  const { name, limit, seconds } = window;
  const period = seconds * 1000;
  const remaining = Math.floor((limit * period - used) / period);
  let resetSeconds = 0;
  if (used > 0) resetSeconds = Math.ceil(waitFor(used, remaining + 1, window) / 1000);
  // Retry-After must not lie before the end of an announced window (RateLimit fields, §6).
  if (retryAfterSeconds > 0 && resetSeconds > retryAfterSeconds) resetSeconds = retryAfterSeconds;
  return { name, limit, seconds, remaining, resetSeconds };
}

function longestWindow(quota: Quota): number {
  let longest = 0;
  for (const window of quota.windows) longest = Math.max(longest, window.seconds * 1000);
  return longest;
}

/**
 * Decides and writes the charge into `state`: the time of the last charge, then what each window
 * had used at that time. A denied request leaves `state` as it is.
 *
 * @internal
 */
export function chargeState(
  state: number[],
  quota: Quota,
  time: number,
  cost: number,
  source: QuotaSource,
): QuotaOutcome {
  const { windows } = quota;
  const now = Math.floor(time);
  const last = state[0] ?? now;
  let base = now;
  let elapsed = now - last;
  if (elapsed < 0) {
    // A little back is skew between nodes: the later time stands. More than the longest window is a
    // clock that was set back, and waiting for the old time to come round would lock everybody out.
    if (-elapsed > longestWindow(quota)) state[0] = now;
    else base = last;
    elapsed = 0;
  }

  let wait = 0;
  for (let index = 0; index < windows.length; index++) {
    const window = windows[index];
    if (window === undefined) continue;
    const needed = waitFor(usedAfter(state[index + 1] ?? 0, elapsed, window), cost, window);
    if (needed > wait) wait = needed;
  }

  const retryAfterSeconds = Math.ceil(wait / 1000);
  const balances: WindowBalance[] = [];
  for (let index = 0; index < windows.length; index++) {
    const window = windows[index];
    if (window === undefined) continue;
    let used = usedAfter(state[index + 1] ?? 0, elapsed, window);
    if (wait === 0) {
      used += cost * window.seconds * 1000;
      state[index + 1] = used;
    }
    balances.push(balance(used, retryAfterSeconds, window));
  }
  if (wait === 0) state[0] = base;
  return { effect: wait === 0 ? "allow" : "deny", windows: balances, retryAfterSeconds, source };
}

/**
 * Whether nothing of any window is used any more, so that the state may be forgotten.
 *
 * @internal
 */
export function isReplenished(state: readonly number[], quota: Quota, time: number): boolean {
  const elapsed = Math.floor(time) - (state[0] ?? 0);
  if (elapsed < 0) return false;
  for (let index = 0; index < quota.windows.length; index++) {
    const window = quota.windows[index];
    if (window !== undefined && usedAfter(state[index + 1] ?? 0, elapsed, window) > 0) return false;
  }
  return true;
}

/**
 * Decides whether `cost` units may be used now; pure.
 *
 * `state` is `[]` in the beginning, later what `next` was; `now` is in milliseconds, `cost` a whole
 * number of 1 or more. A cost above a window's limit is never admitted.
 *
 * @example
 * const quota = parseQuota("2/minute");
 * const first = decideQuota([], quota, 0, 2);
 * first.outcome.effect; // "allow"
 * decideQuota(first.next, quota, 29_999, 1).outcome.effect; // "deny"
 * decideQuota(first.next, quota, 30_000, 1).outcome.effect; // "allow"
 */
export function decideQuota(
  state: readonly number[],
  quota: Quota,
  now: number,
  cost: number,
): QuotaDecision {
  const next = [...state];
  const outcome = chargeState(next, quota, now, cost, "local");
  return { outcome, next: outcome.effect === "deny" && next[0] === state[0] ? state : next };
}
