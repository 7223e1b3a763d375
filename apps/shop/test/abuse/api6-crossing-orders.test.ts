/** Customers who order the same products in another order do not block each other (API4, API6). */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createId, systemClock, systemRandomness } from "sekisho/kernel";
import { runShop, type Person, type RunningShop } from "../running-shop.ts";

interface Line {
  readonly product_id: string;
  readonly quantity: number;
}

describe("orders of the same products in crossing order", () => {
  let running: RunningShop;
  let products: readonly string[];
  before(async () => {
    running = await runShop();
    const { rows } = await running.shop.store.asSystem("test: products", (session) =>
      session.query<{ id: string }>("SELECT id FROM shop_product ORDER BY id"),
    );
    products = rows.map((row) => row.id);
  });
  after(() => running.close());

  async function stockOf(): Promise<readonly number[]> {
    const { rows } = await running.shop.store.asSystem("test: stock", (session) =>
      session.query<{ stock: number }>("SELECT stock FROM shop_product ORDER BY id"),
    );
    return rows.map((row) => row.stock);
  }

  async function validated(person: Person, items: readonly Line[]): Promise<string> {
    const made = await running.send("/api/orders", { token: person.token, json: { items } });
    assert.equal(made.status, 201, made.text);
    const id = String(made.json()["id"]);
    const step = await running.send(`/api/orders/${id}/validate`, {
      method: "POST",
      token: person.token,
    });
    assert.equal(step.status, 200, step.text);
    return id;
  }

  async function execute(person: Person, id = ""): Promise<number> {
    const path = `/api/orders/${id}/execute`;
    return (await running.send(path, { method: "POST", token: person.token })).status;
  }

  it("are all executed, quickly, and take exactly their stock", async () => {
    const people = [await running.newcomer(), await running.newcomer()];
    const lines = products.map((product_id) => ({ product_id, quantity: 1 }));
    const calls: (() => Promise<number>)[] = [];
    for (let round = 0; round < 12; round++)
      for (const [index, person] of people.entries()) {
        const id = await validated(person, index === 0 ? lines : lines.toReversed());
        calls.push(() => execute(person, id));
      }
    const stocked = await stockOf();
    const started = performance.now();
    const statuses = await Promise.all(calls.map((call) => call()));
    const took = performance.now() - started;
    assert.deepEqual(new Set(statuses), new Set([202]));
    // A deadlock is found after a second at the earliest.
    assert.ok(took < 1_000 || running.shop.store.kind === "embedded", `it took ${took} ms`);
    assert.deepEqual(
      await stockOf(),
      stocked.map((stock) => stock - calls.length),
    );
  });

  it("of the last pieces one is executed and the other takes nothing", async () => {
    const rare = [0, 1].map(() => createId(systemClock, systemRandomness));
    await running.shop.store.asSystem("test: rare products", (session) =>
      session.query(
        `INSERT INTO shop_product (id, name, description, price, currency, stock)
         SELECT id, 'Rare', 'Three pieces are left', 100, 'EUR', 3 FROM unnest($1::uuid[]) AS id`,
        [rare],
      ),
    );
    const lines = rare.map((product_id) => ({ product_id, quantity: 2 }));
    const people = [await running.newcomer(), await running.newcomer()];
    const ids = await Promise.all(
      people.map((person, index) => validated(person, index === 0 ? lines : lines.toReversed())),
    );
    const statuses = await Promise.all(people.map((person, index) => execute(person, ids[index])));
    assert.deepEqual(
      statuses.toSorted((one, other) => one - other),
      [202, 409],
    );
    const { rows } = await running.shop.store.asSystem("test: what is left", (session) =>
      session.query<{ stock: number }>("SELECT stock FROM shop_product WHERE id = ANY ($1)", [
        rare,
      ]),
    );
    assert.deepEqual(
      rows.map((row) => row.stock),
      [1, 1],
    );
  });
});
