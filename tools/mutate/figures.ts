/**
 * Counting verdicts.
 *
 * @module
 */

import { equivalents } from "./equivalents.ts";
import { killerOf, type Barrier, type Verdict } from "./stages/verdict.ts";

/** What a run comes to. */
export interface Figures {
  readonly mutants: number;
  /** How many each barrier stopped that none before it did. */
  readonly killed: Readonly<Record<Barrier, number>>;
  readonly equivalent: readonly Verdict[];
  readonly survivors: readonly Verdict[];
  /** Of those that compile and start, how many the attack alone kills. */
  readonly attackAlone: Share;
  /** The same of all that start, also those that the compiler refuses. */
  readonly attackForced: Share;
}

/** A part of a whole. */
export interface Share {
  readonly part: number;
  readonly whole: number;
}

function share(verdicts: readonly Verdict[]): Share {
  const attacked = verdicts.filter(({ results }) => results.attack.stopped === true);
  return { part: attacked.length, whole: verdicts.length };
}

/** Counts. */
export function figuresOf(verdicts: readonly Verdict[]): Figures {
  const by = (barrier: Barrier): number =>
    verdicts.filter((verdict) => killerOf(verdict) === barrier).length;
  const alive = verdicts.filter((verdict) => killerOf(verdict) === undefined);
  const isEquivalent = ({ mutant }: Verdict): boolean => Object.hasOwn(equivalents, mutant.id);
  const starting = verdicts.filter(({ results }) => results.start.stopped === false);
  return {
    mutants: verdicts.length,
    killed: {
      compiler: by("compiler"),
      start: by("start"),
      tests: by("tests"),
      attack: by("attack"),
    },
    equivalent: alive.filter(isEquivalent),
    survivors: alive.filter((verdict) => !isEquivalent(verdict)),
    attackAlone: share(starting.filter(({ results }) => results.compiler.stopped === false)),
    attackForced: share(starting),
  };
}

/** "57 of 60 (95%)". */
export function shareText({ part, whole }: Share): string {
  return `${part} of ${whole} (${whole === 0 ? 0 : Math.round((part / whole) * 100)}%)`;
}

/** The last line of a run. */
export function summaryLine(figures: Figures): string {
  const { attackAlone, attackForced, equivalent, killed, mutants, survivors } = figures;
  return [
    `${mutants} mutants: compiler ${killed.compiler}, start ${killed.start}, tests ${killed.tests}, attack ${killed.attack}`,
    `equivalent ${equivalent.length}, survivors ${survivors.length}`,
    `attack alone ${shareText(attackAlone)} of those that compile and start, ${shareText(attackForced)} of those that start when forced past the compiler`,
  ].join("; ");
}
