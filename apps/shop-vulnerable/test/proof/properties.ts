/** API3 and API4: which properties, and how much. */

import { strict as assert } from "node:assert";
import { performance } from "node:perf_hooks";
import type { Proof } from "../world.ts";

const privileged = { roles: ["admin"], status: "vip", salary: 77_000 };

const properties: Readonly<Record<string, Proof>> = {
  "V-API3-01": async (world) => {
    const admin = await world.admin();
    const read = async (id: string) => world.call(`GET /api/admin/users/${id}`, { as: admin });
    const plain = await read((await world.newPerson()).id);
    assert.deepEqual(plain.at("roles"), ["user"]);

    const made = await read((await world.newPerson(privileged)).id);
    for (const [name, value] of Object.entries(privileged)) assert.deepEqual(made.at(name), value);
  },
  "V-API3-02": async (world) => {
    const person = await world.newPerson();
    const body = { display_name: "New name", ...privileged };
    await world.call("PATCH /api/users/me", { as: person, body });
    const read = await world.call(`GET /api/admin/users/${person.id}`, { as: await world.admin() });
    assert.equal(read.at("display_name"), "New name");
    for (const [name, value] of Object.entries(privileged)) assert.deepEqual(read.at(name), value);
  },
  "V-API3-03": async (world) => {
    const body = {
      username: "whole-row",
      password: "p-93184",
      display_name: "R",
      email: "r@x.example",
    };
    const answer = await world.call("POST /api/auth/register", { body });
    assert.equal(answer.status, 201);
    assert.equal(answer.at("username"), "whole-row");
    assert.equal(answer.at("password"), "p-93184");
  },
  "V-API3-04": async (world) => {
    const { username, password } = await world.newPerson();
    const list = await world.call("GET /api/admin/users?limit=1000", { as: await world.admin() });
    assert.ok(list.text.includes(`"${username}"`));
    assert.ok(list.text.includes(`"password":"${password}"`));
    assert.match(String(list.at("items", 0, "internal_notes")), /credit/);
  },
  "V-API3-05": async (world) => {
    const as = await world.newPerson();
    const read = async (id: string) => world.call(`GET /api/orders/${id}`, { as });
    const plain = await read(await world.newOrder(as));
    assert.ok(Number(plain.at("total")) > 100);
    assert.equal(plain.at("status"), "draft");

    const made = await read(await world.newOrder(as, { total: 1, status: "paid" }));
    assert.equal(made.at("total"), 1);
    assert.equal(made.at("status"), "paid");
  },
  "V-API3-06": async (world) => {
    const as = await world.newPerson();
    const order = await world.call(`GET /api/orders/${await world.newOrder(as)}`, { as });
    assert.ok(Number(order.at("supplier_cost")) > 0);
    assert.ok(Number(order.at("items", 0, "supplier_cost")) > 0);
  },
  "V-API3-07": async (world) => {
    const found = await world.call("GET /api/search?q=honey");
    assert.match(String(found.at("items", 0, "name")), /^Honey/);
    assert.ok(Number(found.at("items", 0, "supplier_cost")) > 0);
    assert.ok(Number(found.at("items", 0, "stock")) > 0);
  },
  "V-API3-08": async (world) => {
    const person = await world.newPerson();
    const answer = await world.call("GET /api/users/me", { as: person });
    assert.equal(answer.at("username"), person.username);
    assert.equal(answer.at("password"), person.password);
    assert.match(String(answer.at("internal_notes")), /credit/);
  },
};

const consumption: Readonly<Record<string, Proof>> = {
  "V-API4-01": async (world) => {
    const calls = Array.from({ length: 120 }, async () => world.call("GET /api/search?limit=1"));
    const statuses = new Set((await Promise.all(calls)).map(({ status }) => status));
    assert.deepEqual([...statuses], [200]);
  },
  "V-API4-02": async (world) => {
    assert.equal((await world.call("GET /api/search?limit=5")).at("items", "length"), 5);

    const all = await world.call("GET /api/search?limit=100000");
    assert.equal(all.at("items", "length"), 120);
  },
  "V-API4-03": async (world) => {
    const as = await world.newPerson();
    await Promise.all(Array.from({ length: 60 }, async () => world.newOrder(as)));
    assert.equal((await world.call("GET /api/orders", { as })).at("items", "length"), 20);

    const all = await world.call("GET /api/orders?limit=100000", { as });
    assert.equal(all.at("items", "length"), 60);
  },
  "V-API4-04": async (world) => {
    const huge = "x".repeat(3 * 1_048_576);
    const as = await world.newPerson({ display_name: huge });
    const read = await world.call("GET /api/users/me", { as });
    assert.equal(String(read.at("display_name")).length, huge.length);
    await world.call("PATCH /api/users/me", { as, body: { display_name: "short again" } });
  },
  "V-API4-05": async (world) => {
    const as = await world.newPerson();
    const patch = async (depth: number) =>
      world.call("PATCH /api/users/me", {
        as,
        body: `{"display_name":${'{"a":'.repeat(depth)}1${"}".repeat(depth)}}`,
      });
    assert.equal((await patch(20)).status, 200);

    const deep = await patch(20_000);
    assert.equal(deep.status, 500);
    assert.match(String(deep.at("detail")), /call stack/);
  },
  "V-API4-06": async (world) => {
    const as = await world.newPerson();
    const product_id = await world.productId();
    const order = async (length: number, quantity: number) => {
      const body = { items: Array.from({ length }, () => ({ product_id, quantity })) };
      return world.call("POST /api/orders", { as, body });
    };
    assert.equal((await order(2, 1)).status, 201);

    assert.equal((await order(2_000, 1)).at("items", "length"), 2_000);
    assert.equal((await order(1, 1e12)).at("items", 0, "quantity"), 1e12);
  },
  "V-API4-07": async (world) => {
    const time = async (email: string, expected: number): Promise<number> => {
      const username = `slow-${performance.now()}`;
      const body = { username, password: "a good password", display_name: "Slow", email };
      const start = performance.now();
      assert.equal((await world.call("POST /api/auth/register", { body })).status, expected);
      return performance.now() - start;
    };
    const fast = await time(`${"a".repeat(28)}@b.example`, 201);
    const slow = await time(`${"a".repeat(28)}!`, 422);
    assert.ok(slow > 4 * fast, `${slow} ms against ${fast} ms`);
  },
};

/** By the id of the hole. */
export const propertyProofs: Readonly<Record<string, Proof>> = { ...properties, ...consumption };
