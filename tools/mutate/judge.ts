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

const notAsked = (why: string): Result => ({ stopped: undefined, why });

/**
 * Judges a mutant in a copy, which is as it was afterwards. The attack is asked whenever the mutant
 * starts, also when the compiler refused it; the tests only when nothing before stopped it.
 */
export async function judge(court: Court, copy: TreeCopy, mutant: Mutant): Promise<Verdict> {
  const began = performance.now();
  copy.write(mutant);
  try {
    const compiler = await compile(court.original, copy.root);
    const started = await start(copy.root);
    const results = {
      compiler,
      start: started.stopped ? started : ({ stopped: false } as const),
      attack: started.stopped
        ? notAsked("it does not start")
        : await attacked(court, started, copy, mutant),
      tests:
        compiler.stopped || started.stopped
          ? notAsked("it was stopped before")
          : await tested(court, copy, mutant),
    };
    return { mutant, results, seconds: Math.round((performance.now() - began) / 1_000) };
  } finally {
    copy.restore(mutant);
  }
}

async function attacked(
  { attacker }: Court,
  running: Parameters<typeof attack>[1],
  copy: TreeCopy,
  mutant: Mutant,
): Promise<Result> {
  if (attacker !== undefined) return attack(attacker, running, copy.root, mutant.risk);
  await running.end();
  return notAsked("the attack was left out");
}

async function tested({ tests }: Court, copy: TreeCopy, mutant: Mutant): Promise<Result> {
  return tests === undefined ? notAsked("the tests were left out") : tests.judge(copy.root, mutant);
}
