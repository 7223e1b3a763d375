/** What only a server shows: round trips, lost connections, time-outs, rights of the login. */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "sekisho/kernel";
import { createStore, loginFaults, type Store, type StoreOptions } from "sekisho/store";
import { testDatabases, type OpenTestDatabase } from "sekisho/testing";
import { startProxy, type Proxy } from "./store-proxy.ts";
import { add, alice, asOwner, namesIn, thingMigrations } from "./store-things.ts";

const server = (await testDatabases()).find(({ name }) => name === "postgresql");

/** Waits until the condition holds; the test's own time-out ends what never comes. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

const unavailable = (error: unknown): boolean =>
  error instanceof Problem && error.code === "unavailable";

describe("the store on a server", { skip: server === undefined, timeout: 60_000 }, () => {
  let opened: OpenTestDatabase;
  const closing: (() => Promise<unknown>)[] = [];

  before(async () => {
    assert.ok(server);
    opened = await server.open(thingMigrations);
  });
  after(async () => {
    for (const close of closing.toReversed()) await close();
    await opened.close();
  });

  async function open(options: Partial<StoreOptions> = {}): Promise<Store> {
    const store = await createStore({
      url: opened.url,
      migrations: [],
      connections: 1,
      ...options,
    });
    closing.push(() => store.close());
    return store;
  }

  async function openProxy(): Promise<Proxy> {
    const proxy = await startProxy(opened.url);
    closing.push(() => proxy.close());
    return proxy;
  }

  describe("round trips", () => {
    let proxy: Proxy;
    let store: Store;
    before(async () => {
      proxy = await openProxy();
      store = await open({ url: proxy.url });
      await store.ping();
    });

    it("opens a transaction and asks the first query in one", async () => {
      proxy.sent();
      proxy.hold();
      const transaction = store.begin(alice);
      const answer = namesIn(transaction);
      let sent = "";
      // The server says nothing: whatever arrives was sent without waiting for it.
      await until(() => {
        sent += proxy.sent();
        return sent.includes("SELECT name FROM things");
      });
      assert.match(sent, /BEGIN; SET LOCAL ROLE sekisho_app;/);
      assert.ok(sent.includes(alice.subject));
      proxy.release();
      assert.deepEqual(await answer, []);
      await transaction.commit();
      assert.match(proxy.sent(), /COMMIT/);
    });

    it("asks nothing at all for a transaction that nobody used", async () => {
      proxy.sent();
      await store.begin(alice).commit();
      await store.begin(alice).rollback();
      await store.asSystem("test: nothing", () => Promise.resolve());
      assert.equal(proxy.sent(), "");
      await store.ping();
      assert.match(proxy.sent(), /SELECT 1/, "the control");
    });

    it("opens no transaction anew for the second query", async () => {
      const transaction = store.begin(alice);
      await transaction.query("SELECT 1");
      proxy.sent();
      await transaction.query("SELECT 2");
      assert.doesNotMatch(proxy.sent(), /BEGIN/);
      await transaction.rollback();
      assert.match(proxy.sent(), /ROLLBACK/);
    });
  });

  describe("a lost connection", () => {
    const cut =
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user";

    it("in the middle of a transaction is a 503, keeps nothing, and the next one is well", async () => {
      const store = await open();
      const transaction = store.begin(alice);
      await add(transaction, "lost", alice.subject);
      await asOwner(opened.url, cut);
      await assert.rejects(transaction.query("SELECT 1"), unavailable);
      await assert.rejects(transaction.commit(), /rolled back/);
      const next = store.begin(alice);
      assert.ok(!(await namesIn(next)).includes("lost"));
      await next.commit();
    });

    it("while idle is not noticed by anybody", async () => {
      const store = await open();
      await store.ping();
      await asOwner(opened.url, cut);
      await sleep(50);
      await store.ping();
    });

    it("at the commit is a 503", async () => {
      const proxy = await openProxy();
      const store = await open({ url: proxy.url });
      const transaction = store.begin(alice);
      await transaction.query("SELECT 1");
      await proxy.close();
      await assert.rejects(transaction.commit(), unavailable);
      await assert.rejects(store.ping(), unavailable, "nobody is there");
    });

    it("of a server that is not there at all is a 503", async () => {
      const store = await open({ url: "postgres://root@127.0.0.1:1/none" });
      await assert.rejects(store.ping(), unavailable);
      await assert.rejects(store.begin(alice).query("SELECT 1"), unavailable);
    });
  });

  describe("time", () => {
    const late = (error: unknown): boolean =>
      error instanceof Problem && error.code === "deadline-exceeded";

    it("ends a statement, at the server", async () => {
      const store = await open({ statementMilliseconds: 60 });
      const transaction = store.begin(alice);
      await assert.rejects(transaction.query("SELECT pg_sleep(20)"), late);
      await transaction.rollback();
      const next = store.begin(alice);
      await next.query("SELECT pg_sleep(0.001)");
      await next.commit();
    });

    it("ends the wait for a lock", async () => {
      const [holder, waiter] = [await open(), await open({ lockMilliseconds: 60 })];
      const grow = "UPDATE things SET size = size + 1 WHERE name = 'locked'";
      const making = holder.begin(alice);
      await add(making, "locked", alice.subject);
      await making.commit();
      const held = holder.begin(alice);
      await held.query(grow);
      const waiting = waiter.begin(alice);
      await assert.rejects(waiting.query(grow), late);
      await waiting.rollback();
      await held.rollback();
      const free = waiter.begin(alice);
      assert.equal((await free.query(grow)).rowCount, 1, "the control");
      await free.rollback();
    });

    it("ends a transaction that does nothing", async () => {
      const store = await open({ idleInTransactionMilliseconds: 60 });
      const transaction = store.begin(alice);
      await transaction.query("SELECT 1");
      await sleep(250);
      await assert.rejects(transaction.query("SELECT 1"), unavailable);
      await transaction.rollback();
      await store.ping();
    });

    it("ends the wait for a connection", async () => {
      const store = await open({ acquireMilliseconds: 60 });
      const holder = store.begin(alice);
      await holder.query("SELECT 1");
      await assert.rejects(store.begin(alice).query("SELECT 1"), unavailable);
      await holder.rollback();
      await store.ping();
    });
  });

  describe("a login with few rights", () => {
    const login = `sekisho_login_${randomBytes(6).toString("hex")}`;
    let store: Store;
    before(async () => {
      await asOwner(opened.url, `CREATE ROLE ${login} LOGIN PASSWORD 'test' NOINHERIT`);
      const url = new URL(opened.url);
      url.username = login;
      url.password = "test";
      store = await open({ url: url.href, ownerUrl: opened.url, migrations: thingMigrations });
      // Grants the two roles to the login.
      await store.migrate();
    });
    after(async () => {
      await store.close();
      await asOwner(opened.url, `DROP OWNED BY ${login}; DROP ROLE ${login};`);
    });

    it("is harmless, and works", async () => {
      assert.deepEqual(await store.asSystem("test: inspect", loginFaults), []);
      const transaction = store.begin(alice);
      await add(transaction, "mine", alice.subject);
      assert.ok((await namesIn(transaction)).includes("mine"));
      await transaction.rollback();
    });

    it("does not get beyond its roles, whatever a request runs", async () => {
      const owner = new URL(opened.url).username;
      for (const statement of [
        `SET LOCAL ROLE ${owner}`,
        `SET LOCAL ROLE postgres`,
        `SET SESSION AUTHORIZATION ${owner}`,
        `ALTER ROLE ${login} SUPERUSER`,
        "ALTER TABLE things NO FORCE ROW LEVEL SECURITY",
      ]) {
        const transaction = store.begin(alice);
        const text = `DO $$ BEGIN EXECUTE '${statement}'; END $$`;
        await assert.rejects(transaction.query(text), { code: "42501" }, statement);
        await transaction.rollback();
      }
      const control = store.begin(alice);
      await control.query("DO $$ BEGIN EXECUTE 'SET LOCAL ROLE sekisho_app'; END $$");
      await control.rollback();
    });

    it("sees nothing as itself, without any binding", async () => {
      const nobody = store.begin(undefined);
      await nobody.query("DO $$ BEGIN EXECUTE 'SET LOCAL ROLE NONE'; END $$");
      await assert.rejects(nobody.query("SELECT * FROM things"), { code: "42501" });
      await nobody.rollback();
    });

    it("is reported when it owns tables, itself or through a role, or passes row-level security", async () => {
      const faults = () => store.asSystem("test: inspect", loginFaults);
      await asOwner(
        opened.url,
        `CREATE TABLE owned (id int); ALTER TABLE owned OWNER TO ${login};`,
      );
      const owns = "the login role owns tables, itself or as a member of their owner";
      assert.deepEqual(await faults(), [owns]);
      const between = `${login}_owner`;
      await asOwner(
        opened.url,
        `CREATE ROLE ${between}; ALTER TABLE owned OWNER TO ${between}; GRANT ${between} TO ${login};`,
      );
      assert.deepEqual(await faults(), [owns]);
      await asOwner(opened.url, `DROP TABLE owned; DROP ROLE ${between};`);
      assert.deepEqual(await faults(), []);
      await asOwner(opened.url, `ALTER ROLE ${login} BYPASSRLS`);
      assert.deepEqual(await faults(), ["the login role bypasses row-level security"]);
      await asOwner(opened.url, `ALTER ROLE ${login} NOBYPASSRLS`);
    });
  });

  describe("the broadcast", () => {
    const cutListeners =
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN sekisho'";

    it("reaches the other node, the sender and nobody who left, topic by topic", async () => {
      const [one, other] = [await open(), await open()];
      const heard: string[] = [];
      const leave = await one.broadcast.subscribe("ended", (text) => heard.push(`one ${text}`));
      await other.broadcast.subscribe("ended", (text) => heard.push(`other ${text}`));
      await other.broadcast.subscribe("else", (text) => heard.push(`else ${text}`));
      assert.ok(one.broadcast.connected && other.broadcast.connected);
      await one.broadcast.publish("ended", "a\nb 'c'");
      await until(() => heard.length === 2);
      assert.deepEqual(heard.toSorted(), ["one a\nb 'c'", "other a\nb 'c'"]);
      await leave();
      await one.broadcast.publish("ended", "2");
      await one.broadcast.publish("else", "3");
      await until(() => heard.includes("else 3"));
      assert.deepEqual(heard.slice(2), ["other 2", "else 3"]);
    });

    it("reports that it was lost and that it is back, and delivers again", async () => {
      const [one, other] = [await open(), await open()];
      const heard: string[] = [];
      const changes: boolean[] = [];
      await other.broadcast.subscribe("ended", (text) => heard.push(text));
      other.broadcast.onConnectionChange((connected) => changes.push(connected));
      await asOwner(opened.url, cutListeners);
      await until(() => changes.length === 2);
      assert.deepEqual(changes, [false, true]);
      assert.equal(other.broadcast.connected, true);
      await one.broadcast.publish("ended", "again");
      await until(() => heard.includes("again"));
    });

    it("refuses a message that is too long for the server, and takes the longest one", async () => {
      const store = await open();
      const heard: number[] = [];
      await store.broadcast.subscribe("t", (text) => heard.push(text.length));
      await assert.rejects(store.broadcast.publish("t", "x".repeat(8_000)));
      await store.broadcast.publish("t", "x".repeat(7_900));
      await until(() => heard.length === 1);
      assert.deepEqual(heard, [7_900]);
    });
  });
});
