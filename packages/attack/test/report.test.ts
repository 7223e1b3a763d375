import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { readBaseline, toBaseline } from "../src/report/baseline.ts";
import { exitCodeOf } from "../src/report/exit-code.ts";
import { findingId } from "../src/report/finding-id.ts";
import { toJson } from "../src/report/json.ts";
import { notTested } from "../src/report/not-tested.ts";
import type { Report } from "../src/report/report.ts";
import {
  exchange,
  fullReport,
  oneFinding,
  outcome,
  report,
  secretOf,
  technique,
  tried,
} from "./report-fixtures.ts";

const read = technique();
const write = technique({
  id: "A1-05",
  title: "Change another's object",
  severity: "critical",
});

describe("the id of a finding", () => {
  it("is made from risk, target and hole, and from nothing else", () => {
    const key = { risk: "API1", target: "GET /orders/{id}", hole: "object-read" } as const;
    assert.match(findingId(key), /^SKA-[0-9a-f]{12}$/);
    assert.equal(findingId(key), "SKA-3528547d9cc5");
    assert.equal(oneFinding().findings[0]?.id, findingId(key));
    assert.notEqual(findingId({ ...key, risk: "API3" }), findingId(key));
    assert.notEqual(findingId({ ...key, target: "PUT /orders/{id}" }), findingId(key));
    assert.notEqual(findingId({ ...key, hole: "object-write" }), findingId(key));
  });

  it("does not depend on the order in which techniques ran", () => {
    const reports = [
      tried(read, [outcome("vulnerable"), outcome("vulnerable", { target: "GET /a" })]),
      tried(write, [outcome("vulnerable", { target: "GET /b" }), outcome("vulnerable")]),
    ];
    const ids = (one: Report): readonly string[] => one.findings.map(({ id }) => id);
    const forwards = ids(report(reports));
    assert.equal(forwards.length, 3);
    assert.deepEqual(ids(report(reports.toReversed())), forwards);
  });
});

describe("a report", () => {
  it("makes one finding of the hits of several techniques at one hole", () => {
    const { findings } = report([
      tried(read, [outcome("vulnerable"), outcome("vulnerable", { variant: "id in the query" })]),
      tried(write, [outcome("vulnerable", { variant: "PUT", because: "Bob changed it." })]),
    ]);
    assert.equal(findings.length, 1);
    const [finding] = findings;
    assert.equal(finding?.severity, "critical");
    assert.equal(finding?.title, "Change another's object");
    assert.equal(finding?.because, "Bob changed it.");
    assert.deepEqual(finding?.techniques, ["A1-05", "A1-01"]);
    assert.deepEqual(finding?.variants, ["id of another", "id in the query", "PUT"]);
    assert.equal(finding?.policy, "API1 at GET /orders/{id}");
  });

  it("keeps holes apart that differ in risk, target or kind", () => {
    const other = technique({ id: "A1-09", hole: "object-delete" });
    const { findings } = report([
      tried(read, [outcome("vulnerable"), outcome("vulnerable", { target: "GET /bills/{id}" })]),
      tried(other, [outcome("vulnerable")]),
      tried(technique({ id: "F-01", risk: "API5" }), [outcome("vulnerable")]),
    ]);
    assert.equal(findings.length, 4);
  });

  it("sorts the worst first, then by risk with API10 last", () => {
    const hits = [
      technique({ id: "W-01", risk: "API10" }),
      technique({ id: "K-01", risk: "API8", severity: "low" }),
      technique({ id: "J-01", risk: "API2", severity: "critical" }),
      technique({ id: "A1-01", risk: "API1" }),
    ].map((one) => tried(one, [outcome("vulnerable")]));
    assert.deepEqual(
      report(hits).findings.map(({ risk }) => risk),
      ["API2", "API1", "API10", "API8"],
    );
  });

  it("lists suspicions apart, and drops those whose hole was proven", () => {
    const suspicion = { confidence: "suspected" } as const;
    const { findings, suspicions, risks } = report([
      tried(read, [outcome("vulnerable")]),
      tried(technique({ id: "A3-01", risk: "API3" }), [outcome("vulnerable", suspicion)]),
      tried(write, [outcome("vulnerable", { ...suspicion, target: "GET /bills/{id}" })]),
    ]);
    assert.deepEqual(
      findings.map(({ target }) => target),
      ["GET /orders/{id}"],
    );
    assert.deepEqual(
      suspicions.map(({ target, confidence }) => [target, confidence]),
      [["GET /bills/{id}", "suspected"]],
    );
    assert.equal(risks[0]?.suspicions, 1);
    assert.equal(risks[2]?.suspicions, 0);
  });

  it("carries six exchanges at most, and a line that repeats the attack and not the control", () => {
    const evidence = [
      exchange("/orders/1?as=control", "alice"),
      ...Array.from({ length: 9 }, (_, index) => exchange(`/orders/1?attack=${index}`, "bob")),
    ];
    const [finding] = report([tried(read, [outcome("vulnerable", { evidence })])]).findings;
    assert.equal(finding?.evidence.length, 6);
    assert.match(finding?.curl ?? "", /^curl .*http:\/\/127\.0\.0\.1:8080\/orders\/1\?attack=0/);
    assert.doesNotMatch(finding?.curl ?? "", /as=control/);
  });

  it("takes credentials out of what a technique wrote", () => {
    const secret = secretOf("bob");
    const evidence = [exchange("/orders/1", "bob")];
    const made = report(
      [tried(read, [outcome("vulnerable", { evidence, because: `It took ${secret}.` })])],
      { exchanges: evidence },
    );
    assert.equal(made.findings[0]?.because, "It took <bob's token>.");
    assert.ok(!(made.findings[0]?.curl ?? secret).includes(secret));
  });

  it("marks what the baseline knows", () => {
    const id = oneFinding().findings[0]?.id ?? "";
    assert.equal(oneFinding().findings[0]?.known, false);
    assert.equal(oneFinding({ baseline: [id] }).findings[0]?.known, true);
    assert.equal(oneFinding({ baseline: ["SKA-000000000000"] }).findings[0]?.known, false);
  });
});

describe("the ten rows", () => {
  it("are always ten, in order, and untested where nothing was judged", () => {
    const { risks } = report([]);
    assert.deepEqual(
      risks.map(({ risk }) => risk),
      Array.from({ length: 10 }, (_, index) => `API${index + 1}`),
    );
    assert.deepEqual([...new Set(risks.map(({ standing }) => standing))], ["not tested"]);
  });

  const suspected = { confidence: "suspected" } as const;
  for (const [standing, outcomes] of [
    ["broken", [outcome("vulnerable"), outcome("protected")]],
    ["held", [outcome("protected"), outcome("inconclusive")]],
    ["held", [outcome("protected"), outcome("vulnerable", suspected)]],
    ["not tested", [outcome("inconclusive")]],
    ["not tested", [outcome("not-applicable")]],
    ["not tested", [outcome("vulnerable", suspected)]],
  ] as const) {
    const verdicts = outcomes.map(({ verdict, confidence }) => `${verdict} (${confidence})`);
    it(`say ${standing} of ${verdicts.join(" and ")}`, () => {
      assert.equal(report([tried(read, outcomes)]).risks[0]?.standing, standing);
    });
  }

  it("count attacks, and techniques that could not be applied", () => {
    const [, second, , , fifth] = fullReport().risks;
    const [first] = fullReport().risks;
    assert.deepEqual(
      [first?.tried, first?.protected, first?.findings, first?.notApplicable],
      [2, 1, 1, 0],
    );
    assert.deepEqual([second?.tried, second?.notApplicable], [0, 1]);
    assert.deepEqual([fifth?.tried, fifth?.inconclusive], [1, 1]);
  });
});

describe("what was not tested", () => {
  const { locked, failed, inapplicable, inconclusive } = notTested(fullReport());

  it("names what was missing and what would unlock it", () => {
    assert.deepEqual(
      locked.map(({ need, techniques }) => [need, techniques.map(({ id }) => id)]),
      [["a JSON Web Token", ["J-02"]]],
    );
    assert.match(locked[0]?.unlock ?? "", /principal whose token is a JSON Web Token/);
  });

  it("tells apart what failed, what did not apply and what could not be judged", () => {
    const ids = (list: typeof failed): readonly string[] => list.map((one) => one.technique.id);
    assert.deepEqual(ids(failed), ["W-01"]);
    assert.deepEqual(ids(inapplicable), ["U-01"]);
    assert.deepEqual(ids(inconclusive), ["F-01"]);
    assert.equal(inconclusive[0]?.because, "the rightful request was answered 500");
  });
});

describe("the exit code", () => {
  const known = { baseline: [oneFinding().findings[0]?.id ?? ""] };
  const clean = [tried(read, [outcome("protected")])];
  const unreached = { reach: [{ operation: "GET /a", reachedAs: [], why: "404" }] };
  const suspicion = outcome("vulnerable", { confidence: "suspected", target: "GET /b" });
  const idle = [tried(read, [outcome("not-applicable")])];
  for (const [what, made, code] of [
    ["a finding", oneFinding(), 1],
    ["a finding in a run that was stopped", oneFinding({ stopped: "Ctrl-C" }), 1],
    ["a known finding", oneFinding(known), 0],
    ["a known finding in a run that was stopped", oneFinding({ ...known, stopped: "cap" }), 2],
    ["refused attacks", report(clean), 0],
    ["refused attacks though nothing was reached", report(clean, unreached), 0],
    ["a suspicion beside refused attacks", report([...clean, tried(write, [suspicion])]), 0],
    ["a stopped run without findings", report(clean, { stopped: "Ctrl-C" }), 2],
    ["nothing at all", report([], unreached), 2],
    ["reached operations on which nothing was judged", report(idle), 2],
    ["only a suspicion", report([tried(write, [suspicion])], unreached), 2],
  ] as const)
    it(`is ${code} for ${what}`, () => {
      assert.equal(exitCodeOf(made), code);
    });
});

describe("a baseline", () => {
  const made = oneFinding();
  const ids = made.findings.map(({ id }) => id);

  it("comes back from its own file and from a former JSON report", () => {
    assert.equal(ids.length, 1);
    assert.deepEqual(readBaseline(JSON.parse(toBaseline(made))), ids);
    assert.deepEqual(readBaseline(JSON.parse(toJson(made))), ids);
    assert.equal(exitCodeOf(made), 1);
    assert.equal(exitCodeOf(oneFinding({ baseline: readBaseline(ids) })), 0);
  });

  it("is a list of ids, or findings with reasons; an id that repeats counts once", () => {
    assert.deepEqual(readBaseline([...ids, ...ids]), ids);
    assert.deepEqual(readBaseline({ findings: [{ id: ids[0], reason: "accepted" }] }), ids);
    assert.deepEqual(readBaseline([]), []);
  });

  for (const raw of [undefined, null, "SKA-0123456789ab", 7, {}, { findings: {} }])
    it(`is refused as ${JSON.stringify(raw) ?? "nothing"}`, () => {
      assert.throws(() => readBaseline(raw), /A baseline is a list of finding ids/);
    });

  for (const entry of ["SKA-XYZ", "", 7, null, { reason: "x" }, { id: "\u001b[2J" }])
    it(`is refused with an entry ${JSON.stringify(entry)}`, () => {
      assert.throws(() => readBaseline([ids[0], entry]), {
        name: "TypeError",
        message: /^Entry 2 of the baseline is no finding id [\P{Cc}]*$/u,
      });
    });
});
