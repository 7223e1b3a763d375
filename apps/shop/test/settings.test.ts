/**
 * The settings stop a start that would be unsafe, and say everything at once (requirements 6.4, 8.1;
 * ASVS 13.1). A start in production that succeeds is in `production-start.servers.test.ts`.
 */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { readSettings as readSettingsOf } from "@sekisho/shop";
import { ConfigurationFaults } from "sekisho/hardening";

type Environment = Readonly<Record<string, string>>;

const canary = "canary-91c7f2ab";
const webhookSecret = `whsec_${randomBytes(32).toString("base64")}`;
const signingKey = generateKeyPairSync("ed25519")
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();

const good: Environment = {
  NODE_ENV: "production",
  DATABASE_URL: "postgres://shop:word@db.example/shop",
  REDIS_URL: "rediss://redis.example:6379",
  PAYMENT_WEBHOOK_SECRET: webhookSecret,
  SIGNING_KEY: signingKey,
  SHOP_ISSUER: "https://shop.example",
  SHOP_AUDIENCE: "https://shop.example/api",
  SHOP_HOSTS: "shop.example",
  TRUSTED_PROXIES: "10.0.0.0/8",
  HOST: "0.0.0.0",
};

/** Without the options of the test runner, which no production has. */
const readSettings = (environment: Environment, execArgv: readonly string[] = []) =>
  readSettingsOf(environment, execArgv);

/** The good settings with some of them changed, or left away where there is no value. */
function changed(changes: Readonly<Record<string, string | undefined>>): Environment {
  const merged = Object.entries({ ...good, ...changes });
  return Object.fromEntries(
    merged.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function faultsOf(environment: Environment): readonly string[] {
  try {
    readSettings(environment);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigurationFaults, String(error));
    assert.ok(!error.message.includes(canary), error.message);
    for (const { setting } of error.faults) assert.ok(error.message.includes(setting));
    return error.faults.map(({ setting }) => setting).toSorted();
  }
}

describe("settings in production", () => {
  it("are accepted when every convenience is replaced", () => {
    const { values, production } = readSettings(good);
    assert.ok(production);
    assert.equal(values.SIGNING_KEY?.reveal(), signingKey);
    assert.deepEqual(values.SHOP_HOSTS, ["shop.example"]);
  });

  it("are refused all at once when nothing is set", () => {
    assert.deepEqual(faultsOf({ NODE_ENV: "production" }), [
      "DATABASE_URL",
      "PAYMENT_WEBHOOK_SECRET",
      "REDIS_URL",
      "SHOP_AUDIENCE",
      "SHOP_HOSTS",
      "SHOP_ISSUER",
      "SIGNING_KEY",
    ]);
  });

  const refused: readonly (readonly [
    setting: string,
    changes: Record<string, string | undefined>,
  ])[] = [
    ["DATABASE_URL", { DATABASE_URL: undefined }],
    ["DATABASE_URL", { DATABASE_URL: "memory:" }],
    ["DATABASE_URL", { DATABASE_URL: `/var/lib/${canary}` }],
    // Each of these names a folder of the embedded database.
    ["DATABASE_URL", { DATABASE_URL: `postgres:/${canary}@db.example/shop` }],
    ["DATABASE_URL", { DATABASE_URL: `postgres-${canary}` }],
    ["REDIS_URL", { REDIS_URL: undefined }],
    ["PAYMENT_WEBHOOK_SECRET", { PAYMENT_WEBHOOK_SECRET: undefined }],
    ["PAYMENT_WEBHOOK_SECRET", { PAYMENT_WEBHOOK_SECRET: canary }],
    ["PAYMENT_WEBHOOK_SECRET", { PAYMENT_WEBHOOK_SECRET: "whsec_dG9vIHNob3J0" }],
    ["PAYMENT_WEBHOOK_SECRET", { PAYMENT_WEBHOOK_SECRET: `${webhookSecret},${canary}` }],
    ["SIGNING_KEY", { SIGNING_KEY: undefined }],
    ["SIGNING_KEY", { SIGNING_KEY: canary }],
    ["SIGNING_KEY", { SIGNING_KEY: signingKey.replaceAll("\n", " ") }],
    ["DEMO_ACCOUNTS_FILE", { DEMO_ACCOUNTS_FILE: "/tmp/accounts.json" }],
    ["SHOP_ISSUER", { SHOP_ISSUER: undefined }],
    ["SHOP_AUDIENCE", { SHOP_AUDIENCE: undefined }],
    ["SHOP_HOSTS", { SHOP_HOSTS: undefined }],
    ["HOST", { TRUSTED_PROXIES: undefined }],
    ["TLS_KEY", { TLS_CERTIFICATE: signingKey }],
    ["TLS_KEY", { TLS_KEY: signingKey }],
    ["TRUSTED_PROXIES", { TRUSTED_PROXIES: "true" }],
    ["TRUSTED_PROXIES", { TRUSTED_PROXIES: "1" }],
    ["TRUSTED_PROXIES", { TRUSTED_PROXIES: "10.0.0.0/8, 0.0.0.0/0" }],
    ["SHOP_DATABSE_URL", { SHOP_DATABSE_URL: canary }],
    ["SEKISHO_DEBUG", { SEKISHO_DEBUG: canary }],
    ["SHOP_HOSTS_FILE", { SHOP_HOSTS_FILE: "/tmp/hosts" }],
    ["NODE_TLS_REJECT_UNAUTHORIZED", { NODE_TLS_REJECT_UNAUTHORIZED: "0" }],
    ["NODE_OPTIONS --inspect", { NODE_OPTIONS: "--inspect=0.0.0.0" }],
    ["NODE_OPTIONS --insecure-http-parser", { NODE_OPTIONS: "--insecure-http-parser" }],
  ];
  for (const [setting, changes] of refused)
    it(`refuse ${JSON.stringify(changes).slice(0, 70)}`, () => {
      assert.deepEqual(faultsOf(changed(changes)), [setting]);
    });

  it("are refused together with what opens the process", () => {
    const refusedWith = (option: string): readonly string[] => {
      try {
        readSettings(good, [option]);
        return [];
      } catch (error) {
        assert.ok(error instanceof ConfigurationFaults);
        return error.faults.map(({ setting }) => setting);
      }
    };
    for (const option of ["--inspect", "--insecure-http-parser", "--tls-min-v1.0"])
      assert.deepEqual(refusedWith(option), [option]);
    assert.deepEqual(refusedWith("--enable-source-maps"), []);
  });

  it("may count quotas in the process only when it is said that there is one", () => {
    assert.deepEqual(faultsOf(changed({ REDIS_URL: undefined, SHOP_SINGLE_NODE: "true" })), []);
  });
});

describe("settings in development", () => {
  it("need nothing, and know no setting that there is not", () => {
    assert.deepEqual(faultsOf({}), []);
    assert.equal(readSettings({}).production, false);
    assert.deepEqual(faultsOf({ SHOP_LOGG: "info", SHOP_LOG: "loud", PORT: "http" }), [
      "PORT",
      "SHOP_LOG",
      "SHOP_LOGG",
    ]);
  });

  it("refuse to be reached from elsewhere without TLS or a proxy", () => {
    for (const HOST of ["0.0.0.0", "::", "192.0.2.1", "shop.example", "127.0.0.1.example"])
      assert.deepEqual(faultsOf({ HOST }), ["HOST"], HOST);
    for (const HOST of ["127.0.0.1", "::1", "localhost"]) assert.deepEqual(faultsOf({ HOST }), []);
    assert.deepEqual(faultsOf({ HOST: "0.0.0.0", TRUSTED_PROXIES: "10.0.0.7" }), []);
    const both = { TLS_CERTIFICATE: signingKey, TLS_KEY: signingKey };
    assert.deepEqual(faultsOf({ HOST: "0.0.0.0", ...both }), []);
    assert.deepEqual(faultsOf({ HOST: "0.0.0.0", TLS_KEY: signingKey }), ["HOST", "TLS_KEY"]);
  });
});

describe("settings from files, and the program itself", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "sekisho-settings-"));
  });
  after(() => rm(folder, { recursive: true }));

  const program = fileURLToPath(new URL("../src/main.ts", import.meta.url));

  /** Starts the shop as an operator does, in an empty folder. */
  async function start(environment: Environment): Promise<{ code: number | null; output: string }> {
    const child = spawn(process.execPath, ["--conditions=@sekisho/source", program], {
      cwd: folder,
      env: { PATH: process.env["PATH"], ...environment },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        output += chunk;
      });
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    return { code, output };
  }

  it("take a secret from the file that is named, and only one of the two", async () => {
    const path = join(folder, "signing-key.pem");
    await writeFile(path, signingKey);
    const fromFile = changed({ SIGNING_KEY: undefined, SIGNING_KEY_FILE: path });
    const read = readSettings(fromFile).values.SIGNING_KEY?.reveal() ?? "";
    assert.equal(read.trim(), signingKey.trim());
    assert.deepEqual(faultsOf({ ...fromFile, SIGNING_KEY: signingKey }), ["SIGNING_KEY"]);
    assert.deepEqual(faultsOf({ ...fromFile, SIGNING_KEY_FILE: `${path}.away` }), ["SIGNING_KEY"]);
    await writeFile(path, "");
    assert.deepEqual(faultsOf(fromFile), ["SIGNING_KEY"]);
  });

  it("a production without any setting ends with all their names, and leaves nothing", async () => {
    const { code, output } = await start({ NODE_ENV: "production" });
    assert.equal(code, 1, output);
    for (const name of Object.keys(good))
      if (!["NODE_ENV", "TRUSTED_PROXIES", "HOST"].includes(name))
        assert.match(output, new RegExp(`^  ${name} `, "m"));
    assert.deepEqual(await readdir(folder), ["signing-key.pem"]);
  });

  it("a production with secrets that are no good names them and shows none", async () => {
    const secrets = { SIGNING_KEY: canary, PAYMENT_WEBHOOK_SECRET: canary, REDIS_URL: canary };
    const { code, output } = await start({ ...good, ...secrets, SHOP_SURPRISE: canary });
    assert.equal(code, 1, output);
    for (const name of ["SIGNING_KEY", "PAYMENT_WEBHOOK_SECRET", "SHOP_SURPRISE"])
      assert.match(output, new RegExp(`^  ${name} `, "m"));
    assert.ok(!output.includes(canary), output);
    assert.doesNotMatch(output, /\bat .*\.ts:/);
  });

  it("a production whose database does not answer ends, and does not show its password", async () => {
    const DATABASE_URL = `postgres://shop:${canary}@127.0.0.1:1/shop`;
    const { code, output } = await start({ ...good, DATABASE_URL });
    assert.notEqual(code, 0, output);
    assert.ok(!output.includes(canary), output);
  });
});
