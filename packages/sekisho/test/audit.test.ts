import { strict as assert } from "node:assert";
import { after, before, describe, it } from "node:test";
import {
  auditMigrations,
  createEventQueue,
  listEvents,
  recordEvent,
  type RecordedEventPage,
} from "sekisho/audit";
import { Problem, type Principal, type SecurityEvent, type SqlSession } from "sekisho/kernel";
import { testDatabases, type OpenTestDatabase } from "sekisho/testing";

const at = new Date("2026-11-01T12:00:00.123Z");
const context = { at, requestId: "019ab3c4-5d6e-7f80-9123-456789abcdef", source: "203.0.113.9" };
const subject = "019ab3c4-0000-7f80-9123-456789abcdef";
const update = "UPDATE sekisho_security_event SET name = 'x'";
const remove = "DELETE FROM sekisho_security_event";
const truncate = "TRUNCATE sekisho_security_event";

/** Tries each statement with the rights of the owner and notes what came of it. */
const ownerAttempts = {
  id: "zz-owner-attempts",
  sql: [
    "CREATE TABLE attempt (statement text, outcome text);",
    "GRANT SELECT ON attempt TO sekisho_system;",
    ...[update, remove, truncate].map(
      (statement) => `DO $try$ BEGIN
        ${statement};
        INSERT INTO attempt VALUES ($text$${statement}$text$, 'done');
      EXCEPTION WHEN insufficient_privilege THEN
        INSERT INTO attempt VALUES ($text$${statement}$text$, SQLERRM);
      END $try$;`,
    ),
  ].join("\n"),
};

function principalOf(...roles: string[]): Principal {
  return {
    subject,
    kind: "user",
    tenant: undefined,
    roles: new Set(roles),
    sessionId: "019ab3c4-1111-7f80-9123-456789abcdef",
    tokenId: "019ab3c4-2222-7f80-9123-456789abcdef",
    authenticatedAt: 1,
    methods: ["pwd"],
  };
}

for (const database of await testDatabases()) {
  describe(`security events on ${database.name}`, () => {
    let opened: OpenTestDatabase;

    before(async () => {
      opened = await database.open([...auditMigrations, ownerAttempts]);
    });
    after(() => opened.close());

    function system<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
      return opened.store.asSystem("test", work);
    }

    async function asPrincipal<T>(
      principal: Principal | undefined,
      work: (session: SqlSession) => Promise<T>,
    ): Promise<T> {
      const transaction = opened.store.begin(principal);
      try {
        const result = await work(transaction);
        await transaction.commit();
        return result;
      } catch (error) {
        await transaction.rollback();
        throw error;
      }
    }

    function all(): Promise<RecordedEventPage> {
      return system((session) => listEvents(session, { limit: 200 }));
    }

    it("an event is read back as it was written, by administrators", async () => {
      const event: SecurityEvent = {
        name: "user_updated",
        subject,
        object: "user:019b",
        reason: "changed-roles",
        data: { from: "user", to: "admin", count: 2, forced: true },
      };
      await asPrincipal(principalOf("user"), (session) => recordEvent(session, event, context));
      const page = await asPrincipal(principalOf("user", "admin"), (session) =>
        listEvents(session, { limit: 1 }),
      );
      const [read] = page.events;
      assert.match(read?.id ?? "", /^\d+$/);
      assert.deepEqual(read, {
        id: read?.id,
        at,
        level: "warn",
        requestId: context.requestId,
        source: context.source,
        ...event,
      });
    });

    it("nobody but administrators reads events", async () => {
      const read = (principal: Principal | undefined) =>
        asPrincipal(principal, (session) => listEvents(session, { limit: 10 }));
      for (const principal of [
        undefined,
        principalOf(),
        principalOf("user"),
        principalOf("administrator", "not-admin", "admin2"),
      ])
        assert.deepEqual(await read(principal), { events: [], next: undefined });
      assert.notEqual((await read(principalOf("user", "admin"))).events.length, 0);
    });

    it("requests without a principal add events too", async () => {
      const before_ = (await all()).events.length;
      await asPrincipal(undefined, (session) =>
        recordEvent(session, { name: "authn_login_fail", subject: undefined }, context),
      );
      const { events } = await all();
      assert.equal(events.length, before_ + 1);
      assert.equal(events[0]?.subject, undefined);
      assert.deepEqual(events[0]?.data, {});
    });

    it("an event of a change that fails is not kept", async () => {
      const before_ = (await all()).events.length;
      const failing = asPrincipal(principalOf("user"), async (session) => {
        await recordEvent(session, { name: "user_deleted", subject }, context);
        throw new Error("the change failed");
      });
      await assert.rejects(failing, /the change failed/);
      assert.equal((await all()).events.length, before_);
    });

    it("no role changes or removes an event", async () => {
      const kept = await all();
      assert.notEqual(kept.events.length, 0);
      for (const statement of [update, remove, truncate]) {
        const byPrincipal = asPrincipal(principalOf("admin"), (session) =>
          session.query(statement),
        );
        await assert.rejects(byPrincipal, /permission denied/, statement);
        await assert.rejects(
          system((session) => session.query(statement)),
          /permission denied/,
          statement,
        );
      }
      const chooseId = `INSERT INTO sekisho_security_event (id, at, name, level, request_id, source)
        OVERRIDING SYSTEM VALUE VALUES (1, now(), 'x', 'info', 'r', 's')`;
      await assert.rejects(
        system((session) => session.query(chooseId)),
        /permission denied/,
      );
      assert.deepEqual(await all(), kept);
    });

    it("the owner of the table is refused as well", async () => {
      const { rows } = await system((session) =>
        session.query("SELECT statement, outcome FROM attempt"),
      );
      assert.deepEqual(
        rows,
        [update, remove, truncate].map((statement) => ({
          statement,
          outcome: "security events are append-only",
        })),
      );
    });

    it("pages do not shift when events arrive meanwhile", async () => {
      const add = (reason: string) =>
        system((session) => recordEvent(session, { name: "authz_fail", subject, reason }, context));
      for (const reason of ["1", "2", "3", "4", "5"]) await add(reason);
      const first = await system((session) => listEvents(session, { limit: 2 }));
      await add("6");
      const cursor = first.next ?? assert.fail("there is a second page");
      const second = await system((session) => listEvents(session, { limit: 2, before: cursor }));
      const reasons = [...first.events, ...second.events].map(({ reason }) => reason);
      assert.deepEqual(reasons, ["5", "4", "3", "2"]);
      const oldest = (await all()).events.at(-1)?.id ?? "";
      const end = await system((session) => listEvents(session, { limit: 2, before: oldest }));
      assert.deepEqual(end, { events: [], next: undefined });
    });

    it("a bad page is refused before it reaches the database", async () => {
      const list = (limit: number, cursor?: string) =>
        system((session) =>
          listEvents(session, { limit, ...(cursor !== undefined && { before: cursor }) }),
        );
      for (const limit of [0, 201, 1.5, Number.NaN]) await assert.rejects(list(limit), RangeError);
      for (const cursor of ["", "0", "-1", "1e3", "1;DROP", "9".repeat(19), "abc"])
        await assert.rejects(list(1, cursor), (error) => {
          assert.ok(error instanceof Problem);
          assert.equal(error.code, "invalid-request");
          return true;
        });
      await assert.doesNotReject(list(200, "9".repeat(18)));
    });

    it("whatever an attacker puts into an event stays one clean, bounded value", async () => {
      const hostile = "a\r\n\u001b[31m\u0000\u2028\u202e\ud800';--${jndi:ldap://x}";
      const event: SecurityEvent = {
        name: "input_validation_fail",
        subject: hostile,
        object: "x".repeat(1_000_000),
        reason: "password=canary-9f3b",
        data: { [hostile]: hostile, long: "y".repeat(5000), rate: Number.NaN, __proto__: "z" },
      };
      await system((session) => recordEvent(session, event, { ...context, source: hostile }));
      const [read] = (await all()).events;
      const text = JSON.stringify(read);
      assert.doesNotMatch(text, /canary|\\u[0-9a-f]{4}|\\r|\\n|[\u2028\u202e]/i);
      assert.ok(text.length < 2000, `${text.length} characters`);
      assert.equal(read?.object?.length, 256);
      assert.equal(read?.reason, "password=[redacted]");
      assert.equal(read?.data["rate"], "NaN");
    });

    it("the queue writes refusals in one statement and in their order", async () => {
      let statements = 0;
      const counting = {
        asSystem: <T>(reason: string, work: (session: SqlSession) => Promise<T>) =>
          opened.store.asSystem(reason, (session) =>
            work({
              query: (text, values) => {
                statements += 1;
                return session.query(text, values);
              },
            }),
          ),
      };
      const log = { warn: () => assert.fail("nothing to warn of") };
      const queue = createEventQueue({ system: counting, clock: { now: () => at.getTime() }, log });
      for (let index = 0; index < 150; index++)
        queue.note(
          { name: "authz_fail", subject, reason: `refused-${index}` },
          { requestId: `request-${index}`, source: "203.0.113.9" },
        );
      queue.note({ name: "sys_startup", subject: undefined });
      await queue.flush();
      assert.equal(statements, 1);
      const { events } = await all();
      assert.equal(events[0]?.source, "system");
      const reasons = events.slice(1, 151).map(({ reason }) => reason);
      assert.deepEqual(
        reasons,
        Array.from({ length: 150 }, (_, index) => `refused-${149 - index}`),
      );
      assert.deepEqual(events[1]?.at, at);
      await queue.close();
      assert.equal(queue.dropped(), 0);
    });
  });
}
