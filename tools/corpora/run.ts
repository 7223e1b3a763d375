/**
 * `npm run corpora`: runs the library against test cases that others collected.
 *
 * The folder is `SEKISHO_CORPORA`, else `../shared/corpora` beside the repository; without it one
 * line is printed and nothing fails. `--update` accepts the present differences as the baseline;
 * names of modules (`ssrf jwt`) run only those.
 *
 * @module
 */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { baselineOf, regressions, type Baseline } from "./baseline.ts";
import type { CorpusModule, CorpusReport } from "./report.ts";

const moduleNames = [
  "ssrf",
  "jwt",
  "webhooks",
  "totp",
  "passwords",
  "http-abuse",
  "json-abuse",
  "headers",
  "openapi-diff",
] as const;

const root = resolve(import.meta.dirname, "../..");
const folder = resolve(root, process.env["SEKISHO_CORPORA"] ?? "../shared/corpora");
const baselinePath = join(import.meta.dirname, "baseline.json");

async function reportsOf(name: string): Promise<readonly CorpusReport[]> {
  const path = join(import.meta.dirname, `${name}.ts`);
  if (!existsSync(path)) {
    print(`${name}: there is no module ${name}.ts yet`);
    return [];
  }
  const module = (await import(pathToFileURL(path).href)) as CorpusModule;
  const reports = await module.run((file) => JSON.parse(readFileSync(join(folder, file), "utf8")));
  return Array.isArray(reports) ? (reports as readonly CorpusReport[]) : [reports as CorpusReport];
}

function readBaseline(): Baseline {
  return existsSync(baselinePath)
    ? (JSON.parse(readFileSync(baselinePath, "utf8")) as Baseline)
    : {};
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function describe({ file, passed, total, differences }: CorpusReport): void {
  for (const { id, expected, actual, reason } of differences)
    print(`  ${file} ${id}: expected ${expected}, got ${actual} (${reason})`);
  print(`${file}: ${passed} of ${total} passed`);
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { update: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  if (!existsSync(folder)) {
    print(`corpora: ${folder} is not there; nothing was run (set SEKISHO_CORPORA)`);
    return 0;
  }
  const chosen = moduleNames.filter(
    (name) => positionals.length === 0 || positionals.includes(name),
  );
  const reports: CorpusReport[] = [];
  for (const name of chosen) {
    const found = await reportsOf(name);
    for (const report of found) describe(report);
    reports.push(...found);
  }
  const known = readBaseline();
  if (values.update) {
    // A partial run must not forget what it did not look at.
    const updated = baselineOf(reports);
    const merged = positionals.length === 0 ? updated : { ...known, ...updated };
    writeFileSync(baselinePath, `${JSON.stringify(merged, undefined, 2)}\n`);
    print(`corpora: wrote the baseline of ${reports.length} files`);
    return 0;
  }
  const ran = new Set(reports.map(({ file }) => file));
  const expected =
    positionals.length === 0
      ? known
      : Object.fromEntries(Object.entries(known).filter(([file]) => ran.has(file)));
  const faults = regressions(reports, expected);
  for (const fault of faults) print(`corpora: ${fault}`);
  const passed = reports.reduce((sum, report) => sum + report.passed, 0);
  const total = reports.reduce((sum, report) => sum + report.total, 0);
  print(
    `corpora: ${passed} of ${total} cases passed in ${reports.length} files, ${faults.length} regressions`,
  );
  return faults.length === 0 ? 0 : 1;
}

process.exitCode = await main();
