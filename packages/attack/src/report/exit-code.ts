/**
 * What a run means for whoever waits for its exit code.
 *
 * @module
 */

import type { Report } from "./report.ts";

/** 0: attacked and clean; 1: a hole that is not known; 2: not enough was judged to call it clean. */
export type ExitCode = 0 | 1 | 2;

/**
 * The exit code of a report. A run that was cut short, or that judged nothing, is never clean; a
 * finding outweighs both. Suspicions and known findings fail nothing.
 *
 * @example
 * process.exitCode = exitCodeOf(report);
 */
export function exitCodeOf(report: Report): ExitCode {
  if (report.findings.some(({ known }) => !known)) return 1;
  if (report.stopped !== undefined) return 2;
  return wasJudged(report) ? 0 : 2;
}

function wasJudged({ risks }: Report): boolean {
  return risks.some(({ standing }) => standing !== "not tested");
}
