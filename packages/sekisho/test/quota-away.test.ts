import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import type { SecurityEvent, SharedStore } from "sekisho/kernel";
import {
  createMemoryQuotaStore,
  createQuota,
  createRedisQuotaStore,
  decideQuota,
  parseQuota,
  type QuotaLimiter,
  type QuotaOutcome,
  type QuotaStore,
  type TakeOptions,
} from "sekisho/quota";

const quota = parseQuota("12/minute");

function heldClock() {
  let time = 1_796_000_000_000;
  return {
    now: () => time,
    advance(milliseconds: number) {
      time += milliseconds;
    },
  };
}

/** A shared store that can be away, and can hang; it counts the requests that reach it. */
function fakeShared(clock: { now(): number }) {
  const states = new Map<string, readonly number[]>();
  const held: { mode: "there" | "away" | "hanging"; asked: number; release: (() => void)[] } = {
    mode: "there",
    asked: 0,
    release: [],
  };
  const store: QuotaStore = {
    source: "shared",
    async take(key, of, cost) {
      held.asked++;
      if (held.mode === "away") throw new Error("connection lost");
      if (held.mode === "hanging") await new Promise<void>((free) => held.release.push(free));
      const { outcome, next } = decideQuota(states.get(key) ?? [], of, clock.now(), cost);
      states.set(key, next);
      return { ...outcome, source: "shared" };
    },
  };
  return { store, held };
}

async function admitted(
  tries: number,
  limiter: QuotaLimiter,
  key: string,
  options?: TakeOptions,
): Promise<number> {
  let count = 0;
  for (let index = 0; index < tries; index++)
    if ((await limiter.take(key, quota, options)).effect === "allow") count++;
  return count;
}

function limiterWithEvents(options: { nodes?: number; whenAway?: "strict" | "open" } = {}) {
  const clock = heldClock();
  const shared = fakeShared(clock);
  const events: SecurityEvent[] = [];
  const limiter = createQuota({
    store: shared.store,
    clock,
    events: { note: (event) => events.push(event) },
    liveNodes: () => options.nodes ?? 1,
    timeoutMilliseconds: 20,
    ...(options.whenAway && { whenAway: options.whenAway }),
  });
  return { clock, shared, limiter, names: () => events.map((event) => event.name), events };
}

describe("a limiter over a store in memory", () => {
  it("needs nothing but the store, and answers without a promise", () => {
    const limiter = createQuota({ store: createMemoryQuotaStore() });
    const outcome = limiter.take("alice", quota);
    assert.ok(!(outcome instanceof Promise));
    assert.equal(outcome.effect, "allow");
    assert.equal(outcome.source, "local");
    assert.equal(limiter.state(), "local");
  });

  it("charges the cost, one unless it is given", () => {
    const limiter = createQuota({ store: createMemoryQuotaStore({ clock: heldClock() }) });
    const remaining = (outcome: QuotaOutcome | Promise<QuotaOutcome>) =>
      outcome instanceof Promise ? undefined : outcome.windows[0]?.remaining;
    assert.equal(remaining(limiter.take("alice", quota)), 11);
    assert.equal(remaining(limiter.take("alice", quota, { cost: 11 })), 0);
    assert.equal(remaining(limiter.take("bob", quota, { cost: 12 })), 0);
  });

  it("refuses a cost that is not a whole number of 1 or more", () => {
    const limiter = createQuota({ store: createMemoryQuotaStore() });
    for (const cost of [0, -1, 0.5, Number.NaN, Infinity])
      assert.throws(() => limiter.take("alice", quota, { cost }), RangeError);
    assert.equal(limiter.state(), "local");
  });

  it("refuses times that are not positive", () => {
    const store = createMemoryQuotaStore();
    assert.throws(() => createQuota({ store, timeoutMilliseconds: 0 }), TypeError);
    assert.throws(() => createQuota({ store, retryMilliseconds: Number.NaN }), TypeError);
  });
});

describe("a limiter whose shared store goes away", () => {
  it("lets the shared store answer while it is there", async () => {
    const { limiter, names } = limiterWithEvents();
    assert.equal((await limiter.take("alice", quota)).source, "shared");
    assert.equal(await admitted(20, limiter, "alice"), 11);
    assert.equal(limiter.state(), "shared");
    assert.deepEqual(names(), []);
  });

  it("refuses in strict mode, and admits in open mode", async () => {
    const { limiter, shared } = limiterWithEvents({ whenAway: "strict" });
    shared.held.mode = "away";
    const refused = await limiter.take("alice", quota);
    assert.equal(refused.effect, "deny");
    assert.equal(refused.source, "refused-while-away");
    assert.ok(refused.retryAfterSeconds > 0);
    assert.equal(refused.windows[0]?.remaining, 0);
    const open = await limiter.take("alice", quota, { whenAway: "open" });
    assert.equal(open.effect, "allow");
    assert.equal(open.source, "open-while-away");
    assert.equal(open.retryAfterSeconds, 0);
  });

  const shares: [nodes: number, share: number][] = [
    [1, 12],
    [4, 3],
    [5, 2],
    [12, 1],
    [13, 1],
    [1_000, 1],
    [0, 12],
    [Number.NaN, 12],
  ];
  for (const [nodes, share] of shares)
    it(`counts in the process with ${share} of 12 when ${nodes} nodes live`, async () => {
      const { limiter, shared } = limiterWithEvents({ nodes });
      shared.held.mode = "away";
      assert.equal(await admitted(20, limiter, "alice"), share);
      assert.equal(limiter.state(), "local");
    });

  it("starts from what it served before, not from a full bucket", async () => {
    const { limiter, shared, clock } = limiterWithEvents({ nodes: 2 });
    assert.equal(await admitted(5, limiter, "alice"), 5);
    shared.held.mode = "away";
    assert.equal(await admitted(20, limiter, "alice"), 1);
    assert.equal(await admitted(20, limiter, "bob"), 6, "whoever was not here has a full share");
    clock.advance(60_000);
    assert.equal(await admitted(20, limiter, "alice"), 6);
  });

  it("lets a batch that the whole quota could admit empty the share once", async () => {
    const { limiter, shared } = limiterWithEvents({ nodes: 4 });
    shared.held.mode = "away";
    assert.equal(await admitted(3, limiter, "alice", { cost: 12 }), 1);
    assert.equal(await admitted(3, limiter, "bob", { cost: 13 }), 0);
  });

  it("tells once of each transition, not of each request", async () => {
    const { limiter, shared, clock, events } = limiterWithEvents();
    for (let round = 0; round < 2; round++) {
      shared.held.mode = "away";
      await Promise.all(Array.from({ length: 50 }, async () => limiter.take("alice", quota)));
      await admitted(50, limiter, "alice");
      assert.equal(limiter.state(), "local");
      shared.held.mode = "there";
      clock.advance(1_000);
      await admitted(10, limiter, "alice");
      assert.equal(limiter.state(), "shared");
    }
    assert.deepEqual(
      events.map((event) => [event.name, event.reason]),
      [
        ["sys_monitor_disabled", "quota-store-failed"],
        ["sys_monitor_enabled", "quota-store-answers"],
        ["sys_monitor_disabled", "quota-store-failed"],
        ["sys_monitor_enabled", "quota-store-answers"],
      ],
    );
  });

  it("tries again once per second while away, however many ask", async () => {
    const { limiter, shared, clock } = limiterWithEvents();
    shared.held.mode = "away";
    await limiter.take("alice", quota);
    assert.equal(shared.held.asked, 1);
    clock.advance(999);
    await admitted(20, limiter, "alice");
    assert.equal(shared.held.asked, 1);
    clock.advance(1);
    await Promise.all(Array.from({ length: 20 }, async () => limiter.take("alice", quota)));
    assert.equal(shared.held.asked, 2);
    clock.advance(-3_600_000);
    await limiter.take("alice", quota);
    assert.equal(shared.held.asked, 3, "a clock that was set back does not stop the tries");
  });

  it("counts an answer that does not come as away, and asks no one else to wait for it", async () => {
    const { limiter, shared, events } = limiterWithEvents();
    shared.held.mode = "hanging";
    const outcome = await limiter.take("alice", quota);
    assert.equal(outcome.source, "local");
    assert.equal(outcome.effect, "allow");
    assert.deepEqual(
      events.map((event) => event.reason),
      ["quota-store-timed-out"],
    );
    assert.ok(!(limiter.take("alice", quota) instanceof Promise));
    for (const free of shared.held.release) free();
  });

  it("is not moved by a failure that was sent before the store came back", async () => {
    const clock = heldClock();
    const answers: ((outcome: QuotaOutcome | Error) => void)[] = [];
    const store: QuotaStore = {
      source: "shared",
      take: () =>
        new Promise((resolve, reject) =>
          answers.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer))),
        ),
    };
    const good: QuotaOutcome = {
      effect: "allow",
      windows: [],
      retryAfterSeconds: 0,
      source: "shared",
    };
    const limiter = createQuota({ store, clock, timeoutMilliseconds: 5_000 });
    const [first, old] = [limiter.take("alice", quota), limiter.take("alice", quota)];
    answers[0]?.(new Error("lost"));
    await first;
    assert.equal(limiter.state(), "local");
    clock.advance(1_000);
    const probe = limiter.take("alice", quota);
    answers[2]?.(good);
    await probe;
    assert.equal(limiter.state(), "shared");
    answers[1]?.(new Error("lost long ago"));
    assert.equal((await old).source, "local");
    assert.equal(limiter.state(), "shared");
  });

  it("treats an answer of the wrong shape as none", async () => {
    const answers: unknown[] = [undefined, "OK", [1], [1, 0, 0], [0, 0]];
    for (const answer of answers) {
      const shared: SharedStore = {
        connected: true,
        evaluate: () => Promise.resolve(answer),
        onConnectionChange: () => () => undefined,
        close: () => Promise.resolve(),
      };
      const limiter = createQuota({ store: createRedisQuotaStore({ shared }), whenAway: "strict" });
      const outcome = await limiter.take("alice", quota);
      assert.equal(outcome.source, "refused-while-away", JSON.stringify(answer));
    }
  });
});
