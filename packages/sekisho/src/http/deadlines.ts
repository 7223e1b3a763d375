/**
 * Gives up requests that took too long (OWASP API4:2023).
 *
 * Promise: a request is answered within a quarter of a second after its deadline, 408 when it has
 * not arrived and 503 when it is not done; its signal is aborted, its transaction is rolled back,
 * and what it was about to commit is not. Limits: a commit that has been sent cannot be taken back,
 * and a handler that ignores its signal keeps running.
 *
 * @module
 */

import { Problem } from "../kernel/index.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { sendProblem } from "./finish.ts";
import type { Passage } from "./passage.ts";

const pauseMilliseconds = 250;

/** Starts watching the requests under way; returns the function that stops it. */
export function watchDeadlines(checkpoint: Checkpoint): () => void {
  const timer = setInterval(() => {
    const now = performance.now();
    for (const passage of checkpoint.inFlight) {
      if (now - passage.started < passage.compiled.milliseconds) continue;
      passage.expire();
      sendProblem(passage, problemOf(passage));
      // A handler that never ends must not hold a connection to the database for ever.
      void passage.rollback();
      checkpoint.inFlight.delete(passage);
    }
  }, pauseMilliseconds);
  timer.unref();
  return () => clearInterval(timer);
}

function problemOf({ message }: Passage): Problem {
  // Flowing and not complete: it is the sender for whom everything waits.
  return !message.complete && message.readableFlowing === true
    ? new Problem("request-timeout", {}, { reason: "slow-body" })
    : new Problem("deadline-exceeded", { retryAfter: 1 });
}
