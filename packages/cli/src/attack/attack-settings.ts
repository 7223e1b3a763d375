/**
 * The settings of an attack: command line over config file, as the engine takes them.
 *
 * @module
 */

import { basename } from "node:path";
import type { AttackOptions } from "@sekisho/attack";
import { CommandFault } from "../fault.ts";
import type { Surroundings } from "../surroundings.ts";
import { readConfigFile } from "./config-file.ts";
import {
  fileOf,
  flagOf,
  numberOf,
  outputOf,
  placeOf,
  secretsOf,
  textOf,
  textsOf,
  wordsOf,
  type RawSetting,
  type RawSettings,
} from "./raw-settings.ts";

/** The formats in which a report can be written. */
export const reportFormats = ["json", "sarif", "junit", "html", "har"] as const;

/** A format in which a report can be written. */
export type ReportFormat = (typeof reportFormats)[number];

/** One report to write. */
export interface ReportFile {
  readonly format: ReportFormat;
  /** Full name of the file, or "-" for standard output. */
  readonly path: string;
}

/** What an attack was asked for. */
export interface AttackSettings {
  /** For the engine; the baseline joins them when it was read. */
  readonly options: AttackOptions;
  readonly baseline: string | undefined;
  readonly writeBaseline: string | undefined;
  readonly reports: readonly ReportFile[];
  readonly dryRun: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
  /** Name of the config file that was read. */
  readonly config: string | undefined;
}

/** What commander gives: values by key, without those that were not given. */
export type GivenOptions = Readonly<Record<string, unknown>>;

/**
 * Puts the settings together.
 *
 * @throws CommandFault when one is malformed or missing, or two exclude each other.
 */
export function readAttackSettings(
  url: string | undefined,
  given: GivenOptions,
  surroundings: Pick<Surroundings, "folder" | "exists" | "readFile" | "environment">,
): AttackSettings {
  const typed = typedSettings(url, given, surroundings.folder);
  const config = readConfigFile(surroundings, textOf(typed, "config"));
  const settings: RawSettings = new Map([...(config?.settings ?? []), ...typed]);
  const writeBaseline = outputOf(settings, "write-baseline");
  const reports = reportsOf(settings);
  refuseClashes([
    ...reports.map(({ path }) => path),
    ...(writeBaseline === undefined ? [] : [writeBaseline]),
  ]);
  return {
    options: optionsOf(settings, surroundings.environment),
    baseline: fileOf(settings, "baseline"),
    writeBaseline,
    reports,
    dryRun: flagOf(settings, "dry-run"),
    verbose: flagOf(settings, "verbose"),
    quiet: flagOf(settings, "quiet"),
    // https://no-color.org: any value but an empty one.
    color: !flagOf(settings, "no-color") && (surroundings.environment["NO_COLOR"] ?? "") === "",
    config: config === undefined ? undefined : basename(config.path),
  };
}

function typedSettings(url: string | undefined, given: GivenOptions, folder: string): RawSettings {
  const typed = new Map<string, RawSetting>();
  if (url !== undefined) typed.set("url", { value: url, from: "URL", folder });
  for (const [key, value] of Object.entries(given))
    typed.set(key, { value, from: `--${key}`, folder });
  return typed;
}

function optionsOf(settings: RawSettings, environment: Surroundings["environment"]): AttackOptions {
  return {
    target: targetOf(settings),
    iOwn: wordsOf(settings, "i-own"),
    only: wordsOf(settings, "only").map(idOf),
    skip: wordsOf(settings, "skip").map(idOf),
    operations: textsOf(settings, "operation"),
    allowDestructive: flagOf(settings, "allow-destructive"),
    webhookSecrets: secretsOf(settings, "webhook-secret", environment),
    ...present({
      openApi: placeOf(settings, "openapi"),
      principals: fileOf(settings, "principals"),
      rate: numberOf(settings, "rate", { whole: false, zero: false }),
      maxRequests: numberOf(settings, "max-requests", { whole: true, zero: false }),
      maxSeconds: numberOf(settings, "max-seconds", { whole: false, zero: false }),
      timeout: numberOf(settings, "timeout", { whole: true, zero: false }),
      seed: numberOf(settings, "seed", { whole: true, zero: true }),
    }),
  };
}

type Present<Values> = { readonly [Key in keyof Values]?: Exclude<Values[Key], undefined> };

/** Without what was not given, so that the defaults of the engine hold. */
function present<Values extends object>(values: Values): Present<Values> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Present<Values>;
}

/** Ids are written in capitals; nobody should have to. */
function idOf(word: string): string {
  return word.toUpperCase();
}

function targetOf(settings: RawSettings): string {
  const url = textOf(settings, "url");
  if (url === undefined)
    throw new CommandFault("say what to attack: sekisho attack http://127.0.0.1:8080");
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol))
    throw new CommandFault(
      `${JSON.stringify(url)} is no URL to attack; it begins with http:// or https://`,
    );
  if (parsed.username !== "" || parsed.password !== "")
    throw new CommandFault("credentials belong into the principals file, not into the URL");
  if (parsed.search !== "" || parsed.hash !== "")
    throw new CommandFault("the URL to attack ends with its path: no ? and no #");
  return url;
}

function reportsOf(settings: RawSettings): readonly ReportFile[] {
  return reportFormats.flatMap((format) => {
    const path = outputOf(settings, format);
    return path === undefined ? [] : [{ format, path }];
  });
}

function refuseClashes(paths: readonly string[]): void {
  const seen = new Set<string>();
  for (const path of paths) {
    if (seen.has(path))
      throw new CommandFault(
        path === "-"
          ? "only one report can go to standard output"
          : `two reports cannot both be written to ${path}`,
      );
    seen.add(path);
  }
}
