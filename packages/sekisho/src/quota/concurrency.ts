/**
 * How much work of one kind runs at the same time (OWASP API4:2023, ASVS 15.4.4).
 *
 * Promise: at most `maximum` at once, at most `queue` waiting, first come, first served; who was
 * admitted gives the place back exactly once. Limits: per process; a place is held until released,
 * so work needs a deadline of its own.
 *
 * @module
 */

import { Problem } from "../kernel/index.ts";

/** Answer to a request for a place. */
export type Admission =
  | {
      readonly effect: "allow";
      /** Gives the place back; further calls do nothing. */
      release(): void;
    }
  | { readonly effect: "deny"; readonly reason: "full" | "given-up" };

/** Options of {@link createConcurrencyLimit}. */
export interface ConcurrencyLimitOptions {
  /** Places, 1 or more. */
  readonly maximum: number;
  /** How many may wait for a place; 0 unless given. */
  readonly queue?: number;
}

/** A bounded number of places. */
export interface ConcurrencyLimit {
  /** Asks for a place; answers at once when there is one, or no room to wait. */
  enter(signal?: AbortSignal): Admission | Promise<Admission>;
  /**
   * Runs `work` in a place.
   *
   * @throws Problem `overloaded` when there is none, or the signal aborts while waiting.
   */
  run<T>(work: () => T | Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Places in use. */
  readonly running: number;
  readonly waiting: number;
}

const full: Admission = Object.freeze({ effect: "deny", reason: "full" });
const givenUp: Admission = Object.freeze({ effect: "deny", reason: "given-up" });

/**
 * Creates a limit on concurrent work.
 *
 * @throws TypeError when a number is not whole or too small.
 * @example
 * const thumbnails = createConcurrencyLimit({ maximum: 2, queue: 10 });
 * await thumbnails.run(() => makeThumbnail(image), request.signal);
 */
export function createConcurrencyLimit(options: ConcurrencyLimitOptions): ConcurrencyLimit {
  const { maximum, queue = 0 } = options;
  if (!Number.isSafeInteger(maximum) || maximum < 1)
    throw new TypeError(`maximum is ${maximum}, not a whole number of 1 or more`);
  if (!Number.isSafeInteger(queue) || queue < 0)
    throw new TypeError(`queue is ${queue}, not a whole number of 0 or more`);
  let running = 0;
  const waiting = new Set<(admission: Admission) => void>();

  function place(): Admission {
    let held = true;
    return {
      effect: "allow",
      release() {
        if (!held) return;
        held = false;
        const [next] = waiting;
        if (next === undefined) {
          running--;
          return;
        }
        // The place passes from hand to hand, so that nobody who comes now overtakes the queue.
        waiting.delete(next);
        next(place());
      },
    };
  }

  function wait(signal: AbortSignal | undefined): Promise<Admission> {
    return new Promise((resolve) => {
      const settle = (admission: Admission): void => {
        signal?.removeEventListener("abort", giveUp);
        resolve(admission);
      };
      const giveUp = (): void => {
        waiting.delete(settle);
        resolve(givenUp);
      };
      waiting.add(settle);
      signal?.addEventListener("abort", giveUp, { once: true });
    });
  }

  function enter(signal?: AbortSignal): Admission | Promise<Admission> {
    if (signal?.aborted === true) return givenUp;
    if (running < maximum) {
      running++;
      return place();
    }
    return waiting.size < queue ? wait(signal) : full;
  }

  return {
    enter,
    async run(work, signal) {
      const admission = await enter(signal);
      if (admission.effect === "deny")
        throw new Problem(
          "overloaded",
          { retryAfter: 1 },
          { reason: `concurrency-${admission.reason}` },
        );
      try {
        return await work();
      } finally {
        admission.release();
      }
    },
    get running() {
      return running;
    },
    get waiting() {
      return waiting.size;
    },
  };
}
