/**
 * Whether and when to try again (OWASP API10.V5).
 *
 * Promise: retries are at most a share of the calls (a budget), so that an outage is not answered
 * with a multiple of the traffic; waits have full jitter, so that clients do not march in step.
 * Limits: the budget is kept per process.
 *
 * @module
 */

import type { Randomness } from "../kernel/index.ts";

/** Settings of retries. */
export interface RetryOptions {
  /** How often a call is sent at most, the first time included. */
  readonly attempts: number;
  /** Share of the calls that may be retries, between 0 and 1. */
  readonly budget: number;
  /** Retries that may be saved up, and are available at the start. Default 10. */
  readonly reserve?: number;
  /** Longest first wait in milliseconds; doubles with each attempt. Default 100. */
  readonly baseMilliseconds?: number;
  /** Longest wait in milliseconds. Default 2,000. */
  readonly maximumMilliseconds?: number;
}

/** The share of calls that may be retries. */
export interface RetryBudget {
  /** Counts a call. */
  deposit(): void;
  /** Takes one retry, if there is one. */
  withdraw(): boolean;
}

/** Builds a budget that starts full. */
export function createRetryBudget({ budget, reserve = 10 }: RetryOptions): RetryBudget {
  let saved = reserve;
  return {
    deposit() {
      saved = Math.min(reserve, saved + budget);
    },
    withdraw() {
      if (saved < 1) return false;
      saved -= 1;
      return true;
    },
  };
}

/** A number from 0 up to, but not including, 1. */
function fraction(randomness: Randomness): number {
  const bytes = randomness.bytes(4);
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0) / 2 ** 32;
}

/** Milliseconds to wait before attempt `next` (2, 3, …): anything up to the doubled base. */
export function jitteredWait(options: RetryOptions, next: number, randomness: Randomness): number {
  const { baseMilliseconds = 100, maximumMilliseconds = 2_000 } = options;
  const ceiling = Math.min(maximumMilliseconds, baseMilliseconds * 2 ** (next - 2));
  return Math.floor(fraction(randomness) * ceiling);
}

/** Seconds that a `Retry-After` field asks for (RFC 9110 §10.2.3); `undefined` when it says nothing. */
export function retryAfterSeconds(field: string | undefined, now: number): number | undefined {
  if (field === undefined) return undefined;
  if (/^\d{1,9}$/.test(field)) return Number(field);
  const moment = Date.parse(field);
  return Number.isNaN(moment) ? undefined : Math.max(0, Math.ceil((moment - now) / 1000));
}
