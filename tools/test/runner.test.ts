import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { baselineOf, regressions } from "../corpora/baseline.ts";
import type { CorpusReport } from "../corpora/report.ts";
import { parseOptions } from "../runner/options.ts";
import { outcomeOf, runTests } from "../runner/run-tests.ts";
import { isInGroup, testFiles } from "../runner/test-files.ts";
import { root } from "./source-files.ts";

const counts = { passed: 3, failed: 0, cancelled: 0, skipped: 0, todo: 0, empty: [] };

describe("the numbers of a test run", () => {
  it("are believed when they fit the exit code", () => {
    assert.deepEqual(outcomeOf(0, JSON.stringify(counts)), { passed: 3, failed: 0, skipped: 0 });
  });

  const distrusted: readonly [string, number, string][] = [
    ["nothing was counted", 0, ""],
    ["no test ran", 0, JSON.stringify({ ...counts, passed: 0 })],
    ["only skipped tests", 0, JSON.stringify({ ...counts, passed: 0, skipped: 3 })],
    ["a file without a test", 0, JSON.stringify({ ...counts, empty: ["a.test.ts"] })],
    ["a cancelled test", 1, JSON.stringify({ ...counts, cancelled: 1 })],
    ["a bad exit code", 7, JSON.stringify(counts)],
  ];
  for (const [name, code, text] of distrusted)
    it(`are a failure: ${name}`, () => {
      assert.ok(outcomeOf(code, text).failed > 0);
    });

  it("are a failure without a file", async () => {
    const outcome = await runTests({ root, files: [], environment: {} });
    assert.equal(outcome.failed, 1);
  });
});

describe("the choice of test files", () => {
  it("puts each file into one kind of group", () => {
    const rows: readonly [string, boolean][] = [
      ["packages/sekisho/test/quota.test.ts", true],
      ["packages/sekisho/test/quota.service.test.ts", false],
      ["apps/shop/test/orders.test.ts", false],
    ];
    for (const [path, isUnit] of rows) {
      assert.equal(isInGroup(path, "unit"), isUnit, path);
      assert.equal(isInGroup(path, "embedded"), !isUnit, path);
      assert.equal(isInGroup(path, "servers"), !isUnit, path);
    }
  });

  it("runs what only the servers can show with the servers alone", () => {
    for (const path of ["apps/shop/test/a.servers.test.ts", "packages/p/test/a.servers.test.ts"])
      assert.deepEqual(
        (["unit", "embedded", "servers"] as const).filter((group) => isInGroup(path, group)),
        ["servers"],
        path,
      );
  });

  it("finds this file, also by a word of its path, and not by another", () => {
    const self = "tools/test/runner.test.ts";
    assert.ok(testFiles(root, []).includes(self));
    assert.deepEqual(testFiles(root, ["test/runner"]), [self]);
    assert.deepEqual(testFiles(root, ["no such word"]), []);
  });

  it("refuses a group that does not exist", () => {
    assert.deepEqual(parseOptions(["--only", "unit", "egress"]), {
      groups: ["unit"],
      patterns: ["egress"],
      whole: false,
    });
    assert.equal(parseOptions([]).whole, true);
    assert.throws(() => parseOptions(["--only", "everything"]), /everything/);
  });
});

describe("the ratchet of the corpora", () => {
  const difference = { id: "c", expected: "reject", actual: "accept", reason: "known" };
  const report: CorpusReport = { file: "a.json", passed: 2, total: 3, differences: [difference] };
  const baseline = baselineOf([report]);

  it("lets the same and the better pass", () => {
    assert.deepEqual(regressions([report], baseline), []);
    assert.deepEqual(regressions([{ ...report, passed: 3, differences: [] }], baseline), []);
  });

  const worse: readonly [string, readonly CorpusReport[]][] = [
    ["another difference", [{ ...report, differences: [{ ...difference, id: "b" }] }]],
    ["fewer cases", [{ ...report, total: 2, passed: 1 }]],
    ["fewer passed", [{ ...report, passed: 1, differences: [difference, difference] }]],
    ["a difference without a name", [{ ...report, differences: [] }]],
    ["no case", [{ file: "a.json", passed: 0, total: 0, differences: [] }]],
    ["a missing file", [{ ...report, file: "b.json", passed: 3, differences: [] }]],
    ["nothing", []],
  ];
  for (const [name, reports] of worse)
    it(`does not let pass: ${name}`, () => {
      assert.ok(regressions(reports, baseline).length > 0);
    });
});
