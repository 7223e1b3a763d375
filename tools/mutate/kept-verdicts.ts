/**
 * Verdicts in a file, so that a run of hours can be interrupted and go on.
 *
 * Promise: a verdict is taken over only for the very same change of the very same files. Limits: what
 * else changed in the tree since is not seen; a figure to be published comes from one whole run.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Mutant } from "./mutant.ts";
import type { Verdict } from "./stages/verdict.ts";

interface KeptVerdict extends Omit<Verdict, "mutant"> {
  readonly mutant: Omit<Mutant, "files">;
  /** Digest of the changed files. */
  readonly change: string;
}

function changeOf({ files }: Mutant): string {
  return createHash("sha256")
    .update(JSON.stringify([...files]))
    .digest("hex");
}

/** Writes verdicts; the texts of the files stay out. */
export function keepVerdicts(path: string, verdicts: readonly Verdict[]): void {
  const kept = verdicts.map(({ mutant, ...rest }): KeptVerdict => {
    const { files: _files, ...facts } = mutant;
    return { mutant: facts, change: changeOf(mutant), ...rest };
  });
  writeFileSync(path, `${JSON.stringify(kept, undefined, 2)}\n`);
}

/** The verdicts of these mutants that an earlier run left; none when there is no file. */
export function earlierVerdicts(
  path: string,
  mutants: readonly Mutant[],
): ReadonlyMap<Mutant, Verdict> {
  if (!existsSync(path)) return new Map();
  const kept = JSON.parse(readFileSync(path, "utf8")) as readonly KeptVerdict[];
  const byChange = new Map(kept.map((one) => [`${one.mutant.id} ${one.change}`, one]));
  const found = new Map<Mutant, Verdict>();
  for (const mutant of mutants) {
    const earlier = byChange.get(`${mutant.id} ${changeOf(mutant)}`);
    if (earlier === undefined) continue;
    const { results, seconds } = earlier;
    found.set(mutant, { mutant, results, seconds });
  }
  return found;
}
