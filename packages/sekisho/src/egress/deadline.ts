/**
 * One moment at which a request is over, whatever it is doing (OWASP API10.V5).
 *
 * Promise: the caller's signal, the caller's deadline and the total limit end in one signal whose
 * reason is a named outcome. Limits: code that ignores the signal is not stopped, only left behind.
 *
 * @module
 */

import type { Clock } from "../kernel/index.ts";
import { EgressFailure } from "./reason.ts";

/** The end of one request. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Ends the request when the next `milliseconds` pass before the returned function is called. */
  phase(milliseconds: number): () => void;
  /** Settles like `work`, or rejects at the end of the request. */
  race<T>(work: Promise<T>): Promise<T>;
  /** Releases the timers. */
  done(): void;
}

/** Starts to count; `until` is in milliseconds of the clock. */
export function startDeadline(clock: Clock, until: number, signal?: AbortSignal): Deadline {
  const controller = new AbortController();
  const expire = (): void => controller.abort(new EgressFailure("deadline"));
  const cancel = (): void => controller.abort(new EgressFailure("aborted"));
  const remaining = until - clock.now();
  const timer = setTimeout(expire, Math.max(0, Math.min(remaining, 2_147_483_647)));
  if (remaining <= 0) expire();
  if (signal?.aborted === true) cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  return {
    signal: controller.signal,
    phase(milliseconds) {
      const limit = setTimeout(expire, milliseconds);
      return () => clearTimeout(limit);
    },
    async race(work) {
      const { promise, reject } = Promise.withResolvers<never>();
      const stop = (): void => reject(controller.signal.reason as EgressFailure);
      if (controller.signal.aborted) stop();
      controller.signal.addEventListener("abort", stop, { once: true });
      try {
        return await Promise.race([work, promise]);
      } finally {
        controller.signal.removeEventListener("abort", stop);
      }
    },
    done() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
    },
  };
}
