/**
 * `npm test`: types, style, unit tests, and the service tests on both kinds of stores.
 *
 * `--only unit|embedded|servers` runs one group; further words run only files whose path contains
 * one of them. The last line is `sekisho: <passed> passed, <failed> failed`.
 *
 * @module
 */

import { resolve } from "node:path";
import process from "node:process";
import { parseOptions, type GroupName, type TestOptions } from "./runner/options.ts";
import { runNode } from "./runner/run-command.ts";
import { runTests, type Outcome } from "./runner/run-tests.ts";
import { silentServers } from "./runner/servers.ts";
import { isInGroup, testFiles } from "./runner/test-files.ts";

const root = resolve(import.meta.dirname, "..");

/** Programs that look at the source; each counts as one check. */
const checks: readonly { readonly name: string; readonly parameters: readonly string[] }[] = [
  { name: "types", parameters: ["node_modules/typescript/bin/tsc", "-b"] },
  { name: "lint", parameters: ["node_modules/oxlint/bin/oxlint", "--deny-warnings"] },
  { name: "format", parameters: ["node_modules/oxfmt/bin/oxfmt", "--check"] },
];

async function runCheck(parameters: readonly string[]): Promise<Outcome> {
  const code = await runNode({ root, parameters });
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

async function runGroup(group: GroupName, options: TestOptions): Promise<Outcome> {
  if (group === "servers") {
    const silent = await silentServers();
    const note = `left out: ${silent.join(" and ")} did not answer`;
    if (silent.length > 0)
      return { passed: 0, failed: process.env["CI"] === "true" ? 1 : 0, skipped: 0, note };
  }
  const files = testFiles(root, options.patterns).filter((path) => isInGroup(path, group));
  if (files.length === 0 && options.patterns.length > 0)
    return { passed: 0, failed: 0, skipped: 0, note: "no file matches" };
  const environment = group === "unit" ? {} : { SEKISHO_TEST_BACKEND: group };
  return runTests({ root, files, environment });
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  const outcomes: [string, Outcome][] = [];
  if (options.whole)
    for (const { name, parameters } of checks) outcomes.push([name, await runCheck(parameters)]);
  for (const group of options.groups) outcomes.push([group, await runGroup(group, options)]);

  for (const [name, outcome] of outcomes) process.stdout.write(lineOf(name, outcome));
  const passed = outcomes.reduce((sum, [, outcome]) => sum + outcome.passed, 0);
  const failed = outcomes.reduce((sum, [, outcome]) => sum + outcome.failed, 0);
  process.stdout.write(`sekisho: ${passed} passed, ${failed} failed\n`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

function lineOf(name: string, { passed, failed, skipped, note }: Outcome): string {
  const numbers = `${passed} passed, ${failed} failed`;
  const left = skipped === 0 ? "" : `, ${skipped} skipped`;
  return `${name}: ${numbers}${left}${note === undefined ? "" : ` (${note})`}\n`;
}

process.exitCode = await main();
