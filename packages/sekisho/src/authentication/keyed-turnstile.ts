/**
 * Lets at most a few pieces of work with the same key through at a time.
 *
 * Promise: parallel guesses queue up instead of being verified side by side, and a burst of honest
 * sign-ins from one place waits instead of being taken for guesses. Limits: one process; the
 * durable counters in `throttle.ts` hold across processes.
 *
 * @module
 */

interface Lane {
  running: number;
  readonly waiting: (() => void)[];
}

/** Queues by key. */
export class KeyedTurnstile {
  readonly #atOnce: number;
  readonly #longestQueue: number;
  readonly #lanes = new Map<string, Lane>();

  constructor(atOnce: number, longestQueue: number) {
    this.#atOnce = atOnce;
    this.#longestQueue = longestQueue;
  }

  /** Runs `work` in its turn; answers `undefined` without running it when the queue is full. */
  async pass<T>(key: string, work: () => Promise<T>): Promise<T | undefined> {
    const lane = this.#lanes.get(key) ?? { running: 0, waiting: [] };
    this.#lanes.set(key, lane);
    if (lane.running < this.#atOnce) lane.running++;
    else if (lane.waiting.length >= this.#longestQueue) return undefined;
    else await new Promise<void>((resolve) => lane.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = lane.waiting.shift();
      if (next !== undefined) next();
      else if (--lane.running === 0) this.#lanes.delete(key);
    }
  }
}
