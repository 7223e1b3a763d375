/**
 * What a target is: a small API with its document and its accounts, some with known holes, some
 * without any. They are test material for the attack engine and listen on loopback only.
 *
 * @module
 */

/** The ten risks, by their number in the 2023 list. */
export type Risk =
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

/** One hole that was built in on purpose. */
export interface Hole {
  readonly risk: Risk;
  /** Method and path as in the document, or the path that the document does not have. */
  readonly endpoint: string;
  readonly hole: string;
  /** Ids of the techniques that should find it. */
  readonly techniques: readonly string[];
}

/** A target that listens. */
export interface RunningTarget {
  readonly origin: string;
  /** The document as the owner would hand it over. */
  readonly openApi: unknown;
  /** The JSON form of a principals file. */
  readonly principals: unknown;
  close(): Promise<void>;
}

/** An API to attack. A secure one has no holes. */
export interface Target {
  readonly name: string;
  readonly description: string;
  readonly holes: readonly Hole[];
  start(): Promise<RunningTarget>;
}

/** Writes a hole down on few lines. */
export function hole(
  risk: Risk,
  endpoint: string,
  sentence: string,
  ...techniques: readonly string[]
): Hole {
  return { risk, endpoint, hole: sentence, techniques };
}
