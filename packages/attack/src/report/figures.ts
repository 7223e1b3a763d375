/**
 * Numbers and times as people read them.
 *
 * @module
 */

import { bySeverity } from "./risks.ts";
import type { Finding, Report } from "./report.ts";

/** "4,310". */
export function count(number: number): string {
  return number.toLocaleString("en-US");
}

/** "1 request", "4,310 requests". */
export function counted(number: number, one: string, several = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : several}`;
}

/** "850 ms", "41 s", "3 min 20 s". */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const rest = seconds % 60;
  return `${Math.floor(seconds / 60)} min${rest === 0 ? "" : ` ${rest} s`}`;
}

/** "2026-03-01 14:05 UTC". */
export function instant(milliseconds: number): string {
  const text = timestamp(milliseconds);
  return `${text.slice(0, 10)} ${text.slice(11, 16)} UTC`;
}

/** "2026-03-01T14:05:09.000Z"; an instant out of range is the epoch. */
export function timestamp(milliseconds: number): string {
  const date = new Date(milliseconds);
  return (Number.isNaN(date.getTime()) ? new Date(0) : date).toISOString();
}

/** "1 critical, 3 high". */
export function severityCounts(findings: readonly Finding[]): string {
  return [...Map.groupBy(findings, ({ severity }) => severity)]
    .toSorted(([one], [other]) => bySeverity(one, other))
    .map(([severity, group]) => `${group.length} ${severity}`)
    .join(", ");
}

/** The report in one sentence: what was proven. */
export function headline({ findings, suspicions, risks }: Report): string {
  const held = risks.filter(({ standing }) => standing === "held").length;
  const untested = risks.filter(({ standing }) => standing === "not tested").length;
  if (findings.length > 0)
    return `${counted(findings.length, "hole")} proven: ${severityCounts(findings)}.`;
  const suspected = suspicions.length > 0 ? `; ${counted(suspicions.length, "suspicion")}` : "";
  if (held === 0) return `Nothing could be judged${suspected}.`;
  const rest = untested > 0 ? `, ${untested} not tested` : "";
  return `No hole proven: ${held} of ten risks held${rest}${suspected}.`;
}

/** "41 of 52 operations". */
export function reachWords({ reach }: Pick<Report, "reach">): string {
  const reached = reach.filter(({ reachedAs }) => reachedAs.length > 0).length;
  return `${count(reached)} of ${counted(reach.length, "operation")}`;
}
