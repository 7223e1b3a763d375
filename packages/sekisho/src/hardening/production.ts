/**
 * What a process in production refuses to start with (OWASP API8:2023, ASVS 13.2.3 and 13.4.2).
 *
 * Promise: pure functions over the process's facts; a refusal names the setting and the reason,
 * never the value. Limits: they see what the process was started with, not what happens later.
 *
 * @module
 */

/** One fault of a configuration. */
export interface ConfigurationFault {
  /** Name of the environment variable or of the runtime's option. */
  readonly setting: string;
  /** Completes the sentence "<setting> …". */
  readonly reason: string;
  /** What was received, shortened; absent for secrets and for refusals. */
  readonly value?: string;
}

/** What the process was started with. */
export interface ProcessFacts {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `process.execArgv`. */
  readonly execArgv: readonly string[];
}

/** One thing that production does not accept. */
export interface ProductionRule<Values> {
  readonly setting: string;
  readonly reason: string;
  readonly when: (configuration: Values, facts: ProcessFacts) => boolean;
}

/** Rules that `readConfiguration` asks in production. */
export type ProductionRefusal<Values> = readonly ProductionRule<Values>[];

/** Options of the runtime that open or weaken a process, with or without a value. */
const refusedOptions: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^--(?:inspect|debug)(?:-(?:brk|port|wait|publish-uid))?$/, "opens a debugger"],
  [/^--insecure-http-parser$/, "lets malformed HTTP through"],
  [/^--tls-min-v1\.[01]$/, "allows an outdated TLS"],
  [/^--tls-keylog$/, "writes the keys of TLS connections to disk"],
  [/^--security-revert$/, "brings a fixed vulnerability back"],
  [/^--openssl-legacy-provider$/, "brings broken cryptography back"],
  [/^--trace-(?:env|tls)(?:-.*)?$/, "prints what may hold secrets"],
  [/^--watch(?:-path|-preserve-output)?$/, "is a tool of development"],
  [
    /^--(?:heapsnapshot|report)-(?:signal|near-heap-limit|on-signal|on-fatalerror|uncaught-exception)$/,
    "writes memory or environment to disk",
  ],
  [/^--(?:require|import|loader|experimental-loader)$/, "loads code before the program"],
  [/^-r$/, "loads code before the program"],
];

/** Loading code first is refused in `NODE_OPTIONS` only: there it comes from outside. */
const allowedOnCommandLine = /^(?:--(?:require|import|loader|experimental-loader)|-r)$/;

const refusedVariables: readonly (readonly [name: string, reason: string])[] = [
  ["NODE_DEBUG", "prints what may hold secrets"],
  ["NODE_DEBUG_NATIVE", "prints what may hold secrets"],
  ["NODE_V8_COVERAGE", "is a tool of development"],
  ["SSLKEYLOGFILE", "writes the keys of TLS connections to disk"],
  ["NODE_REPL_EXTERNAL_MODULE", "loads foreign code"],
];

function optionFaults(source: string, options: readonly string[]): readonly ConfigurationFault[] {
  return options.flatMap((option) => {
    const name = option.split("=")[0]?.replaceAll("_", "-") ?? "";
    if (source === "" && allowedOnCommandLine.test(name)) return [];
    const found = refusedOptions.find(([pattern]) => pattern.test(name));
    if (found === undefined) return [];
    const setting = source === "" ? name : `${source} ${name}`;
    return [{ setting, reason: found[1] }];
  });
}

/**
 * What every production process refuses: debuggers, unchecked TLS, lax HTTP, and a mode that
 * is not `production`.
 *
 * @example
 * productionRefusals({ environment: { NODE_ENV: "production" }, execArgv: ["--inspect"] });
 * // [{ setting: "--inspect", reason: "opens a debugger" }]
 */
export function productionRefusals(facts: ProcessFacts): readonly ConfigurationFault[] {
  const { environment, execArgv } = facts;
  const faults: ConfigurationFault[] = [];
  if (environment["NODE_ENV"] !== "production")
    faults.push({ setting: "NODE_ENV", reason: "must be production" });
  const unchecked = environment["NODE_TLS_REJECT_UNAUTHORIZED"];
  if (unchecked !== undefined && unchecked !== "1")
    faults.push({ setting: "NODE_TLS_REJECT_UNAUTHORIZED", reason: "switches TLS checks off" });
  for (const [setting, reason] of refusedVariables) {
    if ((environment[setting] ?? "") !== "") faults.push({ setting, reason });
  }
  const fromEnvironment = (environment["NODE_OPTIONS"] ?? "").split(/[\s"']+/);
  return [
    ...faults,
    ...optionFaults("", execArgv),
    ...optionFaults("NODE_OPTIONS", fromEnvironment),
  ];
}

/**
 * Declares what an application refuses in production, beside its settings;
 * `readConfiguration` adds what {@link productionRefusals} names.
 *
 * @example
 * const production = refuseInProduction<{ readonly HOST: string }>([
 *   { setting: "HOST", reason: "must not be loopback", when: ({ HOST }) => HOST === "127.0.0.1" },
 * ]);
 */
export function refuseInProduction<Values>(
  rules: readonly ProductionRule<Values>[],
): ProductionRefusal<Values> {
  return rules;
}
