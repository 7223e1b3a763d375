/** The settings of the shop, read once from the environment. */

import { readFileSync } from "node:fs";
import {
  ConfigurationFaults,
  readConfiguration,
  refuseInProduction,
  setting,
} from "sekisho/hardening";
import { createClientAddressResolver } from "sekisho/kernel";

function proxyFault(block: string): string | undefined {
  try {
    createClientAddressResolver([block]);
    return undefined;
  } catch (error) {
    return `is refused: ${error instanceof Error ? error.message : "malformed"}`;
  }
}

const settings = {
  PORT: setting.integer({ minimum: 0, maximum: 65_535, fallback: 8_080 }),
  HOST: setting.text({ maximumLength: 253, fallback: "127.0.0.1" }),
  OPS_PORT: setting.integer({ minimum: 0, maximum: 65_535, fallback: 9_464 }),
  OPS_HOST: setting.text({ maximumLength: 253, fallback: "127.0.0.1" }),
  /** `postgres://…`, `memory:`, or absent for the embedded database in the data folder. */
  DATABASE_URL: setting.secret({ optional: true }),
  /** Login that may change the schema, where that is another one. */
  DATABASE_OWNER_URL: setting.secret({ optional: true }),
  REDIS_URL: setting.secret({ optional: true }),
  PAYMENT_WEBHOOK_SECRET: setting.secret({
    optional: true,
    pattern: /^whsec_[A-Za-z0-9+/]{32,684}={0,2}(?: whsec_[A-Za-z0-9+/]{32,684}={0,2})*$/,
    expected: "whsec_ and the base64 of at least 24 bytes, several separated by a blank",
  }),
  /** PKCS #8 PEM of the key that signs access tokens; a file of the data folder unless given. */
  SIGNING_KEY: setting.secretPem({ optional: true }),
  TLS_CERTIFICATE: setting.secretPem({ optional: true }),
  TLS_KEY: setting.secretPem({ optional: true }),
  TRUSTED_PROXIES: setting.list({ fallback: [], check: proxyFault }),
  /** Hosts the shop answers for, with port; any unless given. */
  SHOP_HOSTS: setting.list({ fallback: [] }),
  SHOP_ISSUER: setting.text({ maximumLength: 200, fallback: "https://shop.localhost" }),
  SHOP_AUDIENCE: setting.text({ maximumLength: 200, fallback: "https://shop.localhost/api" }),
  SHOP_DATA: setting.path({ fallback: "var" }),
  DEMO_ACCOUNTS_FILE: setting.path({ optional: true }),
  /** Lets a production process count quotas alone: there is no second node. */
  SHOP_SINGLE_NODE: setting.boolean({ fallback: false }),
  /** How many nodes share the quotas, for the time when Redis is away. */
  SHOP_NODES: setting.integer({ minimum: 1, maximum: 1_000, fallback: 1 }),
  /** Begins every key in Redis. */
  SHOP_PREFIX: setting.text({ maximumLength: 64, fallback: "sekisho:shop:" }),
} as const;

/** The settings with their kinds; what the log shows unless told depends on the mode. */
export function settingsSchema(production: boolean) {
  return {
    ...settings,
    /** In development only refusals and failures, so that they can be seen among the rest. */
    SHOP_LOG: setting.choice(["info", "warn", "error", "silent"], {
      fallback: production ? "info" : "warn",
    }),
  } as const;
}

/** The settings, typed. */
export type Settings = ReturnType<typeof readSettings>["values"];

const loopback: ReadonlySet<string> = new Set(["127.0.0.1", "::1", "localhost"]);

/** Whether the address is this machine's own. */
export function isLoopback(host: string): boolean {
  return loopback.has(host);
}

type Values = ReturnType<typeof readConfiguration<ReturnType<typeof settingsSchema>>>;

function isExposed(values: Values): boolean {
  return (
    !isLoopback(values.HOST) &&
    values.TRUSTED_PROXIES.length === 0 &&
    (values.TLS_CERTIFICATE === undefined || values.TLS_KEY === undefined)
  );
}

/** What makes no sense in any mode. */
const rules = refuseInProduction<Values>([
  {
    setting: "HOST",
    reason: "other than loopback needs TLS_CERTIFICATE and TLS_KEY, or TRUSTED_PROXIES",
    when: isExposed,
  },
  {
    setting: "TLS_KEY",
    reason: "must be given together with TLS_CERTIFICATE",
    when: ({ TLS_CERTIFICATE, TLS_KEY }) =>
      (TLS_CERTIFICATE === undefined) !== (TLS_KEY === undefined),
  },
]);

/** What production refuses beside what every process refuses. */
export const productionRules = refuseInProduction<Values>([
  {
    setting: "DATABASE_URL",
    reason: "must name a PostgreSQL server",
    when: ({ DATABASE_URL }) => !/^postgres(?:ql)?:\/\//.test(DATABASE_URL?.reveal() ?? ""),
  },
  {
    setting: "REDIS_URL",
    reason: "is needed to count quotas on all nodes; or set SHOP_SINGLE_NODE=true",
    when: ({ REDIS_URL, SHOP_SINGLE_NODE }) => REDIS_URL === undefined && !SHOP_SINGLE_NODE,
  },
  {
    setting: "PAYMENT_WEBHOOK_SECRET",
    reason: "is missing",
    when: ({ PAYMENT_WEBHOOK_SECRET }) => PAYMENT_WEBHOOK_SECRET === undefined,
  },
  {
    setting: "SIGNING_KEY",
    reason: "is missing",
    when: ({ SIGNING_KEY }) => SIGNING_KEY === undefined,
  },
  {
    setting: "DEMO_ACCOUNTS_FILE",
    reason: "there are no demo accounts in production",
    when: ({ DEMO_ACCOUNTS_FILE }) => DEMO_ACCOUNTS_FILE !== undefined,
  },
  {
    setting: "SHOP_ISSUER",
    reason: "must be the service's own",
    when: ({ SHOP_ISSUER }) => SHOP_ISSUER === "https://shop.localhost",
  },
  {
    setting: "SHOP_AUDIENCE",
    reason: "must be the service's own",
    when: ({ SHOP_AUDIENCE }) => SHOP_AUDIENCE === "https://shop.localhost/api",
  },
  {
    setting: "SHOP_HOSTS",
    reason: "must list the hosts it answers for",
    when: ({ SHOP_HOSTS }) => SHOP_HOSTS.length === 0,
  },
  ...rules,
]);

/**
 * Reads the settings.
 *
 * @param execArgv options that the runtime was started with
 * @throws ConfigurationFaults naming every setting that is missing, malformed, unknown or refused.
 */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
  execArgv: readonly string[] = process.execArgv,
) {
  const production = environment["NODE_ENV"] === "production";
  const facts = { environment, execArgv };
  const values = readConfiguration(settingsSchema(production), {
    ...facts,
    prefixes: ["SHOP_", "SEKISHO_"],
    readFile: (path) => readFileSync(path, "utf8"),
    production: productionRules,
  });
  const refused = rules.filter(({ when }) => when(values, facts));
  if (refused.length > 0)
    throw new ConfigurationFaults(
      refused.map(({ setting: name, reason }) => ({ setting: name, reason })),
    );
  return { values, production };
}
