/**
 * The settings of an attack: one table from which the options, the keys of the config file and the
 * help are made, so that no setting exists in one of them alone.
 *
 * @module
 */

/** What a setting takes. */
export type SettingKind =
  | "text"
  | "texts"
  | "words"
  | "secrets"
  | "whole"
  | "number"
  | "flag"
  | "place"
  | "file"
  | "output";

/** One setting. `texts` may be given again and again; `words` also separated by commas. */
export interface SettingName {
  /** Name of the option without its dashes, and key of the config file. */
  readonly key: string;
  readonly kind: SettingKind;
  /** How the help calls the value; "" for a flag. */
  readonly value: string;
  readonly help: string;
  readonly group: string;
  /** Whether only the command line has it, because it says what to do this one time. */
  readonly onlyNow?: true;
}

const target = "What is attacked:";
const choice = "What is tried:";
const limits = "Limits:";
const reports = "Reports (FILE may be - for standard output, once):";
const talk = "What is said:";

/** Every setting, in the order of the help. */
export const settingNames = [
  {
    key: "openapi",
    kind: "place",
    value: "<FILE|URL>",
    help: "OpenAPI document; without it the usual places of URL",
    group: target,
  },
  {
    key: "principals",
    kind: "file",
    value: "<FILE>",
    help: "who the attack speaks for; without it only what needs no credentials runs",
    group: target,
  },
  {
    key: "i-own",
    kind: "words",
    value: "<HOST>",
    help: "says that this host may be attacked; loopback needs no such word",
    group: target,
  },
  {
    key: "webhook-secret",
    kind: "secrets",
    value: "<NAME=VARIABLE>",
    help: 'operation (or "*") and the environment variable with its secret',
    group: target,
  },
  {
    key: "config",
    kind: "file",
    value: "<FILE>",
    help: "settings; without it sekisho.attack.yaml, .yml or .json of this folder",
    group: target,
    onlyNow: true,
  },
  {
    key: "only",
    kind: "words",
    value: "<IDS>",
    help: "only these risks or techniques, such as API1,A2-03",
    group: choice,
  },
  {
    key: "skip",
    kind: "words",
    value: "<IDS>",
    help: "not these risks or techniques",
    group: choice,
  },
  {
    key: "operation",
    kind: "texts",
    value: "<TEXT>",
    help: 'only operations whose "METHOD /path" contains this',
    group: choice,
  },
  {
    key: "allow-destructive",
    kind: "flag",
    value: "",
    help: "also what removes or exhausts what is not the attack's own",
    group: choice,
  },
  {
    key: "seed",
    kind: "whole",
    value: "<NUMBER>",
    help: "repeats the choices of an earlier run",
    group: choice,
  },
  {
    key: "dry-run",
    kind: "flag",
    value: "",
    help: "shows the plan; reads the document and sends nothing else",
    group: choice,
    onlyNow: true,
  },
  {
    key: "rate",
    kind: "number",
    value: "<NUMBER>",
    help: "requests per second at most (default: 20; on loopback any)",
    group: limits,
  },
  {
    key: "max-requests",
    kind: "whole",
    value: "<NUMBER>",
    help: "requests in all at most (default: 50000)",
    group: limits,
  },
  {
    key: "max-seconds",
    kind: "number",
    value: "<NUMBER>",
    help: "seconds in all at most (default: 900)",
    group: limits,
  },
  {
    key: "timeout",
    kind: "whole",
    value: "<MS>",
    help: "milliseconds for one request at most (default: 10000)",
    group: limits,
  },
  {
    key: "json",
    kind: "output",
    value: "<FILE>",
    help: "the whole report as JSON",
    group: reports,
  },
  {
    key: "sarif",
    kind: "output",
    value: "<FILE>",
    help: "SARIF 2.1.0 for code scanning",
    group: reports,
  },
  {
    key: "junit",
    kind: "output",
    value: "<FILE>",
    help: "JUnit XML for test overviews",
    group: reports,
  },
  {
    key: "html",
    kind: "output",
    value: "<FILE>",
    help: "one page to hand on",
    group: reports,
  },
  {
    key: "har",
    kind: "output",
    value: "<FILE>",
    help: "every request and answer, to replay",
    group: reports,
  },
  {
    key: "baseline",
    kind: "file",
    value: "<FILE>",
    help: "findings that are known and fail nothing",
    group: reports,
  },
  {
    key: "write-baseline",
    kind: "output",
    value: "<FILE>",
    help: "writes the findings of this run as known",
    group: reports,
    onlyNow: true,
  },
  {
    key: "verbose",
    kind: "flag",
    value: "",
    help: "also what was tried and held, and what could not be judged",
    group: talk,
  },
  {
    key: "quiet",
    kind: "flag",
    value: "",
    help: "no progress and no report on the terminal",
    group: talk,
  },
] as const satisfies readonly SettingName[];

/** The settings of the config file: all but those of the moment, and the target. */
export const configKeys: readonly string[] = [
  "url",
  ...settingNames.flatMap((name) => ("onlyNow" in name ? [] : [name.key])),
];
