import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Principal } from "sekisho/kernel";
import { createStore, isUniqueViolation, type Store, type Transaction } from "sekisho/store";
import { testDatabases, testPrincipal, type OpenTestDatabase } from "sekisho/testing";
import { add, alice, bob, namesIn, thingMigrations } from "./store-things.ts";

for (const database of await testDatabases())
  describe(`the store on ${database.name}`, () => {
    let opened: OpenTestDatabase;
    /** Has one connection, so that every transaction gets what the one before left. */
    let store: Store;

    before(async () => {
      opened = await database.open(thingMigrations);
      store =
        database.name === "embedded"
          ? opened.store
          : await createStore({ url: opened.url, migrations: [], connections: 1 });
    });
    after(async () => {
      if (store !== opened.store) await store.close();
      await opened.close();
    });

    let turn = 0;
    /** Names of this test alone. */
    const own = (name: string): string => `${turn}-${name}`;
    beforeEach(() => {
      turn += 1;
    });

    async function within<T>(
      who: Principal | undefined,
      work: (transaction: Transaction) => Promise<T>,
    ): Promise<T> {
      const transaction = store.begin(who);
      try {
        const result = await work(transaction);
        await transaction.commit();
        return result;
      } catch (error) {
        await transaction.rollback();
        throw error;
      }
    }
    const seen = async (who: Principal | undefined): Promise<readonly string[]> =>
      (await within(who, namesIn)).filter((name) => name.startsWith(own("")));

    describe("rows", () => {
      it("are those of the principal; nobody sees none, system work all", async () => {
        await within(alice, (transaction) => add(transaction, own("lamp"), alice.subject));
        await within(bob, (transaction) => add(transaction, own("desk"), bob.subject));
        assert.deepEqual(await seen(alice), [own("lamp")]);
        assert.deepEqual(await seen(bob), [own("desk")]);
        assert.deepEqual(await seen(undefined), []);
        const all = await store.asSystem("test: all of them", (session) =>
          session.query("SELECT 1 FROM things WHERE name = ANY ($1)", [[own("lamp"), own("desk")]]),
        );
        assert.equal(all.rowCount, 2);
      });

      it("cannot be made or changed for somebody else", async () => {
        await within(bob, (transaction) => add(transaction, own("desk"), bob.subject));
        const planted = within(alice, (transaction) => add(transaction, own("x"), bob.subject));
        await assert.rejects(planted, { code: "42501" });
        const grow = "UPDATE things SET size = 1 WHERE name = $1";
        const change = (who: Principal) =>
          within(who, (transaction) => transaction.query(grow, [own("desk")]));
        assert.equal((await change(alice)).rowCount, 0);
        assert.equal((await change(bob)).rowCount, 1);
      });

      it("are reached by the query builder in the same transaction", async () => {
        await within(alice, (transaction) => add(transaction, own("lamp"), alice.subject));
        const built = await within(alice, (transaction) =>
          transaction.records
            .selectFrom("things")
            .select(["name", "size"])
            .where("name", "=", own("lamp"))
            .execute(),
        );
        // 64-bit integers are text on both databases.
        assert.deepEqual(built, [{ name: own("lamp"), size: "0" }]);
      });
    });

    describe("a connection", () => {
      const asking =
        "SELECT current_setting('sekisho.subject', true) AS subject, current_setting('sekisho.tenant', true) AS tenant, current_setting('sekisho.roles', true) AS roles, current_user AS role";
      const bound = async (who: Principal | undefined) =>
        (await within(who, (transaction) => transaction.query(asking))).rows[0];
      const nobody = { subject: "", tenant: "", roles: "", role: "sekisho_app" };

      it("carries who is asking, exactly", async () => {
        assert.deepEqual(await bound(bob), {
          subject: bob.subject,
          tenant: "acme",
          roles: "admin,support:eu",
          role: "sekisho_app",
        });
        assert.deepEqual(await bound(alice), { ...nobody, subject: alice.subject });
        assert.deepEqual(await bound(undefined), nobody);
      });

      it("does not carry one person to the next, however the one before ended", async () => {
        await within(bob, (transaction) => transaction.query("SELECT 1"));
        assert.deepEqual(await bound(undefined), nobody, "after a commit");

        const undone = store.begin(bob);
        await undone.query("SELECT 1");
        await undone.rollback();
        assert.deepEqual(await bound(undefined), nobody, "after a rollback");

        await assert.rejects(within(bob, (transaction) => transaction.query("SELECT 1 / 0")));
        assert.deepEqual(await bound(undefined), nobody, "after a failure");

        await store.asSystem("test: leave nothing", (session) => session.query("SELECT 1"));
        assert.deepEqual(await bound(undefined), nobody, "after system work");
        assert.deepEqual(await seen(undefined), []);
      });
    });

    describe("a principal that cannot be bound", () => {
      const hostile: readonly (readonly [string, Partial<Principal>])[] = [
        ["a quote in the subject", { subject: "019ab3c4-5d6e-7f80-9123-456789abcde'" }],
        ["a subject that is no UUID", { subject: "alice" }],
        ["an empty subject", { subject: "" }],
        ["a quote in a role", { roles: new Set(["admin'; RESET ROLE; --"]) }],
        ["a comma in a role, which would be two", { roles: new Set(["user,admin"]) }],
        ["an empty role", { roles: new Set([""]) }],
        ["a line break in a role", { roles: new Set(["user\nadmin"]) }],
        ["a long role", { roles: new Set(["r".repeat(129)]) }],
        ["a quote in the tenant", { tenant: "a'b" }],
        ["an empty tenant", { tenant: "" }],
      ];
      for (const [what, fault] of hostile)
        it(`is refused: ${what}`, () => {
          assert.throws(() => store.begin({ ...bob, ...fault }), TypeError);
        });

      it("differs from one that can", async () => {
        const longest = testPrincipal({ roles: ["r".repeat(128), "a.b:c_d-e"], tenant: "t1" });
        assert.deepEqual(await seen(longest), []);
      });
    });

    describe("a transaction", () => {
      it("sends nothing before its first query", async () => {
        const idle = Array.from({ length: 8 }, () => store.begin(alice));
        assert.ok(idle.every((transaction) => !transaction.opened));
        // The one connection is free: none of the eight took it.
        await within(bob, async (transaction) => {
          assert.equal(transaction.opened, false);
          await transaction.query("SELECT 1");
          assert.equal(transaction.opened, true);
        });
        for (const transaction of idle) await transaction.commit();
        for (const transaction of idle) assert.equal(transaction.opened, true, "ended");
      });

      it("takes queries at the same time and runs them in order", async () => {
        const rows = await within(alice, async (transaction) => {
          const answers = await Promise.all(
            [1, 2, 3].map((value) => transaction.query("SELECT $1::int AS value", [value])),
          );
          return answers.map((answer) => answer.rows[0]);
        });
        assert.deepEqual(rows, [{ value: 1 }, { value: 2 }, { value: 3 }]);
      });

      it("keeps what it committed and nothing that it rolled back", async () => {
        await within(alice, (transaction) => add(transaction, own("kept"), alice.subject));
        const undone = store.begin(alice);
        await add(undone, own("undone"), alice.subject);
        await undone.rollback();
        assert.deepEqual(await seen(alice), [own("kept")]);
      });

      it("in which a statement failed does not commit, also when the failure was swallowed", async () => {
        const transaction = store.begin(alice);
        await add(transaction, own("lamp"), alice.subject);
        await transaction.query("SELECT 1 / 0").catch(() => undefined);
        await assert.rejects(transaction.commit(), /failed; it was rolled back/);
        assert.deepEqual(await seen(alice), []);
        await within(alice, (next) => add(next, own("lamp"), alice.subject));
        assert.deepEqual(await seen(alice), [own("lamp")], "the control");
      });

      it("that the database rolls back at its commit is an error, and leaves a usable connection", async () => {
        await within(alice, (transaction) => add(transaction, own("lamp"), alice.subject));
        const twice = within(alice, (transaction) => add(transaction, own("lamp"), alice.subject));
        await assert.rejects(twice, (error) => isUniqueViolation(error));
        assert.deepEqual(await seen(alice), [own("lamp")]);
      });

      it("calls back after the commit, and never after a rollback", async () => {
        const calls: string[] = [];
        await within(alice, async (transaction) => {
          transaction.afterCommit(() => calls.push("committed"));
          await transaction.query("SELECT 1");
          assert.deepEqual(calls, []);
        });
        const undone = store.begin(alice);
        undone.afterCommit(() => calls.push("rolled back"));
        await undone.query("SELECT 1");
        await undone.rollback();
        assert.deepEqual(calls, ["committed"]);
      });

      it("that has ended takes no query; ending it again does nothing", async () => {
        const transaction = store.begin(alice);
        await transaction.query("SELECT 1");
        await transaction.commit();
        await transaction.commit();
        await transaction.rollback();
        await assert.rejects(transaction.query("SELECT 1"), /has ended/);
      });

      it("cannot be ended, left or bound anew by a query", async () => {
        const refused = [
          "COMMIT",
          "  commit;",
          ";commit",
          "-- a comment\nCOMMIT",
          "/* a */ /* b */ rollback",
          "/* a /* nested */ comment */ end",
          "BEGIN",
          "START TRANSACTION",
          "ABORT",
          "SAVEPOINT a",
          "RELEASE a",
          "PREPARE TRANSACTION 'a'",
          "SET ROLE sekisho_system",
          "SET LOCAL ROLE sekisho_system",
          "SET SESSION AUTHORIZATION DEFAULT",
          "set local sekisho.subject = 'x'",
          "RESET ROLE",
          "RESET ALL",
          "DISCARD ALL",
          "SELECT set_config('role', 'sekisho_system', true)",
          "SELECT \"set_config\" ('sekisho.subject', $1, true)",
        ];
        await within(alice, async (transaction) => {
          for (const text of refused)
            await assert.rejects(transaction.query(text), /checkpoint/, text);
          for (const text of [
            "SELECT 'COMMIT'",
            "SELECT 1 AS settings",
            "/* set role */ SELECT 1",
            "SET CONSTRAINTS ALL IMMEDIATE",
            "SELECT 1 AS beginning",
          ])
            await transaction.query(text);
        });
      });

      it("cannot be doubled or streamed by the query builder", async () => {
        await within(alice, async (transaction) => {
          const { records } = transaction;
          await assert.rejects(
            records.transaction().execute(() => Promise.resolve()),
            /checkpoint ends it/,
          );
          await assert.rejects(async () => {
            for await (const row of records.selectFrom("things").selectAll().stream())
              assert.fail(JSON.stringify(row));
          }, /cannot be streamed/);
        });
      });

      it("may not change the schema, nor read what belongs to no request", async () => {
        for (const text of [
          "ALTER TABLE things DISABLE ROW LEVEL SECURITY",
          "DROP POLICY things_own ON things",
          "DROP TABLE things",
          "TRUNCATE things",
          "DELETE FROM things",
          "UPDATE things SET user_id = user_id",
          "CREATE TABLE mine (id int)",
          "CREATE ROLE mine",
          "GRANT sekisho_system TO sekisho_app",
          "SELECT * FROM sekisho_migration",
          "SELECT rolpassword FROM pg_authid",
          "COPY things TO PROGRAM 'true'",
        ])
          await assert.rejects(
            within(alice, (transaction) => transaction.query(text)),
            { code: "42501" },
            text,
          );
        await within(alice, (transaction) => transaction.query("SELECT count(*) FROM things"));
      });
    });

    describe("system work", () => {
      it("says why, and is counted under its reason", async () => {
        await assert.rejects(
          store.asSystem(" ", () => Promise.resolve()),
          TypeError,
        );
        assert.throws(() => store.beginSystem(""), TypeError);
        const reason = `test: counted ${turn}`;
        assert.equal(store.systemWork().get(reason), undefined);
        await store.asSystem(reason, (session) => session.query("SELECT 1"));
        await store.asSystem(reason, () => Promise.resolve());
        await store.beginSystem(reason).commit();
        assert.equal(store.systemWork().get(reason), 3);
        assert.ok(![...store.systemWork().keys()].some((key) => key.trim() === ""));
      });

      it("commits when it resolves and rolls back when it throws", async () => {
        const insert = "INSERT INTO things (name, user_id) VALUES ($1, $2)";
        await store.asSystem("test: keep", (session) =>
          session.query(insert, [own("kept"), alice.subject]),
        );
        const failing = store.asSystem("test: undo", async (session) => {
          await session.query(insert, [own("undone"), alice.subject]);
          throw new Error("changed my mind");
        });
        await assert.rejects(failing, /changed my mind/);
        assert.deepEqual(await seen(alice), [own("kept")]);
      });
    });

    it("answers a ping", async () => {
      await store.ping();
    });
  });
