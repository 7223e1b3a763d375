import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { runAttack } from "../src/index.ts";
import type { Report } from "../src/report/report.ts";
import { secureTargets, vulnerableTargets } from "./targets/index.ts";
import type { Target } from "./targets/target.ts";

async function attacked(target: Target): Promise<Report> {
  const running = await target.start();
  const { origin, openApi, principals } = running;
  try {
    return await runAttack({ target: origin, openApi, principals, allowDestructive: true });
  } finally {
    await running.close();
  }
}

/** Holes of the vulnerable targets that must be found, by target. */
const wanted: Readonly<Record<string, readonly string[]>> = {
  "vulnerable-books": ["PUT /users/{username}/password", "GET /users/_debug"],
  "vulnerable-bank": ["POST /v2/accounts"],
  "vulnerable-tickets": ["POST /tickets/{id}/close"],
};

describe("a target with holes", () => {
  for (const target of vulnerableTargets.filter(({ name }) => wanted[name] !== undefined))
    it(`${target.name} has these found`, async () => {
      const { findings } = await attacked(target);
      const found = new Set(findings.map((finding) => finding.target));
      for (const operation of wanted[target.name] ?? [])
        assert.ok(found.has(operation), `${operation} is not among ${[...found].join(", ")}`);
    });

  it("is looked at under every name of the table", () => {
    const names = vulnerableTargets.map(({ name }) => name);
    for (const name of Object.keys(wanted)) assert.ok(names.includes(name), name);
  });
});

describe("a secure target", () => {
  for (const target of secureTargets)
    it(`${target.name} has nothing found, though it was looked at`, async () => {
      const report = await attacked(target);
      assert.deepEqual(
        report.findings.map(({ target: at, title, because }) => `${at}: ${title}: ${because}`),
        [],
      );
      const judged = report.risks.reduce((sum, risk) => sum + risk.protected, 0);
      assert.ok(judged >= 10, `only ${judged} attacks were judged`);
      assert.deepEqual(
        report.techniques.flatMap(({ technique, failure }) =>
          failure === undefined ? [] : [`${technique.id}: ${failure}`],
        ),
        [],
      );
    });
});
