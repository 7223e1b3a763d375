/**
 * Refusing work early to stay alive (OWASP API4:2023).
 *
 * Promise: tells within a tenth of a second that the event loop lags, and keeps saying so until it
 * has clearly recovered. Limits: sees this process's event loop only; a slow database shows as
 * waiting requests, which `createConcurrencyLimit` bounds.
 *
 * @module
 */

import { monitorEventLoopDelay } from "node:perf_hooks";
import { systemClock, type Clock } from "../kernel/index.ts";

/** Measures how late the event loop is. */
export interface DelaySampler {
  /** Mean lateness in milliseconds since the last call; NaN when nothing was measured. */
  read(): number;
  close(): void;
}

/** Options of {@link createLoadShedder}. */
export interface LoadShedderOptions {
  /** Mean lateness of the event loop from which work is refused; 200 unless given. */
  readonly maximumDelayMilliseconds?: number;
  /** Milliseconds between two measurements of the event loop; 20 unless given. */
  readonly resolution?: number;
  /** Takes the place of the measurement; for tests. */
  readonly sampler?: DelaySampler;
  readonly clock?: Clock;
}

/** Knows whether the process has more to do than it can. */
export interface LoadShedder {
  /** Whether new work should be refused (503 `overloaded`); cheap enough for every request. */
  overloaded(): boolean;
  /** The last measured lateness in milliseconds, for metrics. */
  delayMilliseconds(): number;
  close(): void;
}

const sampleMilliseconds = 100;

function createEventLoopSampler(resolution: number): DelaySampler {
  const histogram = monitorEventLoopDelay({ resolution });
  histogram.enable();
  let count = 0;
  let total = 0;
  return {
    read() {
      // Not reset between two reads: that would swallow the tick that follows, and when each turn
      // of the loop takes longer than the time between two reads there is no other tick.
      const newCount = histogram.count;
      const newTotal = newCount === 0 ? 0 : histogram.mean * newCount;
      const mean = (newTotal - total) / (newCount - count) / 1e6;
      count = newCount;
      total = newTotal;
      // The histogram holds the time between two ticks, of which `resolution` was intended.
      return Math.max(0, mean - resolution);
    },
    close: () => {
      histogram.disable();
    },
  };
}

/**
 * Creates a load shedder. It begins to refuse above `maximumDelayMilliseconds` and stops below half
 * of that, so that it does not flutter. There is no timer of its own: the request that comes a tenth
 * of a second after the last look takes the next one.
 *
 * @throws TypeError when a number is not positive.
 * @example
 * const shedder = createLoadShedder({ maximumDelayMilliseconds: 200 });
 * if (shedder.overloaded()) throw new Problem("overloaded", { retryAfter: 1 });
 */
export function createLoadShedder(options: LoadShedderOptions = {}): LoadShedder {
  const { maximumDelayMilliseconds = 200, resolution = 20, clock = systemClock } = options;
  if (!(maximumDelayMilliseconds > 0)) throw new TypeError("maximumDelayMilliseconds must be > 0");
  if (!Number.isInteger(resolution) || resolution < 1)
    throw new TypeError("resolution must be a whole number of milliseconds, 1 or more");
  const sampler = options.sampler ?? createEventLoopSampler(resolution);
  let lastLook = clock.now();
  let delay = 0;
  let shedding = false;

  return {
    overloaded() {
      const now = clock.now();
      if (now >= lastLook && now - lastLook < sampleMilliseconds) return shedding;
      lastLook = now;
      const measured = sampler.read();
      if (Number.isNaN(measured)) return shedding;
      delay = measured;
      shedding = delay > (shedding ? maximumDelayMilliseconds / 2 : maximumDelayMilliseconds);
      return shedding;
    },
    delayMilliseconds: () => delay,
    close: () => sampler.close(),
  };
}
