/**
 * What a run found, as data. Every format is written from this.
 *
 * @module
 */

import type { Outcome, RiskId, Severity, Technique } from "../technique/technique.ts";
import type { Exchange } from "../wire/exchange.ts";

/** A hole that was proven. */
export interface Finding {
  /** Stable between runs: from risk, operation and kind of hole. "SKA-" and 12 hexadecimal digits. */
  readonly id: string;
  readonly risk: RiskId;
  readonly severity: Severity;
  /** Operation key, or "METHOD /path" of what the document does not have. */
  readonly target: string;
  readonly hole: string;
  readonly title: string;
  /** What was seen, in a sentence. */
  readonly because: string;
  /** What declaration or rule it breaks. */
  readonly policy: string;
  readonly remedy: string;
  readonly confidence: "confirmed" | "suspected";
  /** Ids of the techniques that proved it. */
  readonly techniques: readonly string[];
  readonly variants: readonly string[];
  readonly evidence: readonly Exchange[];
  /** A line for a shell that repeats the attack; credentials are named by environment variables. */
  readonly curl: string;
  /** Whether the baseline knows it. */
  readonly known: boolean;
}

/** What a technique did on the whole. */
export interface TechniqueReport {
  readonly technique: Technique;
  readonly outcomes: readonly Outcome[];
  /** The needs that were not met; then nothing was tried. */
  readonly missing: readonly string[];
  /** Why it ended early, if it did. */
  readonly failure: string | undefined;
  readonly requests: number;
  readonly milliseconds: number;
}

/** Whether an operation was reached with a valid request. */
export interface Reach {
  readonly operation: string;
  /** Names of principals ("anonymous" among them) to whom it answered 2xx. */
  readonly reachedAs: readonly string[];
  /** Why it never answered 2xx; "" when it did. */
  readonly why: string;
}

/** One row of the summary. `not tested` is never `safe`. */
export interface RiskSummary {
  readonly risk: RiskId;
  readonly title: string;
  /** `broken`: a finding; `held`: something was tried and nothing was found; `not tested`: nothing was judged. */
  readonly standing: "broken" | "held" | "not tested";
  readonly tried: number;
  readonly protected: number;
  readonly inconclusive: number;
  readonly findings: number;
  readonly suspicions: number;
  /** Techniques of this risk that could not be applied. */
  readonly notApplicable: number;
}

/** What a run found. */
export interface Report {
  readonly tool: { readonly name: "sekisho attack"; readonly version: string };
  readonly target: string;
  readonly title: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly seed: number;
  /** Why the run ended before its plan did; `undefined` when it is whole. */
  readonly stopped: string | undefined;
  readonly risks: readonly RiskSummary[];
  /** Confirmed, worst first. */
  readonly findings: readonly Finding[];
  /** Suspected: worth a look, prove nothing, fail nothing. */
  readonly suspicions: readonly Finding[];
  readonly techniques: readonly TechniqueReport[];
  readonly reach: readonly Reach[];
  readonly principals: readonly {
    readonly name: string;
    readonly role: string;
    readonly signedIn: boolean;
  }[];
  readonly warnings: readonly string[];
  readonly requests: number;
  readonly exchanges: readonly Exchange[];
}
