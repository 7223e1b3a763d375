import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import {
  allowedSteps,
  decideStep,
  defineFlow,
  parseFlowQuota,
  parseIdempotencyKey,
  type FlowDeclaration,
} from "sekisho/flow";
import { OrderFlow } from "./flow-order.ts";

const sound: FlowDeclaration = {
  name: "order",
  table: "orders",
  stateColumn: "status",
  states: ["draft", "done"],
  initial: "draft",
  final: ["done"],
  steps: { finish: { from: ["draft"], to: "done" } },
  events: { table: "order_events", streamColumn: "order_id" },
};

describe("defineFlow", () => {
  it("accepts a sound declaration", () => {
    assert.equal(defineFlow(sound).step("finish").flow.table, "orders");
  });

  const faulty: readonly (readonly [fault: string, differences: Partial<FlowDeclaration>])[] = [
    ["the initial state new is unknown", { initial: "new" }],
    ["the final state gone is unknown", { final: ["done", "gone"] }],
    [
      "step finish names the unknown state lost",
      { steps: { finish: { from: ["lost"], to: "done" } } },
    ],
    [
      "step finish names the unknown state lost",
      { steps: { finish: { from: ["draft"], to: "lost" } } },
    ],
    ["step finish starts from no state", { steps: { finish: { from: [], to: "done" } } }],
    [
      "step finish starts twice from draft",
      { steps: { finish: { from: ["draft", "draft"], to: "done" } } },
    ],
    ["state limbo is unreachable", { states: ["draft", "done", "limbo"] }],
    ["state done is a dead end that is not final", { final: [] }],
    [
      "the final state done is left by a step",
      { steps: { ...sound.steps, reopen: { from: ["done"], to: "draft" } } },
    ],
    ["state draft is listed twice", { states: ["draft", "draft", "done"] }],
    ["there are no steps", { steps: {} }],
    ["is not a plain lower-case SQL name", { table: 'orders"; DROP TABLE orders; --' }],
    ["is not a plain lower-case SQL name", { stateColumn: "Status" }],
    ["is not made of a-z 0-9 _ -", { states: ["draft", "done'; --"], final: ["done'; --"] }],
    [
      'event "O\'k" is not made of',
      { steps: { finish: { from: ["draft"], to: "done", event: "O'k" } } },
    ],
  ];
  for (const [fault, differences] of faulty)
    it(`refuses: ${fault}`, () => {
      assert.throws(
        () => defineFlow({ ...sound, ...differences }),
        (error) => error instanceof TypeError && error.message.includes(fault),
      );
    });

  it("names every fault at once", () => {
    const broken: FlowDeclaration = { ...sound, initial: "new", final: [], states: ["a", "b"] };
    assert.throws(() => defineFlow(broken), {
      message:
        'flow "order": the initial state new is unknown; step finish names the unknown state draft; ' +
        "step finish names the unknown state done; state a is unreachable; state b is unreachable; " +
        "state a is a dead end that is not final; state b is a dead end that is not final",
    });
  });

  it("has no step but the declared ones, and no inherited ones", () => {
    const flow = defineFlow(sound);
    for (const name of ["refund", "constructor", "__proto__", "toString"])
      assert.throws(() => flow.step(name), /has no step/);
  });
});

describe("decideStep and allowedSteps", () => {
  it("lead only along the declared steps", () => {
    assert.deepEqual(decideStep(OrderFlow, "draft", "validate"), {
      effect: "allow",
      to: "validated",
    });
    assert.deepEqual(decideStep(OrderFlow, "draft", "execute"), {
      effect: "deny",
      reason: "illegal-step",
    });
    assert.deepEqual(decideStep(OrderFlow, "draft", "constructor"), {
      effect: "deny",
      reason: "unknown-step",
    });
    assert.deepEqual(allowedSteps(OrderFlow, "draft"), ["validate", "cancel"]);
    assert.deepEqual(allowedSteps(OrderFlow, "cancelled"), []);
  });
});

describe("parseFlowQuota", () => {
  it("reads an allowance", () => {
    assert.deepEqual(parseFlowQuota("200/day"), { limit: 200, window: "day" });
    assert.deepEqual(parseFlowQuota("1/hour"), { limit: 1, window: "hour" });
  });
  for (const text of [
    "",
    "0/day",
    "-1/day",
    "1.5/day",
    "200/week",
    "200 /day",
    "1/day;2/hour",
    "1e3/day",
    "9999999999/day",
  ])
    it(`refuses ${JSON.stringify(text)}`, () =>
      assert.throws(() => parseFlowQuota(text), TypeError));
});

describe("parseIdempotencyKey", () => {
  const outcomes: readonly (readonly [header: string | undefined, outcome: string])[] = [
    ['"8e03978e-40d5"', "8e03978e-40d5"],
    [`"${"k".repeat(255)}"`, "k".repeat(255)],
    [`"${"k".repeat(256)}"`, "too-long"],
    [`"${'\\"'.repeat(255)}"`, '"'.repeat(255)],
    [`"${"k".repeat(600)}"`, "too-long"],
    ['"a \\"b\\" \\\\ c"', 'a "b" \\ c'],
    [undefined, "missing"],
    ["", "not-a-quoted-string"],
    ['""', "empty"],
    ["8e03978e-40d5", "not-a-quoted-string"],
    ["'8e03978e'", "not-a-quoted-string"],
    ['"open', "not-a-quoted-string"],
    ['"a"b"', "not-a-quoted-string"],
    ['"a", "b"', "not-a-quoted-string"],
    ['"a";p=1', "not-a-quoted-string"],
    ['"a\\n"', "not-a-quoted-string"],
    ['"a\tb"', "not-a-quoted-string"],
    ['"a\n"', "not-a-quoted-string"],
    ['"a"\n', "not-a-quoted-string"],
    ['"ключ"', "not-a-quoted-string"],
    ['"\u007f"', "not-a-quoted-string"],
    [":YQ==:", "not-a-quoted-string"],
  ];
  for (const [header, outcome] of outcomes)
    it(`${JSON.stringify(header)?.slice(0, 24)} is ${outcome.slice(0, 24)}`, () => {
      const parsed = parseIdempotencyKey(header);
      assert.equal(parsed.effect === "allow" ? parsed.key : parsed.reason, outcome);
    });
});
