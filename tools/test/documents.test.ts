import { strict as assert } from "node:assert";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { about } from "@sekisho/shop";
import { problemExplanations, problemTypes, type ProblemCode } from "sekisho/kernel";
import { compile } from "./compile-examples.ts";
import { examplesIn, sectionsOf, tableRows } from "./markdown.ts";
import { readFiles, root } from "./source-files.ts";

const documents = readFiles(
  "*.md",
  "docs/**/*.md",
  "packages/*/*.md",
  "packages/*/src/**/README.md",
);
describe("the documents", () => {
  const examples = documents.flatMap(({ path, text }) =>
    examplesIn(text, "ts").map((example) => `// ${path}\n${example}`),
  );

  it("have examples that compile as they stand", async () => {
    assert.ok(examples.length >= 10, `only ${examples.length} examples were found`);
    const complaints = await compile("all", examples);
    const named = complaints.replaceAll(
      /^.*?(\d+)\.ts\((\d+)/gm,
      (_whole, index: string, line: string) =>
        `${examples[Number(index)]?.split("\n")[0]?.slice(3)} (example line ${Number(line) - 1}`,
    );
    assert.equal(named, "");
  });

  it("would not pass with a wrong example", async () => {
    const wrong = 'import { production } from "sekisho/inventory";\nproduction({ since: 1 });';
    assert.match(await compile("wrong", [wrong]), /TS2322/);
  });

  it("explain each problem code as the API does, and none that does not exist", () => {
    const sections = sectionsOf(readFileSync(join(root, "docs/errors.md"), "utf8"));
    const library = Object.entries(problemTypes).map(([code, type]) => ({
      code,
      ...type,
      ...problemExplanations[code as ProblemCode],
    }));
    const all = [...library, ...Object.values(about.problems)];
    assert.deepEqual(
      [...sections.keys()].toSorted(),
      all.map(({ code }) => code).toSorted(),
      "docs/errors.md and the problems of library and shop are different codes",
    );
    for (const { code, status, when, remedy } of all) {
      const text = (sections.get(code) ?? "").replaceAll(/\s+/g, " ").trim();
      const told = `Status: ${status} **When.** ${when} **What you can do.** ${remedy}`;
      assert.equal(text, told, code);
    }
  });

  it("list every decision record", () => {
    const list = readFileSync(join(root, "docs/decisions/README.md"), "utf8");
    const records = readFiles("docs/decisions/0*.md");
    assert.ok(records.length > 0);
    for (const { path } of records) assert.ok(list.includes(`(${path.split("/").at(-1)})`), path);
  });

  it("have links that lead somewhere", () => {
    let seen = 0;
    for (const { path, text } of documents)
      for (const [, target = ""] of text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)/g)) {
        seen++;
        assert.ok(existsSync(resolve(root, path, "..", target)), `${path} links to ${target}`);
      }
    assert.ok(seen >= 5, `only ${seen} links were seen`);
  });

  it("give every defence its five sections", () => {
    const guides = documents.filter(({ path }) => /src\/[^/]+\/README\.md$/.test(path));
    assert.ok(guides.length >= 5, `only ${guides.length} were seen`);
    const headings = ["Risk", "Promise", "Turn it on", "How it fails", "Limits"];
    for (const { path, text } of guides)
      assert.deepEqual([...sectionsOf(text).keys()], headings, path);
  });
});

describe("the map of the risks", () => {
  const rows = tableRows(readFileSync(join(root, "docs/risks.md"), "utf8")).filter(([first]) =>
    /^\W*API\d+/.test(first ?? ""),
  );

  it("has a row for each of the ten", () => {
    const risks = new Set(rows.map(([first]) => /API(\d+)/.exec(first ?? "")?.[1]));
    for (let number = 1; number <= 10; number++)
      assert.ok(risks.has(String(number)), `API${number} has no row`);
  });

  it("says which points of each risk are met", () => {
    for (const [risk = "", points = ""] of rows) {
      const [, number = ""] = /^API(\d+) /.exec(risk) ?? [];
      const form = new RegExp(
        `^API${number}\\.[VPS]\\d+(?:–[VPS]\\d+)?(?:, [VPS]\\d+(?:–[VPS]\\d+)?)*$`,
      );
      assert.match(points, form, risk);
    }
  });

  it("names modules and tests that exist", () => {
    for (const row of rows) {
      const paths = [...row.join(" | ").matchAll(/`((?:packages|apps|tools)\/[^`]+)`/g)].map(
        ([, path = ""]) => path,
      );
      const modules = paths.filter((path) => path.includes("/src/"));
      const tests = paths.filter((path) => path.includes("/test/"));
      assert.ok(modules.length > 0, `${row[0]} names no module`);
      assert.ok(tests.length > 0, `${row[0]} names no test`);
      for (const path of paths)
        assert.ok(globSync(path, { cwd: root }).length > 0, `${row[0]}: there is no ${path}`);
    }
  });

  it("leaves no attack on the running shop out", () => {
    const patterns = rows.flatMap((row) =>
      [...row.join(" | ").matchAll(/`(apps\/[^`]+)`/g)].map(([, path = ""]) => path),
    );
    const attacks = globSync("apps/shop/test/abuse/*.test.ts", { cwd: root });
    assert.ok(attacks.length >= 5, `only ${attacks.length} were seen`);
    const named = new Set(globSync(patterns, { cwd: root }));
    for (const path of attacks) assert.ok(named.has(path), `${path} is not on the map`);
  });
});
