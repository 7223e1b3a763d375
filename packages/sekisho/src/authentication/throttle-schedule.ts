/**
 * How long failures keep a sign-in waiting (OWASP API2:2023, NIST SP 800-63B-4 §3.2.2).
 *
 * Promise: at most 95 consecutive failures of one account are ever verified, 75 from strangers
 * and 20 from places where the person signed in before, which leaves five for attempts under way
 * on other nodes at the moment of a success; the two do not use up each other's tries. Limits:
 * pure arithmetic; `throttle.ts` counts.
 *
 * @module
 */

/** Limits of guessing; all of them count failures, never successes. */
export interface ThrottleLimits {
  /** Consecutive failures of one account from places it never signed in from. */
  readonly strangerFailures: number;
  /** Consecutive failures of one account from places it did sign in from. */
  readonly knownFailures: number;
  /** Failures from one source, all accounts together, before strangers wait. */
  readonly sourceFailures: number;
  /** The same for accounts that signed in from that source before. */
  readonly knownSourceFailures: number;
  /** Time in which a source gets `sourceFailures` tries back, one by one. */
  readonly sourceWindowSeconds: number;
  /** What a refused party is told, always the same. */
  readonly retryAfterSeconds: number;
}

/**
 * At most 95 failures per account, 40 (known: 55) per source and a quarter of an hour.
 *
 * @example
 * const limits = { ...defaultThrottleLimits, sourceFailures: 20 };
 */
export const defaultThrottleLimits: ThrottleLimits = {
  strangerFailures: 75,
  knownFailures: 20,
  sourceFailures: 40,
  knownSourceFailures: 55,
  sourceWindowSeconds: 900,
  retryAfterSeconds: 60,
};

const firstDelayed = 5;
const shortCapSeconds = 900;
const firstLong = 50;
const longCapSeconds = 86_400;

/**
 * Seconds until the next try after `failures` consecutive failures: none before the fifth, then
 * doubling from one second to a quarter of an hour, from the fiftieth on doubling again to a day.
 *
 * @example
 * failureDelaySeconds(4); // 0
 * failureDelaySeconds(5); // 1
 * failureDelaySeconds(15); // 900
 */
export function failureDelaySeconds(failures: number): number {
  if (failures < firstDelayed) return 0;
  if (failures < firstLong) return Math.min(2 ** (failures - firstDelayed), shortCapSeconds);
  return Math.min(shortCapSeconds * 2 ** (failures - firstLong + 1), longCapSeconds);
}

/**
 * Checks limits that an application set itself.
 *
 * @throws RangeError when one is not a positive integer, when accounts would get more than 95
 * consecutive failures, or when known places would get fewer tries than strangers.
 * @example
 * requireThrottleLimits(defaultThrottleLimits);
 */
export function requireThrottleLimits(limits: ThrottleLimits): ThrottleLimits {
  for (const [name, value] of Object.entries(limits))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new RangeError(`throttle limit ${name} is ${value}, not a positive integer`);
  const perAccount = limits.strangerFailures + limits.knownFailures;
  if (perAccount > 95)
    throw new RangeError(`an account would get ${perAccount} consecutive failures, more than 95`);
  if (limits.knownSourceFailures < limits.sourceFailures)
    throw new RangeError("knownSourceFailures is less than sourceFailures");
  return limits;
}
