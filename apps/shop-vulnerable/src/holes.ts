/** The planted holes as data; `HOLES.md` is the same as a table. */

import { holesOfAccess } from "./holes-of-access.ts";
import { holesOfUse } from "./holes-of-use.ts";

/** A risk of the OWASP API Security Top 10 (2023). */
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

/** A hole that was planted. */
export interface Hole {
  readonly id: string;
  readonly risk: Risk;
  /** Method and path, with the names of the parameters as in the document. */
  readonly endpoint: string;
  /** What is wrong, in one sentence. */
  readonly hole: string;
  /** The techniques that should find it. */
  readonly techniques: readonly string[];
}

/**
 * Every planted hole, in the order of the ids.
 *
 * @example
 * holes.filter(({ risk }) => risk === "API1").map(({ id }) => id); // ["V-API1-01", …]
 */
export const holes: readonly Hole[] = [...holesOfAccess, ...holesOfUse];
