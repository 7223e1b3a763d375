import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import type { Finding, Report } from "@sekisho/attack";
import type { Engine } from "../src/index.ts";
import { cleanReport, createStage, folder } from "./stage.ts";

const url = "http://127.0.0.1:8080";

const finding: Finding = {
  id: "SKA-000000000001",
  risk: "API1",
  severity: "high",
  target: "GET /api/orders/{id}",
  hole: "hole",
  title: "Title",
  because: "It was seen.",
  policy: "A rule.",
  remedy: "Mend it.",
  confidence: "confirmed",
  techniques: ["A1-01"],
  variants: [],
  evidence: [],
  curl: "curl",
  known: false,
};

describe("the exit code of an attack", () => {
  for (const [name, report, code] of [
    ["0 when nothing was found", {}, 0],
    ["1 for findings", { findings: [finding] }, 1],
    ["1 for findings of a run that ended early", { findings: [finding], stopped: "cap" }, 1],
    ["2 for a run that ended early without one", { stopped: "cap" }, 2],
  ] as const)
    it(`is ${name}`, async () => {
      const stage = createStage({ report });
      assert.equal(await stage.run("attack", url), code, stage.stderr());
    });

  it("is 2 when the engine cannot begin, with its reason and its cause", async () => {
    const cause = new Error("connect ECONNREFUSED 127.0.0.1:8080");
    const runAttack = async (): Promise<Report> => {
      throw new Error("the target does not answer", { cause });
    };
    const stage = createStage({ engine: { runAttack } });
    assert.equal(await stage.run("attack", url, "--json", "a.json"), 2);
    assert.equal(
      stage.stderr(),
      "sekisho: the target does not answer: connect ECONNREFUSED 127.0.0.1:8080\n",
    );
    assert.equal(stage.files.size, 0);
  });
});

describe("a fault of the engine", () => {
  for (const [name, hint] of [
    ["TargetFault", " (--i-own HOST)"],
    ["DocumentFault", " (--openapi FILE or URL)"],
    ["Error", ""],
  ] as const)
    it(`says what to type when it is a ${name}`, async () => {
      const runAttack = async (): Promise<Report> => {
        throw Object.assign(new Error("It cannot be."), { name });
      };
      const stage = createStage({ engine: { runAttack } });
      assert.equal(await stage.run("attack", url), 2);
      assert.equal(stage.stderr(), `sekisho: It cannot be.${hint}\n`);
    });
});

describe("the reports of an attack", () => {
  it("are written where they were asked for, the terminal's on standard output", async () => {
    const stage = createStage({ report: { findings: [finding] } });
    const formats = ["json", "sarif", "junit", "html", "har"] as const;
    const words = formats.flatMap((format) => [`--${format}`, `out.${format}`]);
    assert.equal(await stage.run("attack", url, ...words), 1);
    for (const format of formats)
      assert.match(stage.files.get(`${folder}/out.${format}`) ?? "", new RegExp(`${format} of`));
    assert.equal(stage.stdout(), "terminal, plain\n");
    assert.match(stage.stderr(), /^Written: \/work\/project\/out\.har$/m);
  });

  it("leave standard output to the one that goes there", async () => {
    const stage = createStage();
    assert.equal(await stage.run("attack", url, "--sarif", "-", "--json", "a.json"), 0);
    assert.equal(stage.stdout(), "sarif of 0 findings\n");
    assert.match(stage.stderr(), /^terminal, plain$/m);
    assert.ok(stage.files.has(`${folder}/a.json`));
  });

  it("are coloured for a person alone who wants it", async () => {
    const outputOf = async (
      words: readonly string[],
      options: Parameters<typeof createStage>[0],
    ): Promise<string> => {
      const stage = createStage(options);
      await stage.run("attack", url, ...words);
      return stage.stdout();
    };
    assert.equal(await outputOf([], { isTTY: true }), "terminal, coloured\n");
    const without = { isTTY: true, environment: { NO_COLOR: "1" } };
    assert.equal(await outputOf([], without), "terminal, plain\n");
    const empty = { isTTY: true, environment: { NO_COLOR: "" } };
    assert.equal(await outputOf([], empty), "terminal, coloured\n");
    assert.equal(await outputOf(["--no-color"], { isTTY: true }), "terminal, plain\n");
    assert.equal(await outputOf([], { isTTY: false }), "terminal, plain\n");
  });

  it("are silent on the terminal with --quiet, and written all the same", async () => {
    const stage = createStage({ files: { "sekisho.attack.yaml": "rate: 1" } });
    assert.equal(await stage.run("attack", url, "--quiet", "--json", "a.json"), 0);
    assert.equal(stage.stdout() + stage.stderr(), "");
    assert.ok(stage.files.has(`${folder}/a.json`));
  });

  it("do not fail together: one that cannot be written loses no other", async () => {
    const stage = createStage();
    const { surroundings } = stage;
    const writeFile = (path: string, text: string): void => {
      if (path.endsWith("a.json")) throw new Error("ENOSPC: a.json");
      surroundings.writeFile(path, text);
    };
    const { runCommand } = await import("../src/index.ts");
    const words = ["attack", url, "--json", "a.json", "--html", "a.html"];
    assert.equal(await runCommand(words, { ...surroundings, writeFile }), 2);
    assert.match(stage.stderr(), /^sekisho: ENOSPC: a\.json$/m);
    assert.ok(stage.files.has(`${folder}/a.html`));
  });
});

describe("the SARIF report", () => {
  const uriOf = async (...words: readonly string[]): Promise<string | undefined> => {
    let uri: string | undefined;
    const toSarif: Engine["toSarif"] = (_report, document) => {
      uri = document?.uri;
      return document?.text ?? "no document";
    };
    const files = { "api/open api.yaml": "paths: {}" };
    const stage = createStage({ files, engine: { toSarif } });
    assert.equal(await stage.run("attack", url, "--sarif", "-", ...words), 0, stage.stderr());
    assert.equal(stage.stdout(), uri === undefined ? "no document\n" : "paths: {}\n");
    return uri;
  };

  it("points at the document when it is a file of the project", async () => {
    assert.equal(await uriOf("--openapi", "api/open api.yaml"), "api/open%20api.yaml");
    assert.equal(await uriOf("--openapi", "../elsewhere.yaml"), undefined);
    assert.equal(await uriOf("--openapi", "http://127.0.0.1:1/openapi.json"), undefined);
    assert.equal(await uriOf(), undefined);
  });
});

describe("the HTTP archive", () => {
  it("gets every exchange of the run, and where it went", async () => {
    const given: unknown[] = [];
    const toHar: Engine["toHar"] = (...parameters) => {
      given.push(...parameters);
      return { log: {} };
    };
    const stage = createStage({ engine: { toHar }, report: { target: `${url}/v1` } });
    assert.equal(await stage.run("attack", url, "--har", "a.har"), 0, stage.stderr());
    assert.deepEqual(given, [[], { origin: url, version: "0.0.0" }]);
    assert.deepEqual(JSON.parse(stage.files.get(`${folder}/a.har`) ?? ""), { log: {} });
  });
});

describe("a baseline", () => {
  it("goes to the engine", async () => {
    const stage = createStage({ files: { "known.json": '["SKA-000000000001"]' } });
    assert.equal(await stage.run("attack", url, "--baseline", "known.json"), 0);
    assert.deepEqual(stage.asked[0]?.baseline, ["SKA-000000000001"]);
  });

  it("is written from a whole run", async () => {
    const stage = createStage({ report: { findings: [finding] } });
    assert.equal(await stage.run("attack", url, "--write-baseline", "known.json"), 1);
    assert.equal(stage.files.get(`${folder}/known.json`), "baseline of 1 findings\n");
  });

  it("is left as it was by a run that ended early", async () => {
    const stage = createStage({ files: { "known.json": "[]" }, report: { stopped: "cap" } });
    assert.equal(await stage.run("attack", url, "--write-baseline", "known.json"), 2);
    assert.equal(stage.files.get(`${folder}/known.json`), "[]");
    assert.match(stage.stderr(), /baseline is left as it was/);
  });
});

describe("an interrupted attack", () => {
  it("is told to the engine, and what it found is written", async () => {
    const stage = createStage({
      engine: {
        runAttack: async ({ signal }) =>
          new Promise((done) => {
            signal?.addEventListener("abort", () =>
              done({ ...cleanReport, findings: [finding], stopped: "interrupted" }),
            );
          }),
      },
    });
    const ended = stage.run("attack", url, "--json", "a.json");
    await new Promise((done) => setImmediate(done));
    assert.ok(!stage.files.has(`${folder}/a.json`));
    stage.interrupt();
    assert.equal(await ended, 1);
    assert.equal(stage.files.get(`${folder}/a.json`), "json of 1 findings\n");
    assert.match(stage.stderr(), /Once more ends at once/);
  });
});
