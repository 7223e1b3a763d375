/**
 * What a value is sampled for: the run, the request, the place in it, and what was learnt.
 *
 * @module
 */

import type { Schema } from "../document/operation.ts";

/** What was learnt about one place of an operation's request. */
export interface Patch {
  /** Must not be there. */
  readonly omit?: boolean;
  /** Must be there, even when the document calls it optional or does not know it. */
  readonly add?: boolean;
  /** Keywords that replace those of the document. */
  readonly schema?: Schema;
  /** Values that were refused, as text, and are passed over. */
  readonly refused?: readonly string[];
}

/** How boldly a request is made; changed when nothing else helps. */
export interface SampleStyle {
  /** Examples of the document go out as they are, also for texts. */
  readonly verbatim: boolean;
  /** Which optional properties go with it. */
  readonly optional: "useful" | "all" | "none";
  readonly numbersAsStrings: boolean;
}

/** The usual way. */
export const usualStyle: SampleStyle = {
  verbatim: false,
  optional: "useful",
  numbersAsStrings: false,
};

/** What a value is sampled for. */
export interface SampleContext {
  readonly random: () => number;
  /** A number that was never used before in the run. */
  readonly next: () => number;
  readonly runId: string;
  /** One number for the whole request, so that an address and its repetition are the same. */
  readonly serial: number;
  /** Name of the property or parameter. */
  readonly name: string;
  /** Where it stands: property names joined by "/", "*" for items. */
  readonly path: string;
  /** The example that a value around it gives for this place. */
  readonly example: unknown;
  /** Ids and facts known for a name, best first. */
  readonly known: (name: string) => readonly unknown[];
  /** Whether a name refers to objects that the API keeps. */
  readonly refers: (name: string) => boolean;
  readonly patchAt: (path: string) => Patch | undefined;
  /** Names that were found missing directly below a path. */
  readonly addedAt: (path: string) => readonly string[];
  readonly style: SampleStyle;
  readonly depth: number;
}

/** The same request, one level deeper. */
export function inside(context: SampleContext, name: string, example: unknown): SampleContext {
  return {
    ...context,
    name: name === "*" ? context.name : name,
    path: context.path === "" ? name : `${context.path}/${name}`,
    example,
    depth: context.depth + 1,
  };
}
