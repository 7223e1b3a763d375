import { strict as assert } from "node:assert";
import { after, before, describe, it } from "node:test";
import {
  allOf,
  and,
  anyOf,
  column,
  decideFunction,
  defineResource,
  loadEvery,
  loadObject,
  loadObjects,
  memberOf,
  or,
  owner,
  policyFaults,
  principalRole,
  role,
  shadow,
  shapeOf,
  stateIn,
  toPolicies,
  type AnyAccessRule,
  type PolicyOptions,
  type ShadowDisagreement,
} from "sekisho/authorization";
import type { Migration, Principal, SqlSession } from "sekisho/kernel";
import { rowSecurityFaults } from "sekisho/store";
import { testDatabases, type OpenTestDatabase } from "sekisho/testing";
import { people, principalOf } from "./authorization-principal.ts";

const { alice, bob, carol } = people;
const aliceOrder = "019ab3c4-0000-7000-8000-0000000000a1";
const secondOrder = "019ab3c4-0000-7000-8000-0000000000a2";
const bobOrder = "019ab3c4-0000-7000-8000-0000000000b1";
const aliceItem = "019ab3c4-0000-7000-8000-0000000000c1";
const nowhere = "019ab3c4-0000-7000-8000-0000000000ff";

interface OrderRow {
  readonly id: string;
  readonly user_id: string;
}
const Order = defineResource("order", {
  table: "orders",
  columns: ["id", "user_id"],
  owner: or(column("user_id"), principalRole("support")),
  row: shapeOf<OrderRow>(),
});
/** An item is its order's: the parent's owner is reached through the parent table. */
const Item = defineResource("item", {
  table: "items",
  owner: memberOf({
    table: "orders",
    resourceColumn: "id",
    memberColumn: "user_id",
    via: "order_id",
  }),
  row: shapeOf<{ id: string; order_id: string }>(),
});
const Car = defineResource("car", {
  table: "cars",
  key: "plate",
  idFormat: "text",
  owner: column("user_id"),
  row: shapeOf<{ plate: string }>(),
});
const Note = defineResource("note", {
  load: (_session, id) => ({ id, author: id.endsWith("a1") ? alice : bob }),
  owner: (note) => note.author,
});

const orderPolicies: PolicyOptions = {
  table: "orders",
  read: Order.source.form === "table" ? Order.source.owner : column("user_id"),
  write: and(column("user_id"), stateIn("status", ["draft"])),
  check: column("user_id"),
  operations: ["select", "insert", "update"],
  columns: { update: ["status", "user_id"] },
};

const migrations: readonly Migration[] = [
  {
    id: "sample-0001",
    sql: `
    CREATE TABLE orders (id uuid PRIMARY KEY, user_id uuid, status text NOT NULL DEFAULT 'draft', secret text);
    CREATE TABLE items (id uuid PRIMARY KEY, order_id uuid NOT NULL);
    CREATE TABLE cars (plate text PRIMARY KEY, user_id uuid NOT NULL);
    INSERT INTO orders (id, user_id) VALUES ('${aliceOrder}', '${alice}'), ('${secondOrder}', '${alice}'), ('${bobOrder}', '${bob}');
    INSERT INTO items VALUES ('${aliceItem}', '${aliceOrder}');
    INSERT INTO cars VALUES ('品川 1-23', '${alice}');
    ${toPolicies(orderPolicies)}
    ${toPolicies({
      table: "items",
      read: memberOf({
        table: "orders",
        resourceColumn: "id",
        memberColumn: "user_id",
        via: "order_id",
      }),
    })}
    ${toPolicies({ table: "cars", read: column("user_id") })}`,
  },
];

/** Counts what is asked of the database. */
function counting(session: SqlSession): SqlSession & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    query: (text, values) => {
      asked.push(text);
      return session.query(text, values);
    },
  };
}

for (const database of await testDatabases())
  describe(`records on ${database.name}`, () => {
    let open: OpenTestDatabase;
    before(async () => {
      open = await database.open(migrations);
    });
    after(() => open.close());

    /** Runs as the principal and takes everything back. */
    async function as<T>(
      principal: Principal | undefined,
      work: (session: SqlSession) => Promise<T>,
    ): Promise<T> {
      const transaction = open.store.begin(principal);
      try {
        return await work(transaction);
      } finally {
        await transaction.rollback();
      }
    }
    const asAlice = principalOf(alice);
    const asSupport = principalOf(carol, { roles: new Set(["support"]) });

    it("the owner gets the declared columns of the row", async () => {
      const row = await as(asAlice, (session) => loadObject(session, Order, aliceOrder, asAlice));
      assert.deepEqual(row, { id: aliceOrder, user_id: alice });
    });

    it("a foreign, a missing and an impossible id are one answer", async () => {
      const impossible = ["42", "", aliceOrder.toUpperCase(), `${aliceOrder}\0`, "' OR true --"];
      for (const id of [bobOrder, nowhere, ...impossible])
        assert.equal(
          await as(asAlice, (session) => loadObject(session, Order, id, asAlice)),
          undefined,
        );
    });

    it("an impossible id is not even asked for, a possible one once", async () => {
      await as(asAlice, async (session) => {
        const counted = counting(session);
        await loadObject(counted, Order, "42", asAlice);
        assert.equal(counted.asked.length, 0);
        await loadObject(counted, Order, bobOrder, asAlice);
        assert.equal(counted.asked.length, 1);
      });
    });

    it("the lookup is constrained by itself, not only by row-level security", async () => {
      const [own, foreign] = await open.store.asSystem("test", async (session) => [
        await loadObject(session, Order, aliceOrder, asAlice),
        await loadObject(session, Order, bobOrder, asAlice),
      ]);
      assert.equal(own?.id, aliceOrder);
      assert.equal(foreign, undefined);
    });

    it("without a principal there is nothing, with a role there is more", async () => {
      assert.equal(
        await as(undefined, (session) => loadObject(session, Order, aliceOrder, undefined)),
        undefined,
      );
      const row = await as(asSupport, (session) =>
        loadObject(session, Order, aliceOrder, asSupport),
      );
      assert.equal(row?.id, aliceOrder);
    });

    it("a natural key is looked up with the owner too", async () => {
      const asBob = principalOf(bob);
      const plate = "品川 1-23";
      assert.ok(await as(asAlice, (session) => loadObject(session, Car, plate, asAlice)));
      assert.equal(await as(asBob, (session) => loadObject(session, Car, plate, asBob)), undefined);
      for (const odd of ["\0", "a".repeat(257), "\ud800", ""])
        assert.equal(
          await as(asAlice, (session) => loadObject(session, Car, odd, asAlice)),
          undefined,
        );
    });

    it("a loader's row belongs to its owner alone", async () => {
      assert.ok(await as(asAlice, (session) => loadObject(session, Note, aliceOrder, asAlice)));
      assert.equal(
        await as(asAlice, (session) => loadObject(session, Note, bobOrder, asAlice)),
        undefined,
      );
      assert.equal(
        await as(undefined, (session) => loadObject(session, Note, aliceOrder, undefined)),
        undefined,
      );
    });

    it("several ids are all or nothing, in their order", async () => {
      const many = (ids: readonly string[]) =>
        as(asAlice, (session) => loadEvery(session, Order, ids, asAlice));
      const ids = [secondOrder, aliceOrder, secondOrder];
      assert.deepEqual(
        (await many(ids))?.map((row) => row.id),
        ids,
      );
      assert.deepEqual(await many([]), []);
      assert.equal(await many([aliceOrder, bobOrder]), undefined);
      assert.equal(await many([aliceOrder, nowhere]), undefined);
      assert.equal(await many([aliceOrder, "42"]), undefined);
    });

    /** 404, or what the handler is given. */
    async function kindsFor(
      rule: AnyAccessRule,
      principal: Principal,
      parameters: Record<string, string>,
      report?: (disagreement: ShadowDisagreement) => void,
    ): Promise<string> {
      const decision = decideFunction(rule, { principal, parameters, now: 1_800_000_000_000 });
      assert.ok(decision.effect === "allow");
      const objects = await as(principal, (session) =>
        loadObjects(session, decision, { principal, parameters, ...(report && { report }) }),
      );
      return objects === undefined ? "404" : Object.keys(objects).join();
    }

    it("a nested row must lie within the parent that the path names", async () => {
      const rule = owner(Item, "item", { within: { order_id: "order" } });
      const at = (order: string) => kindsFor(rule, asAlice, { item: aliceItem, order });
      assert.equal(await at(aliceOrder), "item");
      assert.equal(await at(secondOrder), "404");
      assert.equal(await at(bobOrder), "404");
    });

    it("both rows or none, one row or the other", async () => {
      const both = allOf(owner(Order, "order"), owner(Note, "note"));
      const either = anyOf(owner(Order, "order"), owner(Note, "note"));
      const mine = { order: aliceOrder, note: aliceOrder };
      assert.equal(await kindsFor(both, asAlice, mine), "order,note");
      assert.equal(await kindsFor(both, asAlice, { ...mine, note: bobOrder }), "404");
      assert.equal(await kindsFor(either, asAlice, { ...mine, note: bobOrder }), "order");
      assert.equal(await kindsFor(either, asAlice, { ...mine, order: bobOrder }), "note");
      assert.equal(await kindsFor(either, asAlice, { order: bobOrder, note: bobOrder }), "404");
      assert.equal(await kindsFor(anyOf(either, role("support")), asSupport, mine), "");
    });

    it("a candidate rule that would find something else is reported and not followed", async () => {
      const reports: ShadowDisagreement[] = [];
      const rule = shadow(owner(Note, "note"), owner(Order, "order"));
      const try_ = (note: string) =>
        kindsFor(rule, asAlice, { order: aliceOrder, note }, (found) => reports.push(found));
      assert.equal(await try_(aliceOrder), "order");
      assert.deepEqual(reports, []);
      assert.equal(await try_(bobOrder), "order");
      assert.deepEqual(
        reports.map(({ candidate, enforced }) => [candidate, enforced]),
        [["deny", "allow"]],
      );
    });

    it("a query without any condition sees only what the policies show", async () => {
      const idsOf = (principal: Principal | undefined) =>
        as(principal, async (session) => {
          const { rows } = await session.query<{ id: string }>("SELECT id FROM orders ORDER BY id");
          return rows.map((row) => row.id);
        });
      assert.deepEqual(await idsOf(asAlice), [aliceOrder, secondOrder]);
      assert.deepEqual(await idsOf(principalOf(bob)), [bobOrder]);
      assert.deepEqual(await idsOf(undefined), []);
      assert.equal((await idsOf(asSupport)).length, 3);
    });

    it("reading is not writing: support sees and cannot change", async () => {
      const change = (principal: Principal) =>
        as(principal, async (session) => {
          const text = `UPDATE orders SET status = 'paid' WHERE id = '${aliceOrder}'`;
          return (await session.query(text)).rowCount;
        });
      assert.equal(await change(asSupport), 0);
      assert.equal(await change(asAlice), 1);
    });

    it("nobody gives a row away, takes one, fills one in for another or changes other columns", async () => {
      const refused = [
        `UPDATE orders SET user_id = '${bob}' WHERE id = '${aliceOrder}'`,
        `INSERT INTO orders (id, user_id) VALUES ('${nowhere}', '${bob}')`,
        `INSERT INTO orders (id, user_id) VALUES ('${nowhere}', NULL)`,
        `UPDATE orders SET secret = 'x' WHERE id = '${aliceOrder}'`,
        `DELETE FROM orders WHERE id = '${aliceOrder}'`,
        "TRUNCATE orders",
        "ALTER TABLE orders DISABLE ROW LEVEL SECURITY",
      ];
      for (const text of refused)
        await assert.rejects(
          as(asAlice, (session) => session.query(text)),
          text,
        );
      const taken = `UPDATE orders SET user_id = '${alice}' WHERE id = '${bobOrder}'`;
      assert.equal((await as(asAlice, (session) => session.query(taken))).rowCount, 0);
      const own = `INSERT INTO orders (id, user_id) VALUES ('${nowhere}', '${alice}')`;
      assert.equal((await as(asAlice, (session) => session.query(own))).rowCount, 1);
    });

    it("every table is covered, its owner included", async () => {
      const faults = await open.store.asSystem("test", (session) =>
        rowSecurityFaults(session, { sekisho_migration: "names of schema steps" }),
      );
      assert.deepEqual(faults, []);
    });

    it("a forgotten migration is found", async () => {
      const faults = (declarations: readonly PolicyOptions[]) =>
        open.store.asSystem("test", (session) => policyFaults(session, declarations));
      assert.deepEqual(await faults([orderPolicies]), []);
      assert.deepEqual(await faults([{ ...orderPolicies, read: column("user_id") }]), [
        "policy orders.orders_select is out of date",
      ]);
      assert.deepEqual(await faults([{ ...orderPolicies, operations: ["select", "delete"] }]), [
        "policy orders.orders_delete is missing",
        "policy orders.orders_insert was not declared",
        "policy orders.orders_update was not declared",
      ]);
      assert.deepEqual(await faults([{ table: "absent", read: column("user_id") }]), [
        "policy absent.absent_select is missing",
      ]);
      await assert.rejects(faults([]), /no policies/);
    });
  });

describe("toPolicies", () => {
  it("may run again with a changed predicate, which then counts", async () => {
    const [embedded] = await testDatabases();
    assert.ok(embedded);
    const narrowed = toPolicies({ table: "orders", read: column("user_id") });
    const open = await embedded.open([...migrations, { id: "sample-0002", sql: narrowed }]);
    try {
      const support = principalOf(carol, { roles: new Set(["support"]) });
      const transaction = open.store.begin(support);
      assert.equal((await transaction.query("SELECT id FROM orders")).rows.length, 0);
      await assert.rejects(transaction.query("UPDATE orders SET status = 'x'"));
      await transaction.rollback();
    } finally {
      await open.close();
    }
  });
});
