import { strict as assert } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, it } from "node:test";
import { Problem } from "sekisho/kernel";
import { createConcurrencyLimit, createLoadShedder } from "sekisho/quota";

function shedderWithDelays(delays: number[]) {
  let time = 0;
  let reads = 0;
  const shedder = createLoadShedder({
    maximumDelayMilliseconds: 200,
    clock: { now: () => time },
    sampler: {
      read: () => delays[reads++] ?? 0,
      close: () => undefined,
    },
  });
  return {
    shedder,
    reads: () => reads,
    afterLook: () => {
      time += 100;
      return shedder.overloaded();
    },
    advance: (milliseconds: number) => {
      time += milliseconds;
    },
  };
}

describe("load shedding", () => {
  it("begins above the maximum and ends below half of it", () => {
    const { afterLook } = shedderWithDelays([0, 200, 200.1, 150, 100.1, 100, 150]);
    const answers = [false, false, true, true, true, false, false];
    for (const [look, expected] of answers.entries())
      assert.equal(afterLook(), expected, `look ${look}`);
  });

  it("looks once per tenth of a second, however often it is asked", () => {
    const { shedder, reads, advance } = shedderWithDelays([500]);
    advance(99);
    for (let index = 0; index < 1_000; index++) assert.equal(shedder.overloaded(), false);
    assert.equal(reads(), 0);
    advance(1);
    for (let index = 0; index < 1_000; index++) assert.equal(shedder.overloaded(), true);
    assert.equal(reads(), 1);
    assert.equal(shedder.delayMilliseconds(), 500);
    advance(-5_000);
    assert.equal(shedder.overloaded(), false, "a clock that was set back does not stop the looks");
  });

  it("keeps its opinion while nothing was measured", () => {
    const { afterLook } = shedderWithDelays([500, Number.NaN, 0]);
    assert.equal(afterLook(), true);
    assert.equal(afterLook(), true);
    assert.equal(afterLook(), false);
  });

  it("sees the real event loop stall and recover", async () => {
    const shedder = createLoadShedder({ maximumDelayMilliseconds: 50, resolution: 5 });
    await sleep(120);
    assert.equal(shedder.overloaded(), false);
    let during = false;
    for (let turn = 0; turn < 4; turn++) {
      const end = performance.now() + 110;
      while (performance.now() < end);
      await sleep(1);
      during = shedder.overloaded();
    }
    const measured = shedder.delayMilliseconds();
    for (let look = 0; look < 20 && shedder.overloaded(); look++) await sleep(110);
    const after = shedder.overloaded();
    shedder.close();
    assert.ok(during, `measured ${measured} ms`);
    assert.equal(after, false);
  });

  it("refuses settings that mean nothing", () => {
    assert.throws(() => createLoadShedder({ maximumDelayMilliseconds: 0 }), TypeError);
    assert.throws(() => createLoadShedder({ resolution: 0.5 }), TypeError);
  });
});

describe("a concurrency limit", () => {
  it("never runs more than its maximum, and refuses what finds no room to wait", async () => {
    const limit = createConcurrencyLimit({ maximum: 3, queue: 5 });
    let running = 0;
    let most = 0;
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, () =>
        limit.run(async () => {
          most = Math.max(most, ++running);
          await sleep(1);
          running--;
        }),
      ),
    );
    assert.equal(most, 3);
    assert.equal(results.filter((result) => result.status === "fulfilled").length, 8);
    for (const result of results)
      if (result.status === "rejected") {
        assert.ok(result.reason instanceof Problem);
        assert.equal(result.reason.code, "overloaded");
        assert.equal(result.reason.reason, "concurrency-full");
      }
    assert.equal(limit.running, 0);
    assert.equal(await limit.run(() => "again"), "again");
  });

  it("serves those who wait in their order, and nobody overtakes", async () => {
    const limit = createConcurrencyLimit({ maximum: 1, queue: 2 });
    const first = limit.enter();
    assert.ok(!(first instanceof Promise) && first.effect === "allow");
    const order: string[] = [];
    const waiting = ["second", "third"].map((name) => limit.run(() => order.push(name)));
    first.release();
    const late = limit.enter();
    assert.ok(late instanceof Promise, "whoever comes later waits");
    assert.equal(limit.running, 1);
    await Promise.all(waiting);
    assert.deepEqual(order, ["second", "third"]);
    const admission = await late;
    assert.equal(admission.effect, "allow");
  });

  it("takes a place back once, however often it is given back", () => {
    const limit = createConcurrencyLimit({ maximum: 2 });
    const [first, second] = [limit.enter(), limit.enter()];
    assert.ok(!(first instanceof Promise) && first.effect === "allow");
    assert.ok(!(second instanceof Promise) && second.effect === "allow");
    first.release();
    first.release();
    first.release();
    assert.equal(limit.running, 1);
    assert.equal(limit.waiting, 0);
  });

  it("gives the place back when the work throws", async () => {
    const limit = createConcurrencyLimit({ maximum: 1 });
    const failing = limit.run(() => {
      throw new Error("broken");
    });
    await assert.rejects(failing, /broken/);
    assert.equal(limit.running, 0);
  });

  it("forgets who gives up waiting", async () => {
    const limit = createConcurrencyLimit({ maximum: 1, queue: 1 });
    const first = limit.enter();
    assert.ok(!(first instanceof Promise) && first.effect === "allow");
    const patience = new AbortController();
    const waiting = limit.run(() => "never", patience.signal);
    assert.equal(limit.waiting, 1);
    patience.abort();
    await assert.rejects(waiting, (error) => error instanceof Problem);
    assert.equal(limit.waiting, 0);
    first.release();
    assert.equal(limit.running, 0);
    assert.deepEqual(limit.enter(AbortSignal.abort()), { effect: "deny", reason: "given-up" });
  });

  it("refuses numbers that mean nothing", () => {
    assert.throws(() => createConcurrencyLimit({ maximum: 0 }), TypeError);
    assert.throws(() => createConcurrencyLimit({ maximum: 1, queue: -1 }), TypeError);
  });
});
