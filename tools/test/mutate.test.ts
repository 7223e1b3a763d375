import { strict as assert } from "node:assert";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { copyTree } from "../mutate/copy.ts";
import { equivalents } from "../mutate/equivalents.ts";
import { figuresOf, summaryLine } from "../mutate/figures.ts";
import { generateMutants, operators } from "../mutate/generate.ts";
import { earlierVerdicts, keepVerdicts } from "../mutate/kept-verdicts.ts";
import { makeMutant, risks, type Mutant, type Place } from "../mutate/mutant.ts";
import { raised } from "../mutate/operators/quota.ts";
import { chosenMutants, parseOptions } from "../mutate/options.ts";
import { documentOf } from "../mutate/report.ts";
import { applyEdits, insert } from "../mutate/source/edit.ts";
import { parseSource, readProject, type Project } from "../mutate/source/source-text.ts";
import { runProgram } from "../mutate/stages/run-program.ts";
import { testsFor } from "../mutate/stages/tests.ts";
import { killerOf, type Result, type Verdict } from "../mutate/stages/verdict.ts";
import { root } from "./source-files.ts";

const project = readProject(root);
const mutants = generateMutants(project);

/** The project with one file changed. */
function changed(path: string, change: (text: string) => string): Project {
  const sources = project.sources.map((source) =>
    source.path === path ? parseSource(path, change(source.text)) : source,
  );
  const source = (name: string) =>
    sources.find((one) => one.path === name) ?? assert.fail(`no file ${name}`);
  return { ...project, sources, source };
}

describe("the mutants", () => {
  it("are many, and attack every one of the ten risks", () => {
    assert.ok(mutants.length >= 60, `only ${mutants.length}`);
    assert.deepEqual(new Set(mutants.map(({ risk }) => risk)), new Set(risks));
  });

  for (const { name } of operators)
    it(`are made by ${name}, which finds a place`, () => {
      assert.ok(mutants.some(({ operator }) => operator === name));
    });

  it("differ from the original and from each other, and are programs", () => {
    const texts = new Set<string>();
    for (const { id, files } of mutants) {
      assert.ok(files.size > 0, id);
      for (const [path, text] of files) {
        assert.notEqual(text, project.source(path).text, id);
        assert.doesNotThrow(() => parseSource(path, text), id);
      }
      texts.add(JSON.stringify([...files]));
    }
    assert.equal(texts.size, mutants.length);
  });

  it("have ids that are their own, and last when lines move", () => {
    const ids = mutants.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    const moved = changed("apps/shop/src/orders.ts", (text) => `// moved\n\n\n${text}`);
    const again = generateMutants(moved);
    assert.deepEqual(
      again.map(({ id }) => id),
      ids,
    );
    assert.notDeepEqual(
      again.map(({ place }) => place),
      mutants.map(({ place }) => place),
    );
  });

  it("come from the declarations: a new endpoint brings its own", () => {
    const path = "apps/shop/src/users.ts";
    const declaration = `defineEndpoint({ ...common, method: "GET", path: "/api/users/me/more",
      summary: "More", access: self("user_id"), quota: "7/minute", output: { 200: Profile },
      handle: async ({ reply }) => reply(200, {}) }),\n`;
    const grown = changed(path, (text) => text.replace("return [\n", `return [\n${declaration}`));
    const known = new Set(mutants.map(({ id }) => id));
    const fresh = generateMutants(grown)
      .filter(({ id }) => !known.has(id))
      .map(({ operator }) => operator);
    for (const operator of ["access-deleted", "access-weakened", "quota-deleted", "quota-raised"])
      assert.ok(fresh.includes(operator), operator);
  });

  const weaker: readonly [id: string, path: string, before: RegExp, after: RegExp][] = [
    [
      "access-weakened/GET /api/orders/:order_id",
      "apps/shop/src/orders.ts",
      /path: "\/api\/orders\/:order_id",\s+summary: "[^"]+",\s+access: owner\(/,
      /path: "\/api\/orders\/:order_id",\s+summary: "[^"]+",\s+access: authenticated\(\)/,
    ],
    [
      "step-states-widened/order.execute",
      "apps/shop/src/schema.ts",
      /execute: \{ from: \["validated"\]/,
      /execute: \{ from: \["draft", "validated"/,
    ],
    [
      "projection-widened/Profile/salary",
      "apps/shop/src/users.ts",
      /email: maskEmail\(row\.email\),\s+created_at: timeText\(row\.created_at\),\s+\}/,
      /created_at: timeText\(row\.created_at\), salary: row\.salary/,
    ],
    [
      "header-dropped/x-content-type-options",
      "packages/sekisho/src/hardening/headers.ts",
      /\["x-content-type-options", "nosniff"\]/,
      /^(?![\s\S]*nosniff)/,
    ],
  ];
  for (const [id, path, original, mutated] of weaker)
    it(`hold what they say: ${id}`, () => {
      const mutant = mutants.find((one) => one.id === id);
      assert.match(project.source(path).text, original);
      assert.match(mutant?.files.get(path) ?? "", mutated);
    });

  it("are refused when they change nothing or are no program", () => {
    const source = project.source("apps/shop/src/users.ts");
    const place = (replacement: string): Place => ({
      subject: "x",
      risk: "API1",
      source,
      position: 0,
      edits: [insert(source, 0, replacement)],
    });
    assert.equal(makeMutant(project, "planted", place("// planted\n")).id, "planted/x");
    assert.throws(() => makeMutant(project, "planted", place("")), /changes nothing/);
    assert.throws(() => makeMutant(project, "planted", place("const = ;")), SyntaxError);
  });

  it("are refused under one id", () => {
    const source = project.source("apps/shop/src/users.ts");
    const edits = [insert(source, 0, "// planted\n")];
    const place: Place = { subject: "x", risk: "API1", source, position: 0, edits };
    const planted = (places: readonly Place[]) => ({ name: "p", what: "", find: () => places });
    assert.equal(generateMutants(project, [planted([place])]).length, 1);
    assert.throws(() => generateMutants(project, [planted([place, place])]), /two mutants/);
  });
});

describe("edits of a text", () => {
  const at = (start: number, end: number, replacement: string) => ({
    path: "a.ts",
    start,
    end,
    replacement,
  });

  it("are made at their positions, whatever their order", () => {
    assert.equal(applyEdits("abcdef", [at(4, 5, "E"), at(0, 1, ""), at(2, 2, "-")]), "b-cdEf");
  });

  it("are refused when they overlap", () => {
    assert.throws(() => applyEdits("abcdef", [at(0, 3, "x"), at(2, 4, "y")]), RangeError);
  });

  it("make each limit of a quota a hundred times as large", () => {
    assert.equal(raised("30/minute;5/second"), "3000/minute;500/second");
    assert.equal(raised("10/15 minutes"), "1000/15 minutes");
  });
});

describe("a copy of the tree", () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "sekisho-copy-")));
  const original = join(folder, "original");
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(original, path)), { recursive: true });
    writeFileSync(join(original, path), text);
  };

  before(() => {
    put("tsconfig.base.json", '{ "noUnusedLocals": true, "strict": true }');
    put("apps/shop/src/a.ts", "const a = 1;\n");
    put("packages/own/index.js", "");
    put("packages/own/node_modules/.cache/x", "");
    put("packages/own/node_modules/inner/index.js", "");
    put("packages/own/dist/old.js", "");
    put("node_modules/foreign/index.js", "");
    put("node_modules/@scope/foreign/index.js", "");
    symlinkSync("../packages/own", join(original, "node_modules/own"));
    symlinkSync("../../apps/shop", join(original, "node_modules/@scope/shop"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("uses its own packages, and those of others where they are", () => {
    const { root: copy } = copyTree(original, join(folder, "copy"));
    const target = (path: string): string => realpathSync(join(copy, "node_modules", path));
    assert.equal(target("own"), join(copy, "packages/own"));
    assert.equal(target("@scope/shop"), join(copy, "apps/shop"));
    assert.equal(target("foreign"), join(original, "node_modules/foreign"));
    assert.equal(target("@scope/foreign"), join(original, "node_modules/@scope/foreign"));
    const inner = join(copy, "packages/own/node_modules/inner");
    assert.equal(realpathSync(inner), join(original, "packages/own/node_modules/inner"));
    assert.ok(!existsSync(join(copy, "packages/own/dist")));
    assert.ok(!existsSync(join(copy, "packages/own/node_modules/.cache")));
  });

  it("does not let the compiler take an unused name for the fault", () => {
    const { root: copy } = copyTree(original, join(folder, "forgiving"));
    const text = readFileSync(join(copy, "tsconfig.base.json"), "utf8");
    assert.equal(text, '{ "noUnusedLocals": false, "strict": true }');
  });

  it("holds a mutant until it is put back, and leaves the original alone", () => {
    const tree = copyTree(original, join(folder, "held"));
    const path = "apps/shop/src/a.ts";
    const read = (base: string): string => readFileSync(join(base, path), "utf8");
    const [some] = mutants;
    assert.ok(some);
    const mutant: Mutant = { ...some, files: new Map([[path, "const a = 2;\n"]]) };
    tree.write(mutant);
    assert.equal(read(tree.root), "const a = 2;\n");
    assert.equal(read(original), "const a = 1;\n");
    tree.restore(mutant);
    assert.equal(read(tree.root), "const a = 1;\n");
  });
});

describe("a program that is run", () => {
  it("ends with its code and what it said", async () => {
    const parameters = ["--eval", 'console.log("said"); process.exit(3)'];
    const ended = await runProgram({ cwd: root, parameters, timeout: 20_000 });
    assert.deepEqual(ended, { code: 3, output: "said\n" });
  });

  it("is ended when it takes too long", async () => {
    const parameters = ["--eval", "setInterval(() => undefined, 1000)"];
    const ended = await runProgram({ cwd: root, parameters, timeout: 300 });
    assert.equal(ended.code, undefined);
  });
});

describe("the verdicts", () => {
  const passed: Result = { stopped: false };
  const stopped: Result = { stopped: true, by: "x" };
  const skipped: Result = { stopped: undefined, why: "y" };
  const verdict = (compiler: Result, start: Result, tests: Result, attack: Result): Verdict => {
    const [mutant] = mutants;
    assert.ok(mutant);
    return { mutant, results: { compiler, start, tests, attack }, seconds: 1 };
  };
  const all = [
    verdict(stopped, stopped, skipped, skipped),
    verdict(stopped, passed, skipped, stopped),
    verdict(passed, stopped, skipped, skipped),
    verdict(passed, passed, stopped, stopped),
    verdict(passed, passed, stopped, passed),
    verdict(passed, passed, passed, stopped),
    verdict(passed, passed, passed, passed),
  ];

  it("name the first barrier that stopped a mutant", () => {
    const killers = ["compiler", "compiler", "start", "tests", "tests", "attack", undefined];
    assert.deepEqual(all.map(killerOf), killers);
  });

  it("are counted by barrier, and the attack alone against all that start", () => {
    const figures = figuresOf(all);
    assert.deepEqual(figures.killed, { compiler: 2, start: 1, tests: 2, attack: 1 });
    assert.equal(figures.survivors.length, 1);
    assert.deepEqual(figures.attackAlone, { part: 2, whole: 4 });
    assert.deepEqual(figures.attackForced, { part: 3, whole: 5 });
    assert.match(summaryLine(figures), /survivors 1; attack alone 2 of 4 \(50%\)/);
  });

  it("are told in a document that names every mutant and every survivor", () => {
    const text = documentOf(operators, all);
    assert.match(text, /## Survivors/);
    assert.ok(text.includes(`\`${mutants[0]?.id ?? ""}\``));
    assert.doesNotMatch(documentOf(operators, all.slice(0, 3)), /## Survivors/);
  });

  it("know few equivalents, each of which exists and has a reason", () => {
    const entries = Object.entries(equivalents);
    assert.ok(entries.length <= 5, `${entries.length} are too many to be believed`);
    for (const [id, reason] of entries) {
      assert.ok(
        mutants.some((mutant) => mutant.id === id),
        id,
      );
      assert.ok(reason.length >= 40, id);
    }
  });
});

describe("kept verdicts", () => {
  const folder = mkdtempSync(join(tmpdir(), "sekisho-verdicts-"));
  const path = join(folder, "verdicts.json");
  const [first, second] = mutants;
  assert.ok(first && second);
  const passed: Result = { stopped: false };
  const results = { compiler: passed, start: passed, tests: passed, attack: passed };
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("are found again for the same change, and for no other", () => {
    const verdict: Verdict = { mutant: first, results, seconds: 3 };
    keepVerdicts(path, [verdict]);
    assert.deepEqual(earlierVerdicts(path, [first, second]), new Map([[first, verdict]]));
    const other: Mutant = { ...first, files: new Map([["a.ts", "b"]]) };
    assert.equal(earlierVerdicts(path, [other]).size, 0);
  });

  it("are none where there is no file", () => {
    assert.equal(earlierVerdicts(join(folder, "absent.json"), mutants).size, 0);
  });
});

describe("the order of the tests", () => {
  it("begins with those of the risk, and asks the library's about a change of the library", () => {
    const find = (id: string): Mutant => {
      const mutant = mutants.find((one) => one.id === id);
      assert.ok(mutant, id);
      return mutant;
    };
    const shop = testsFor(root, find("idempotency-deleted/POST /api/orders"), false);
    assert.match(shop[0] ?? "", /\/api6-/);
    assert.ok(shop.every((path) => path.startsWith("apps/shop/test/")));
    assert.ok(shop.every((path) => !path.endsWith(".servers.test.ts")));
    const library = testsFor(root, find("replay-accepted/inbox"), false);
    assert.ok(library.includes("packages/sekisho/test/webhook-inbox.test.ts"));
    assert.ok(!library.includes("packages/sekisho/test/quota.test.ts"));
    const everything = testsFor(root, find("replay-accepted/inbox"), true);
    assert.ok(everything.includes("packages/sekisho/test/quota.test.ts"));
    assert.equal(new Set(everything).size, everything.length);
  });
});

describe("the options of a mutation run", () => {
  it("choose mutants by operator or by the beginning of their id", () => {
    const only = parseOptions(["--only", "mask-dropped,header-dropped/x-frame"]).only;
    const chosen = chosenMutants(mutants, only).map(({ operator }) => operator);
    assert.deepEqual(chosen, ["mask-dropped", "header-dropped"]);
    assert.equal(chosenMutants(mutants, []).length, mutants.length);
    assert.throws(() => chosenMutants(mutants, ["nothing-such"]), /means no mutant/);
  });

  it("do not let a part of a run be written as the whole", () => {
    assert.equal(parseOptions(["--write"]).write, true);
    assert.throws(() => parseOptions(["--write", "--only", "mask-dropped"]), TypeError);
    assert.throws(() => parseOptions(["--write", "--without-tests"]), TypeError);
  });

  it("go on only where there is something to go on from", () => {
    assert.equal(parseOptions(["--resume", "--json", "a.json"]).resume, true);
    assert.throws(() => parseOptions(["--resume"]), TypeError);
  });

  it("are refused when nobody knows them", () => {
    assert.equal(parseOptions(["--jobs", "3"]).jobs, 3);
    for (const wrong of [["--jobs", "0"], ["--jobs", "many"], ["--all"]])
      assert.throws(() => parseOptions(wrong), TypeError, wrong.join(" "));
  });
});
