/**
 * The configuration of a process, read once, checked whole, refused loudly (API8:2023, V13, F14).
 *
 * Promise: every fault is named in one error, so that one restart mends them all; an unknown
 * setting is a fault, because it is a misspelt one; a secret's value is in no message. Limits: it
 * reads what it is given; the environment of the process is given by the program's entry.
 *
 * @module
 */

import {
  productionRefusals,
  type ConfigurationFault,
  type ProcessFacts,
  type ProductionRefusal,
} from "./production.ts";
import type { Setting } from "./setting.ts";

/** Declared settings by the name of their environment variable. */
export type ConfigurationSchema = Readonly<Record<string, Setting<unknown>>>;

/** Values of the settings of a schema. */
export type Configuration<Schema extends ConfigurationSchema> = {
  readonly [Name in keyof Schema]: Schema[Name] extends Setting<infer Value> ? Value : never;
};

/** Where {@link readConfiguration} reads from. */
export interface ConfigurationSources<Schema extends ConfigurationSchema> {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Variables with these beginnings must be declared, for example `["SEKISHO_", "SHOP_"]`. */
  readonly prefixes: readonly string[];
  /** Reads a whole file as text; called for `<NAME>_FILE` only. Throws when it cannot. */
  readonly readFile: (path: string) => string;
  /** Options the runtime was started with. Default none. */
  readonly execArgv?: readonly string[];
  /** Asked when `NODE_ENV` is `production`; made by `refuseInProduction`. */
  readonly production?: ProductionRefusal<Configuration<Schema>>;
}

/**
 * Every fault of a configuration at once. The message shows no secret.
 *
 * @example
 * try {
 *   readConfiguration(schema, sources);
 * } catch (error) {
 *   if (error instanceof ConfigurationFaults) console.error(error.message);
 * }
 */
export class ConfigurationFaults extends Error {
  override readonly name = "ConfigurationFaults";
  readonly faults: readonly ConfigurationFault[];

  constructor(faults: readonly ConfigurationFault[]) {
    const lines = faults.map(
      ({ reason, setting, value }) =>
        `  ${setting} ${reason}${value === undefined ? "" : ` (it is ${JSON.stringify(value)})`}`,
    );
    super(`the configuration has ${faults.length} fault(s):\n${lines.join("\n")}`);
    this.faults = faults;
  }
}

/** Thrown, and caught again, when a production rule asks for a setting that has a fault already. */
class FaultySetting extends Error {}

function shown(text: string): string {
  // A URL's user information may be a password even where nobody declared it a secret.
  const safe = text.replace(/\p{Cc}/gu, "\ufffd").replace(/\/\/[^/@]*@/, "//[redacted]@");
  return safe.length > 80 ? `${safe.slice(0, 79)}\u2026` : safe;
}

type Text = { readonly text: string | undefined } | { readonly fault: string };

function readText(
  name: string,
  secret: boolean,
  sources: Pick<ConfigurationSources<ConfigurationSchema>, "environment" | "readFile">,
): Text {
  const direct = sources.environment[name];
  const file = secret ? sources.environment[`${name}_FILE`] : undefined;
  if (direct !== undefined && file !== undefined)
    return { fault: `is set twice: directly and through ${name}_FILE` };
  if (file === undefined) return { text: direct };
  try {
    return { text: sources.readFile(file).replace(/\r?\n$/, "") };
  } catch {
    return { fault: `cannot be read from the file that ${name}_FILE names` };
  }
}

function unknownSettings(
  schema: ConfigurationSchema,
  environment: Readonly<Record<string, string | undefined>>,
  prefixes: readonly string[],
): readonly ConfigurationFault[] {
  return Object.keys(environment)
    .filter((name) => environment[name] !== undefined)
    .filter((name) => prefixes.some((prefix) => name.startsWith(prefix)))
    .filter((name) => !Object.hasOwn(schema, name))
    .filter((name) => {
      const declared = name.endsWith("_FILE") ? name.slice(0, -5) : "";
      return !(Object.hasOwn(schema, declared) && schema[declared]?.secret === true);
    })
    .toSorted()
    .map((setting) => ({ setting, reason: "is not a setting of this program" }));
}

function modeFaults(mode: string | undefined): readonly ConfigurationFault[] {
  if (mode === undefined || ["production", "development", "test"].includes(mode)) return [];
  const reason = "must be production, development or test";
  return [{ setting: "NODE_ENV", reason, value: shown(mode) }];
}

/**
 * Reads and checks a configuration.
 *
 * @throws ConfigurationFaults when anything is missing, malformed, unknown or, in production,
 * refused.
 * @example
 * const { PORT } = readConfiguration(
 *   { PORT: setting.integer({ minimum: 1, maximum: 65_535, fallback: 8080 }) },
 *   { environment: { PORT: "9000" }, prefixes: ["SHOP_"], readFile: () => "" },
 * );
 */
export function readConfiguration<const Schema extends ConfigurationSchema>(
  schema: Schema,
  sources: ConfigurationSources<Schema>,
): Configuration<Schema> {
  const { environment, execArgv = [], prefixes, production } = sources;
  const values: Record<string, unknown> = {};
  const faults: ConfigurationFault[] = [...modeFaults(environment["NODE_ENV"])];

  for (const [name, declared] of Object.entries<Setting<unknown>>(schema)) {
    const read = readText(name, declared.secret, sources);
    if ("fault" in read) {
      faults.push({ setting: name, reason: read.fault });
    } else if (read.text === undefined) {
      if (declared.fallback === undefined) faults.push({ setting: name, reason: "is missing" });
      else values[name] = declared.fallback.value;
    } else if (read.text === "") {
      faults.push({ setting: name, reason: "is empty; remove it or give it a value" });
    } else {
      const outcome = declared.parse(read.text);
      if ("value" in outcome) values[name] = outcome.value;
      else if (declared.secret) faults.push({ setting: name, reason: outcome.fault });
      else faults.push({ setting: name, reason: outcome.fault, value: shown(read.text) });
    }
  }
  faults.push(...unknownSettings(schema, environment, prefixes));

  const configuration = Object.freeze(values) as Configuration<Schema>;
  if (environment["NODE_ENV"] === "production") {
    const facts = { environment, execArgv };
    faults.push(...productionRefusals(facts));
    faults.push(...productionFaults(production ?? [], configuration, facts));
  }
  if (faults.length > 0) throw new ConfigurationFaults(faults);
  return configuration;
}

/** Asks every rule that concerns only settings without a fault. */
function productionFaults<Values extends object>(
  refusal: ProductionRefusal<Values>,
  configuration: Values,
  facts: ProcessFacts,
): readonly ConfigurationFault[] {
  const guarded = new Proxy(configuration, {
    get: (target, name) => {
      if (typeof name === "string" && !Object.hasOwn(target, name)) throw new FaultySetting(name);
      return Reflect.get(target, name) as unknown;
    },
  });
  return refusal.flatMap(({ reason, setting, when }) => {
    try {
      return when(guarded, facts) ? [{ setting, reason }] : [];
    } catch (error) {
      if (error instanceof FaultySetting) return [];
      throw error;
    }
  });
}
