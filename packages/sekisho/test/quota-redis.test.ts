import { strict as assert } from "node:assert";
import { after, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import type { SecurityEvent } from "sekisho/kernel";
import {
  connectRedis,
  createQuota,
  createRedisQuotaStore,
  decideQuota,
  parseQuota,
  type QuotaOutcome,
} from "sekisho/quota";
import { connectForTest, openRelay, redisUrl } from "./quota-redis-connection.ts";

const redis = await connectForTest("quotas shared through Redis");

const countAllowed = (outcomes: readonly QuotaOutcome[]) =>
  outcomes.filter((outcome) => outcome.effect === "allow").length;

/** Waits until `condition` holds, three seconds at most. */
async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await condition()) return;
    await sleep(10);
  }
  assert.fail(`never came true: ${condition.toString()}`);
}

describe("the address of Redis", () => {
  const refused = [
    "",
    "127.0.0.1:6379",
    "http://127.0.0.1:6379",
    "redis://",
    "redis://host/name",
    "redis://host/1/2",
    "redis://:very-secret@host?enableOfflineQueue=true",
    "redis://:very-secret@host:99999",
    "redis://host#fragment",
  ];
  for (const url of refused)
    it(`is refused when it reads ${JSON.stringify(url)}, without repeating it`, () => {
      assert.throws(
        () => connectRedis({ url }),
        (error) => error instanceof TypeError && !error.message.includes("secret"),
      );
    });

  it("may name a server that is not there: everything rejects, nothing crashes", async () => {
    const errors: Error[] = [];
    const lost = connectRedis({
      url: "redis://127.0.0.1:1",
      onError: (error) => errors.push(error),
    });
    assert.equal(await lost.firstAttempt, false);
    assert.equal(lost.shared.connected, false);
    assert.equal(lost.broadcast.connected, false);
    const begin = performance.now();
    await assert.rejects(lost.shared.evaluate({ name: "one", lua: "return 1" }, [], []));
    await assert.rejects(lost.broadcast.publish("topic", "message"));
    assert.ok(performance.now() - begin < 100, "rejects without waiting");
    assert.ok(errors.length > 0);
    await lost.close();
  });
});

if (redis !== undefined) {
  after(() => redis.clean());

  describe("quotas in Redis", () => {
    it("let two nodes count together, and exactly the limit of 100 parallel requests through", async () => {
      const other = connectRedis({ url: redisUrl, prefix: redis.prefix });
      await other.firstAttempt;
      const stores = [redis, other].map(({ shared }) => createRedisQuotaStore({ shared }));
      const quota = parseQuota("7/day");
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, () =>
          stores.map((store) => store.take("parallel", quota, 1)),
        ).flat(),
      );
      assert.equal(outcomes.length, 100);
      assert.equal(countAllowed(outcomes), 7);
      await other.close();
    });

    it("give units back by the server's own time", async () => {
      const store = createRedisQuotaStore({ shared: redis.shared });
      const quota = parseQuota("10/second");
      const burst = await Promise.all(
        Array.from({ length: 20 }, () => store.take("time", quota, 1)),
      );
      assert.ok(countAllowed(burst) >= 10);
      await sleep(250);
      const later = await Promise.all(
        Array.from({ length: 20 }, () => store.take("time", quota, 1)),
      );
      assert.ok(countAllowed(later) >= 2 && countAllowed(later) <= 9, `${countAllowed(later)}`);
    });

    const sequences: [what: string, quota: string, steps: [advance: number, cost: number][]][] = [
      [
        "numbers of sixteen digits",
        "104249991/day",
        [
          [0, 104_249_989],
          [0, 1],
          [0, 2],
          [0, 1],
          [0, 1],
          [1, 1_206],
          [0, 1_207],
        ],
      ],
      [
        "a clock that was set back far, while refusing",
        "30/minute",
        [
          [0, 30],
          [-3_600_000, 1],
          [1_999, 1],
          [1, 1],
          [0, 1],
        ],
      ],
      [
        "a clock that is a little behind",
        "30/minute",
        [
          [0, 30],
          [-30_000, 1],
          [31_999, 1],
          [1, 1],
        ],
      ],
    ];
    for (const [what, text, steps] of sequences)
      it(`answer like the pure function with ${what}`, async () => {
        const clock = { time: 1_796_000_000_000, now: () => clock.time };
        const store = createRedisQuotaStore({ shared: redis.shared, clock, prefix: what });
        const quota = parseQuota(text);
        let state: readonly number[] = [];
        const effects = new Set<string>();
        for (const [advance, cost] of steps) {
          clock.time += advance;
          const { outcome, next } = decideQuota(state, quota, clock.time, cost);
          state = next;
          effects.add(outcome.effect);
          assert.deepEqual(await store.take("key", quota, cost), { ...outcome, source: "shared" });
        }
        assert.equal(effects.size, 2, "the sequence sees both effects");
      });

    it("keep one key per pair, in one hash slot, that expires once it says nothing any more", async () => {
      const store = createRedisQuotaStore({ shared: redis.shared, prefix: "kept" });
      await store.take("alice", parseQuota("10/hour;5/minute"), 2);
      const life = await redis.shared.evaluate(
        { name: "life", lua: `return redis.call("PTTL", KEYS[1])` },
        ["kept:{alice}:10/hour;5/minute"],
        [],
      );
      assert.ok(typeof life === "number" && life > 720_000 && life <= 730_000, String(life));
    });

    it("are not mixed up by keys that look like others", async () => {
      const store = createRedisQuotaStore({ shared: redis.shared });
      const quota = parseQuota("1/day");
      for (const key of ["a", "a}:1/day", "{a}", "}", "", "a:b", "\0", "ß"])
        assert.equal((await store.take(key, quota, 1)).effect, "allow", JSON.stringify(key));
      assert.equal((await store.take("a", quota, 1)).effect, "deny");
    });

    it("run with scripts that the server has not seen, and with those it has", async () => {
      const unknown = { name: "unknown", lua: `return "answer" -- ${redis.prefix}` };
      assert.equal(await redis.shared.evaluate(unknown, [], []), "answer");
      assert.equal(await redis.shared.evaluate(unknown, [], []), "answer");
    });

    it("reject when a script fails, and go on afterwards", async () => {
      const broken = { name: "broken", lua: `return redis.call("NO-SUCH-COMMAND")` };
      await assert.rejects(redis.shared.evaluate(broken, [], []));
      assert.equal(await redis.shared.evaluate({ name: "one", lua: "return 1" }, [], []), 1);
    });
  });

  describe("a line to Redis that fails", () => {
    it("because of the password is reported without the password", async () => {
      const errors: Error[] = [];
      const { host } = new URL(redisUrl);
      const connection = connectRedis({
        url: `redis://someone:very-secret@${host}`,
        onError: (error) => errors.push(error),
      });
      assert.equal(await connection.firstAttempt, false);
      await connection.close();
      assert.ok(errors.length > 0);
      assert.doesNotMatch(inspect(errors, { depth: 10 }), /very-secret/);
    });

    it("is noticed when cut, bridged locally, and taken up again by itself", async () => {
      const relay = await openRelay();
      const connection = connectRedis({ url: relay.url, prefix: redis.prefix });
      assert.equal(await connection.firstAttempt, true);
      const changes: boolean[] = [];
      connection.shared.onConnectionChange((connected) => changes.push(connected));
      const events: SecurityEvent[] = [];
      const limiter = createQuota({
        store: createRedisQuotaStore({ shared: connection.shared }),
        events: { note: (event) => events.push(event) },
        liveNodes: () => 2,
        retryMilliseconds: 20,
      });
      const quota = parseQuota("10/day");
      assert.equal((await limiter.take("cut", quota)).source, "shared");

      relay.cut();
      await eventually(() => !connection.shared.connected);
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, async () => limiter.take("cut", quota)),
      );
      assert.ok(outcomes.every((outcome) => outcome.source === "local"));
      assert.equal(countAllowed(outcomes), 4);

      relay.restore();
      await eventually(async () => (await limiter.take("other", quota)).source === "shared");
      assert.equal(limiter.state(), "shared");
      assert.deepEqual(changes, [false, true]);
      assert.deepEqual(
        events.map((event) => event.name),
        ["sys_monitor_disabled", "sys_monitor_enabled"],
      );
      await connection.close();
      await relay.close();
    });

    it("is not taken for silent when the process itself was busy", async () => {
      const store = createRedisQuotaStore({ shared: redis.shared });
      const limiter = createQuota({ store, timeoutMilliseconds: 50, whenAway: "strict" });
      const quota = parseQuota("10/day");
      await limiter.take("busy", quota);
      const pending = limiter.take("busy", quota);
      // The command has to be on its way before the process is busy.
      await new Promise((resolve) => process.nextTick(resolve));
      const end = performance.now() + 150;
      while (performance.now() < end);
      assert.equal((await pending).source, "shared");
      assert.equal(limiter.state(), "shared");
    });

    it("is noticed within the time-out when it falls silent", async () => {
      const relay = await openRelay();
      const connection = connectRedis({
        url: relay.url,
        prefix: redis.prefix,
        commandTimeoutMilliseconds: 100,
      });
      await connection.firstAttempt;
      const limiter = createQuota({ store: createRedisQuotaStore({ shared: connection.shared }) });
      const quota = parseQuota("10/day");
      assert.equal((await limiter.take("silent", quota)).source, "shared");
      relay.silence();
      const begin = performance.now();
      const outcomes = await Promise.all(
        Array.from({ length: 30 }, async () =>
          limiter.take("silent", quota, { whenAway: "strict" }),
        ),
      );
      assert.ok(performance.now() - begin < 1_000);
      assert.ok(outcomes.every((outcome) => outcome.source === "refused-while-away"));
      await connection.close();
      await relay.close();
    });
  });

  describe("the broadcast", () => {
    it("reaches every node, the sender included, until a listener leaves", async () => {
      const other = connectRedis({ url: redisUrl, prefix: redis.prefix });
      await other.firstAttempt;
      const heard: string[] = [];
      const leave = await redis.broadcast.subscribe("topic", (text) => heard.push(`here ${text}`));
      await other.broadcast.subscribe("topic", (text) => heard.push(`there ${text}`));
      await redis.broadcast.publish("topic", "one");
      await eventually(() => heard.length === 2);
      await leave();
      await redis.broadcast.publish("topic", "two");
      await eventually(() => heard.length === 3);
      assert.deepEqual(heard.toSorted(), ["here one", "there one", "there two"]);
      await other.close();
    });

    it("hears again after the line was cut, and says when", async () => {
      const relay = await openRelay();
      const connection = connectRedis({ url: relay.url, prefix: redis.prefix });
      const heard: string[] = [];
      await connection.broadcast.subscribe("again", (text) => heard.push(text));
      assert.equal(await connection.firstAttempt, true);
      await redis.broadcast.publish("again", "before");
      await eventually(() => heard.length === 1);
      relay.cut();
      await eventually(() => !connection.broadcast.connected);
      await connection.broadcast.subscribe("again", (text) => heard.push(`late ${text}`));
      relay.restore();
      await eventually(() => connection.broadcast.connected);
      await redis.broadcast.publish("again", "after");
      await eventually(() => heard.length === 3);
      assert.deepEqual(heard, ["before", "after", "late after"]);
      await connection.close();
      await relay.close();
    });
  });
}
