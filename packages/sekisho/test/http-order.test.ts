/** The way of a request: each step speaks before the next one, and none is left out. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { allOf, column, defineResource, owner, role, shapeOf } from "sekisho/authorization";
import { defineEndpoint } from "sekisho/http";
import { deprecated } from "sekisho/inventory";
import { createId, systemClock, systemRandomness } from "sekisho/kernel";
import { parseQuota, type QuotaLimiter } from "sekisho/quota";
import {
  createTestAuthenticator,
  startTestApi,
  testDatabases,
  testPrincipal,
  type OpenTestDatabase,
  type TestApi,
} from "sekisho/testing";
import { auditMigrations } from "sekisho/audit";
import { z } from "zod";
import { OrderFlow, orderMigrations } from "./flow-order.ts";
import { exchange, requestText, type RawAnswer } from "./http-raw.ts";

const clerk = testPrincipal({ roles: ["clerk"] });
const stranger = testPrincipal();
let orderId = "";
const missingId = "019ab3c4-5d6e-7f80-9123-000000000000";
const sunset = Date.parse("2027-01-01T00:00:00Z");

const Order = defineResource("order", {
  table: "orders",
  owner: column("user_id"),
  row: shapeOf<{ readonly id: string; readonly status: string }>(),
});

/** What is wrong at the moment with the service. */
const state = { overloaded: false, now: sunset - 1, denied: "" };
/** What was done, in order. */
let done: string[] = [];

const quota = parseQuota("1/minute");
const window = { name: "minute", limit: 1, seconds: 60, remaining: 0, resetSeconds: 7 };
/** Refuses keys that begin with `state.denied`. */
const limiter: QuotaLimiter = {
  state: () => "local",
  take: (key) => {
    const kind = key.startsWith("source|") ? "source" : "principal";
    done.push(`quota of the ${kind}`);
    return state.denied === kind
      ? { effect: "deny", windows: [window], retryAfterSeconds: 7, source: "local" }
      : { effect: "allow", windows: [window], retryAfterSeconds: 0, source: "local" };
  },
};

const executeOrder = defineEndpoint({
  method: "POST",
  path: "/orders/:order_id",
  summary: "Executes an order",
  team: "tests",
  lifecycle: deprecated({
    since: "2026-01-01",
    deprecatedAt: "2026-06-01",
    sunsetAt: "2027-01-01",
  }),
  access: allOf(role("clerk"), owner(Order, "order_id")),
  quota: quota.text,
  step: OrderFlow.step("execute"),
  idempotent: true,
  audit: "sensitive_update",
  limits: { bodyBytes: 64 },
  body: z.strictObject({ note: z.string().max(8) }),
  output: { 200: z.strictObject({ status: z.string().max(16) }) },
  handle: ({ order, reply }) => {
    done.push("handler");
    return reply(200, { status: order.status });
  },
});

type Request = Readonly<
  Record<"id" | "host" | "accept" | "token" | "type" | "body" | "key", string>
>;
const sound: Request = {
  id: "",
  host: "api.example",
  accept: "application/json",
  token: "clerk",
  type: "application/json",
  body: '{"note":"x"}',
  key: '"fresh"',
};

interface Step {
  readonly name: string;
  readonly status: number;
  readonly code: string;
  /** What makes this step refuse. */
  readonly fault: Partial<Request>;
  readonly state?: Partial<typeof state>;
}

/** The steps in the order of the way. */
const steps: readonly Step[] = [
  { name: "overload", status: 503, code: "overloaded", fault: {}, state: { overloaded: true } },
  {
    name: "quota of the source",
    status: 429,
    code: "quota-exceeded",
    fault: {},
    state: { denied: "source" },
  },
  { name: "host", status: 421, code: "misdirected-request", fault: { host: "other.example" } },
  { name: "sunset", status: 410, code: "gone", fault: {}, state: { now: sunset } },
  {
    name: "media types of the answer",
    status: 406,
    code: "not-acceptable",
    fault: { accept: "text/html" },
  },
  { name: "credentials", status: 401, code: "unauthenticated", fault: { token: "" } },
  { name: "function", status: 403, code: "forbidden", fault: { token: "stranger" } },
  {
    name: "quota of the principal",
    status: 429,
    code: "quota-exceeded",
    fault: {},
    state: { denied: "principal" },
  },
  {
    name: "size",
    status: 413,
    code: "body-too-large",
    fault: { body: `{"note":"${"x".repeat(64)}"` },
  },
  {
    name: "media type of the body",
    status: 415,
    code: "unsupported-media-type",
    fault: { type: "text/plain" },
  },
  { name: "JSON", status: 400, code: "malformed-body", fault: { body: '{"note":"x","note":"y"}' } },
  {
    name: "contract",
    status: 422,
    code: "invalid-request",
    fault: { body: '{"note":"x","admin":true}' },
  },
  { name: "object", status: 404, code: "not-found", fault: { id: missingId } },
  { name: "idempotency", status: 422, code: "idempotency-key-reused", fault: { key: '"used"' } },
];

describe("the way of a request", () => {
  let database: OpenTestDatabase;
  let running: TestApi;

  before(async () => {
    const [embedded] = await testDatabases();
    assert.ok(embedded);
    database = await embedded.open([...auditMigrations, ...orderMigrations]);
    running = await startTestApi({
      endpoints: [executeOrder],
      store: database.store,
      authenticator: createTestAuthenticator({ clerk, stranger }),
      hosts: ["API.example"],
      overloaded: () => state.overloaded,
      clock: { now: () => state.now },
      limiter,
    });
    await reset("validated");
  });
  after(async () => {
    await running.close();
    await database.close();
    assert.deepEqual(running.internalErrors, []);
  });

  /** Makes a new order in the state. */
  async function reset(status: "draft" | "validated"): Promise<void> {
    orderId = createId(systemClock, systemRandomness);
    await database.store.asSystem("test: an order", async (session) => {
      await session.query("INSERT INTO orders (id, user_id, status) VALUES ($1, $2, 'draft')", [
        orderId,
        clerk.subject,
      ]);
      await session.query("UPDATE orders SET status = $1 WHERE id = $2", [status, orderId]);
    });
  }

  async function send(changes: readonly Partial<Request>[]): Promise<RawAnswer> {
    // The first change wins: a later step's fault must not hide an earlier one's.
    const request: Request = Object.assign({}, sound, { id: orderId }, ...changes.toReversed());
    done = [];
    const headers = {
      host: request.host,
      accept: request.accept,
      "content-type": request.type,
      "idempotency-key": request.key,
      ...(request.token === "" ? {} : { authorization: `Bearer ${request.token}` }),
    };
    return exchange(
      running.origin,
      requestText(`POST /orders/${request.id}`, headers, request.body),
    );
  }

  async function sendWith(faulty: readonly Step[]): Promise<RawAnswer> {
    const normal = { overloaded: false, now: sunset - 1, denied: "" };
    Object.assign(state, normal, ...faulty.map((step) => step.state ?? {}).toReversed());
    try {
      return await send(faulty.map((step) => step.fault));
    } finally {
      Object.assign(state, normal);
    }
  }

  it("is open to a sound request", async () => {
    await reset("validated");
    const answer = await send([{ key: '"used"' }]);
    assert.equal(answer.status, 200, answer.body);
    assert.equal(answer.body, '{"status":"executed"}');
    assert.deepEqual(done, ["quota of the source", "quota of the principal", "handler"]);
  });

  for (const [index, step] of steps.entries()) {
    it(`${step.name} alone refuses with ${step.status}`, async () => {
      await reset("validated");
      const answer = await sendWith([step]);
      assert.equal(answer.code, step.code);
      assert.equal(answer.status, step.status);
      assert.ok(!done.includes("handler"));
    });

    it(`${step.name} refuses before everything that comes after it`, async () => {
      await reset("validated");
      const answer = await sendWith(steps.slice(index));
      assert.equal(answer.code, step.code);
    });
  }

  it("the state of the flow refuses after the object and idempotency, and before the handler", async () => {
    await reset("draft");
    const refused = await send([{}]);
    assert.equal(refused.status, 409);
    assert.equal(refused.code, "illegal-step");
    assert.ok(!done.includes("handler"));
    assert.equal((await send([{ id: missingId }])).status, 404);
    assert.equal((await send([{ key: '"used"' }])).code, "idempotency-key-reused");
    await reset("validated");
    assert.equal((await send([{}])).status, 200, "the control");
  });

  it("a repeat is answered from what is stored, without the step and the handler", async () => {
    await reset("validated");
    const first = await send([{ key: '"twice"' }]);
    assert.equal(first.status, 200);
    // More repeats than the database has connections: none of them may keep one.
    for (let repeat = 0; repeat < 20; repeat++) {
      const again = await send([{ key: '"twice"' }]);
      assert.equal(again.status, 200);
      assert.equal(again.body, first.body);
      assert.ok(!done.includes("handler"));
    }
    assert.equal((await send([{ key: '"other"' }])).status, 409, "the step was taken once");
  });

  it("counts for the source what is refused before anybody asks who it is", async () => {
    const early = steps.filter(({ status }) => [421, 410, 406].includes(status));
    assert.equal(early.length, 3);
    for (const step of early) {
      await sendWith([step]);
      assert.deepEqual(done, ["quota of the source"], step.name);
    }
  });

  it("looks nothing up and counts nothing for whoever may not use the function", async () => {
    await send([{ token: "stranger" }]);
    assert.deepEqual(done, ["quota of the source"]);
    await send([{ token: "nobody" }]);
    assert.deepEqual(done, ["quota of the source"]);
  });
});
