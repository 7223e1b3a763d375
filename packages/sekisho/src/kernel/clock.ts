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

const poolBytes = 4_096;
const largestPooled = 64;
const pool = new Uint8Array(poolBytes);
let taken = poolBytes;

/** Bytes from a pool filled in one call; each is given out once and wiped from the pool. */
function pooledBytes(length: number): Uint8Array {
  if (taken + length > poolBytes) {
    crypto.getRandomValues(pool);
    taken = 0;
  }
  const bytes = pool.slice(taken, taken + length);
  pool.fill(0, taken, taken + length);
  taken += length;
  return bytes;
}

/**
 * The cryptographic randomness of the platform (Web Crypto). Small amounts come from a pool, since
 * one call of the generator costs more than the rest of a small request.
 *
 * @example
 * systemRandomness.bytes(32).length; // 32
 */
export const systemRandomness: Randomness = {
  bytes: (length) =>
    length <= largestPooled ? pooledBytes(length) : crypto.getRandomValues(new Uint8Array(length)),
};
