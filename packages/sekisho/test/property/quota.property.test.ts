import { strict as assert } from "node:assert";
import { after, describe, it } from "node:test";
import * as fc from "fast-check";
import {
  createMemoryQuotaStore,
  createRedisQuotaStore,
  decideQuota,
  parseQuota,
  type Quota,
  type QuotaOutcome,
} from "sekisho/quota";
import { connectForTest } from "../quota-redis-connection.ts";

const quotas = [
  "1/second",
  "7/minute",
  "3/second;10/minute",
  "30/minute;5/second",
  "11/13 seconds;17/day",
  "104249991/day",
].map(parseQuota);

interface Step {
  readonly advance: number;
  readonly key: string;
  readonly quota: Quota;
  readonly cost: number;
}

const step = (advance: fc.Arbitrary<number>): fc.Arbitrary<Step> =>
  fc.record({
    advance,
    key: fc.constantFrom("alice", "bob"),
    quota: fc.constantFrom(...quotas),
    cost: fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 1, max: 3 }) },
      { weight: 1, arbitrary: fc.integer({ min: 4, max: 40 }) },
      { weight: 1, arbitrary: fc.constantFrom(104_249_990, 104_249_991, 104_249_992, 2 ** 53 - 1) },
    ),
  });
const forward = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 0, max: 1_500 }),
  fc.integer({ min: 0, max: 90_000 }),
  fc.constantFrom(199, 200, 201, 86_399_999, 86_400_000, 86_400_001),
);
const anyDirection = fc.oneof(
  { weight: 5, arbitrary: forward },
  { weight: 1, arbitrary: fc.integer({ min: -70_000, max: -1 }) },
  { weight: 1, arbitrary: fc.constantFrom(-1_000, -1_001, -86_400_000, -86_400_001) },
);

const beginning = 1_796_000_000_000;
const facts = ({ effect, windows, retryAfterSeconds }: QuotaOutcome) => ({
  effect,
  windows,
  retryAfterSeconds,
});

/** Answers from the pure function, whose states are kept in a map. */
function createReference(clock: { now(): number }) {
  const states = new Map<string, readonly number[]>();
  return (key: string, quota: Quota, cost: number): QuotaOutcome => {
    const name = `${key} ${quota.text}`;
    const { outcome, next } = decideQuota(states.get(name) ?? [], quota, clock.now(), cost);
    states.set(name, next);
    return outcome;
  };
}

describe("any sequence of requests", () => {
  it("uses no more of a window than its limit and what came back, in exact fractions", () => {
    const requests = fc.array(
      fc.record({ advance: forward, cost: fc.integer({ min: 1, max: 6 }) }),
      { minLength: 1, maxLength: 80 },
    );
    fc.assert(
      fc.property(fc.constantFrom(...quotas), requests, (quota, sequence) => {
        let state: readonly number[] = [];
        let now = beginning;
        // The model: a bucket per window in units times milliseconds, without any rounding.
        let models = quota.windows.map((window) => BigInt(window.limit * window.seconds * 1000));
        for (const { advance, cost } of sequence) {
          now += advance;
          const refilled = quota.windows.map((window, index) => {
            const capacity = BigInt(window.limit) * BigInt(window.seconds * 1000);
            const filled = (models[index] ?? 0n) + BigInt(advance) * BigInt(window.limit);
            return filled > capacity ? capacity : filled;
          });
          const charged = quota.windows.map(
            (window, index) => (refilled[index] ?? 0n) - BigInt(cost * window.seconds * 1000),
          );
          const allowed = charged.every((left) => left >= 0n);
          const { outcome, next } = decideQuota(state, quota, now, cost);
          state = next;
          models = allowed ? charged : refilled;
          assert.equal(outcome.effect, allowed ? "allow" : "deny");
          for (const [index, window] of outcome.windows.entries())
            assert.equal(
              BigInt(window.remaining),
              (models[index] ?? 0n) / BigInt(window.seconds * 1000),
            );
        }
      }),
      { numRuns: 300 },
    );
  });

  it("is admitted at Retry-After, and not a second earlier", () => {
    fc.assert(
      fc.property(fc.array(step(forward), { minLength: 1, maxLength: 60 }), (sequence) => {
        const clock = { time: beginning, now: () => clock.time };
        const states = new Map<string, readonly number[]>();
        for (const { advance, key, quota, cost } of sequence) {
          clock.time += advance;
          const name = `${key} ${quota.text}`;
          const state = states.get(name) ?? [];
          const { outcome, next } = decideQuota(state, quota, clock.time, cost);
          states.set(name, next);
          const again = (seconds: number) =>
            decideQuota(next, quota, clock.time + seconds * 1000, cost).outcome.effect;
          const { retryAfterSeconds, windows } = outcome;
          assert.equal(retryAfterSeconds > 0, outcome.effect === "deny");
          if (outcome.effect === "allow") continue;
          const possible = quota.windows.every((window) => cost <= window.limit);
          assert.equal(again(retryAfterSeconds), possible ? "allow" : "deny");
          assert.equal(again(retryAfterSeconds - 1), "deny");
          for (const window of windows) assert.ok(window.resetSeconds <= retryAfterSeconds);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("can use no more than is announced while the announced window lasts", () => {
    fc.assert(
      fc.property(fc.array(step(forward), { minLength: 1, maxLength: 40 }), (sequence) => {
        const clock = { time: beginning, now: () => clock.time };
        const states = new Map<string, readonly number[]>();
        for (const { advance, key, quota, cost } of sequence) {
          clock.time += advance;
          const name = `${key} ${quota.text}`;
          const { outcome, next } = decideQuota(states.get(name) ?? [], quota, clock.time, cost);
          states.set(name, next);
          for (const { limit, seconds, remaining, resetSeconds } of outcome.windows) {
            assert.equal(resetSeconds === 0, remaining === limit);
            assert.ok(resetSeconds <= seconds && remaining >= 0);
            if (resetSeconds === 0) continue;
            const oneMore = (inSeconds: number) =>
              decideQuota(next, quota, clock.time + inSeconds * 1000, remaining + 1).outcome.effect;
            assert.equal(oneMore(resetSeconds - 1), "deny");
            // With several windows another one may still refuse.
            if (quota.windows.length === 1 && outcome.effect === "allow")
              assert.equal(oneMore(resetSeconds), "allow");
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it("gets the same answers from memory as from the pure function", () => {
    fc.assert(
      fc.property(fc.array(step(forward), { minLength: 1, maxLength: 80 }), (sequence) => {
        const clock = { time: beginning, now: () => clock.time };
        const store = createMemoryQuotaStore({ clock });
        const reference = createReference(clock);
        for (const { advance, key, quota, cost } of sequence) {
          clock.time += advance;
          assert.deepEqual(store.take(key, quota, cost), reference(key, quota, cost));
        }
      }),
      { numRuns: 200 },
    );
  });
});

const redis = await connectForTest("memory and Redis give identical answers");
if (redis !== undefined) {
  after(() => redis.clean());
  let run = 0;

  describe("the same sequence in Redis", () => {
    it("gets the same answers as in memory", async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step(forward), { minLength: 1, maxLength: 40 }), async (all) => {
          const clock = { time: beginning, now: () => clock.time };
          const store = createRedisQuotaStore({
            shared: redis.shared,
            clock,
            prefix: `run-${run++}`,
          });
          const memory = createMemoryQuotaStore({ clock });
          for (const { advance, key, quota, cost } of all) {
            clock.time += advance;
            const outcome = await store.take(key, quota, cost);
            assert.equal(outcome.source, "shared");
            assert.deepEqual(facts(outcome), facts(memory.take(key, quota, cost)));
          }
        }),
        { numRuns: 60 },
      );
    });

    it("gets the same answers as from the pure function when the clock steps either way", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(step(anyDirection), { minLength: 1, maxLength: 40 }),
          async (all) => {
            const clock = { time: beginning, now: () => clock.time };
            const reference = createReference(clock);
            const store = createRedisQuotaStore({
              shared: redis.shared,
              clock,
              prefix: `run-${run++}`,
            });
            for (const { advance, key, quota, cost } of all) {
              clock.time += advance;
              assert.deepEqual(
                facts(await store.take(key, quota, cost)),
                facts(reference(key, quota, cost)),
              );
            }
          },
        ),
        { numRuns: 60 },
      );
    });
  });
}
