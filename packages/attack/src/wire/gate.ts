/**
 * The caps of a run: every request passes here, and every wait ends here when the run does.
 *
 * Promise: after an interruption, the deadline or the last allowed request nothing more is sent, and
 * what is under way ends at once.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { RunStopped } from "./run-stopped.ts";
import type { TransmitLimits } from "./transmit.ts";

/** What the caps are. */
export interface GateOptions {
  readonly rate: number | undefined;
  readonly maxRequests: number;
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
  readonly now: () => number;
}

/** The caps of a run. */
export interface Gate {
  /**
   * Lets this many requests through, when their turn comes.
   * @throws RunStopped
   */
  pass(requests: number): Promise<void>;
  /**
   * Waits, unless the run ends before.
   * @throws RunStopped
   */
  wait(milliseconds: number): Promise<void>;
  /** @throws RunStopped when the run has ended. */
  check(): void;
  /** Bounds of one transmission, never past the deadline. */
  limits(timeout: number, maxAnswerBytes: number): TransmitLimits;
  /** Ends what is under way. */
  close(): Promise<void>;
}

/** Makes the gate of a run. */
export function createGate(options: GateOptions): Gate {
  const { rate, maxRequests, deadline, signal, now } = options;
  const stops = new Set<() => void>();
  let passed = 0;
  let nextTurn = 0;
  const stopAll = (): void => {
    for (const stop of stops) stop();
  };
  signal?.addEventListener("abort", stopAll, { once: true });

  const onStop = (stop: () => void): (() => void) => {
    stops.add(stop);
    return () => stops.delete(stop);
  };
  const check = (): void => {
    if (signal?.aborted === true) throw new RunStopped("The run was interrupted.");
    if (now() >= deadline) throw new RunStopped("The time of the run is over.");
  };
  const wait = async (milliseconds: number): Promise<void> => {
    check();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.max(0, Math.min(milliseconds, deadline - now())));
    const forget = onStop(resolve);
    await promise;
    clearTimeout(timer);
    forget();
    check();
  };
  return {
    check,
    wait,
    async pass(requests) {
      check();
      if (passed + requests > maxRequests)
        throw new RunStopped(`The run has sent all of its ${maxRequests} requests.`);
      passed += requests;
      if (rate === undefined || rate <= 0) return;
      const turn = Math.max(performance.now(), nextTurn);
      nextTurn = turn + (requests * 1000) / rate;
      const ahead = turn - performance.now();
      if (ahead > 0) await wait(ahead);
    },
    limits: (timeout, maxAnswerBytes) => ({
      // A little past the deadline, so that the check after it sees that the run is over.
      timeout: Math.max(1, Math.min(timeout, deadline - now() + 1)),
      maxAnswerBytes,
      onStop,
    }),
    async close() {
      signal?.removeEventListener("abort", stopAll);
      stopAll();
      // Lets those who were stopped say so before their connections go.
      await sleep(0);
    },
  };
}
