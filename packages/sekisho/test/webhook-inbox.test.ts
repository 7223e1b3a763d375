import { strict as assert } from "node:assert";
import { after, before, describe, it } from "node:test";
import type { SqlSession } from "sekisho/kernel";
import { testDatabases, type OpenTestDatabase } from "sekisho/testing";
import { acceptOnce, pruneInbox, webhookMigrations, type InboxEntry } from "sekisho/webhook";

const day = 86_400_000;
const now = new Date("2026-11-29T12:00:00Z");
const effectTable =
  "CREATE TABLE effect (note text); GRANT SELECT, INSERT ON effect TO sekisho_system";

function entryOf(id: string, changes: Partial<InboxEntry> = {}): InboxEntry {
  return { source: "payment", id, receivedAt: now, fingerprint: "f1", ...changes };
}

for (const database of await testDatabases()) {
  describe(`the inbox on ${database.name}`, () => {
    let opened: OpenTestDatabase;

    before(async () => {
      opened = await database.open([...webhookMigrations, { id: "zz-effect", sql: effectTable }]);
    });
    after(() => opened.close());

    function system<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
      return opened.store.asSystem("test", work);
    }

    function accept(entry: InboxEntry): Promise<"first" | "repeat" | "altered"> {
      return system((session) => acceptOnce(session, entry));
    }

    it("lets a message in once, per sender", async () => {
      assert.equal(await accept(entryOf("once")), "first");
      assert.equal(await accept(entryOf("once")), "repeat");
      assert.equal(await accept(entryOf("once", { fingerprint: "f2" })), "altered");
      assert.equal(await accept(entryOf("once")), "repeat", "the first body stays the known one");
      assert.equal(await accept(entryOf("other")), "first");
      assert.equal(await accept(entryOf("once", { source: "shipping" })), "first");
    });

    it("gives twenty parallel copies one effect", async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, () =>
          system(async (session) => {
            const accepted = await acceptOnce(session, entryOf("parallel"));
            if (accepted === "first") await session.query("INSERT INTO effect VALUES ('parallel')");
            return accepted;
          }),
        ),
      );
      assert.equal(outcomes.filter((accepted) => accepted === "first").length, 1);
      const { rows } = await system((session) =>
        session.query("SELECT note FROM effect WHERE note = 'parallel'"),
      );
      assert.equal(rows.length, 1);
    });

    it("forgets the message when its effect fails, so that a retry succeeds", async () => {
      const failing = system(async (session) => {
        assert.equal(await acceptOnce(session, entryOf("failing")), "first");
        throw new Error("the effect failed");
      });
      await assert.rejects(failing, /the effect failed/);
      assert.equal(await accept(entryOf("failing")), "first");
    });

    it("prunes old messages but never those without a signed time", async () => {
      const source = "old-sender";
      const receivedAt = new Date(now.getTime() - 31 * day);
      const limit = new Date(now.getTime() - 30 * day);
      const prune = (name: string, until: Date) =>
        system((session) => pruneInbox(session, { source: name, before: until, now }));
      await accept(entryOf("msg_old", { source, receivedAt }));
      await accept(entryOf("body:aa", { source, receivedAt }));
      await accept(entryOf("msg_border", { source, receivedAt: limit }));
      assert.equal(await prune("nobody", limit), 0);
      assert.equal(await prune(source, limit), 1);
      assert.equal(await accept(entryOf("msg_old", { source })), "first");
      assert.equal(await accept(entryOf("body:aa", { source })), "repeat");
      assert.equal(await accept(entryOf("msg_border", { source })), "repeat");
      await assert.rejects(prune(source, new Date(now.getTime() - day + 1)), RangeError);
      await assert.doesNotReject(prune(source, new Date(now.getTime() - day)));
    });

    it("prunes no more at once than it was told", async () => {
      const source = "busy-sender";
      const receivedAt = new Date(now.getTime() - 31 * day);
      for (let index = 0; index < 3; index++)
        await accept(entryOf(`msg_${index}`, { source, receivedAt }));
      const limit = new Date(now.getTime() - 30 * day);
      const prune = () =>
        system((session) => pruneInbox(session, { source, before: limit, now, maximum: 2 }));
      assert.deepEqual([await prune(), await prune(), await prune()], [2, 1, 0]);
    });

    it("is out of reach for requests", async () => {
      for (const statement of [
        "SELECT * FROM sekisho_webhook_inbox",
        "INSERT INTO sekisho_webhook_inbox VALUES ('payment', 'x', now(), 'f')",
        "UPDATE sekisho_webhook_inbox SET id = 'x'",
        "DELETE FROM sekisho_webhook_inbox",
      ]) {
        const request = opened.store.begin(undefined);
        await assert.rejects(request.query(statement), /permission denied/);
        await request.rollback();
      }
    });

    it("holds rows that do not change, even for system work", async () => {
      const update = "UPDATE sekisho_webhook_inbox SET id = 'x'";
      await assert.rejects(
        system((session) => session.query(update)),
        /permission denied/,
      );
      const read = "SELECT id FROM sekisho_webhook_inbox WHERE id = 'once'";
      const { rows } = await system((session) => session.query(read));
      assert.ok(rows.length > 0);
    });
  });
}
