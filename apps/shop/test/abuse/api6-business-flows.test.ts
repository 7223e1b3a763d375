/**
 * API6:2023 Unrestricted Access to Sensitive Business Flows: requirements API6.V2, V5, S2; races and
 * order of steps (5.12, 8.1 no. 13). Idempotency keys are in `api6-idempotency.test.ts`.
 */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { OrderFlow } from "@sekisho/shop";
import { paymentSender, type PaymentSender } from "../payment-sender.ts";
import { backend, runShop, type Answer, type Person, type RunningShop } from "../running-shop.ts";

interface Event {
  readonly type: string;
  readonly actor_id: string | null;
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
}

type Step = "validate" | "execute" | "cancel" | "pay" | "fail";

const steps: readonly Step[] = ["validate", "execute", "cancel", "pay", "fail"];
const eventOf = (step: Step): string => OrderFlow.steps[step]?.event ?? step;

function permutations<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]),
  );
}

describe("API6: an order goes its way once, and no other way", () => {
  let running: RunningShop;
  let payment: PaymentSender;
  let alice: Person;

  before(async () => {
    running = await runShop();
    payment = paymentSender(running);
    alice = await running.signIn("alice");
  });
  after(() => running.close());

  const take = (id: string, step: string, who: Person = alice, at = running): Promise<Answer> =>
    at.send(`/api/orders/${id}/${step}`, { method: "POST", token: who.token });

  async function statusOf(id: string, who: Person = alice): Promise<unknown> {
    return (await running.send(`/api/orders/${id}`, { token: who.token })).json()["status"];
  }

  async function eventsOf(id: string, who: Person = alice): Promise<readonly string[]> {
    const answer = await running.send(`/api/orders/${id}/events`, { token: who.token });
    const { items } = answer.json() as { items: readonly Event[] };
    const times = items.map(({ at }) => at);
    assert.deepEqual(times, times.toSorted(), "events are listed oldest first");
    return items.map(({ type }) => type);
  }

  async function stock(): Promise<number> {
    const id = await running.product();
    const { rows } = await running.shop.store.asSystem("test: stock", (session) =>
      session.query<{ stock: number }>("SELECT stock FROM shop_product WHERE id = $1", [id]),
    );
    return rows[0]?.stock ?? assert.fail("the product is gone");
  }

  async function validated(who: Person = alice): Promise<string> {
    const id = await running.order(who);
    assert.equal((await take(id, "validate", who)).status, 200);
    return id;
  }

  function count(answers: readonly Answer[], status: number): number {
    return answers.filter((answer) => answer.status === status).length;
  }

  it("of 50 parallel executions one succeeds, leaves one event and takes the stock once", async () => {
    const id = await validated();
    const stocked = await stock();
    const answers = await Promise.all(Array.from({ length: 50 }, () => take(id, "execute")));

    assert.equal(count(answers, 202), 1);
    const refused = answers.filter((answer) => answer.status === 409);
    assert.equal(refused.length, 49);
    for (const answer of refused) {
      const { code, state, allowed_steps } = answer.json();
      assert.deepEqual(
        { code, state, allowed_steps },
        {
          code: "order-not-validated",
          state: "executed",
          allowed_steps: ["pay", "fail"],
        },
      );
    }
    const accepted = answers.find((answer) => answer.status === 202);
    assert.deepEqual(accepted?.json(), { status: "ok" });
    assert.deepEqual(await eventsOf(id), ["created", "validated", "executed"]);
    assert.equal(await stock(), stocked - 1);
  });

  it("of 50 parallel validations, and of 50 cancellations, one succeeds", async () => {
    const id = await running.order(alice);
    const validations = await Promise.all(Array.from({ length: 50 }, () => take(id, "validate")));
    assert.deepEqual([count(validations, 200), count(validations, 409)], [1, 49]);

    const cancellations = await Promise.all(Array.from({ length: 50 }, () => take(id, "cancel")));
    assert.deepEqual([count(cancellations, 200), count(cancellations, 409)], [1, 49]);
    assert.deepEqual(await eventsOf(id), ["created", "validated", "cancelled"]);
  });

  it("execution and cancellation race to one end, and the stock follows it", async () => {
    const racer = await running.newcomer();
    for (let round = 0; round < 4; round++) {
      const id = await validated(racer);
      const stocked = await stock();
      const asked = Array.from({ length: 24 }, (_, index) =>
        (index + round) % 2 === 0 ? "execute" : "cancel",
      );
      const answers = await Promise.all(asked.map((step) => take(id, step, racer)));
      const winners = answers.filter((answer) => answer.status < 300);
      assert.equal(winners.length, 1);
      assert.equal(count(answers, 409), asked.length - 1);

      const executed = winners[0]?.status === 202;
      const end = executed ? "executed" : "cancelled";
      assert.equal(await statusOf(id, racer), end);
      assert.deepEqual(await eventsOf(id, racer), ["created", "validated", end]);
      assert.equal(await stock(), executed ? stocked - 1 : stocked);
    }
  });

  if (backend === "servers")
    it("two nodes race each other to one success", async () => {
      const other = await running.secondNode();
      const id = await validated();
      const stocked = await stock();
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          take(id, "execute", alice, index % 2 === 0 ? running : other),
        ),
      );
      assert.deepEqual([count(answers, 202), count(answers, 409)], [1, 49]);
      assert.deepEqual(await eventsOf(id), ["created", "validated", "executed"]);
      assert.equal(await stock(), stocked - 1);
    });

  it("the events say who did what, and that a payment was nobody's doing", async () => {
    const id = await validated();
    assert.equal((await take(id, "execute")).status, 202);
    assert.equal((await payment.send("payment.failed", id)).status, 202);
    const answer = await running.send(`/api/orders/${id}/events`, { token: alice.token });
    const { items, next_cursor } = answer.json() as { items: Event[]; next_cursor: unknown };
    assert.equal(next_cursor, null);
    assert.deepEqual(
      items.map(({ type, actor_id }) => ({ type, actor_id })),
      [
        { type: "created", actor_id: alice.id },
        { type: "validated", actor_id: alice.id },
        { type: "executed", actor_id: alice.id },
        { type: "payment_failed", actor_id: null },
      ],
    );
    const order = (await running.send(`/api/orders/${id}`, { token: alice.token })).json();
    assert.deepEqual(
      items.map(({ data }) => data),
      [{ total: order["total"] }, {}, {}, {}],
    );
  });

  it("every permutation of the five steps does what the table of the flow says", async () => {
    const people = [await running.newcomer(), await running.newcomer()];
    for (const [index, sequence] of permutations(steps).entries()) {
      const who = people[index % people.length] ?? alice;
      const id = await running.order(who);
      let state: string = OrderFlow.initial;
      const expected = ["created"];
      for (const step of sequence) {
        const { from = [], to = "" } = OrderFlow.steps[step] ?? {};
        const legal = from.includes(state);
        if (step === "pay" || step === "fail") {
          const type = step === "pay" ? "payment.succeeded" : "payment.failed";
          assert.equal((await payment.send(type, id)).status, 202);
        } else {
          const answer = await take(id, step, who);
          assert.equal(answer.status < 300, legal, `${step} in ${state}: ${answer.text}`);
          if (!legal) assert.equal(answer.json()["state"], state);
        }
        if (!legal) continue;
        state = to;
        expected.push(eventOf(step));
      }
      assert.equal(await statusOf(id, who), state, sequence.join(" "));
      assert.deepEqual(await eventsOf(id, who), expected);
    }
  });

  it("a draft cannot be executed, nor a cancelled order validated; the rightful step goes on", async () => {
    const draft = await running.order(alice);
    const early = await take(draft, "execute");
    assert.equal(early.status, 409);
    assert.equal(early.json()["code"], "order-not-validated");
    assert.equal((await take(draft, "validate")).status, 200);
    assert.equal((await take(draft, "execute")).status, 202);

    const given = await running.order(alice);
    assert.equal((await take(given, "cancel")).status, 200);
    const late = await take(given, "validate");
    assert.equal(late.status, 409);
    assert.deepEqual(late.json()["allowed_steps"], []);
  });

  it("what is out of stock is not executed, and nothing of it stays", async () => {
    const id = await validated();
    const product = await running.product();
    const stocked = await stock();
    const set = (pieces: number): Promise<unknown> =>
      running.shop.store.asSystem("test: set the stock", (session) =>
        session.query("UPDATE shop_product SET stock = $2 WHERE id = $1", [product, pieces]),
      );
    try {
      await set(0);
      const refused = await take(id, "execute");
      assert.equal(refused.status, 409);
      assert.equal(refused.json()["code"], "out-of-stock");
      assert.equal(await statusOf(id), "validated");
      assert.deepEqual(await eventsOf(id), ["created", "validated"]);

      const unchecked = await take(await running.order(alice), "validate");
      assert.equal(unchecked.json()["code"], "out-of-stock");

      await set(1);
      assert.equal((await take(id, "execute")).status, 202);
      assert.equal(await stock(), 0);
    } finally {
      await set(stocked);
    }
  });

  it("scarce stock never goes below nothing, however many buy at once", async () => {
    const product = await running.product();
    const stocked = await stock();
    const set = (pieces: number): Promise<unknown> =>
      running.shop.store.asSystem("test: set the stock", (session) =>
        session.query("UPDATE shop_product SET stock = $2 WHERE id = $1", [product, pieces]),
      );
    try {
      const orders = await Promise.all(Array.from({ length: 20 }, () => validated()));
      await set(3);
      const answers = await Promise.all(orders.map((id) => take(id, "execute")));
      assert.deepEqual([count(answers, 202), count(answers, 409)], [3, 17]);
      assert.equal(await stock(), 0);
    } finally {
      await set(stocked);
    }
  });

  it("an order at yesterday's price is not validated", async () => {
    const product = await running.product();
    const [stale, id] = [await running.order(alice), await running.order(alice)];
    assert.equal((await take(id, "validate")).status, 200);
    const change = (by: number): Promise<unknown> =>
      running.shop.store.asSystem("test: change the price", (session) =>
        session.query("UPDATE shop_product SET price = price + $2 WHERE id = $1", [product, by]),
      );
    await change(1);
    try {
      const refused = await take(stale, "validate");
      assert.equal(refused.status, 409);
      assert.equal(refused.json()["code"], "price-changed");
      assert.equal(await statusOf(stale), "draft");
      assert.deepEqual(await eventsOf(stale), ["created"]);
    } finally {
      await change(-1);
    }
    assert.equal((await take(stale, "validate")).status, 200);
  });

  it("nothing of all this was an internal error", () => {
    assert.deepEqual(running.internalErrors, []);
  });
});
