import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { planOf } from "@sekisho/attack";
import { parse } from "yaml";
import { configKeys, settingNames } from "../src/attack/setting-names.ts";
import { createStage, techniques } from "./stage.ts";

async function helpOf(...words: readonly string[]): Promise<string> {
  const stage = createStage();
  assert.equal(await stage.run(...words, "--help"), 0);
  assert.equal(stage.stderr(), "");
  return stage.stdout();
}

describe("the help", () => {
  for (const words of [[], ["attack"], ["routes"], ["techniques"]])
    it(`of sekisho ${words.join(" ")} fits 80 columns and shows an example`, async () => {
      const text = await helpOf(...words);
      const wide = text.split("\n").filter((line) => line.length > 80);
      assert.deepEqual(wide, []);
      assert.match(text, /^Examples:\n(?:.*\n)? *sekisho /m);
    });

  it("fits the first screen, and names every command", async () => {
    const text = await helpOf();
    assert.ok(text.trimEnd().split("\n").length <= 24);
    for (const name of ["attack", "routes", "techniques"])
      assert.match(text, new RegExp(`^ {2}${name} `, "m"));
  });

  it("is what a command line without a command gets, as a fault", async () => {
    const stage = createStage();
    assert.equal(await stage.run(), 2);
    assert.equal(stage.stderr(), await helpOf());
  });

  it("shows each setting once, and the exit codes", async () => {
    const text = await helpOf("attack");
    for (const { key } of settingNames)
      assert.equal(text.split(new RegExp(`^ {2}--${key}(?= )`, "m")).length, 2, key);
    for (const code of ["0", "1", "2"]) assert.match(text, new RegExp(`^ {2}${code} {2}\\w`, "m"));
  });
});

describe("docs/attack.md", () => {
  const text = readFileSync(new URL("../../../docs/attack.md", import.meta.url), "utf8");

  it("has a row for each option, and for no other", () => {
    const rows = [...text.matchAll(/^\| `--([\w-]+)/gm)].map(([, key = ""]) => key);
    const known = [...settingNames.map(({ key }) => key as string), "no-color"];
    assert.deepEqual(rows.toSorted(), known.toSorted());
  });

  it("has principals that the engine reads", async () => {
    const blocks = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
    const whole = blocks.find((block) => block.startsWith("principals:")) ?? "";
    const indented = blocks.filter((block) => block.startsWith("    "));
    assert.equal(indented.length, 2);
    const dan = ["  - name: dan", ...indented].join("\n");
    const plain = `${whole}${dan}`.replaceAll(/\$\{\w+\}/g, "secret");
    const openApi = {
      openapi: "3.1.0",
      info: { title: "Stage", version: "1" },
      paths: { "/login": { post: { responses: { 200: { description: "Signed in" } } } } },
    };
    const { principals, warnings } = await planOf({
      target: "http://127.0.0.1:1",
      openApi,
      principals: parse(plain),
    });
    assert.deepEqual(
      principals.map(({ name, role, administrator }) => ({ name, role, administrator })),
      [
        { name: "alice", role: "user", administrator: false },
        { name: "bob", role: "user", administrator: false },
        { name: "carol", role: "admin", administrator: true },
        { name: "dan", role: "user", administrator: false },
      ],
    );
    assert.deepEqual(principals[3]?.owns, { order_id: ["1001", "1002"] });
    assert.equal(principals[3]?.tenant, "acme");
    assert.equal(principals[3]?.recipe?.path, "/v1/session");
    assert.deepEqual(warnings, []);
  });

  it("has a config file of settings that exist", () => {
    const [, config = ""] = /```yaml\n# sekisho\.attack\.yaml\n([\s\S]*?)```/.exec(text) ?? [];
    const keys = [...config.matchAll(/^([\w-]+):/gm)].map(([, key = ""]) => key);
    assert.ok(keys.length >= 5, `only ${keys.length} keys were seen`);
    for (const key of keys) assert.ok(configKeys.includes(key), key);
  });
});

describe("sekisho --version", () => {
  it("is the version of the package", async () => {
    const stage = createStage();
    assert.equal(await stage.run("--version"), 0);
    const manifest = JSON.parse(
      readFileSync(new URL("../package.json", import.meta.url), "utf8"),
    ) as { readonly version: string };
    assert.equal(stage.stdout(), `${manifest.version}\n`);
  });
});

describe("a command that does not exist", () => {
  it("is refused with the one that was meant", async () => {
    const stage = createStage();
    assert.equal(await stage.run("rutes"), 2);
    assert.match(stage.stderr(), /unknown command 'rutes'\n\(Did you mean routes\?\)/);
  });
});

describe("the techniques", () => {
  it("are a table with what each needs", async () => {
    const stage = createStage();
    assert.equal(await stage.run("techniques"), 0);
    assert.match(
      stage.stdout(),
      /^A1-01 {2}API1 {2}high {6}Title of A1-01 \(needs two principals of one role\)$/m,
    );
    assert.match(stage.stdout(), /^A2-01 {2}API2 {2}high {6}Title of A2-01$/m);
    assert.match(stage.stdout(), /^2 techniques for 2 risks$/m);
  });

  it("are the same as JSON", async () => {
    const stage = createStage();
    assert.equal(await stage.run("techniques", "--json"), 0);
    assert.deepEqual(
      JSON.parse(stage.stdout()),
      techniques.map(({ id, risk, title, severity, needs }) => ({
        id,
        risk,
        title,
        severity,
        needs,
      })),
    );
  });
});
