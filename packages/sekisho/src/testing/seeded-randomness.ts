/**
 * Randomness that comes out the same each time, for tests that must repeat.
 *
 * Promise: the same seed gives the same bytes in the same order. Limits: whoever knows the seed
 * knows every token made from it; it has no place in a service.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Randomness } from "../kernel/index.ts";

/**
 * Makes **predictable** randomness from a seed.
 *
 * @example
 * const randomness = createSeededRandomness("orders");
 * randomness.bytes(4); // the same four bytes in every run
 */
export function createSeededRandomness(seed: string): Randomness {
  let block = 0;
  return {
    bytes: (length) => {
      const bytes = new Uint8Array(length);
      for (let filled = 0; filled < length; filled += 32) {
        const digest = createHash("sha256").update(`${block}\n${seed}`).digest();
        bytes.set(digest.subarray(0, Math.min(32, length - filled)), filled);
        block += 1;
      }
      return bytes;
    },
  };
}
