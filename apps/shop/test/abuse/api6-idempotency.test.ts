/** API6:2023: one intent, one order. The Idempotency-Key of the draft (requirements 5.12, 8.8). */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { exchange } from "../raw-exchange.ts";
import { backend, runShop, type Answer, type Person, type RunningShop } from "../running-shop.ts";

const freshKey = (): string => `"${randomBytes(12).toString("hex")}"`;

describe("API6: a repeated request is one order", () => {
  let running: RunningShop;
  let alice: Person;
  let bob: Person;
  let product: string;

  before(async () => {
    running = await runShop();
    alice = await running.signIn("alice");
    bob = await running.signIn("bob");
    product = await running.product();
  });
  after(() => running.close());

  const draft = (quantity = 1): unknown => ({ items: [{ product_id: product, quantity }] });

  const create = (
    key: string,
    { who = alice, json = draft(), at = running }: Partial<Creation> = {},
  ): Promise<Answer> =>
    at.send("/api/orders", { token: who.token, json, headers: { "idempotency-key": key } });

  interface Creation {
    readonly who: Person;
    readonly json: unknown;
    readonly at: RunningShop;
  }

  async function ordersOf(who: Person): Promise<number> {
    const { rows } = await running.shop.store.asSystem("test: count orders", (session) =>
      session.query<{ count: number }>(
        "SELECT count(*)::integer AS count FROM shop_order WHERE user_id = $1",
        [who.id],
      ),
    );
    return rows[0]?.count ?? 0;
  }

  function assertOneAnswer(answers: readonly Answer[]): void {
    const [first, ...others] = answers;
    assert.equal(first?.status, 201, first?.text);
    for (const other of others)
      assert.deepEqual(
        [other.status, other.text, other.headers.get("location")],
        [201, first.text, first.headers.get("location")],
      );
  }

  it("50 parallel requests with one key make one order and get one answer", async () => {
    const made = await ordersOf(alice);
    const key = freshKey();
    const answers = await Promise.all(Array.from({ length: 50 }, () => create(key)));
    assertOneAnswer(answers);
    assert.equal(await ordersOf(alice), made + 1);

    const location = answers[0]?.headers.get("location") ?? "";
    assert.equal((await running.send(location, { token: alice.token })).status, 200);
    const other = await create(freshKey());
    assert.notEqual(other.headers.get("location"), location);
    assert.equal(await ordersOf(alice), made + 2);
  });

  if (backend === "servers")
    it("two nodes agree on the one order", async () => {
      const other = await running.secondNode();
      const made = await ordersOf(alice);
      const key = freshKey();
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          create(key, { at: index % 2 === 0 ? running : other }),
        ),
      );
      assertOneAnswer(answers);
      assert.equal(await ordersOf(alice), made + 1);
    });

  it("of parallel requests with one key and two bodies, one body wins", async () => {
    const made = await ordersOf(alice);
    const key = freshKey();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => create(key, { json: draft((index % 2) + 1) })),
    );
    const accepted = answers.filter((answer) => answer.status === 201);
    assertOneAnswer(accepted);
    assert.equal(accepted.length, 10);
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      assert.equal(answer.status, 422);
      assert.equal(answer.json()["code"], "idempotency-key-reused");
    }
    assert.equal(await ordersOf(alice), made + 1);
  });

  it("the same key with another body is refused, with the same body repeated", async () => {
    const key = freshKey();
    const first = await create(key);
    const other = await create(key, { json: draft(2) });
    assert.equal(other.status, 422);
    assert.equal(other.json()["code"], "idempotency-key-reused");
    assertOneAnswer([first, await create(key)]);
  });

  it("a request that fails does not use the key up", async () => {
    const key = freshKey();
    const unknown = { items: [{ product_id: alice.id, quantity: 1 }] };
    for (const json of [unknown, { items: [] }, { surprise: true }]) {
      const failed = await create(key, { json });
      assert.equal(failed.status, 422, failed.text);
      assert.equal(failed.json()["code"], "invalid-request");
    }
    assert.equal(
      (await running.send("/api/orders", { json: draft(), headers: { "idempotency-key": key } }))
        .status,
      401,
    );
    assert.equal((await create(key)).status, 201);
  });

  it("the same key of somebody else is another key", async () => {
    const key = freshKey();
    const own = await create(key);
    const foreign = await create(key, { who: bob, json: draft(3) });
    assert.equal(foreign.status, 201);
    assert.notEqual(foreign.headers.get("location"), own.headers.get("location"));
    assert.ok(!foreign.text.includes(String(own.json()["id"])));
  });

  it("whoever may not ask any more is not answered from the store", async () => {
    const leaver = await running.newcomer();
    const key = freshKey();
    assert.equal((await create(key, { who: leaver })).status, 201);
    assert.equal((await create(key, { who: leaver })).status, 201);
    const out = await running.send("/api/auth/logout", { method: "POST", token: leaver.token });
    assert.equal(out.status, 204);
    assert.equal((await create(key, { who: leaver })).status, 401);
  });

  it("a malformed key is refused before anything is made; a key at the borders is taken", async () => {
    const made = await ordersOf(bob);
    const malformed = [
      "bare-token",
      '""',
      '"open',
      'open"',
      '"a" "b"',
      '"a", "b"',
      '"a";v=1',
      '"a\\x"',
      '"ä"',
      "'a'",
      "?1",
      "12",
      ":YQ==:",
      `"${"k".repeat(256)}"`,
    ];
    for (const key of malformed) {
      const answer = await create(key, { who: bob });
      assert.equal(answer.status, 400, `${key}: ${answer.text}`);
      assert.equal(answer.json()["code"], "malformed-request");
    }
    assert.equal(await ordersOf(bob), made);

    const good = [`"${"k".repeat(255)}"`, '"a b"', '"a\\"b\\\\c"', '"~"'];
    for (const key of good) assert.equal((await create(key, { who: bob })).status, 201, key);
    assert.equal(await ordersOf(bob), made + good.length);
  });

  it("two key fields in one request are refused, one is taken", async () => {
    const body = JSON.stringify(draft());
    const head = (keys: readonly string[]): string =>
      [
        "POST /api/orders HTTP/1.1",
        "host: shop",
        `authorization: Bearer ${bob.token}`,
        "content-type: application/json",
        `content-length: ${body.length}`,
        ...keys.map((key) => `idempotency-key: ${key}`),
        "connection: close",
        "",
        body,
      ].join("\r\n");
    const key = freshKey();
    assert.equal((await exchange(running.origin, head([key, key]))).status, 400);
    assert.equal((await exchange(running.origin, head([key]))).status, 201);
  });

  it("nothing of all this was an internal error", () => {
    assert.deepEqual(running.internalErrors, []);
  });
});
