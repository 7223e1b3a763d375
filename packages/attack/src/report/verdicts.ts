/**
 * What a technique did, in figures and in words.
 *
 * @module
 */

import type { Verdict } from "../technique/technique.ts";
import type { TechniqueReport } from "./report.ts";

/** How often a technique came to each verdict; suspicions are counted apart. */
export interface VerdictCounts {
  readonly vulnerable: number;
  readonly suspected: number;
  readonly protected: number;
  readonly inconclusive: number;
  readonly notApplicable: number;
}

/** Counts the verdicts of a technique. */
export function verdictCounts({ outcomes }: Pick<TechniqueReport, "outcomes">): VerdictCounts {
  const of = (verdict: Verdict): number =>
    outcomes.filter((outcome) => outcome.verdict === verdict).length;
  const suspected = outcomes.filter(
    ({ verdict, confidence }) => verdict === "vulnerable" && confidence === "suspected",
  ).length;
  return {
    vulnerable: of("vulnerable") - suspected,
    suspected,
    protected: of("protected"),
    inconclusive: of("inconclusive"),
    notApplicable: of("not-applicable"),
  };
}

/** "2 vulnerable, 14 protected", or why there is nothing to count. */
export function verdictWords(
  report: Pick<TechniqueReport, "outcomes" | "missing" | "failure">,
): string {
  if (report.missing.length > 0) return `not run, needs ${report.missing.join(" and ")}`;
  const counts = verdictCounts(report);
  const words = [
    [counts.vulnerable, "vulnerable"],
    [counts.suspected, "suspected"],
    [counts.protected, "protected"],
    [counts.inconclusive, "inconclusive"],
  ]
    .filter(([number]) => number !== 0)
    .map(([number, word]) => `${number} ${word}`);
  if (report.failure !== undefined) words.push(`ended early: ${report.failure}`);
  return words.length > 0 ? words.join(", ") : "nothing to try it on";
}
