import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import type { Report } from "../src/report/report.ts";
import { toSarif, type SarifDocument } from "../src/report/sarif.ts";
import { fullReport, oneFinding, outcome, report, technique, tried } from "./report-fixtures.ts";

const id = oneFinding().findings[0]?.id ?? "";
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function runOf(made: Report, document?: SarifDocument) {
  return JSON.parse(toSarif(made, document)).runs[0];
}

/** What the standard demands of a log with one run; sections of SARIF 2.1.0 are named. */
function assertStandard(log: ReturnType<typeof JSON.parse>): void {
  assert.equal(log.version, "2.1.0"); // 3.13.2
  assert.match(log.$schema, /^https:\/\/.*sarif-2\.1\.0\.json$/); // 3.13.3
  assert.equal(log.runs.length, 1); // 3.13.4
  const [{ tool, results, artifacts, invocations, columnKind, baselineGuid }] = log.runs;
  assert.ok(tool.driver.name !== ""); // 3.19.8
  assert.ok(["utf16CodeUnits", "unicodeCodePoints"].includes(columnKind)); // 3.14.17
  if (baselineGuid !== undefined) assert.match(baselineGuid, uuid); // 3.14.5
  const ids = tool.driver.rules.map((rule: { id: string }) => rule.id);
  assert.equal(new Set(ids).size, ids.length); // 3.19.23
  for (const rule of tool.driver.rules) {
    assert.ok(typeof rule.shortDescription.text === "string"); // 3.49.9
    assert.ok(["none", "note", "warning", "error"].includes(rule.defaultConfiguration.level));
  }
  for (const invocation of invocations) {
    assert.equal(typeof invocation.executionSuccessful, "boolean"); // 3.20.14
    for (const instant of [invocation.startTimeUtc, invocation.endTimeUtc])
      assert.match(instant, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/); // 3.9
    for (const note of invocation.toolExecutionNotifications) assert.ok(note.message.text !== ""); // 3.58.5
  }
  for (const result of results) assertResult(result, ids, artifacts);
  for (const name of ["baselineState", "suppressions"])
    assert.ok([0, results.length].includes(results.filter((one: object) => name in one).length)); // 3.27.23
}

function assertResult(
  result: ReturnType<typeof JSON.parse>,
  ids: readonly string[],
  artifacts: readonly { readonly location: { readonly uri: string } }[] | undefined,
): void {
  assert.equal(ids[result.ruleIndex], result.ruleId); // 3.27.6
  assert.ok(result.message.text !== ""); // 3.27.11
  assert.ok(["fail", "review"].includes(result.kind)); // 3.27.9
  assert.equal(result.level === "none", result.kind !== "fail"); // 3.27.10
  for (const { physicalLocation, logicalLocations } of result.locations) {
    assert.ok(logicalLocations[0].fullyQualifiedName !== ""); // 3.33.5
    if (physicalLocation === undefined) continue;
    const { uri, index } = physicalLocation.artifactLocation;
    assert.equal(artifacts?.[index]?.location.uri, uri); // 3.4.5
    assert.ok(physicalLocation.region.startLine >= 1); // 3.30.5
  }
  for (const value of Object.values(result.partialFingerprints))
    assert.equal(typeof value, "string"); // 3.27.17
  for (const headers of [result.webRequest?.headers, result.webResponse?.headers])
    for (const value of Object.values(headers ?? {})) assert.equal(typeof value, "string"); // 3.46.7
}

describe("the SARIF report", () => {
  it("is what the standard demands, with findings, without, with a document and a baseline", () => {
    const document = { uri: "openapi.yaml" };
    for (const made of [
      fullReport(),
      fullReport({ baseline: [id], stopped: "Ctrl-C" }),
      report([], { warnings: [] }),
    ]) {
      assertStandard(JSON.parse(toSarif(made)));
      assertStandard(JSON.parse(toSarif(made, document)));
    }
  });

  it("has the techniques that found something as rules, and no others", () => {
    const { tool } = runOf(fullReport());
    assert.deepEqual(
      tool.driver.rules.map((rule: { id: string }) => rule.id),
      ["A1-01", "K-09"],
    );
    assert.match(tool.driver.rules[0].helpUri, /^https:\/\/owasp\.org\/.*0xa1-broken-object/);
  });

  it("fails with a finding and asks for a review of a suspicion", () => {
    const [finding, suspicion] = runOf(fullReport()).results;
    assert.deepEqual([finding.kind, finding.level], ["fail", "error"]);
    assert.deepEqual([suspicion.kind, suspicion.level], ["review", "none"]);
    assert.equal(finding.partialFingerprints.sekishoFindingId, id);
    assert.equal(finding.locations[0].logicalLocations[0].name, "GET /orders/{id}");
    assert.equal(finding.webRequest.target, "/v1/orders/1");
    assert.equal(finding.webRequest.headers.authorization, "Bearer <bob's token>");
    assert.equal(finding.webResponse.statusCode, 200);
  });

  for (const [severity, level] of [
    ["critical", "error"],
    ["high", "error"],
    ["medium", "warning"],
    ["low", "note"],
  ] as const)
    it(`calls ${severity} ${level}`, () => {
      const made = report([tried(technique({ severity }), [outcome("vulnerable")])]);
      assert.equal(runOf(made).results[0].level, level);
    });

  it("points into the document where it is given", () => {
    const text = "paths:\n  /orders/{id}:\n    get: {}\n";
    const place = (document?: SarifDocument) =>
      runOf(oneFinding(), document).results[0].locations[0].physicalLocation;
    assert.deepEqual(place({ uri: "api/openapi.yaml", text }), {
      artifactLocation: { uri: "api/openapi.yaml", index: 0 },
      region: { startLine: 3 },
    });
    assert.equal(place({ uri: "api/openapi.yaml" }).region.startLine, 1);
    assert.equal(place(), undefined);
  });

  it("suppresses what the baseline knows, and says of the rest that it is new", () => {
    const [known, fresh] = runOf(fullReport({ baseline: [id] })).results;
    assert.equal(known.baselineState, "unchanged");
    assert.equal(known.suppressions[0].kind, "external");
    assert.equal(fresh.baselineState, "new");
    assert.deepEqual(fresh.suppressions, []);
    assert.equal("baselineState" in runOf(fullReport()).results[0], false);
  });

  it("says that a stopped run did not succeed, and which risks were not tested", () => {
    const [whole] = runOf(oneFinding()).invocations;
    assert.equal(whole.executionSuccessful, true);
    assert.equal(whole.exitCode, 1);
    const [partial] = runOf(oneFinding({ stopped: "Ctrl-C" })).invocations;
    assert.equal(partial.executionSuccessful, false);
    const said = partial.toolExecutionNotifications.map(
      ({ message }: { message: { text: string } }) => message.text,
    );
    assert.ok(said.includes("Stopped early: Ctrl-C"));
    assert.ok(said.includes("Not tested: API2 Broken authentication"));
  });
});
