/**
 * How an upstream has been doing lately: the figures that an agreement with its owner is held to.
 *
 * Promise: a ring of fixed size and a window of fixed length; nothing grows. Limits: percentiles
 * are of the calls in the ring; of busier upstreams it holds less than the whole window.
 *
 * @module
 */

import type { BreakerState } from "./breaker.ts";

/** Figures over the window; latencies in milliseconds, 0 when there was no call. */
export interface UpstreamFigures {
  /** Calls that were sent. */
  readonly calls: number;
  /** Of these, the ones that brought no value. */
  readonly errors: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Repeated attempts since the start. */
  readonly retries: number;
  /** Calls refused by breaker or bulkhead since the start. */
  readonly refused: number;
  readonly breaker: BreakerState;
}

interface Sample {
  readonly at: number;
  readonly milliseconds: number;
  readonly error: boolean;
  readonly endpoint: string;
}

/** The latest calls. */
export interface Window {
  record(sample: Sample): void;
  /** Figures of the samples since `since`, of one endpoint or of all. */
  read(
    since: number,
    endpoint?: string,
  ): Pick<UpstreamFigures, "calls" | "errors" | "p50" | "p95" | "p99">;
}

/** The smallest sample that at least `share` of the samples do not exceed. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/** Builds a ring of `capacity` calls. */
export function createWindow(capacity: number): Window {
  const ring: Sample[] = [];
  let next = 0;
  return {
    record(sample) {
      ring[next] = sample;
      next = (next + 1) % capacity;
    },
    read(since, endpoint) {
      const samples = ring.filter(
        (sample) => sample.at >= since && (endpoint === undefined || sample.endpoint === endpoint),
      );
      const sorted = samples.map(({ milliseconds }) => milliseconds).toSorted((a, b) => a - b);
      return {
        calls: samples.length,
        errors: samples.filter(({ error }) => error).length,
        p50: percentile(sorted, 0.5),
        p95: percentile(sorted, 0.95),
        p99: percentile(sorted, 0.99),
      };
    },
  };
}
