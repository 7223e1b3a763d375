/** Noise must not push the events of others out of the queue (ASVS 16.3, OWASP API4:2023). */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createEventQueue, type EventQueue, type SecurityEventRow } from "sekisho/audit";

function queueThatWrites(options: { maximum?: number; batch?: number; away?: boolean }) {
  const written: SecurityEventRow[] = [];
  let { away = false } = options;
  const queue = createEventQueue({
    ...options,
    system: {
      asSystem: (_reason, work) =>
        work({
          query: async (_text, values = []) => {
            await Promise.resolve();
            if (away) throw new Error("the database is away");
            written.push(...(JSON.parse(String(values[0])) as SecurityEventRow[]));
            return { rows: [], rowCount: 0 };
          },
        }),
    },
    clock: { now: () => 1_796_000_000_000 },
    log: { warn: () => undefined },
  });
  return { queue, written, comeBack: () => (away = false) };
}

const from = (source: string) => ({ requestId: "r", source });

function flood(queue: EventQueue, source: string, count: number): void {
  for (let index = 0; index < count; index++)
    queue.note({ name: "malicious_extraneous", subject: undefined }, from(source));
}

describe("a flood of refusals", () => {
  it("is written at the pace of the database, not of the timer", async () => {
    const { queue, written } = queueThatWrites({ batch: 100 });
    flood(queue, "203.0.113.9", 4_000);
    // 40 batches took ten seconds when each waited for its interval.
    const until = performance.now() + 2_000;
    while (written.length < 4_000 && performance.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(written.length, 4_000);
    assert.equal(queue.dropped(), 0);
    await queue.close();
  });

  it("of one source leaves room for what others do while the database is away", async () => {
    const { queue, written, comeBack } = queueThatWrites({ maximum: 100, away: true });
    flood(queue, "203.0.113.9", 10_000);
    queue.note({ name: "authz_fail", subject: "somebody" }, from("198.51.100.7"));
    queue.note({ name: "authn_token_reuse", subject: "somebody else" });
    comeBack();
    await queue.close();
    const names = written.map((row) => row.name);
    assert.ok(names.includes("authz_fail"));
    assert.ok(names.includes("authn_token_reuse"));
    assert.ok(names.includes("sys_monitor_disabled"), "the loss itself is known");
    assert.equal(queue.dropped(), 10_000 - 50, "the source had half of the room");
  });

  it("of one source counts against it no more once it is written", async () => {
    const { queue, written } = queueThatWrites({ maximum: 100 });
    for (let round = 1; round <= 5; round++) {
      flood(queue, "203.0.113.9", 50);
      await queue.flush();
      assert.equal(written.length, round * 50);
    }
    assert.equal(queue.dropped(), 0);
    await queue.close();
  });
});
