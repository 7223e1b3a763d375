/**
 * Stops calling an upstream that is failing, and tries again with one call (OWASP API10.V5).
 *
 * Promise: while it is open, and while the one trial call is under way, calls are refused at once;
 * nobody waits for somebody else's trial. Limits: one state per process.
 *
 * @module
 */

import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  CountBreaker,
  handleWhenResult,
  type IBackoff,
} from "cockatiel";
import type { Clock } from "../kernel/index.ts";

/** Settings of the breaker. */
export interface BreakerOptions {
  /** Share of failed calls, between 0 and 1, above which it opens. */
  readonly threshold: number;
  /** How many of the latest calls are looked at. */
  readonly window: number;
  /** How many calls it takes before it may open. */
  readonly minimumCalls: number;
  /** Milliseconds after opening until one trial call is let through. */
  readonly halfOpenAfterMilliseconds: number;
}

/** `closed`: calls pass. `open`: none does. `half-open`: one trial call is under way. */
export type BreakerState = "closed" | "open" | "half-open";

/** What the breaker has to know about an outcome. */
export interface Judged {
  /** The upstream's failure, as opposed to ours or the caller's. */
  readonly failed: boolean;
  /** The call was given up and says nothing about the upstream. */
  readonly abandoned: boolean;
}

/** The breaker. */
export interface Breaker {
  readonly state: BreakerState;
  /** Runs `work`, or answers `undefined` without running it. */
  run<Outcome extends Judged>(work: () => Promise<Outcome>): Promise<Outcome | undefined>;
}

interface Trial {
  readonly outcome: Judged;
  readonly failed: boolean;
}

/** Waits by our clock: cockatiel compares the system's with `duration` and asks for it each time. */
function waitByClock(clock: Clock, milliseconds: number): IBackoff<unknown> {
  let openedAt = 0;
  const backoff: IBackoff<unknown> = {
    get duration() {
      return clock.now() - openedAt >= milliseconds ? -Infinity : Infinity;
    },
    next() {
      openedAt = clock.now();
      return backoff;
    },
  };
  return backoff;
}

/** Builds a breaker on cockatiel. */
export function createBreaker(options: BreakerOptions, clock: Clock): Breaker {
  const policy = circuitBreaker(
    handleWhenResult((result) => (result as Trial).failed),
    {
      halfOpenAfter: waitByClock(clock, options.halfOpenAfterMilliseconds),
      breaker: new CountBreaker({
        threshold: options.threshold,
        size: options.window,
        minimumNumberOfCalls: options.minimumCalls,
      }),
    },
  );
  return {
    get state() {
      switch (policy.state) {
        case CircuitState.Closed:
          return "closed";
        case CircuitState.HalfOpen:
          return "half-open";
        case CircuitState.Open:
        case CircuitState.Isolated:
          return "open";
      }
    },
    async run(work) {
      // Left to itself cockatiel lets these calls wait for the trial, without an end of their own.
      if (policy.state === CircuitState.HalfOpen) return undefined;
      try {
        const { outcome } = await policy.execute(async () => {
          const isTrial = policy.state === CircuitState.HalfOpen;
          const done = await work();
          // A trial that was given up proved nothing: the breaker stays open.
          return { outcome: done, failed: done.failed || (isTrial && done.abandoned) };
        });
        return outcome;
      } catch (error) {
        if (error instanceof BrokenCircuitError) return undefined;
        throw error;
      }
    },
  };
}
