/** Small reports made by hand, for the tests of the report. */

import type { Principal } from "../src/principal/principal.ts";
import { buildReport, type ReportInput } from "../src/report/build-report.ts";
import type { Report, TechniqueReport } from "../src/report/report.ts";
import type { FreeTechnique, Outcome, Technique } from "../src/technique/technique.ts";
import type { Exchange } from "../src/wire/exchange.ts";

/** The secret of a principal in these reports. */
export function secretOf(name: string): string {
  return `secret-of-${name}-0123456789`;
}

/** A principal with a fixed token. */
export function principal(name: string): Principal {
  return {
    name,
    role: "user",
    tenant: undefined,
    administrator: false,
    recipe: undefined,
    facts: {},
    owns: {},
  };
}

let exchanges = 0;

/** A GET of a path as somebody, answered with a status and a body. */
export function exchange(
  path: string,
  name: string,
  { status = 200, text = "{}", body }: { status?: number; text?: string; body?: string } = {},
): Exchange {
  exchanges += 1;
  return {
    id: exchanges,
    call: {
      method: body === undefined ? "GET" : "POST",
      path,
      headers: [],
      body,
      principal: principal(name),
      operation: undefined,
    },
    sentHeaders: [
      ["host", "127.0.0.1:8080"],
      ["authorization", `Bearer ${secretOf(name)}`],
    ],
    at: Date.UTC(2026, 2, 1, 14, 5),
    answer: {
      status,
      headers: [["content-type", "application/json"]],
      text,
      json: undefined,
      bytes: text.length,
      milliseconds: 3,
    },
    failure: undefined,
    technique: "A1-01",
  };
}

/** A technique that is never run. */
export function technique(change: Partial<FreeTechnique> = {}): Technique {
  return {
    id: "A1-01",
    risk: "API1",
    title: "Read another's object by its id",
    severity: "high",
    phase: "read",
    needs: [],
    oracle: "O-READ",
    guards: [],
    hole: "object-read",
    remedy: "Ask for the owner in the query that loads the object.",
    run: async function* () {},
    ...change,
  };
}

/** An outcome at `GET /orders/{id}`, confirmed. */
export function outcome(verdict: Outcome["verdict"], change: Partial<Outcome> = {}): Outcome {
  return {
    verdict,
    confidence: "confirmed",
    target: "GET /orders/{id}",
    variant: "id of another",
    because: "Bob read the order of Alice.",
    evidence: [],
    ...change,
  };
}

/** What a technique came to. */
export function tried(
  one: Technique,
  outcomes: readonly Outcome[],
  change: Partial<TechniqueReport> = {},
): TechniqueReport {
  return {
    technique: one,
    outcomes,
    missing: [],
    failure: undefined,
    requests: outcomes.length,
    milliseconds: 12,
    ...change,
  };
}

/** A report from these techniques. */
export function report(
  techniqueReports: readonly TechniqueReport[],
  change: Partial<ReportInput> = {},
): Report {
  return buildReport({
    target: "http://127.0.0.1:8080/v1",
    title: "Shop API",
    startedAt: Date.UTC(2026, 2, 1, 14, 5, 9),
    endedAt: Date.UTC(2026, 2, 1, 14, 8, 29),
    seed: 7,
    stopped: undefined,
    techniqueReports,
    reach: [
      { operation: "GET /orders/{id}", reachedAs: ["alice", "bob"], why: "" },
      { operation: "POST /refunds", reachedAs: [], why: "it answered 422 to every request" },
    ],
    principals: [
      { name: "alice", role: "user", signedIn: true },
      { name: "carol", role: "admin", signedIn: false },
    ],
    warnings: ["GET /old has no answers"],
    exchanges: [],
    requests: 4310,
    origin: "http://127.0.0.1:8080",
    baseline: [],
    policyOf: (target, { risk }) => `${risk} at ${target}`,
    ...change,
  });
}

/** One proven hole at one operation, with its evidence. */
export function oneFinding(change: Partial<ReportInput> = {}): Report {
  const evidence = [
    exchange("/v1/orders/1", "alice", { text: '{"note":"alice keeps this"}' }),
    exchange("/v1/orders/1", "bob", { text: '{"note":"alice keeps this"}' }),
  ];
  return report([tried(technique(), [outcome("vulnerable", { evidence })])], change);
}

/** A report with everything in it that a format has to show. */
export function fullReport(change: Partial<ReportInput> = {}): Report {
  const evidence = [exchange("/v1/orders/1", "alice"), exchange("/v1/orders/1", "bob")];
  const dull = technique({ id: "U-01", risk: "API7", title: "Fetch loopback", hole: "fetch" });
  const locked = technique({ id: "J-02", risk: "API2", title: "Algorithm none", hole: "jwt-none" });
  return report(
    [
      tried(technique(), [outcome("vulnerable", { evidence }), outcome("protected")]),
      tried(technique({ id: "K-09", risk: "API8", title: "Header missing", hole: "header" }), [
        outcome("vulnerable", { confidence: "suspected", target: "", because: "No HSTS." }),
        outcome("protected"),
      ]),
      tried(technique({ id: "R-01", risk: "API4", title: "Huge page", hole: "page" }), [
        outcome("protected", { target: "GET /orders" }),
      ]),
      tried(technique({ id: "F-01", risk: "API5", title: "Role", hole: "role" }), [
        outcome("inconclusive", { because: "the rightful request was answered 500" }),
      ]),
      tried(dull, [outcome("not-applicable", { because: "no operation takes a URL" })]),
      tried(locked, [], { missing: ["a JSON Web Token"] }),
      tried(technique({ id: "W-01", risk: "API10", title: "Replay", hole: "replay" }), [], {
        failure: "TypeError: x is undefined",
      }),
    ],
    change,
  );
}
