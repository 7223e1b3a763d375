/**
 * Time and randomness as arguments: nothing in a defence reads them on its own.
 *
 * Promise: a test can hold the clock and repeat the randomness. Limits: times are wall-clock
 * milliseconds; the system clock may step.
 *
 * @module
 */

/** Where a defence gets the time from; `now()` is milliseconds since 1970-01-01T00:00:00Z. */
export interface Clock {
  now(): number;
}

/** Where a defence gets unguessable bytes from. */
export interface Randomness {
  bytes(length: number): Uint8Array;
}

/**
 * The clock of the machine.
 *
 * @example
 * systemClock.now(); // 1796000000000
 */
export const systemClock: Clock = { now: () => Date.now() };

/**
 * The cryptographic randomness of the platform (Web Crypto).
 *
 * @example
 * systemRandomness.bytes(32).length; // 32
 */
export const systemRandomness: Randomness = {
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
};
