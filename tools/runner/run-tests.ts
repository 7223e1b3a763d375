/**
 * Runs a group of test files and counts what ran.
 *
 * @module
 */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Counts } from "./count-reporter.ts";
import { runNode } from "./run-command.ts";

/** What came of a group. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Why it failed besides its tests, or was left out. */
  readonly note?: string;
}

/** How the files of a group are run. */
export interface GroupRun {
  readonly root: string;
  readonly files: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Runs the files, two at a time and each in a process of its own. */
export async function runTests({ root, files, environment }: GroupRun): Promise<Outcome> {
  // `node --test` without a file passes: nothing to run is a failure here.
  if (files.length === 0)
    return { passed: 0, failed: 1, skipped: 0, note: "there is no test file" };
  const folder = mkdtempSync(join(tmpdir(), "sekisho-test-"));
  try {
    const countPath = join(folder, "counts.json");
    const code = await runNode({
      root,
      environment,
      parameters: [
        "--conditions=@sekisho/source",
        "--test",
        "--test-concurrency=2",
        "--test-timeout=240000",
        `--test-reporter=${join(import.meta.dirname, "compact-reporter.ts")}`,
        "--test-reporter-destination=stdout",
        `--test-reporter=${join(import.meta.dirname, "count-reporter.ts")}`,
        `--test-reporter-destination=${countPath}`,
        ...files,
      ],
    });
    return outcomeOf(code, readFileSync(countPath, "utf8"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Judges the numbers of the runner; distrusts a silent success. */
export function outcomeOf(code: number, text: string): Outcome {
  const line = text.trim().split("\n").at(-1) ?? "";
  if (line === "") return { passed: 0, failed: 1, skipped: 0, note: "the runner counted nothing" };
  const counts = JSON.parse(line) as Counts;
  const failed = counts.failed + counts.cancelled + counts.empty.length;
  const passed = counts.passed - counts.empty.length;
  const ran = { passed, failed, skipped: counts.skipped + counts.todo };
  if (counts.empty.length > 0) return { ...ran, note: `no test in ${counts.empty.join(", ")}` };
  if (passed + failed === 0) return { ...ran, failed: 1, note: "no test ran" };
  if (code !== 0 && failed === 0)
    return { ...ran, failed: 1, note: `the runner ended with ${code} although no test failed` };
  return ran;
}
