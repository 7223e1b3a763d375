import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { masked, shapeOf } from "../src/oracle/compare.ts";
import { leaksIn, newLeaks } from "../src/oracle/leak.ts";
import { leavesOf } from "../src/oracle/leaves.ts";
import { isDistinctive, marksIn, marksOf } from "../src/oracle/marks.ts";
import { isRefusingEnvelope } from "../src/oracle/refusal.ts";
import { isMasked, sensitiveLeaves, sensitivityOf } from "../src/oracle/sensitive.ts";
import { isSlower, medianOf } from "../src/oracle/time.ts";

describe("marks", () => {
  it("are what is distinctive and in nobody else's view, planted ones first", () => {
    const body = {
      id: "a-long-id-1",
      state: "draft",
      note: "cnryab1",
      total: 1999,
      place: "Nagoya",
    };
    assert.deepEqual(marksOf(body, ['{"place":"Nagoya"}']), ["cnryab1", "a-long-id-1"]);
  });

  it("are no states, dates, small numbers or short words", () => {
    const rows: readonly (readonly [string | number | boolean | null, boolean])[] = [
      ["active", false],
      ["2026-11-25T04:00:00Z", false],
      ["abcde", false],
      ["abcdefg", true],
      [99_999, false],
      [100_000, true],
      [true, false],
      [null, false],
    ];
    for (const [value, expected] of rows)
      assert.equal(isDistinctive(value), expected, String(value));
  });

  it("are recognised as JSON writes them", () => {
    const mark = 'say "aloud"';
    assert.deepEqual(marksIn(JSON.stringify({ mark }), [mark]), [mark]);
    assert.deepEqual(marksIn("{}", [mark]), []);
  });
});

describe("the leaves of a value", () => {
  it("have places in which the items of a list are alike", () => {
    const pointers = leavesOf({ items: [{ a: 1 }, { a: 2 }], b: null }).map(
      ({ pointer }) => pointer,
    );
    assert.deepEqual(pointers, ["/items/*/a", "/items/*/a", "/b"]);
    assert.equal(shapeOf({ x: [1, 2] }), shapeOf({ x: [3] }));
  });

  it("end at a depth that no honest answer has", () => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 100; depth++) deep = { deep };
    assert.deepEqual(leavesOf(deep), []);
  });
});

describe("a sensitive property", () => {
  it("is known by its name, however it is written", () => {
    const rows: readonly (readonly [string, string | undefined])[] = [
      ["password", "credential"],
      ["passwordHash", "credential"],
      ["password_hash", "credential"],
      ["apiKey", "credential"],
      ["password_expires_at", undefined],
      ["password_policy", undefined],
      ["reset_token_expires_at", undefined],
      ["email", "personal"],
      ["e-mail", "personal"],
      ["creditCard", "personal"],
      ["salary", "money"],
      ["is_admin", "privilege"],
      ["title", undefined],
      ["passenger", undefined],
      ["compass", undefined],
      ["spinach", undefined],
    ];
    for (const [name, expected] of rows) assert.equal(sensitivityOf(name), expected, name);
  });

  it("tells nothing when its value is masked", () => {
    for (const value of ["****1234", null, "", "a***@mail.example", "[redacted]", true])
      assert.equal(isMasked(value), true, String(value));
    for (const value of ["alice@mail.example", "hunter2", 1234])
      assert.equal(isMasked(value), false, String(value));
    assert.deepEqual(sensitiveLeaves({ card: "**** 4242", email: "a@b.example" }).length, 1);
  });
});

describe("a trace of the inside", () => {
  const traces: readonly (readonly [string, string])[] = [
    ["stack trace", "Error: x\n    at handle (/srv/app/server.js:12:7)"],
    ["stack trace", 'Traceback (most recent call last):\n  File "/app/x.py", line 3, in f'],
    ["SQL", 'SQLITE_ERROR: near "x": syntax error'],
    ["SQL", 'syntax error at or near "OR"'],
    ["SQL", "SELECT id, name FROM users WHERE name = 'x'"],
    ["secret", "$2b$12$abcdefghijklmnopqrstuvwxyz0123456789"],
    ["secret", "postgres://app:hunter2@db/shop"],
    ["environment", "JWT_SECRET=hunter2"],
  ];

  it("is recognised", () => {
    for (const [kind, text] of traces)
      assert.ok(
        leaksIn(text).some((leak) => leak.kind === kind),
        text,
      );
  });

  it("is not seen in what only speaks of such things", () => {
    for (const text of [
      "Select a product from the list",
      "The file is at home",
      '{"detail":"a syntax error in the JSON at position 3"}',
      "meet me at 10:30:45",
      "Update your profile, set a picture",
    ])
      assert.deepEqual(leaksIn(text), [], text);
  });

  it("counts only when the ordinary answer lacks it", () => {
    const [, trace] = traces[0] ?? ["", ""];
    assert.ok(newLeaks(trace, ["fine"]).length > 0);
    assert.equal(newLeaks(trace, [trace]).length, 0);
  });
});

describe("a refusal in an envelope", () => {
  it("is told from a success", () => {
    const rows: readonly (readonly [unknown, boolean])[] = [
      [{ success: false, message: "no" }, true],
      [{ success: true, data: {} }, false],
      [{ status: "fail", message: "no" }, true],
      [{ status: "paid", id: 1 }, false],
      [{ error: "not yours" }, true],
      [{ error: null, data: { id: 1 } }, false],
      [{ errors: [], data: { id: 1 } }, false],
      [{ code: 403, message: "no" }, true],
      [{ code: "AB12", id: 1 }, false],
      [{ message: "Access denied" }, true],
      [{ message: "Order created" }, false],
      [[{ error: "x" }], false],
    ];
    for (const [json, expected] of rows)
      assert.equal(isRefusingEnvelope(json, JSON.stringify(json)), expected, JSON.stringify(json));
  });
});

describe("two answers", () => {
  it("are the same when only ids, times and tokens differ", () => {
    const one = '{"request_id":"0199a000-0000-7000-8000-000000000001","at":"2026-11-25T04:00:00Z"}';
    const two = '{"request_id":"0199a000-0000-7000-8000-00000000ffff","at":"2026-11-25T05:00:01Z"}';
    assert.equal(masked(one), masked(two));
    assert.notEqual(masked('{"a":1}'), masked('{"a":2}'));
  });
});

describe("a slower answer", () => {
  const seven = (value: number): readonly number[] =>
    Array.from({ length: 7 }, (_, index) => value + index / 10);

  it("needs seven samples, 20 ms and more than chance", () => {
    assert.equal(medianOf([3, 1, 2]), 2);
    assert.equal(isSlower(seven(40), seven(10)), true);
    assert.equal(isSlower(seven(29), seven(10)), false);
    assert.equal(isSlower(seven(40).slice(1), seven(10)), false);
    const scattered = [10, 200, 15, 180, 20, 160, 30];
    assert.equal(isSlower(scattered, seven(10)), false);
  });
});
