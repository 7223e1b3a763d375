import { strict as assert } from "node:assert";
import { generateKeyPairSync } from "node:crypto";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import {
  ConfigurationFaults,
  productionRefusals,
  readConfiguration,
  refuseInProduction,
  setting,
  type ConfigurationFault,
} from "sekisho/hardening";

const canary = "canary-0c5b7f31a2e94d86b1d3";
const schema = {
  PORT: setting.integer({ minimum: 1, maximum: 65_535, fallback: 8080 }),
  HOST: setting.text({ fallback: "127.0.0.1" }),
  SHOP_MODE: setting.choice(["open", "closed"], { fallback: "open" }),
  SHOP_PROXIES: setting.list({ fallback: [] }),
  SHOP_ISSUER: setting.url({ protocols: ["https:"], optional: true }),
  SHOP_FOLDER: setting.path({ fallback: "var" }),
  SHOP_TRACE: setting.boolean({ fallback: false }),
  PAYMENT_WEBHOOK_SECRET: setting.secret({ minimumLength: 16 }),
  DATABASE_URL: setting.secretUrl({ protocols: ["postgres:", "memory:"], optional: true }),
};

type Environment = Readonly<Record<string, string>>;

const noFile = (path: string): string => assert.fail(`${path} was read`);

function read(environment: Environment, readFile: (path: string) => string = noFile) {
  return readConfiguration(schema, {
    environment: { PAYMENT_WEBHOOK_SECRET: canary, ...environment },
    prefixes: ["SEKISHO_", "SHOP_"],
    readFile,
  });
}

function faultsOf(run: () => unknown): readonly ConfigurationFault[] {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ConfigurationFaults, inspect(error));
    assert.doesNotMatch(`${inspect(error)}${JSON.stringify(error.faults)}`, /canary/);
    return error.faults;
  }
  return [];
}

function namesOf(run: () => unknown): readonly string[] {
  return faultsOf(run).map((fault) => fault.setting);
}

describe("readConfiguration", () => {
  it("gives typed values, fallbacks included", () => {
    const configuration = read({
      PORT: "9000",
      SHOP_MODE: "closed",
      SHOP_PROXIES: "10.0.0.0/8, 192.0.2.1",
      SHOP_ISSUER: "https://issuer.example/",
      SHOP_TRACE: "true",
      DATABASE_URL: `postgres://shop:${canary}@db/shop`,
    });
    const port: number = configuration.PORT;
    const mode: "open" | "closed" = configuration.SHOP_MODE;
    const issuer: URL | undefined = configuration.SHOP_ISSUER;
    assert.deepEqual(
      [port, mode, configuration.HOST, issuer?.host],
      [9000, "closed", "127.0.0.1", "issuer.example"],
    );
    assert.deepEqual(configuration.SHOP_PROXIES, ["10.0.0.0/8", "192.0.2.1"]);
    assert.equal(configuration.SHOP_TRACE, true);
    assert.equal(configuration.PAYMENT_WEBHOOK_SECRET.reveal(), canary);
    assert.equal(configuration.DATABASE_URL?.reveal().username, "shop");
    assert.equal(read({}).DATABASE_URL, undefined);
    assert.deepEqual(read({}).SHOP_PROXIES, []);
    assert.doesNotMatch(inspect(configuration, { depth: 9 }), /canary/);
    assert.doesNotMatch(JSON.stringify(configuration), /canary/);
    assert.throws(() => Object.assign(configuration, { PORT: 1 }), TypeError);
  });

  const faulty: [name: string, text: string, reason: RegExp][] = [
    ["PORT", "0", /from 1 to 65535/],
    ["PORT", "65536", /from 1 to 65535/],
    ["PORT", "80a", /whole number/],
    ["PORT", " 80", /whole number/],
    ["PORT", "1e3", /whole number/],
    ["PORT", "0x50", /whole number/],
    ["PORT", "080", /whole number/],
    ["PORT", "", /empty/],
    ["HOST", "a\nb", /control/],
    ["HOST", "h".repeat(1025), /at most 1024/],
    ["SHOP_MODE", "Open", /open, closed/],
    ["SHOP_PROXIES", "a,,b", /empty item/],
    ["SHOP_ISSUER", "http://issuer.example", /https:/],
    ["SHOP_ISSUER", "issuer", /https:/],
    ["SHOP_TRACE", "yes", /true or false/],
    ["PAYMENT_WEBHOOK_SECRET", "canary-canary-1", /at least 16/],
    ["DATABASE_URL", `mysql://a:${canary}@b/c`, /postgres: or memory:/],
    ["DATABASE_URL", `${canary} nonsense`, /postgres: or memory:/],
  ];
  for (const [name, text, reason] of faulty)
    it(`${name}=${inspect(text.slice(0, 20))} is refused`, () => {
      const faults = faultsOf(() => read({ [name]: text }));
      assert.equal(faults.length, 1);
      assert.equal(faults[0]?.setting, name);
      assert.match(faults[0]?.reason ?? "", reason);
    });

  for (const [name, text] of [
    ["PORT", "1"],
    ["PORT", "65535"],
    ["HOST", "h".repeat(1024)],
    ["PAYMENT_WEBHOOK_SECRET", "canary-canary-16"],
    ["DATABASE_URL", "memory:"],
  ] as const)
    it(`${name}=${text.slice(0, 20)} is accepted`, () =>
      assert.deepEqual(
        faultsOf(() => read({ [name]: text })),
        [],
      ));

  it("names every fault at once, with the value only where it is no secret", () => {
    const run = () =>
      readConfiguration(schema, {
        environment: {
          PORT: "http",
          SHOP_ISSUER: `ftp://user:${canary}@host`,
          SHOP_MODES: "open",
          SEKISHO_TYPO: canary,
          DATABASE_URL: canary,
          NODE_ENV: "prod",
          PATH: "/bin",
        },
        prefixes: ["SEKISHO_", "SHOP_"],
        readFile: noFile,
      });
    assert.deepEqual(namesOf(run).toSorted(), [
      "DATABASE_URL",
      "NODE_ENV",
      "PAYMENT_WEBHOOK_SECRET",
      "PORT",
      "SEKISHO_TYPO",
      "SHOP_ISSUER",
      "SHOP_MODES",
    ]);
    assert.throws(run, /PORT must be a whole number .* \(it is "http"\)/);
    assert.equal(faultsOf(run).find((fault) => fault.setting === "DATABASE_URL")?.value, undefined);
  });

  it("reads a secret from the file that is named, without its last line break", () => {
    const environment = { PAYMENT_WEBHOOK_SECRET_FILE: "/run/secrets/payment" };
    const withFile = (readFile: (path: string) => string) =>
      readConfiguration(schema, { environment, prefixes: ["SHOP_"], readFile });
    const value = withFile((path) => (path === "/run/secrets/payment" ? `${canary}\n` : "wrong"));
    assert.equal(value.PAYMENT_WEBHOOK_SECRET.reveal(), canary);
    const away = faultsOf(() =>
      withFile(() => {
        throw new Error(`ENOENT ${canary}`);
      }),
    );
    assert.match(away[0]?.reason ?? "", /cannot be read/);
    assert.match(faultsOf(() => withFile(() => ""))[0]?.reason ?? "", /empty/);
  });

  it("refuses a secret that is set twice, and a file for what is no secret", () => {
    assert.deepEqual(
      namesOf(() => read({ PAYMENT_WEBHOOK_SECRET_FILE: "/x" })),
      ["PAYMENT_WEBHOOK_SECRET"],
    );
    assert.deepEqual(
      namesOf(() => read({ SHOP_MODE_FILE: "/x" })),
      ["SHOP_MODE_FILE"],
    );
  });

  it("takes keys in PEM, which have lines, and nothing that only looks like them", () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const [begin = "", body = "", end = ""] = pem.split("\n");
    const readKey = (text: string) =>
      readConfiguration(
        { SHOP_KEY: setting.secretPem() },
        { environment: { SHOP_KEY: text }, prefixes: ["SHOP_"], readFile: noFile },
      ).SHOP_KEY.reveal();
    for (const good of [pem, pem.trimEnd(), pem.replaceAll("\n", "\r\n"), pem + pem])
      assert.equal(readKey(good), good);
    const bad = [
      canary,
      pem.slice(1),
      `${canary}\n${pem}`,
      `${pem}${canary}`,
      `${begin}\n${end}`,
      `${begin} ${body} ${end}`,
      `${begin}\n${body}\u0000\n${end}`,
      pem.replace("END PRIVATE", "END PUBLIC"),
      pem.repeat(700),
    ];
    for (const text of bad)
      assert.deepEqual(
        namesOf(() => readKey(text)),
        ["SHOP_KEY"],
      );
  });

  it("is not fooled by names of the prototype", () => {
    const run = () =>
      readConfiguration(
        {},
        { environment: { constructor: "x" }, prefixes: ["const"], readFile: noFile },
      );
    assert.deepEqual(namesOf(run), ["constructor"]);
  });
});

describe("production", () => {
  const production = refuseInProduction<{ readonly HOST: string; readonly PORT: number }>([
    { setting: "HOST", reason: "must not be loopback", when: ({ HOST }) => HOST === "127.0.0.1" },
    { setting: "PORT", reason: "must not be 8080", when: ({ PORT }) => PORT === 8080 },
  ]);
  const readProduction = (environment: Environment, execArgv: readonly string[] = []) =>
    readConfiguration(schema, {
      environment: { PAYMENT_WEBHOOK_SECRET: canary, ...environment },
      prefixes: ["SHOP_"],
      readFile: noFile,
      execArgv,
      production,
    });
  const good = { NODE_ENV: "production", HOST: "0.0.0.0", PORT: "443" };

  it("accepts what no rule refuses", () => {
    assert.equal(readProduction(good).PORT, 443);
  });

  it("names every refusal at once, without values", () => {
    const faults = faultsOf(() =>
      readProduction({ NODE_ENV: "production" }, ["--inspect=0.0.0.0:9229"]),
    );
    assert.deepEqual(faults, [
      { setting: "--inspect", reason: "opens a debugger" },
      { setting: "HOST", reason: "must not be loopback" },
      { setting: "PORT", reason: "must not be 8080" },
    ]);
  });

  it("asks the other rules although one setting has a fault", () => {
    assert.deepEqual(
      namesOf(() => readProduction({ NODE_ENV: "production", PORT: "x" })),
      ["PORT", "HOST"],
    );
  });

  it("asks nothing in development", () => {
    for (const mode of [{}, { NODE_ENV: "development" }, { NODE_ENV: "test" }])
      assert.doesNotThrow(() => readProduction(mode, ["--inspect"]));
  });

  for (const mode of ["Production", "prod", "staging", "production ", "PRODUCTION"])
    it(`NODE_ENV=${mode} does not pass for development`, () =>
      assert.deepEqual(
        namesOf(() => readProduction({ ...good, NODE_ENV: mode })),
        ["NODE_ENV"],
      ));

  it("a fault of a rule itself is not hidden", () => {
    const rule = { setting: "X", reason: "x", when: () => assert.fail("broken rule") };
    const run = () =>
      readConfiguration(
        {},
        {
          environment: { NODE_ENV: "production" },
          prefixes: [],
          readFile: noFile,
          production: [rule],
        },
      );
    assert.throws(run, /broken rule/);
  });

  const refused: [facts: { environment?: Environment; execArgv?: string[] }, names: string[]][] = [
    [{}, []],
    [{ execArgv: ["--enable-source-maps", "--max-old-space-size=512", "--import", "./x.js"] }, []],
    [{ environment: { NODE_OPTIONS: "--max-old-space-size=512" } }, []],
    [{ environment: { NODE_TLS_REJECT_UNAUTHORIZED: "1" } }, []],
    [{ environment: { NODE_ENV: "development" } }, ["NODE_ENV"]],
    [{ environment: { NODE_TLS_REJECT_UNAUTHORIZED: "0" } }, ["NODE_TLS_REJECT_UNAUTHORIZED"]],
    [{ environment: { NODE_TLS_REJECT_UNAUTHORIZED: "" } }, ["NODE_TLS_REJECT_UNAUTHORIZED"]],
    [{ environment: { NODE_DEBUG: "http" } }, ["NODE_DEBUG"]],
    [{ environment: { SSLKEYLOGFILE: "/tmp/keys" } }, ["SSLKEYLOGFILE"]],
    [{ execArgv: ["--inspect-brk"] }, ["--inspect-brk"]],
    [{ execArgv: ["--inspect-port=1"] }, ["--inspect-port"]],
    [{ execArgv: ["--insecure-http-parser"] }, ["--insecure-http-parser"]],
    [{ execArgv: ["--insecure_http_parser"] }, ["--insecure-http-parser"]],
    [{ execArgv: ["--tls-min-v1.0"] }, ["--tls-min-v1.0"]],
    [{ execArgv: ["--tls-keylog=/tmp/x"] }, ["--tls-keylog"]],
    [{ execArgv: ["--watch"] }, ["--watch"]],
    [
      { environment: { NODE_OPTIONS: '"--inspect"  --insecure-http-parser' } },
      ["NODE_OPTIONS --inspect", "NODE_OPTIONS --insecure-http-parser"],
    ],
    [
      { environment: { NODE_OPTIONS: "--require=/tmp/x.js -r y" } },
      ["NODE_OPTIONS --require", "NODE_OPTIONS -r"],
    ],
  ];
  for (const [{ environment = {}, execArgv = [] }, names] of refused)
    it(`${JSON.stringify({ ...environment, execArgv })}: ${names.join(", ") || "nothing"}`, () => {
      const facts = { environment: { NODE_ENV: "production", ...environment }, execArgv };
      assert.deepEqual(
        productionRefusals(facts).map((fault) => fault.setting),
        names,
      );
    });
});
