/**
 * What the barriers said of a mutant.
 *
 * @module
 */

import type { Mutant } from "../mutant.ts";

/** A barrier let it through. */
export interface Passed {
  readonly stopped: false;
}

/** A barrier stopped it. */
export interface Stopped {
  readonly stopped: true;
  /** The error, the finding or the test, in a line. */
  readonly by: string;
}

/** A barrier was not asked. */
export interface Skipped {
  readonly stopped: undefined;
  readonly why: string;
}

/** What one barrier said. */
export type Result = Passed | Stopped | Skipped;

/** The barriers, in the order in which they stand. */
export const barriers = ["compiler", "start", "tests", "attack"] as const;

/** One barrier. */
export type Barrier = (typeof barriers)[number];

/** What all barriers said. */
export interface Verdict {
  readonly mutant: Mutant;
  readonly results: Readonly<Record<Barrier, Result>>;
  readonly seconds: number;
}

/** The first barrier that stopped it; `undefined` when it survived. */
export function killerOf({ results }: Verdict): Barrier | undefined {
  return barriers.find((barrier) => results[barrier].stopped === true);
}
