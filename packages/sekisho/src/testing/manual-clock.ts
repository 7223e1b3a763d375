/**
 * A clock that stands still until a test moves it.
 *
 * Promise: time passes by `advance` alone. Limits: timers of the platform do not follow it.
 *
 * @module
 */

import type { Clock } from "../kernel/index.ts";

/** A clock in the hand of a test. */
export interface ManualClock extends Clock {
  /** Moves the clock forward by so many milliseconds and returns the new time. */
  advance(milliseconds: number): number;
}

/**
 * Makes a clock that shows `start` (milliseconds since 1970, or an RFC 3339 time) until it is
 * moved.
 *
 * @throws TypeError when the start is not a time or the clock is moved backwards.
 * @example
 * const clock = createManualClock("2026-11-01T00:00:00Z");
 * clock.advance(60_000);
 * clock.now(); // 1793491260000
 */
export function createManualClock(start: number | string): ManualClock {
  let now = typeof start === "string" ? Date.parse(start) : start;
  if (!Number.isSafeInteger(now)) throw new TypeError(`${JSON.stringify(start)} is not a time`);
  return {
    now: () => now,
    advance: (milliseconds) => {
      if (!Number.isSafeInteger(milliseconds) || milliseconds < 0)
        throw new TypeError(`a clock is not moved by ${milliseconds} milliseconds`);
      now += milliseconds;
      return now;
    },
  };
}
