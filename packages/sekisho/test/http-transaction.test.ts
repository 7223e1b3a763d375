/** One request, one transaction: what commits with it, what ends it, and what never starts it. */

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { auditMigrations } from "sekisho/audit";
import { anonymous, authenticated } from "sekisho/authorization";
import { flowMigrations } from "sekisho/flow";
import { defineEndpoint, unaudited, type Endpoint } from "sekisho/http";
import { production } from "sekisho/inventory";
import { Problem } from "sekisho/kernel";
import { createStore, type Store } from "sekisho/store";
import {
  createTestAuthenticator,
  startTestApi,
  testDatabases,
  type OpenTestDatabase,
  type TestApi,
} from "sekisho/testing";
import { z } from "zod";
import { alice, bob, thingMigrations } from "./store-things.ts";

const common = {
  summary: "A sample",
  team: "tests",
  lifecycle: production({ since: "2026-01-01" }),
  access: authenticated(),
  quota: "60000/minute",
  audit: "sensitive_create",
} as const;
const Named = z.strictObject({ name: z.string().max(64) });

/** What handlers did, and what was done with them. */
let happened: string[] = [];

const how = [
  "well",
  "problem",
  "error",
  "shape",
  "status",
  "location",
  "swallow",
  "never",
  "late",
] as const;
const addThing = defineEndpoint({
  ...common,
  method: "POST",
  path: "/things",
  idempotent: true,
  limits: { milliseconds: 150 },
  body: z.strictObject({ name: z.string().max(64), how: z.enum(how) }),
  output: { 201: Named },
  handle: async ({ afterCommit, body, principal, records, reply, signal }) => {
    happened.push("handler");
    const { name } = body;
    afterCommit(() => happened.push("after commit"));
    await records.insertInto("things").values({ name, user_id: principal.subject }).execute();
    switch (body.how) {
      case "well":
        return reply(201, { name }, { location: `/things/${name}` });
      case "problem":
        throw new Problem("conflict");
      case "error":
        throw new Error("failed");
      case "shape":
        return reply(201, { name: 7 } as never);
      case "status":
        return { ...reply(201, { name }), status: 200 };
      case "location":
        return reply(201, { name }, { location: "/things/\r\nx" });
      case "swallow":
        await records
          .selectFrom("nowhere")
          .selectAll()
          .execute()
          .catch(() => undefined);
        return reply(201, { name });
      case "never":
        signal.addEventListener("abort", () => happened.push("aborted"));
        return new Promise(() => undefined);
      case "late":
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        await records
          .insertInto("things")
          .values({ name: `${name}-late`, user_id: principal.subject })
          .execute()
          .catch(() => happened.push("refused"));
        happened.push("replied");
        return reply(201, { name });
    }
  },
});

const list = {
  ...common,
  method: "GET",
  audit: undefined as never,
  output: { 200: z.strictObject({ names: z.array(z.string().max(64)).max(500) }) },
} as const;
const endpoints: readonly Endpoint[] = [
  addThing,
  defineEndpoint({
    ...list,
    path: "/tardy",
    limits: { milliseconds: 50 },
    handle: async (context) => {
      await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
      try {
        await context.records.selectFrom("things").selectAll().execute();
      } catch {
        happened.push("refused");
      }
      return context.reply(200, { names: [] });
    },
  }),
  defineEndpoint({
    ...list,
    path: "/things",
    handle: async ({ records, reply }) => {
      // There is no condition here, and needs none.
      const rows = await records.selectFrom("things").select("name").execute();
      return reply(200, { names: rows.map((row) => String(row["name"])) });
    },
  }),
  defineEndpoint({
    ...list,
    path: "/public",
    access: anonymous("tests"),
    handle: async ({ records, reply }) => {
      const rows = await records.selectFrom("things").select("name").execute();
      return reply(200, { names: rows.map((row) => String(row["name"])) });
    },
  }),
  defineEndpoint({
    ...list,
    path: "/all",
    asSystem: "test: the list of everything",
    handle: async ({ records, reply }) => {
      const rows = await records.selectFrom("things").select("name").execute();
      return reply(200, { names: rows.map((row) => String(row["name"])) });
    },
  }),
  defineEndpoint({
    ...list,
    path: "/nothing",
    handle: ({ reply }) => reply(200, { names: [] }),
  }),
  defineEndpoint({
    ...common,
    method: "DELETE",
    path: "/things",
    audit: unaudited("tests"),
    output: { 200: z.strictObject({}) },
    handle: async ({ record, reply }) => {
      await record({ name: "sensitive_delete", object: "things" });
      return reply(200, {});
    },
  }),
];

for (const database of await testDatabases())
  describe(`a request on ${database.name}`, () => {
    let opened: OpenTestDatabase;
    let store: Store;
    let running: TestApi;
    /** How many transactions were begun. */
    let begun = 0;

    before(async () => {
      opened = await database.open([...auditMigrations, ...flowMigrations, ...thingMigrations]);
      // One connection: whoever keeps it is found out by the next request.
      store =
        database.name === "embedded"
          ? opened.store
          : await createStore({
              url: opened.url,
              migrations: [],
              connections: 1,
              acquireMilliseconds: 1_000,
            });
      const counting = {
        begin: (principal: Parameters<Store["begin"]>[0]) => {
          begun += 1;
          return store.begin(principal);
        },
        beginSystem: (reason: string) => store.beginSystem(reason),
      };
      running = await startTestApi({
        endpoints,
        store: counting as unknown as Store,
        authenticator: createTestAuthenticator({ alice, bob }),
      });
    });
    after(async () => {
      await running.close();
      if (store !== opened.store) await store.close();
      await opened.close();
    });

    let turn = 0;
    let name = "";
    beforeEach(() => {
      turn += 1;
      name = `thing-${turn}`;
      happened = [];
      begun = 0;
    });

    const add = (kind: (typeof how)[number], headers: Record<string, string> = {}) =>
      running.send("/things", { token: "alice", json: { name, how: kind }, headers });
    const names = async (token: string, path = "/things"): Promise<readonly string[]> => {
      const answer = await running.send(path, { token });
      assert.equal(answer.status, 200, answer.text);
      return (answer.json() as { names: string[] }).names;
    };
    const isThere = async (): Promise<boolean> => (await names("alice")).includes(name);
    const events = async (): Promise<readonly object[]> => {
      const { rows } = await store.asSystem("test: events", (session) =>
        session.query("SELECT name, subject, object FROM sekisho_security_event ORDER BY id"),
      );
      return rows;
    };

    it("commits before it answers, with its audit event, and tells whoever waits for the commit", async () => {
      const known = (await events()).length;
      const answer = await add("well");
      assert.equal(answer.status, 201);
      assert.equal(answer.headers.get("location"), `/things/${name}`);
      assert.deepEqual(happened, ["handler", "after commit"]);
      assert.ok(await isThere());
      assert.deepEqual((await events()).slice(known), [
        { name: "sensitive_create", subject: alice.subject, object: `/things/${name}` },
      ]);
    });

    it("whose commit fails has no answer of success", async () => {
      assert.equal((await add("well")).status, 201);
      // The name is judged at the commit, after the handler has answered.
      const again = await add("well");
      assert.equal(again.status, 500);
      assert.deepEqual(happened, ["handler", "after commit", "handler"]);
    });

    for (const [kind, status] of [
      ["problem", 409],
      ["error", 500],
      ["shape", 500],
      ["status", 500],
      ["location", 500],
      ["swallow", 500],
    ] as const)
      it(`that fails (${kind}) keeps neither row nor event`, async () => {
        const known = await events();
        assert.equal((await add(kind)).status, status);
        assert.deepEqual(happened, ["handler"]);
        assert.equal(await isThere(), false);
        assert.deepEqual(await events(), known);
      });

    it("keeps nothing when its event cannot be written", async () => {
      const other = await database.open([...flowMigrations, ...thingMigrations]);
      const unaware = await startTestApi({
        endpoints,
        store: other.store,
        authenticator: createTestAuthenticator({ alice }),
      });
      const answer = await unaware.send("/things", { token: "alice", json: { name, how: "well" } });
      const left = await unaware.send("/things", { token: "alice" });
      await unaware.close();
      await other.close();
      assert.equal(answer.status, 500);
      assert.deepEqual(left.json(), { names: [] });
    });

    it("records events of its own in the same transaction, as whoever asks", async () => {
      const known = (await events()).length;
      assert.equal((await running.send("/things", { method: "DELETE", token: "bob" })).status, 200);
      assert.deepEqual((await events()).slice(known), [
        { name: "sensitive_delete", subject: bob.subject, object: "things" },
      ]);
    });

    it("sees its own rows without any condition; nobody sees none; system work says why", async () => {
      await add("well");
      assert.ok(await isThere());
      assert.deepEqual(await names("bob"), []);
      assert.deepEqual(await names("alice", "/public"), []);
      const reason = "test: the list of everything";
      const counted = store.systemWork().get(reason) ?? 0;
      assert.ok((await names("bob", "/all")).includes(name));
      assert.equal(store.systemWork().get(reason), counted + 1);
    });

    it("that touches nothing opens nothing", async () => {
      await names("alice", "/nothing");
      assert.equal(begun, 0);
      await names("alice");
      assert.equal(begun, 1, "the control");
    });

    describe("with an idempotency key", () => {
      it("is carried out once, and answered the same each time", async () => {
        const headers = { "idempotency-key": `"${name}"` };
        const first = await add("well", headers);
        for (let repeat = 0; repeat < 5; repeat++) {
          const again = await add("well", headers);
          assert.equal(again.status, 201);
          assert.equal(again.text, first.text);
          assert.equal(again.headers.get("location"), first.headers.get("location"));
        }
        assert.deepEqual(happened, ["handler", "after commit"]);
      });

      it("is refused with another body, and another person's key is another", async () => {
        const headers = { "idempotency-key": `"${name}"` };
        assert.equal((await add("well", headers)).status, 201);
        assert.equal((await add("error", headers)).problem, "idempotency-key-reused");
        const json = { name: `${name}-bob`, how: "well" };
        const other = await running.send("/things", { token: "bob", json, headers });
        assert.equal(other.status, 201);
      });

      it("does not use the key up when it fails", async () => {
        const headers = { "idempotency-key": `"${name}"` };
        assert.equal((await add("error", headers)).status, 500);
        assert.equal((await add("well", headers)).status, 201);
      });

      it("that is malformed is refused before the handler", async () => {
        for (const key of [name, '""', '"a', '"a"; x=1', `"${"k".repeat(256)}"`])
          assert.equal((await add("well", { "idempotency-key": key })).status, 400, key);
        assert.deepEqual(happened, []);
        assert.equal(
          (await add("well", { "idempotency-key": `"${"k".repeat(255)}"` })).status,
          201,
        );
      });
    });

    describe("after its deadline", () => {
      it("is answered, its signal aborted, its work undone and its connection free", async () => {
        const started = performance.now();
        const answer = await add("never");
        const elapsed = performance.now() - started;
        assert.equal(answer.status, 503);
        assert.equal(answer.problem, "deadline-exceeded");
        assert.equal(answer.headers.get("retry-after"), "1");
        // A limit of 150 ms, a look every 250 ms; the rest is for a busy machine.
        assert.ok(elapsed >= 150 && elapsed < 2_000, `${elapsed} ms`);
        assert.deepEqual(happened, ["handler", "aborted"]);
        // The handler still has not ended, and holds nothing.
        assert.equal(await isThere(), false);
        assert.equal((await add("well")).status, 201);
      });

      it("begins no transaction any more", async () => {
        assert.equal((await running.send("/tardy", { token: "alice" })).status, 503);
        while (happened.length === 0) await new Promise((done) => setTimeout(done, 5));
        assert.deepEqual(happened, ["refused"]);
        assert.equal(begun, 0);
      });

      it("commits nothing that its handler does or replies later", async () => {
        assert.equal((await add("late")).status, 503);
        while (!happened.includes("replied")) await new Promise((done) => setTimeout(done, 5));
        await new Promise((done) => setTimeout(done, 20));
        assert.deepEqual(happened, ["handler", "refused", "replied"]);
        const all = await names("alice");
        assert.ok(!all.includes(name) && !all.includes(`${name}-late`));
      });
    });
  });
