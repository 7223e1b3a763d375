import { strict as assert } from "node:assert";
import { describe, it, mock } from "node:test";
import { createEventQueue, type EventQueue, type SecurityEventRow } from "sekisho/audit";
import type { SystemWork } from "sekisho/kernel";

interface FakeDatabase {
  readonly system: SystemWork;
  readonly written: SecurityEventRow[];
  readonly attempts: number[];
  away: boolean;
}

/** Stands in for a database that can go away; keeps what one statement was given. */
function fakeDatabase(): FakeDatabase {
  const fake: FakeDatabase = {
    written: [],
    attempts: [],
    away: false,
    system: {
      asSystem: async (_, work) =>
        work({
          query: async (_text, values = []) => {
            const rows = JSON.parse(String(values[0])) as SecurityEventRow[];
            fake.attempts.push(rows.length);
            if (fake.away) throw new Error("database away");
            fake.written.push(...rows);
            return { rows: [], rowCount: rows.length };
          },
        }),
    },
  };
  return fake;
}

function queueOn(
  fake: FakeDatabase,
  options: { maximum?: number; batch?: number; intervalMilliseconds?: number } = {},
): { queue: EventQueue; warnings: string[] } {
  const warnings: string[] = [];
  const log = { warn: (_: object, message: string) => void warnings.push(message) };
  const clock = { now: () => 1_796_000_000_000 };
  return { queue: createEventQueue({ system: fake.system, clock, log, ...options }), warnings };
}

function note(queue: EventQueue, count: number): void {
  for (let index = 0; index < count; index++)
    queue.note({ name: "authz_fail", subject: undefined, reason: `r${index}` });
}

/** Lets the promises of a fired timer settle. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

describe("the queue of security events", () => {
  it("writes on its own after the interval, not before", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      const fake = fakeDatabase();
      const { queue } = queueOn(fake, { intervalMilliseconds: 250 });
      note(queue, 3);
      mock.timers.tick(249);
      await settle();
      assert.equal(fake.written.length, 0);
      mock.timers.tick(1);
      await settle();
      assert.equal(fake.written.length, 3);
    } finally {
      mock.timers.reset();
    }
  });

  it("waits longer and longer while the database is away, and keeps everything", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      const fake = fakeDatabase();
      const { queue, warnings } = queueOn(fake, { intervalMilliseconds: 100 });
      fake.away = true;
      note(queue, 3);
      for (let second = 0; second < 60; second++) {
        mock.timers.tick(1000);
        await settle();
      }
      assert.ok(fake.attempts.length >= 5 && fake.attempts.length <= 12, `${fake.attempts.length}`);
      assert.deepEqual(warnings, ["security events cannot be written"]);
      fake.away = false;
      mock.timers.tick(30_000);
      await settle();
      assert.deepEqual(
        fake.written.map(({ reason }) => reason),
        ["r0", "r1", "r2"],
      );
      assert.equal(queue.dropped(), 0);
    } finally {
      mock.timers.reset();
    }
  });

  it("splits what waits into batches", async () => {
    const fake = fakeDatabase();
    const { queue } = queueOn(fake, { batch: 4 });
    note(queue, 10);
    await queue.flush();
    assert.deepEqual(fake.attempts, [4, 4, 2]);
  });

  it("flush also writes what was noted while a write was under way", async () => {
    const fake = fakeDatabase();
    const { queue } = queueOn(fake);
    note(queue, 1);
    const first = queue.flush();
    note(queue, 5);
    await Promise.all([first, queue.flush()]);
    assert.equal(fake.written.length, 6);
  });

  it("drops and counts what does not fit, and says so once, also in the table", async () => {
    const fake = fakeDatabase();
    const { queue, warnings } = queueOn(fake, { maximum: 10 });
    fake.away = true;
    note(queue, 10);
    assert.equal(queue.dropped(), 0);
    await assert.rejects(queue.flush(), /database away/);
    note(queue, 1000);
    assert.equal(queue.dropped(), 1000);
    assert.deepEqual(warnings, ["security events cannot be written", "sys_monitor_disabled"]);
    fake.away = false;
    await queue.flush();
    await queue.flush();
    const names = fake.written.map(({ name }) => name);
    assert.equal(names.filter((name) => name === "authz_fail").length, 10);
    assert.deepEqual(names.slice(10), ["sys_monitor_disabled", "sys_monitor_enabled"]);
    assert.deepEqual(fake.written.at(-1)?.data, { monitor: "security-events", dropped: 1000 });
    note(queue, 1);
    await queue.flush();
    assert.equal(fake.written.at(-1)?.name, "authz_fail", "it works again");
    assert.equal(queue.dropped(), 1000);
  });

  it("a second overflow is told again, with its own number", async () => {
    const fake = fakeDatabase();
    const { queue, warnings } = queueOn(fake, { maximum: 2 });
    for (const lost of [3, 4]) {
      note(queue, 2 + lost);
      await queue.flush();
      await queue.flush();
      assert.equal(fake.written.at(-1)?.data["dropped"], lost);
    }
    assert.equal(warnings.filter((text) => text === "sys_monitor_disabled").length, 2);
    assert.equal(queue.dropped(), 7);
  });

  it("close writes what waits; later events are counted as lost", async () => {
    const fake = fakeDatabase();
    const { queue } = queueOn(fake);
    note(queue, 3);
    await queue.close();
    await queue.close();
    assert.equal(fake.written.length, 3);
    note(queue, 2);
    assert.equal(queue.dropped(), 2);
    assert.equal(fake.written.length, 3);
  });

  it("close ends although the database is away, and says what was lost", async () => {
    const fake = fakeDatabase();
    const { queue, warnings } = queueOn(fake);
    fake.away = true;
    note(queue, 3);
    await queue.close();
    assert.equal(queue.dropped(), 3);
    assert.ok(warnings.includes("security events lost"));
  });

  it("refuses bounds that are none", () => {
    for (const value of [0, -1, 1.5, Number.NaN]) {
      assert.throws(() => queueOn(fakeDatabase(), { maximum: value }), RangeError);
      assert.throws(() => queueOn(fakeDatabase(), { batch: value }), RangeError);
      assert.throws(() => queueOn(fakeDatabase(), { intervalMilliseconds: value }), RangeError);
    }
    assert.doesNotThrow(() => queueOn(fakeDatabase(), { maximum: 1, batch: 1 }));
  });
});
