/**
 * Short ways to write an outcome, for techniques with a choreography of their own.
 *
 * @module
 */

import type { Exchange } from "../wire/exchange.ts";
import type { Outcome } from "./technique.ts";

/** What an outcome is about. */
export interface About {
  /** Operation key, or "METHOD /path". */
  readonly target: string;
  readonly variant?: string;
  readonly evidence?: readonly (Exchange | undefined)[];
}

/** A hole that was shown twice. */
export function vulnerable(about: About, because: string): Outcome {
  return outcome(about, "vulnerable", because);
}

/** A hole for which something speaks, but not enough to call it one. */
export function suspected(about: About, because: string): Outcome {
  return { ...outcome(about, "vulnerable", because), confidence: "suspected" };
}

/** The rightful request worked and the attack had no effect. */
export function held(about: About, because: string): Outcome {
  return outcome(about, "protected", because);
}

/** It could not be judged. */
export function inconclusive(about: About, because: string): Outcome {
  return outcome(about, "inconclusive", because);
}

/** There is nothing to try it on; says what is missing. */
export function notApplicable(about: About, because: string): Outcome {
  return outcome(about, "not-applicable", because);
}

function outcome(about: About, verdict: Outcome["verdict"], because: string): Outcome {
  const { target, variant = "", evidence = [] } = about;
  const shown = evidence.filter((exchange) => exchange !== undefined);
  return { verdict, confidence: "confirmed", target, variant, because, evidence: shown };
}
