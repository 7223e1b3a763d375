/**
 * Puts one mutant before every barrier.
 *
 * @module
 */

import type { TreeCopy } from "./copy.ts";
import type { Mutant } from "./mutant.ts";
import { attack, type Attacker } from "./stages/attack.ts";
import { compile } from "./stages/compile.ts";
import { start } from "./stages/start.ts";
import type { Tests } from "./stages/tests.ts";
import type { Result, Verdict } from "./stages/verdict.ts";

/** The barriers of a run. */
export interface Court {
  readonly original: string;
  /** `undefined` leaves the tests out. */
  readonly tests: Tests | undefined;
  /** `undefined` leaves the attack out. */
  readonly attacker: Attacker | undefined;
}

const leftOut = "it was left out";
const notAsked = (why: string): Result => ({ stopped: undefined, why });

/** Whether a barrier has spoken, or had no reason to be asked. */
function isKnown(result: Result | undefined): result is Result {
  return result !== undefined && (result.stopped !== undefined || result.why !== leftOut);
}

/**
 * Judges a mutant in a copy, which is as it was afterwards. The attack is asked whenever the mutant
 * starts, also when the compiler refused it; the tests only when nothing before stopped it.
 *
 * @param earlier what an earlier run found out; only the rest is asked
 */
export async function judge(
  court: Court,
  copy: TreeCopy,
  mutant: Mutant,
  earlier?: Verdict,
): Promise<Verdict> {
  const known = earlier?.results;
  const isDone =
    (court.tests === undefined || isKnown(known?.tests)) &&
    (court.attacker === undefined || isKnown(known?.attack));
  if (earlier !== undefined && isDone) return earlier;
  const began = performance.now();
  copy.write(mutant);
  try {
    const results = await ask(court, copy, mutant, known);
    const seconds = Math.round((performance.now() - began) / 1_000);
    return { mutant, results, seconds: seconds + (earlier?.seconds ?? 0) };
  } finally {
    copy.restore(mutant);
  }
}

async function ask(
  court: Court,
  copy: TreeCopy,
  mutant: Mutant,
  known: Verdict["results"] | undefined,
): Promise<Verdict["results"]> {
  const compiler = known?.compiler ?? (await compile(court.original, copy.root));
  const started = await start(copy.root);
  if (started.stopped) {
    const why = "it does not start";
    return { compiler, start: started, attack: notAsked(why), tests: notAsked(why) };
  }
  const seen = isKnown(known?.attack) ? known.attack : await attacked(court, started, copy, mutant);
  await started.end();
  const tests = await tested(court, copy, mutant, compiler, known?.tests);
  return { compiler, start: { stopped: false }, attack: seen, tests };
}

async function attacked(
  { attacker }: Court,
  running: Parameters<typeof attack>[1],
  copy: TreeCopy,
  mutant: Mutant,
): Promise<Result> {
  if (attacker === undefined) return notAsked(leftOut);
  return attack(attacker, running, copy.root, mutant.risk);
}

async function tested(
  { tests }: Court,
  copy: TreeCopy,
  mutant: Mutant,
  compiler: Result,
  known: Result | undefined,
): Promise<Result> {
  if (isKnown(known)) return known;
  if (compiler.stopped === true) return notAsked("the compiler stopped it");
  return tests === undefined ? notAsked(leftOut) : tests.judge(copy.root, mutant);
}
