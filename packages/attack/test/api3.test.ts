import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { runAttack } from "../src/attack.ts";
import type { Report } from "../src/report/report.ts";
import type { Flaw } from "./api3-document.ts";
import { startPeople } from "./api3-server.ts";

async function attack(flaw: Flaw | undefined, only: readonly string[]): Promise<Report> {
  const target = await startPeople(flaw);
  try {
    const { origin, openApi, principals } = target;
    return await runAttack({ target: origin, openApi, principals, only, allowDestructive: true });
  } finally {
    await target.close();
  }
}

/** What makes the flaw, which technique finds it, and where. */
const rows: readonly (readonly [Flaw, string, string])[] = [
  ["registration takes the role", "M-01", "POST /register"],
  ["registration takes the role", "M-03", "POST /register"],
  ["registration takes a declared role", "M-03", "POST /register"],
  ["profile takes the role", "M-02", "PATCH /me"],
  ["profile takes the role", "M-03", "PATCH /me"],
  ["profile takes the role", "M-04", "PATCH /me"],
  ["profile takes what is nested", "M-05", "PATCH /me"],
  ["gift shows any order", "M-06", "POST /gifts"],
  ["profile takes patches", "M-07", "PATCH /me"],
  ["profile takes the query", "M-08", "PATCH /me"],
  ["profile takes the last of two", "M-09", "PATCH /me"],
  ["any body pollutes", "M-10", "PATCH /me"],
  ["profile takes capitals", "M-11", "PATCH /me"],
  ["order takes the total", "M-12", "POST /orders"],
  ["order takes prices in lines", "M-12", "POST /orders"],
  ["order takes the status", "M-13", "POST /orders"],
  ["order takes an id", "M-14", "POST /orders"],
  ["order keeps anything", "M-15", "POST /orders"],
  ["order takes the owner", "M-16", "PATCH /orders/{orderId}"],
  ["profile shows the hash", "X-01", "GET /me"],
  ["profile shows the pin", "X-02", "GET /me"],
  ["list shows passwords", "X-03", "GET /users"],
  ["list shows addresses", "X-03", "GET /users"],
  ["list shows addresses", "X-01", "GET /users"],
  ["feed shows addresses of orders", "X-04", "GET /feed"],
  ["fields can be chosen", "X-06", "GET /me"],
  ["secrets can be filtered", "X-07", "GET /users"],
  ["profile shows a grade", "X-08", "GET /me"],
  ["answers hold foreign tokens", "X-09", "GET /users"],
  ["refusals hold a password", "X-10", "GET /me"],
  ["headers hold a password", "X-11", "GET /me"],
  ["registration echoes the password", "X-12", "POST /register"],
  ["private answers are public to caches", "X-13", "GET /me"],
  ["orders show who they are of", "X-03", "GET /orders/{orderId}"],
];

describe("an API that lets too much in or out", () => {
  for (const [flaw, id, target] of rows)
    it(`is found out by ${id} when ${flaw}`, async () => {
      const { findings } = await attack(flaw, [id]);
      const found = findings.map((one) => one.target);
      assert.ok(found.includes(target), JSON.stringify(found));
    });
});

describe("its mended twin", () => {
  it("is found to be safe by every technique, which tried it", async () => {
    const report = await attack(undefined, ["API3"]);
    assert.deepEqual(
      report.findings.map(({ target, because }) => `${target}: ${because}`),
      [],
    );
    assert.deepEqual(
      report.suspicions.map(({ target, because }) => `${target}: ${because}`),
      [],
    );
    assert.deepEqual(
      report.techniques.filter(({ failure }) => failure !== undefined),
      [],
    );
    const tried = new Set(
      report.techniques.flatMap(({ technique, outcomes }) =>
        outcomes.some(({ verdict }) => verdict === "protected") ? [technique.id] : [],
      ),
    );
    for (const [, id] of rows) assert.ok(tried.has(id), `${id} was not tried`);
  });
});
