import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import {
  coarseRetryAfter,
  createMemoryQuotaStore,
  decideQuota,
  parseQuota,
  quotaPolicyHeader,
  rateLimitHeader,
  type QuotaOutcome,
} from "sekisho/quota";

const begin = 1_796_000_000_000;

function heldClock(start = begin) {
  let time = start;
  return {
    now: () => time,
    advance(milliseconds: number) {
      time += milliseconds;
    },
  };
}

/** How many of `tries` requests are admitted. */
function admitted(tries: number, take: () => QuotaOutcome): number {
  let count = 0;
  for (let index = 0; index < tries; index++) if (take().effect === "allow") count++;
  return count;
}

describe("parseQuota", () => {
  it("reads every unit, and several of a unit", () => {
    const cases: [text: string, name: string, limit: number, seconds: number][] = [
      ["1/second", "second", 1, 1],
      ["30/minute", "minute", 30, 60],
      ["5/hour", "hour", 5, 3_600],
      ["100/day", "day", 100, 86_400],
      ["10/15 minutes", "15 minutes", 10, 900],
      ["3/31 days", "31 days", 3, 2_678_400],
      ["999999999/minute", "minute", 999_999_999, 60],
    ];
    for (const [text, name, limit, seconds] of cases)
      assert.deepEqual(parseQuota(text), { text, windows: [{ name, limit, seconds }] });
  });

  it("keeps the order of windows and one spelling", () => {
    const quota = parseQuota(" 30/minute ; 5/second");
    assert.equal(quota.text, "30/minute;5/second");
    assert.deepEqual(
      quota.windows.map((window) => window.name),
      ["minute", "second"],
    );
  });

  const refused: [why: string, text: string][] = [
    ["nothing", ""],
    ["an empty window", "30/minute;"],
    ["a zero limit", "0/minute"],
    ["a leading zero", "030/minute"],
    ["a sign", "-1/minute"],
    ["a fraction", "1.5/minute"],
    ["an exponent", "1e3/minute"],
    ["no limit", "/minute"],
    ["an unknown unit", "30/fortnight"],
    ["a property of every object as unit", "30/constructor"],
    ["a plural without a count", "30/minutes"],
    ["a singular after a count", "30/2 minute"],
    ["a count of zero", "30/0 minutes"],
    ["a count of one", "30/1 minutes"],
    ["no unit", "30"],
    ["a comma", "30/minute,5/second"],
    ["the same unit twice", "30/minute;40/minute"],
    ["the same length in other words", "30/minute;30/60 seconds"],
    ["32 days", "3/32 days"],
    ["ten digits", "1000000000/minute"],
    ["more than can be counted exactly", "999999999/day"],
    ["a line break and more", "30/minute\n5/second"],
  ];
  for (const [why, text] of refused)
    it(`refuses ${why} and names the text`, () => {
      assert.throws(
        () => parseQuota(text),
        (error) => error instanceof TypeError && error.message.includes(JSON.stringify(text)),
      );
    });
});

describe("decideQuota", () => {
  it("admits exactly the limit at once, for limits that divide a window and for those that do not", () => {
    for (const text of ["1/second", "5/second", "7/minute", "30/minute", "999/hour", "13/day"]) {
      const quota = parseQuota(text);
      let state: readonly number[] = [];
      const limit = quota.windows[0]?.limit ?? 0;
      const count = admitted(limit + 1, () => {
        const { outcome, next } = decideQuota(state, quota, begin, 1);
        state = next;
        return outcome;
      });
      assert.equal(count, limit, text);
    }
  });

  const spent = parseQuota("30/minute");
  const empty = decideQuota([], spent, begin, 30).next;
  const later: [why: string, milliseconds: number, cost: number, effect: "allow" | "deny"][] = [
    ["nothing comes back at once", 0, 1, "deny"],
    ["one unit is not back a millisecond early", 1_999, 1, "deny"],
    ["one unit is back after its share of the window", 2_000, 1, "allow"],
    ["two units are not back by then", 2_000, 2, "deny"],
    ["all but one are back", 58_000, 29, "allow"],
    ["all are not back a millisecond early", 59_999, 30, "deny"],
    ["all are back after the window", 60_000, 30, "allow"],
    ["more than all never", 3_600_000, 31, "deny"],
  ];
  for (const [why, milliseconds, cost, effect] of later)
    it(why, () => {
      assert.equal(decideQuota(empty, spent, begin + milliseconds, cost).outcome.effect, effect);
    });

  it("charges no window when one of them refuses", () => {
    const quota = parseQuota("30/minute;5/second");
    const burst = decideQuota([], quota, begin, 5);
    const refused = decideQuota(burst.next, quota, begin, 1);
    assert.equal(refused.outcome.effect, "deny");
    assert.equal(refused.next, burst.next);
    assert.deepEqual(
      refused.outcome.windows.map((window) => window.remaining),
      [25, 0],
    );
    assert.equal(decideQuota(refused.next, quota, begin + 200, 1).outcome.effect, "allow");
  });

  it("refuses by the long window when the short one has room", () => {
    const quota = parseQuota("6/minute;5/second");
    const first = decideQuota([], quota, begin, 5);
    const second = decideQuota(first.next, quota, begin + 1_000, 2);
    assert.equal(second.outcome.effect, "deny");
    assert.equal(second.outcome.retryAfterSeconds, 9);
    assert.equal(decideQuota(first.next, quota, begin + 1_000, 1).outcome.effect, "allow");
  });

  it("tells what is left, when more is back, and when to come again", () => {
    const quota = parseQuota("30/minute;5/second");
    const { outcome } = decideQuota([], quota, begin, 1);
    assert.deepEqual(outcome, {
      effect: "allow",
      windows: [
        { name: "minute", limit: 30, seconds: 60, remaining: 29, resetSeconds: 2 },
        { name: "second", limit: 5, seconds: 1, remaining: 4, resetSeconds: 1 },
      ],
      retryAfterSeconds: 0,
      source: "local",
    });
  });

  it("answers a cost above the limit with the window as Retry-After", () => {
    for (const cost of [31, Number.MAX_SAFE_INTEGER])
      assert.equal(decideQuota([], spent, begin, cost).outcome.retryAfterSeconds, 60);
  });

  it("announces no window that ends after Retry-After", () => {
    const quota = parseQuota("6/day;5/second");
    const burst = decideQuota([], quota, begin, 5);
    assert.equal(burst.outcome.windows[0]?.resetSeconds, 14_400);
    const { outcome } = decideQuota(burst.next, quota, begin, 1);
    assert.equal(outcome.retryAfterSeconds, 1);
    assert.deepEqual(
      outcome.windows.map((window) => window.resetSeconds),
      [1, 1],
    );
  });

  it("gives nothing away when the clock steps back, and locks nobody out", () => {
    assert.equal(decideQuota(empty, spent, begin - 30_000, 1).outcome.effect, "deny");
    const rewound = decideQuota(empty, spent, begin - 3_600_000, 1);
    assert.equal(rewound.outcome.effect, "deny");
    const inTwoSeconds = begin - 3_600_000 + 2_000;
    assert.equal(decideQuota(rewound.next, spent, inTwoSeconds - 1, 1).outcome.effect, "deny");
    assert.equal(decideQuota(rewound.next, spent, inTwoSeconds, 1).outcome.effect, "allow");
  });

  it("does not change the state it was given", () => {
    const state = Object.freeze([begin, 60_000]);
    decideQuota(state, spent, begin, 1);
    assert.deepEqual(state, [begin, 60_000]);
  });

  it("counts a time between two milliseconds as the earlier one", () => {
    assert.equal(decideQuota(empty, spent, begin + 1_999.9, 1).outcome.effect, "deny");
  });
});

describe("the memory store", () => {
  const quota = parseQuota("3/minute");

  it("counts each key, and each quota of a key, for itself", () => {
    const store = createMemoryQuotaStore({ clock: heldClock() });
    assert.equal(
      admitted(5, () => store.take("alice", quota, 1)),
      3,
    );
    assert.equal(
      admitted(5, () => store.take("bob", quota, 1)),
      3,
    );
    assert.equal(
      admitted(5, () => store.take("alice", parseQuota("2/minute"), 1)),
      2,
    );
    assert.equal(store.size, 3);
  });

  it("knows a quota by its text, not by its object", () => {
    const store = createMemoryQuotaStore({ clock: heldClock() });
    assert.equal(
      admitted(5, () => store.take("alice", parseQuota("3/minute"), 1)),
      3,
    );
  });

  it("takes names of object properties as keys", () => {
    const store = createMemoryQuotaStore({ clock: heldClock() });
    assert.equal(
      admitted(5, () => store.take("__proto__", quota, 1)),
      3,
    );
  });

  it("does not free a limited key under a flood of 200,000 new ones", () => {
    const clock = heldClock();
    const store = createMemoryQuotaStore({ clock, maximumKeys: 10_000 });
    assert.equal(
      admitted(4, () => store.take("limited", quota, 1)),
      3,
    );
    store.take("nearly", quota, 2);
    let through = 0;
    for (let index = 0; index < 200_000; index++) {
      if (store.take(`flood-${index}`, quota, 1).effect === "allow") through++;
    }
    assert.equal(store.take("limited", quota, 1).effect, "deny");
    assert.equal(
      admitted(2, () => store.take("nearly", quota, 1)),
      1,
    );
    assert.equal(store.size, 10_000);
    // Each key that found a place once, and those without a place together one quota.
    assert.equal(through, 10_000 - 2 + 3);
  });

  it("forgets keys whose windows are full again, and only those", () => {
    const clock = heldClock();
    const store = createMemoryQuotaStore({ clock, maximumKeys: 100 });
    for (let index = 0; index < 99; index++) store.take(`early-${index}`, quota, 1);
    clock.advance(19_999);
    store.take("limited", quota, 3);
    assert.equal(store.size, 100);
    store.take("too-soon", quota, 1);
    assert.equal(store.size, 100);
    clock.advance(1);
    for (let index = 0; index < 60; index++) store.take(`late-${index}`, quota, 3);
    assert.ok(store.size <= 100);
    assert.equal(store.take("late-59", quota, 1).effect, "deny", "late keys have their own place");
    assert.equal(store.take("limited", quota, 1).effect, "deny");
    clock.advance(20_000);
    assert.equal(store.take("limited", quota, 1).effect, "allow");
  });

  it("serves newcomers again after the flood", () => {
    const clock = heldClock();
    const store = createMemoryQuotaStore({ clock, maximumKeys: 10 });
    for (let index = 0; index < 30; index++) store.take(`flood-${index}`, quota, 1);
    assert.equal(store.take("newcomer", quota, 1).effect, "deny");
    clock.advance(60_000);
    assert.equal(
      admitted(5, () => store.take("newcomer", quota, 1)),
      3,
    );
  });

  it("refuses a bound that is none", () => {
    for (const maximumKeys of [0, -1, 1.5, Number.NaN, Infinity])
      assert.throws(() => createMemoryQuotaStore({ maximumKeys }), TypeError);
    assert.doesNotThrow(() => createMemoryQuotaStore({ maximumKeys: 1 }));
  });
});

describe("header fields of quotas", () => {
  const quota = parseQuota("30/minute;5/second;10/15 minutes");

  it("name every window", () => {
    assert.equal(
      quotaPolicyHeader(quota),
      '"minute";q=30;w=60, "second";q=5;w=1, "15 minutes";q=10;w=900',
    );
    assert.equal(
      rateLimitHeader(decideQuota([], quota, begin, 1).outcome),
      '"minute";r=29;t=2, "second";r=4;t=1, "15 minutes";r=9;t=90',
    );
  });

  it("say little on the sign-in surface", () => {
    const cases: [seconds: number, coarse: number][] = [
      [1, 60],
      [60, 60],
      [61, 300],
      [300, 300],
      [301, 900],
      [901, 3_600],
      [3_601, 86_400],
    ];
    for (const [retryAfterSeconds, coarse] of cases)
      assert.equal(coarseRetryAfter({ retryAfterSeconds }), coarse);
  });
});
