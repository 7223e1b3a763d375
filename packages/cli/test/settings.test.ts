import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { createStage, folder } from "./stage.ts";

const url = "http://127.0.0.1:8080";

/** What was typed, what the person is told, and the nearest thing that works. */
const faults: readonly {
  readonly name: string;
  readonly words: readonly string[];
  readonly says: RegExp;
  readonly works: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
}[] = [
  { name: "no target", words: [], says: /say what to attack/, works: [url] },
  {
    name: "a target without http://",
    words: ["127.0.0.1:8080"],
    says: /begins with http:\/\/ or https:\/\//,
    works: [url],
  },
  {
    name: "a target with a password",
    words: ["http://alice:hunter2@127.0.0.1:8080"],
    says: /belong into the principals file/,
    works: [url],
  },
  {
    name: "a target with a query",
    words: [`${url}/api?page=1`],
    says: /ends with its path/,
    works: [`${url}/api`],
  },
  {
    name: "two targets",
    words: [url, "http://127.0.0.1:9090"],
    says: /too many arguments/,
    works: [url],
  },
  {
    name: "a misspelt option",
    words: [url, "--max-request", "5"],
    says: /unknown option '--max-request'\n\(Did you mean --max-requests\?\)/,
    works: [url, "--max-requests", "5"],
  },
  {
    name: "an option without its value",
    words: [url, "--rate"],
    says: /--rate <NUMBER>' argument missing/,
    works: [url, "--rate", "0.5"],
  },
  {
    name: "a rate of nothing",
    words: [url, "--rate", "0"],
    says: /--rate takes a number above 0, not "0"/,
    works: [url, "--rate", "0.5"],
  },
  {
    name: "half a request",
    words: [url, "--max-requests", "1.5"],
    says: /--max-requests takes a whole number above 0/,
    works: [url, "--max-requests", "1"],
  },
  {
    name: "a number in words",
    words: [url, "--timeout", "5s"],
    says: /--timeout takes a whole number above 0, not "5s"/,
    works: [url, "--timeout", "5000"],
  },
  {
    name: "a negative seed",
    words: [url, "--seed=-1"],
    says: /--seed takes a whole number from 0 on/,
    works: [url, "--seed=0"],
  },
  {
    name: "a risk that does not exist",
    words: [url, "--only", "API11"],
    says: /no risk or technique "API11"; did you mean API1\?/,
    works: [url, "--only", "API1"],
  },
  {
    name: "a technique that does not exist",
    words: [url, "--skip", "A1-01,A1-09"],
    says: /no risk or technique "A1-09"/,
    works: [url, "--skip", "a1-01, A2-01"],
  },
  {
    name: "two reports on standard output",
    words: [url, "--json", "-", "--sarif", "-"],
    says: /only one report can go to standard output/,
    works: [url, "--json", "-"],
  },
  {
    name: "two reports in one file",
    words: [url, "--json", "a.txt", "--sarif", "./a.txt"],
    says: /two reports cannot both be written to \/work\/project\/a\.txt/,
    works: [url, "--json", "a.txt", "--sarif", "b.txt"],
  },
  {
    name: "a report into no folder",
    words: [url, "--html", "/nowhere/a.html"],
    says: /cannot write \/nowhere\/a\.html: there is no such folder/,
    works: [url, "--html", "a.html"],
  },
  {
    name: "a baseline that is not there",
    words: [url, "--baseline", "none.json"],
    says: /the baseline .*none\.json cannot be read/,
    works: [url, "--baseline", "known.json"],
    files: { "known.json": "[]" },
  },
  {
    name: "a config file that is not there",
    words: [url, "--config", "none.yaml"],
    says: /the config file cannot be read/,
    works: [url, "--config", "here.yaml"],
    files: { "here.yaml": "rate: 1\n" },
  },
];

describe("the settings of an attack", () => {
  for (const { name, words, says, works, files = {} } of faults)
    it(`are refused with ${name}`, async () => {
      const refused = createStage({ files });
      assert.equal(await refused.run("attack", ...words), 2);
      assert.match(refused.stderr(), says);
      assert.match(refused.stderr(), /^sekisho: /);
      assert.doesNotMatch(refused.stderr(), /hunter2/);
      assert.deepEqual(refused.asked, []);

      const taken = createStage({ files });
      assert.equal(await taken.run("attack", ...works), 0, taken.stderr());
      assert.equal(taken.asked.length, 1);
    });

  it("reach the engine as it takes them", async () => {
    const stage = createStage({ environment: { PAYMENT: "whsec_1", OTHER: "whsec_2" } });
    const words = [
      "--openapi api.yaml --principals who.yaml --only api1,A2-01 --skip A1-01",
      "--operation /orders --allow-destructive --i-own staging.example --rate 2.5",
      "--max-requests 100 --max-seconds 60 --timeout 500 --seed 0",
    ].flatMap((line) => line.split(" "));
    const spaced = ["--operation", "a, b", "--webhook-secret", "POST /api/hooks?a=b=PAYMENT"];
    words.push(...spaced, "--webhook-secret", "*=OTHER");
    assert.equal(await stage.run("attack", url, ...words), 0, stage.stderr());
    const [{ signal, onProgress, ...options } = {}] = stage.asked as readonly Partial<
      (typeof stage.asked)[number]
    >[];
    assert.ok(signal !== undefined && onProgress !== undefined);
    assert.deepEqual(options, {
      target: url,
      openApi: `${folder}/api.yaml`,
      principals: `${folder}/who.yaml`,
      iOwn: ["staging.example"],
      only: ["API1", "A2-01"],
      skip: ["A1-01"],
      operations: ["/orders", "a, b"],
      allowDestructive: true,
      webhookSecrets: { "POST /api/hooks?a=b": "whsec_1", "*": "whsec_2" },
      rate: 2.5,
      maxRequests: 100,
      maxSeconds: 60,
      timeout: 500,
      seed: 0,
      baseline: [],
    });
  });

  it("leave the defaults to the engine", async () => {
    const stage = createStage();
    assert.equal(await stage.run("attack", url), 0);
    const [options = {}] = stage.asked as readonly object[];
    for (const key of ["rate", "maxRequests", "maxSeconds", "timeout", "seed", "openApi"])
      assert.ok(!(key in options), key);
  });

  it("take the address of a document as it is", async () => {
    const stage = createStage();
    await stage.run("attack", url, "--openapi", "https://api.example/openapi.json");
    assert.equal(stage.asked[0]?.openApi, "https://api.example/openapi.json");
  });
});

describe("a webhook secret", () => {
  const secret = "whsec_c2VjcmV0";
  for (const [name, word, says] of [
    ["of a variable that is not set", "*=MISSING", /variable MISSING is not set/],
    ["of an empty variable", "*=EMPTY", /variable EMPTY is not set/],
    ["in place of the variable", `*=${secret}`, /after = stands the name/],
    ["in place of the variable, with its padding", `*=${secret}==`, /after = stands the name/],
    ["without an operation", "PAYMENT", /takes NAME=VARIABLE/],
    ["alone", secret, /takes NAME=VARIABLE/],
  ] as const)
    it(`is refused ${name}, and never repeated`, async () => {
      const stage = createStage({ environment: { PAYMENT: secret, EMPTY: "" } });
      assert.equal(await stage.run("attack", url, "--webhook-secret", word), 2);
      assert.match(stage.stderr(), says);
      assert.ok(!stage.stderr().includes(secret));
    });
});

describe("a config file", () => {
  const text = [
    `url: ${url}`,
    "openapi: ../api.yaml",
    "only: [API1, API2]",
    "rate: 5",
    "allow-destructive: true",
    "sarif: out/attack.sarif",
    'webhook-secret: { "*": PAYMENT }',
    "seed:",
  ].join("\n");

  it("is read in the working folder, and said in one line", async () => {
    const stage = createStage({
      files: { "sekisho.attack.yaml": text },
      environment: { PAYMENT: "whsec_1" },
    });
    assert.equal(await stage.run("attack"), 0, stage.stderr());
    assert.match(stage.stderr(), /^Settings from sekisho\.attack\.yaml\.$/m);
    assert.ok(!stage.stderr().includes("whsec_1"));
    const [options] = stage.asked;
    assert.equal(options?.target, url);
    assert.equal(options?.openApi, "/work/api.yaml");
    assert.deepEqual(options?.only, ["API1", "API2"]);
    assert.equal(options?.rate, 5);
    assert.equal(options?.allowDestructive, true);
    assert.deepEqual(options?.webhookSecrets, { "*": "whsec_1" });
    assert.ok(options !== undefined && !("seed" in options));
    assert.ok(stage.files.has(`${folder}/out/attack.sarif`));
  });

  it("gives way to the command line, setting by setting", async () => {
    const stage = createStage({
      files: { "sekisho.attack.yaml": text },
      environment: { PAYMENT: "whsec_1" },
    });
    const words = ["http://127.0.0.1:9090", "--only", "A2-01", "--rate", "9"];
    assert.equal(await stage.run("attack", ...words), 0, stage.stderr());
    const [options] = stage.asked;
    assert.equal(options?.target, "http://127.0.0.1:9090");
    assert.deepEqual(options?.only, ["A2-01"]);
    assert.equal(options?.rate, 9);
    assert.equal(options?.allowDestructive, true);
  });

  it("may be JSON, and names its files from where it lies", async () => {
    const config = JSON.stringify({ principals: "who.yaml", operation: "/orders" });
    const stage = createStage({ files: { "ci/attack.json": config } });
    assert.equal(await stage.run("attack", url, "--config", "ci/attack.json"), 0, stage.stderr());
    assert.equal(stage.asked[0]?.principals, `${folder}/ci/who.yaml`);
    assert.deepEqual(stage.asked[0]?.operations, ["/orders"]);
  });

  it("may be empty", async () => {
    const stage = createStage({ files: { "sekisho.attack.yml": "# nothing yet\n" } });
    assert.equal(await stage.run("attack", url), 0, stage.stderr());
  });

  for (const [name, files, says] of [
    [
      "an unknown key",
      { "sekisho.attack.yaml": "maxRequests: 5" },
      /sekisho\.attack\.yaml: there is no setting "maxRequests"; did you mean max-requests\?/,
    ],
    [
      "a key near nothing",
      { "sekisho.attack.yaml": "colour-of-the-sky: blue" },
      /there is no setting "colour-of-the-sky"; there are url, openapi/,
    ],
    [
      "what is for the moment",
      { "sekisho.attack.yaml": "dry-run: true" },
      /dry-run is for the command line alone/,
    ],
    [
      "a value of the wrong kind",
      { "sekisho.attack.yaml": "rate: [1]" },
      /sekisho\.attack\.yaml: rate takes a number above 0/,
    ],
    [
      "a flag in words",
      { "sekisho.attack.yaml": 'allow-destructive: "false"' },
      /allow-destructive takes true or false/,
    ],
    [
      "principals in place of their file",
      { "sekisho.attack.yaml": "principals: [{ name: alice, token: hunter2 }]" },
      /principals takes a text/,
    ],
    ["no settings", { "sekisho.attack.yaml": "- rate" }, /must hold settings by name/],
    ["broken YAML", { "sekisho.attack.yaml": "rate: [1" }, /is neither YAML nor JSON/],
    [
      "a second one beside it",
      { "sekisho.attack.yaml": "rate: 1", "sekisho.attack.json": "{}" },
      /sekisho\.attack\.yaml and sekisho\.attack\.json are both here/,
    ],
  ] as const)
    it(`is refused with ${name}`, async () => {
      const stage = createStage({ files });
      assert.equal(await stage.run("attack", url), 2);
      assert.match(stage.stderr(), says);
      assert.ok(!stage.stderr().includes("hunter2"));
      assert.deepEqual(stage.asked, []);
    });
});
