/**
 * Which techniques a run is made of, in the order in which they run.
 *
 * @module
 */

import type { AttackOptions } from "../attack-options.ts";
import { phases, techniques } from "./catalogue.ts";
import type { Technique } from "./technique.ts";

/** The techniques that the options leave, those that disturb least first. */
export function chosenTechniques({
  only = [],
  skip = [],
}: Pick<AttackOptions, "only" | "skip">): readonly Technique[] {
  const named = ({ id, risk }: Technique, list: readonly string[]): boolean =>
    list.some((one) => one.toLowerCase() === id.toLowerCase() || one.toUpperCase() === risk);
  return techniques
    .filter((one) => only.length === 0 || named(one, only))
    .filter((one) => !named(one, skip))
    .toSorted((left, right) => phases.indexOf(left.phase) - phases.indexOf(right.phase));
}
