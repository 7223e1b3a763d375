/**
 * API4:2023 Unrestricted Resource Consumption: how much (API4.V1, V2, V5 to V7, P2, P6; 8.1 no. 7).
 * How often is in `api4-quotas.test.ts`.
 */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { holdClock } from "../held-clock.ts";
import { hmacHeaders } from "../payment-sender.ts";
import { runShop, visible, type Answer, type Person, type RunningShop } from "../running-shop.ts";
import { businessContents } from "./database-contents.ts";
import {
  createCalls,
  fillPath,
  type Call,
  type Calls,
  type DeclaredEndpoint,
} from "./declared-calls.ts";
import { bordersOf, leavesOf } from "./schema-samples.ts";
import { exchange } from "./wire.ts";

const framings = ["length", "chunked"] as const;
const clock = holdClock(Date.now());

describe("API4: nothing is as large as somebody likes", () => {
  let running: RunningShop;
  let calls: Calls;
  let alice: Person;
  let carol: Person;

  before(async () => {
    running = await runShop({ clock });
    calls = createCalls(running, clock);
    alice = await running.signIn("alice");
    carol = await running.signIn("carol");
  });
  after(async () => {
    await running.close();
    assert.deepEqual(running.internalErrors, []);
  });

  const tokenFor = ({ caller }: DeclaredEndpoint): string =>
    caller === "admin" ? carol.token : alice.token;

  /** More of everything that is listed than fits on a page. */
  async function fillLists(): Promise<void> {
    for (let count = 0; count < 55; count++) {
      const json = { items: [{ product_id: await running.product(), quantity: 1 }] };
      const made = await calls.send("/api/orders", { token: alice.token, json });
      assert.equal(made.status, 201);
    }
    await running.shop.store.asSystem("test: many products and people", async (session) => {
      await session.query(
        `INSERT INTO shop_product (id, name, description, price, currency, stock)
         SELECT gen_random_uuid(), 'Filler ' || n, 'Fills the page', 1, 'EUR', 1000000
         FROM generate_series(1, 55) AS n`,
      );
      await session.query(
        `INSERT INTO sekisho_account (subject, sign_in_name, password_hash, roles, status, created_at)
         SELECT gen_random_uuid(), 'filler' || n, password_hash, roles, status, created_at
         FROM sekisho_account, generate_series(1, 55) AS n WHERE sign_in_name = 'alice'`,
      );
      await session.query(
        `INSERT INTO shop_user (id, display_name, email, created_at)
         SELECT subject, 'Filler', 'filler@mail.example', created_at
         FROM sekisho_account WHERE sign_in_name LIKE 'filler%'`,
      );
    });
  }

  it("a page has at most fifty entries, whatever is asked for", async () => {
    await fillLists();
    const lists = calls.endpoints.filter(
      ({ endpoint }) => endpoint.query !== undefined && "limit" in endpoint.query.shape,
    );
    assert.ok(lists.length >= 5, `only ${lists.length} lists have pages`);
    const rows: readonly (readonly [query: string, length: number | undefined])[] = [
      ["", 20],
      ["limit=0", 1],
      ["limit=-1", 1],
      ["limit=1", 1],
      ["limit=50", 50],
      ["limit=51", 50],
      ["limit=1000000000", 50],
      [`limit=${"9".repeat(300)}`, 50],
      ["limit=abc", undefined],
      ["limit=", undefined],
      ["limit=5.5", undefined],
      ["limit=1e3", undefined],
      ["limit=0x10", undefined],
      ["limit=+5", undefined],
      ["limit=%205", undefined],
      ["limit=%D9%A5", undefined],
      ["limit=5&limit=5", undefined],
      ["limit=5&LIMIT=50", undefined],
      ["limit[]=5", undefined],
      ["limit=null", undefined],
    ];
    for (const declared of lists)
      for (const [query, length] of rows) {
        const answer = await calls.send(`${declared.path}?${query}`, { token: tokenFor(declared) });
        const what = `${declared.name}?${query}: ${answer.text.slice(0, 200)}`;
        assert.equal(answer.status, length === undefined ? 422 : 200, what);
        if (length === undefined) continue;
        assert.equal((answer.json()["items"] as readonly unknown[]).length, length, what);
        assert.notEqual(answer.json()["next_cursor"], null, what);
      }
  });

  it("of a search text 128 characters count, and far more are refused", async () => {
    const find = async (q: string): Promise<readonly unknown[] | number> => {
      const answer = await calls.send(`/api/search?q=${q.replaceAll(" ", "+")}`);
      return answer.status === 200 ? (answer.json()["items"] as readonly unknown[]) : answer.status;
    };
    const kettle = await find("kettle");
    assert.equal((kettle as readonly unknown[]).length, 1);
    assert.deepEqual(await find("kettle nonsense"), []);
    const padded = (length: number, end: string): string => `kettle${end.padStart(length - 6)}`;
    assert.deepEqual(await find(padded(128, "q")), [], "the 128th character counts");
    assert.deepEqual(await find(padded(129, "q")), kettle, "the 129th does not");
    assert.deepEqual(await find(padded(4_096, "q")), kettle);
    assert.equal(await find("q".repeat(4_097)), 422);
    assert.equal(await find("q".repeat(10_000)), 414);
    assert.deepEqual(await find("q".repeat(128)), []);
  });

  it("every limit of every body holds, one beyond it, and no type is taken for another", async () => {
    let tried = 0;
    for (const declared of calls.endpoints) {
      if (declared.body === undefined) continue;
      const call = await calls.prepare(declared);
      const sample = call.json ?? (JSON.parse(String(call.body)) as unknown);
      const held = await businessContents(running);
      for (const { pointer, limit, outside } of [
        ...bordersOf(declared.body, sample),
        ...leavesOf(declared.body, sample),
      ]) {
        tried++;
        const ask = (): Promise<Answer> => sendBody(call, JSON.stringify(outside));
        const [answer, milliseconds] = await timed(ask);
        const what = `${declared.name} ${pointer} ${limit}: ${answer.status} ${answer.text}`;
        assert.equal(answer.status, 422, what);
        const errors = answer.json()["errors"] as readonly { pointer: string }[];
        assert.ok(
          errors.some((error) => error.pointer.startsWith(pointer)),
          what,
        );
        assert.ok(milliseconds < 500, `${declared.name} ${pointer} took ${milliseconds} ms`);
      }
      assert.deepEqual(await businessContents(running), held, declared.name);
      const control = await sendBody(call, JSON.stringify(sample));
      assert.ok(control.status < 300, `${declared.name}: ${control.status} ${control.text}`);
    }
    assert.ok(tried >= 100, `only ${tried} bodies were tried`);
  });

  it("a name in a path has a length, beyond which it is missing like any other", async () => {
    const paths = calls.endpoints.filter(({ parameters }) => parameters.length > 0);
    assert.ok(paths.length >= 9, `only ${paths.length} paths have names`);
    for (const declared of paths) {
      const answers: unknown[] = [];
      for (const length of [63, 64, 65, 128]) {
        const id = "a".repeat(length);
        const path = fillPath(declared.path, {
          order_id: id,
          session_id: id,
          user_id: id,
          code: id,
        });
        const sent = { method: declared.method, token: tokenFor(declared) };
        const json = declared.body === undefined ? {} : { json: {} };
        answers.push(visible(await calls.send(path, { ...sent, ...json })));
      }
      for (const answer of answers) assert.deepEqual(answer, answers[0], declared.name);
      assert.ok([403, 404].includes((answers[0] as { status: number }).status), declared.name);
      for (const length of [129, 4_000]) {
        const id = "a".repeat(length);
        const path = fillPath(declared.path, {
          order_id: id,
          session_id: id,
          user_id: id,
          code: id,
        });
        const sent = { method: declared.method, token: tokenFor(declared) };
        const answer = await calls.send(path, sent);
        assert.equal(answer.status, 404, `${declared.name} ${length}`);
      }
    }
  });

  it("a body may be as long as its limit and no byte longer, announced or not", async () => {
    let tried = 0;
    for (const declared of calls.endpoints) {
      if (declared.method === "GET") continue;
      tried++;
      const limit = declared.caller === "webhook" ? 65_536 : 1_048_576;
      const call = await calls.prepare(declared);
      const text = call.json === undefined ? String(call.body ?? "{}") : JSON.stringify(call.json);
      const tooLong = text.padEnd(limit + 1);
      const announced = await sendBody(call, tooLong);
      assert.equal(announced.status, 413, `${declared.name}: ${announced.text}`);
      const chunked = await sendBody(call, tooLong, "chunked");
      assert.equal(chunked.status, 413, `${declared.name}: ${chunked.text}`);
      const start = performance.now();
      const promised = await exchange(running.origin, {
        ...wireOf(call),
        framing: "own",
        fields: [
          ["content-type", "application/json"],
          ["content-length", "1000000000000"],
          ["connection", "close"],
        ],
      });
      assert.equal(promised.status, 413, declared.name);
      assert.ok(performance.now() - start < 5_000, `${declared.name} waited for the body`);
      const control = await sendBody(call, text.padEnd(limit), framings[tried % 2]);
      assert.ok(control.status < 300, `${declared.name}: ${control.status} ${control.text}`);
    }
    assert.ok(tried >= 14, `only ${tried} endpoints take a body`);
  });

  it("a body is nested at most 32 deep, and as wide as its contract says", async () => {
    const nested = (depth: number): string =>
      `{"x":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;
    const wide = (value: string, count: number): string =>
      `{"items":[${Array<string>(count).fill(value).join()}]}`;
    for (const [body, status] of [
      [nested(32), 422],
      [nested(33), 400],
      [nested(10_000), 400],
      ["[".repeat(100_000), 400],
      ["[".repeat(100_000) + "]".repeat(100_000), 400],
      [wide("1", 100_000), 422],
      [wide('{"product_id":"x","quantity":1}', 20_000), 422],
      [`{"items":${"9".repeat(100_000)}}`, 400],
      ['{"items":1e999}', 400],
      [`{${Array.from({ length: 50_000 }, (_, index) => `"k${index}":1`).join()}}`, 422],
      ['{"items":[],"items":[]}', 400],
      [`{"items":"${"\\u0000".repeat(100_000)}"}`, 422],
    ] as const) {
      const start = performance.now();
      const headers = { "content-type": "application/json" };
      const answer = await calls.send("/api/orders", { token: alice.token, body, headers });
      const what = `${body.slice(0, 40)}: ${answer.status}`;
      assert.equal(answer.status, status, what);
      assert.ok(answer.text.length < 8_192, `${what} answers with ${answer.text.length} bytes`);
      assert.ok(performance.now() - start < 5_000, what);
    }
    await running.order(alice);
  });

  it("a request that waits too long for the database is given up, and the next one is served", async () => {
    const id = await running.order(alice);
    const validate = (): Promise<Answer> =>
      running.send(`/api/orders/${id}/validate`, { method: "POST", token: alice.token });
    const holder = running.shop.store.beginSystem("test: somebody holds the row");
    let answer: Answer;
    const start = performance.now();
    try {
      await holder.query("SELECT 1 FROM shop_order WHERE id = $1 FOR UPDATE", [id]);
      answer = await validate();
    } finally {
      await holder.rollback();
    }
    assert.equal(answer.status, 503, answer.text);
    assert.ok(Number(answer.headers.get("retry-after")) >= 1);
    assert.ok(performance.now() - start < 10_000);
    const control = await validate();
    assert.equal(control.status, 200, control.text);
  });

  /** Slow once is the machine, slow each time is the work. */
  async function timed(ask: () => Promise<Answer>): Promise<readonly [Answer, number]> {
    const took: number[] = [];
    for (;;) {
      const start = performance.now();
      const answer = await ask();
      took.push(performance.now() - start);
      if (took.length === 3 || Math.min(...took) < 500) return [answer, Math.min(...took)];
    }
  }

  const wireOf = ({ method, path, token }: Call) => {
    return { method, path, token };
  };

  /** Sends the call with another body, signed where the endpoint wants it signed. */
  function sendBody(
    call: Call,
    body: string,
    framing: "length" | "chunked" = "length",
  ): Promise<Answer> {
    const headers =
      call.headers === undefined
        ? { "content-type": "application/json" }
        : hmacHeaders(running.shop.paymentSecret, body);
    const fields = Object.entries(headers);
    return patiently(() => exchange(running.origin, { ...wireOf(call), fields, body, framing }));
  }

  async function patiently(send: () => Promise<Answer>): Promise<Answer> {
    for (let patience = 3; ; patience--) {
      const answer = await send();
      if (answer.status !== 429 || patience === 0) return answer;
      clock.pass(Number(answer.headers.get("retry-after")));
    }
  }
});
