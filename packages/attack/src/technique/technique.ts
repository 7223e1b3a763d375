/**
 * A technique: one way to attack, as a small declaration.
 *
 * @module
 */

import type { Operation } from "../document/operation.ts";
import type { Principal } from "../principal/principal.ts";
import type { Call, Exchange, SendOptions } from "../wire/exchange.ts";
import type { World } from "../world/world.ts";

/** The ten risks of the OWASP API Security Top 10 (2023). */
export type RiskId =
  | "API1"
  | "API2"
  | "API3"
  | "API4"
  | "API5"
  | "API6"
  | "API7"
  | "API8"
  | "API9"
  | "API10";

/** How bad it is when it works. */
export type Severity = "critical" | "high" | "medium" | "low";

/** When it runs: what disturbs the target least comes first. */
export type Phase =
  | "document"
  | "discovery"
  | "read"
  | "token"
  | "write"
  | "function"
  | "flow"
  | "race"
  | "credential"
  | "destructive"
  | "consumption";

/** What must be there for it to be tried at all; the report names what was missing. */
export type Need =
  | "a principal"
  | "two principals of one role"
  | "an administrator"
  | "an operation that tells who calls"
  | "a JSON Web Token"
  | "a sign-in recipe"
  | "a registration operation"
  | "an owned object"
  | "a declared quota"
  | "a declared flow"
  | "a webhook"
  | "a webhook secret"
  | "an operation that takes a URL"
  | "leave to destroy";

/** What one attack on one operation showed. */
export type Verdict = "vulnerable" | "protected" | "inconclusive" | "not-applicable";

/**
 * What a technique found out. `vulnerable` must have been confirmed by a repeat. `confidence` of a
 * vulnerable outcome: `confirmed` is a finding; `suspected` is listed apart and fails nothing.
 */
export interface Outcome {
  readonly verdict: Verdict;
  readonly confidence: "confirmed" | "suspected";
  /** Operation key, or "METHOD /path" of something the document does not have, or "" for the whole API. */
  readonly target: string;
  /** What was varied, such as "alg none, empty signature". */
  readonly variant: string;
  /** One sentence for people: what was seen, or why it could not be judged. */
  readonly because: string;
  /** The exchanges that prove it: control first, then the attack, then read-backs. */
  readonly evidence: readonly Exchange[];
}

/** One attack on one operation, as data: the generic way in. */
export interface Trial {
  /** The operation under attack. */
  readonly operation: Operation;
  readonly variant: string;
  /** The same request by the rightful principal; must answer 2xx before and after. `undefined`: no control is possible. */
  readonly control: Call | undefined;
  readonly attack: Call;
  /** The same attack with something random in place of the victim's; must not look like a hit. */
  readonly twin?: Call;
  readonly sending?: SendOptions;
  /** Says what the answers mean. Pure; called again on the repeat. */
  readonly judge: (seen: Seen) => Judgement;
}

/** The answers of a trial. */
export interface Seen {
  readonly control: Exchange | undefined;
  readonly attack: Exchange;
  readonly twin: Exchange | undefined;
}

/** What the answers of a trial mean. */
export type Judgement =
  | { readonly kind: "hit"; readonly because: string; readonly suspected?: boolean }
  | { readonly kind: "safe"; readonly because: string }
  | { readonly kind: "unclear"; readonly because: string };

/** What every technique says of itself. */
interface TechniqueBase {
  /** Id of the catalogue, such as "A1-01". */
  readonly id: string;
  readonly risk: RiskId;
  readonly title: string;
  readonly severity: Severity;
  readonly phase: Phase;
  readonly needs: readonly Need[];
  /** Oracle by which it judges, such as "O-READ". */
  readonly oracle: string;
  /** Guards against false alarms that it applies, such as "G-POS". */
  readonly guards: readonly string[];
  /**
   * What kind of hole a hit is. Hits of several techniques with one hole at one operation are one
   * finding; the one named first in the catalogue gives its id.
   */
  readonly hole: string;
  /** How to mend it, in one or two sentences for the developer. */
  readonly remedy: string;
}

/** A technique made of trials; the engine does control, attack, twin, repeat and verdict. */
export interface TrialTechnique extends TechniqueBase {
  readonly trials: (world: World) => AsyncIterable<Trial> | Iterable<Trial>;
}

/** A technique that needs its own choreography: flows, races, quotas, tokens. */
export interface FreeTechnique extends TechniqueBase {
  readonly run: (world: World) => AsyncIterable<Outcome>;
}

/** A technique. */
export type Technique = TrialTechnique | FreeTechnique;

/** Declares a technique made of trials. */
export function defineTechnique(technique: Technique): Technique {
  return technique;
}

/** Whose call it is, for the report. */
export function speakerOf(principal: Principal | undefined): string {
  return principal === undefined ? "anonymous" : principal.name;
}
