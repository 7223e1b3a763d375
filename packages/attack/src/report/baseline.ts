/**
 * Findings that are known: a file that lets a project begin with the holes it has and fail on new
 * ones only.
 *
 * A baseline that cannot be read is refused; one that is read as empty would hide nothing, one that
 * is read wrongly could hide a hole.
 *
 * @module
 */

import { harmless, harmlessJson } from "./harmless.ts";
import { isFindingId } from "./finding-id.ts";
import type { Report } from "./report.ts";

/**
 * The ids of a baseline: a list of ids, `{ findings: [{ id, reason? }] }`, or a former JSON report.
 * @throws TypeError when it is none of these, or holds what is no id.
 *
 * @example
 * const baseline = readBaseline(JSON.parse(readFileSync("known.json", "utf8")));
 * const report = await runAttack({ target: "http://127.0.0.1:8080", baseline });
 */
export function readBaseline(raw: unknown): readonly string[] {
  const entries = Array.isArray(raw) ? raw : findingsOf(raw);
  return [...new Set(entries.map(idOf))];
}

/**
 * The findings of a report as a baseline file, with a place for the reason of each.
 *
 * @example
 * writeFileSync("known.json", toBaseline(report));
 */
export function toBaseline(report: Report): string {
  const findings = report.findings.map(({ id, severity, target, title }) => ({
    id,
    severity,
    target,
    title,
    reason: "",
  }));
  return harmlessJson({ format: 1, findings });
}

function findingsOf(raw: unknown): readonly unknown[] {
  if (typeof raw === "object" && raw !== null && "findings" in raw && Array.isArray(raw.findings))
    return raw.findings;
  throw new TypeError("A baseline is a list of finding ids, or an object with a list `findings`.");
}

function idOf(entry: unknown, index: number): string {
  const id = typeof entry === "object" && entry !== null && "id" in entry ? entry.id : entry;
  if (isFindingId(id)) return id;
  const shown = harmless(JSON.stringify(id) ?? String(id)).slice(0, 60);
  throw new TypeError(`Entry ${index + 1} of the baseline is no finding id (SKA-…): ${shown}.`);
}
