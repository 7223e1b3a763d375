/**
 * `sekisho attack`: one run from settings to reports and exit code.
 *
 * Promise: what cannot work is refused before the first request; an interrupted run still writes
 * what it found; standard output holds nothing but the one report that was sent there.
 *
 * @module
 */

import { isAbsolute, relative, resolve, sep } from "node:path";
import type { AttackOptions, Report, SarifDocument } from "@sekisho/attack";
import { CommandFault, messageOf } from "../fault.ts";
import { nearest } from "../nearest.ts";
import type { Surroundings } from "../surroundings.ts";
import {
  readAttackSettings,
  type AttackSettings,
  type GivenOptions,
  type ReportFormat,
} from "./attack-settings.ts";
import type { Engine } from "./engine.ts";
import { planText } from "./plan-text.ts";

/** Runs the attack that was asked for. */
export async function runAttackCommand(
  url: string | undefined,
  given: GivenOptions,
  surroundings: Surroundings,
): Promise<number> {
  const settings = readAttackSettings(url, given, surroundings);
  const engine = await surroundings.engine();
  refuseUnknownIds(settings.options, engine);
  if (settings.config !== undefined && !settings.quiet)
    surroundings.stderr.write(`Settings from ${settings.config}.\n`);
  if (settings.dryRun) {
    if (filesOf(settings).length > 0)
      surroundings.stderr.write("No report is written: this is the plan alone.\n");
    surroundings.stdout.write(planText(await engine.planOf({ ...settings.options, dryRun: true })));
    return 0;
  }
  refuseUnwritable(settings, surroundings);
  const baseline = readBaselineOf(settings.baseline, engine, surroundings);
  const report = await attack(settings, baseline, engine, surroundings);
  writeReports(report, settings, engine, surroundings);
  return engine.exitCodeOf(report);
}

function refuseUnknownIds({ only = [], skip = [] }: AttackOptions, { techniques }: Engine): void {
  const risks = techniques.map(({ risk }) => risk);
  const known = [...new Set<string>([...risks, ...techniques.map(({ id }) => id)])];
  for (const id of [...only, ...skip]) {
    if (known.includes(id)) continue;
    const meant = nearest(id, known);
    throw new CommandFault(
      `there is no risk or technique ${JSON.stringify(id)}; ${
        meant === undefined ? "" : `did you mean ${meant}? `
      }\`sekisho techniques\` lists them`,
    );
  }
}

function filesOf({ reports, writeBaseline }: AttackSettings): readonly string[] {
  const paths = reports.map(({ path }) => path);
  return [...paths, ...(writeBaseline === undefined ? [] : [writeBaseline])];
}

/** Before the run: nobody should wait for a report that has no place to go. */
function refuseUnwritable(settings: AttackSettings, { whyNotWritable }: Surroundings): void {
  for (const path of filesOf(settings).filter((one) => one !== "-")) {
    const why = whyNotWritable(path);
    if (why !== undefined) throw new CommandFault(`cannot write ${path}: ${why}`);
  }
}

function readBaselineOf(
  path: string | undefined,
  { readBaseline }: Engine,
  { folder, readFile }: Surroundings,
): readonly string[] {
  if (path === undefined) return [];
  try {
    return readBaseline(JSON.parse(readFile(resolve(folder, path))));
  } catch (error) {
    throw new CommandFault(`the baseline ${path} cannot be read: ${messageOf(error)}`);
  }
}

async function attack(
  { options, quiet }: AttackSettings,
  baseline: readonly string[],
  { createProgressLine, runAttack }: Engine,
  { stderr, onInterrupt }: Surroundings,
): Promise<Report> {
  const stopping = new AbortController();
  const progress = quiet ? undefined : createProgressLine(stderr);
  const settle = onInterrupt(() => {
    progress?.end();
    stderr.write("Stopping, and writing what was found. Once more ends at once.\n");
    stopping.abort();
  });
  try {
    return await runAttack({
      ...options,
      baseline,
      signal: stopping.signal,
      ...(progress !== undefined && { onProgress: progress.show }),
    });
  } finally {
    progress?.end();
    settle();
  }
}

function writeReports(
  report: Report,
  settings: AttackSettings,
  engine: Engine,
  surroundings: Surroundings,
): void {
  const { stdout, stderr, writeFile } = surroundings;
  const toStdout = filesOf(settings).includes("-");
  if (!settings.quiet) {
    const terminal = toStdout ? stderr : stdout;
    const { color, verbose } = settings;
    const options = { color: color && terminal.isTTY, width: terminal.columns ?? 100, verbose };
    terminal.write(engine.renderTerminal(report, options));
  }
  const failures: string[] = [];
  const write = (path: string, text: string): void => {
    if (path === "-") {
      stdout.write(text.endsWith("\n") ? text : `${text}\n`);
      return;
    }
    try {
      writeFile(path, text);
      if (!settings.quiet) stderr.write(`Written: ${path}\n`);
    } catch (error) {
      // The other reports are still worth writing.
      failures.push(messageOf(error));
    }
  };
  for (const { format, path } of settings.reports)
    write(
      path,
      reportText(report, format, engine, () => sarifDocument(settings, surroundings)),
    );
  // Of a run that ended early it would forget what is known, and fail the next one for it.
  if (settings.writeBaseline !== undefined && report.stopped !== undefined)
    stderr.write("The baseline is left as it was: the run ended early.\n");
  else if (settings.writeBaseline !== undefined)
    write(settings.writeBaseline, engine.toBaseline(report));
  if (failures.length > 0) throw new CommandFault(failures.join("; "));
}

function reportText(
  report: Report,
  format: ReportFormat,
  engine: Engine,
  document: () => SarifDocument | undefined,
): string {
  switch (format) {
    case "json":
      return engine.toJson(report);
    case "sarif":
      return engine.toSarif(report, document());
    case "junit":
      return engine.toJUnit(report);
    case "html":
      return engine.toHtml(report);
    case "har": {
      const { exchanges, target, tool } = report;
      const options = { origin: new URL(target).origin, version: tool.version };
      return `${JSON.stringify(engine.toHar(exchanges, options), null, 2)}\n`;
    }
  }
}

/** The document to point at, when it is a file of this folder: code scanning knows no other place. */
function sarifDocument(
  { options: { openApi } }: AttackSettings,
  { folder, readFile }: Surroundings,
): SarifDocument | undefined {
  if (typeof openApi !== "string" || /^https?:/i.test(openApi)) return undefined;
  const path = relative(folder, openApi);
  if (path.startsWith("..") || isAbsolute(path)) return undefined;
  return { uri: path.split(sep).map(encodeURIComponent).join("/"), text: readFile(openApi) };
}
