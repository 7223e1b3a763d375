/**
 * The ratchet of the corpora: a case that passed once must go on passing.
 *
 * @module
 */

import type { CorpusReport } from "./report.ts";

/** What was known about a file when the baseline was written. */
export interface BaselineEntry {
  readonly passed: number;
  readonly total: number;
  /** Ids of the known differences, sorted. */
  readonly differences: readonly string[];
}

/** File name to what was known. */
export type Baseline = Readonly<Record<string, BaselineEntry>>;

/** Why the reports are worse than the baseline; empty when they are not. */
export function regressions(
  reports: readonly CorpusReport[],
  baseline: Baseline,
): readonly string[] {
  const faults = reports.flatMap((report) => regressionsOf(report, baseline[report.file]));
  const seen = new Set(reports.map(({ file }) => file));
  for (const file of Object.keys(baseline))
    if (!seen.has(file)) faults.push(`${file}: is in the baseline but was not run`);
  if (reports.length === 0) faults.push("no corpus was run");
  return faults;
}

function regressionsOf(report: CorpusReport, known: BaselineEntry | undefined): string[] {
  const { file, passed, total, differences } = report;
  const faults: string[] = [];
  if (total === 0) faults.push(`${file}: no case was run`);
  if (total - passed !== differences.length)
    faults.push(`${file}: ${total - passed} cases did not pass, ${differences.length} are named`);
  if (known !== undefined && total < known.total)
    faults.push(`${file}: ${total} cases were run, ${known.total} before`);
  if (known !== undefined && passed < known.passed)
    faults.push(`${file}: ${passed} cases passed, ${known.passed} before`);
  const expected = new Set(known?.differences);
  for (const { id } of differences)
    if (!expected.has(id)) faults.push(`${file}: ${id} is a new difference`);
  return faults;
}

/** The baseline that the reports make. */
export function baselineOf(reports: readonly CorpusReport[]): Baseline {
  return Object.fromEntries(
    reports
      .toSorted((a, b) => (a.file < b.file ? -1 : 1))
      .map(({ file, passed, total, differences }) => [
        file,
        { passed, total, differences: differences.map(({ id }) => id).toSorted() },
      ]),
  );
}
