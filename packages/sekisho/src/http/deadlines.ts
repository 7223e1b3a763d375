/**
 * Gives up requests that took too long (OWASP API4:2023).
 *
 * Promise: a request is answered 503 within a quarter of a second after its deadline, its signal is
 * aborted, and what it was about to commit is not. Limits: a commit that has been sent cannot be
 * taken back.
 *
 * @module
 */

import { Problem } from "../kernel/index.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { sendProblem } from "./finish.ts";

const pauseMilliseconds = 250;

/** Starts watching the requests under way; returns the function that stops it. */
export function watchDeadlines(checkpoint: Checkpoint): () => void {
  const timer = setInterval(() => {
    const now = performance.now();
    for (const passage of checkpoint.inFlight) {
      if (now - passage.started < passage.compiled.milliseconds || passage.expired) continue;
      passage.expire();
      sendProblem(passage, new Problem("deadline-exceeded", { retryAfter: 1 }));
    }
  }, pauseMilliseconds);
  timer.unref();
  return () => clearInterval(timer);
}
