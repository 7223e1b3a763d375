/**
 * What `npm run mutate -- …` was asked for.
 *
 * @module
 */

import { parseArgs } from "node:util";
import type { Mutant } from "./mutant.ts";

/** What to do. */
export interface MutateOptions {
  /** Names of operators, or beginnings of ids; all mutants when empty. */
  readonly only: readonly string[];
  readonly list: boolean;
  readonly withTests: boolean;
  readonly withAttack: boolean;
  /** The rest of the library's tests, too. */
  readonly allTests: boolean;
  readonly jobs: number;
  readonly json: string | undefined;
  /** Whether what `json` says already is believed. */
  readonly resume: boolean;
  readonly write: boolean;
}

/**
 * Reads the arguments.
 *
 * @throws TypeError for an unknown option, a number of jobs that is none, or a report of a part.
 */
export function parseOptions(parameters: readonly string[]): MutateOptions {
  const { values } = parseArgs({
    args: [...parameters],
    options: {
      only: { type: "string", multiple: true, default: [] },
      list: { type: "boolean", default: false },
      "without-tests": { type: "boolean", default: false },
      "without-attack": { type: "boolean", default: false },
      "all-tests": { type: "boolean", default: false },
      jobs: { type: "string", default: "2" },
      json: { type: "string" },
      resume: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
    },
  });
  const jobs = Number(values.jobs);
  if (!Number.isInteger(jobs) || jobs < 1)
    throw new TypeError(`--jobs ${values.jobs} is no number`);
  const isPart = values.only.length > 0 || values["without-tests"] || values["without-attack"];
  if (values.write && isPart) throw new TypeError("--write reports a whole run, not a part of one");
  if (values.resume && values.json === undefined)
    throw new TypeError("--resume needs --json with the verdicts of the earlier run");
  return {
    only: values.only.flatMap((list) => list.split(",")),
    list: values.list,
    withTests: !values["without-tests"],
    withAttack: !values["without-attack"],
    allTests: values["all-tests"],
    jobs,
    json: values.json,
    resume: values.resume,
    write: values.write,
  };
}

/**
 * The mutants that were asked for.
 *
 * @throws TypeError when a word means none.
 */
export function chosenMutants(
  mutants: readonly Mutant[],
  only: readonly string[],
): readonly Mutant[] {
  if (only.length === 0) return mutants;
  const isMeant = ({ id, operator }: Mutant, word: string): boolean =>
    operator === word || id.startsWith(word);
  for (const word of only)
    if (!mutants.some((mutant) => isMeant(mutant, word)))
      throw new TypeError(`--only ${word} means no mutant`);
  return mutants.filter((mutant) => only.some((word) => isMeant(mutant, word)));
}
