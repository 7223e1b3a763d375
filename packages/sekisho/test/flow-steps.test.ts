import { strict as assert } from "node:assert";
import { after, before, describe, it } from "node:test";
import { recordStart, takeStep, type StepRequest, type StepTaken } from "sekisho/flow";
import { createId, systemClock, systemRandomness } from "sekisho/kernel";
import { rowSecurityFaults } from "sekisho/store";
import { testDatabases, type OpenTestDatabase } from "sekisho/testing";
import { people } from "./authorization-principal.ts";
import { OrderFlow, orderMigrations, request } from "./flow-order.ts";

const { alice, bob } = people;
const at = new Date("2027-01-15T10:59:59.500Z");
const newId = (): string => createId(systemClock, systemRandomness);

for (const database of await testDatabases())
  describe(`on ${database.name}`, () => {
    // The embedded database has one connection: there is nothing to race against.
    const parallel = database.name === "postgresql" ? 50 : 5;

    let open: OpenTestDatabase;
    before(async () => {
      open = await database.open(orderMigrations);
    });
    after(() => open.close());

    it("every table of the flows is covered, its owner included", async () => {
      const faults = await open.store.asSystem("test", (session) =>
        rowSecurityFaults(session, { sekisho_migration: "names of schema steps" }),
      );
      assert.deepEqual(faults, []);
    });

    describe("steps", () => {
      async function newOrder(): Promise<string> {
        const id = newId();
        await request(open.store, alice, async (session) => {
          await session.query("INSERT INTO orders VALUES ($1, $2, 'draft')", [id, alice]);
          await recordStart(session, OrderFlow, { id, actorId: alice, at });
        });
        return id;
      }

      function take(
        name: "validate" | "execute" | "cancel" | "reprice",
        id: string,
        more: Partial<StepRequest> & { readonly as?: string } = {},
      ): Promise<StepTaken> {
        const { as = alice, ...rest } = more;
        return request(open.store, as, (session) =>
          takeStep(session, OrderFlow.step(name), { id, actorId: as, at, ...rest }),
        );
      }

      async function eventsOf(id: string): Promise<readonly string[]> {
        const { rows } = await request(open.store, alice, (session) =>
          session.query<{ version: number; type: string; state: string; actor_id: string }>(
            "SELECT version, type, state, actor_id FROM order_events WHERE order_id = $1 ORDER BY version",
            [id],
          ),
        );
        for (const row of rows) assert.equal(row.actor_id, alice);
        return rows.map((row) => `${row.version} ${row.type} ${row.state}`);
      }

      it("steps in order succeed and leave one event each", async () => {
        const id = await newOrder();
        const validated = await take("validate", id, { data: { lines: 2 } });
        assert.ok(validated.effect === "allow");
        assert.equal(validated.state, "validated");
        assert.equal(validated.version, 2);
        assert.equal(validated.row["status"], "validated");
        assert.equal((await take("execute", id)).effect, "allow");
        assert.deepEqual(await eventsOf(id), [
          "1 created draft",
          "2 validate validated",
          "3 order_executed executed",
        ]);
      });

      it("a skipped or repeated step is refused, changes nothing and says what is possible", async () => {
        const id = await newOrder();
        assert.deepEqual(await take("execute", id), {
          effect: "deny",
          reason: "illegal-step",
          state: "draft",
          allowedSteps: ["validate", "cancel"],
        });
        await take("cancel", id);
        assert.deepEqual(await take("cancel", id), {
          effect: "deny",
          reason: "illegal-step",
          state: "cancelled",
          allowedSteps: [],
        });
        assert.deepEqual(await eventsOf(id), ["1 created draft", "2 cancel cancelled"]);
      });

      it("a foreign, a missing and an impossible row are one answer", async () => {
        const id = await newOrder();
        const missing = { effect: "deny", reason: "missing" };
        assert.deepEqual(await take("validate", id, { as: bob }), missing);
        assert.deepEqual(await take("validate", newId()), missing);
        assert.deepEqual(await take("validate", "42"), missing);
        assert.deepEqual(await take("validate", newId(), { expectedVersion: 1 }), missing);
        assert.equal((await take("validate", id)).effect, "allow");
      });

      it("a row that may be read but not changed cannot be moved", async () => {
        const id = await newOrder();
        await open.store.asSystem("test", (session) =>
          session.query("UPDATE orders SET frozen_by = $2 WHERE id = $1", [id, bob]),
        );
        assert.deepEqual(await take("validate", id), { effect: "deny", reason: "missing" });
        assert.deepEqual(await eventsOf(id), ["1 created draft"]);
      });

      it("an expected version that has passed is refused, the present one is not", async () => {
        const id = await newOrder();
        await take("validate", id, { expectedVersion: 1 });
        const stale = await take("reprice", id, { expectedVersion: 1 });
        assert.deepEqual(stale, {
          effect: "deny",
          reason: "version-mismatch",
          state: "validated",
          allowedSteps: ["execute", "cancel", "reprice"],
        });
        assert.equal((await take("reprice", id, { expectedVersion: 2 })).effect, "allow");
        assert.equal((await take("reprice", id, { expectedVersion: 4 })).effect, "deny");
      });

      it(`of ${parallel} parallel calls one takes the step and one event is left`, async () => {
        const id = await newOrder();
        await take("validate", id);
        const all = await Promise.all(Array.from({ length: parallel }, () => take("execute", id)));
        const refusals = all.filter((taken) => taken.effect === "deny");
        assert.equal(refusals.length, parallel - 1);
        for (const refusal of refusals) assert.equal(refusal.reason, "illegal-step");
        assert.deepEqual(await eventsOf(id), [
          "1 created draft",
          "2 validate validated",
          "3 order_executed executed",
        ]);
      });

      it(`of ${parallel} parallel calls that saw the same version one takes a step that changes no state`, async () => {
        const id = await newOrder();
        await take("validate", id);
        const all = await Promise.all(
          Array.from({ length: parallel }, () => take("reprice", id, { expectedVersion: 2 })),
        );
        assert.equal(all.filter((taken) => taken.effect === "allow").length, 1);
        assert.equal((await eventsOf(id)).length, 3);
      });

      it(`${parallel} parallel calls that saw no version number their events without gaps`, async () => {
        const id = await newOrder();
        await take("validate", id);
        const all = await Promise.all(Array.from({ length: parallel }, () => take("reprice", id)));
        const versions = all.map((taken) => (taken.effect === "allow" ? taken.version : 0));
        const expected = Array.from({ length: parallel }, (_, index) => index + 3);
        assert.deepEqual(
          versions.toSorted((left, right) => left - right),
          expected,
        );
      });

      it("conflicting steps race to one outcome", async () => {
        const id = await newOrder();
        await take("validate", id);
        const [executed, cancelled] = await Promise.all([take("execute", id), take("cancel", id)]);
        assert.notEqual(executed.effect, cancelled.effect);
        assert.equal((await eventsOf(id)).length, 3);
      });

      it("a request that fails after its step leaves neither step nor event", async () => {
        const id = await newOrder();
        const step = OrderFlow.step("validate");
        await assert.rejects(
          request(open.store, alice, async (session) => {
            assert.equal(
              (await takeStep(session, step, { id, actorId: alice, at })).effect,
              "allow",
            );
            throw new Error("the handler failed");
          }),
          /the handler failed/,
        );
        assert.deepEqual(await eventsOf(id), ["1 created draft"]);
        assert.equal((await take("validate", id)).effect, "allow");
      });

      it("nobody rewrites, removes, forges or reads what is not theirs", async () => {
        const id = await newOrder();
        const forged = (version: number, actor: string | null): readonly unknown[] => [
          id,
          version,
          actor,
        ];
        const insert =
          "INSERT INTO order_events (order_id, version, type, state, actor_id, at) VALUES ($1, $2, 'x', 'draft', $3, now())";
        const refused: readonly (readonly [string, string, readonly unknown[]])[] = [
          [alice, "UPDATE order_events SET type = 'x' WHERE order_id = $1", [id]],
          [alice, "DELETE FROM order_events WHERE order_id = $1", [id]],
          [alice, insert, forged(2, bob)],
          [alice, insert, forged(2, null)],
          [alice, insert, forged(1, alice)],
          [bob, insert, forged(2, bob)],
          [alice, "UPDATE orders SET status = 'executed' WHERE id = $1", [id]],
          [alice, `INSERT INTO orders VALUES ($1, '${alice}', 'executed')`, [newId()]],
        ];
        for (const [subject, text, values] of refused)
          await assert.rejects(
            request(open.store, subject, (session) => session.query(text, values)),
            text,
          );
        for (const text of ["UPDATE order_events SET type = 'x'", "DELETE FROM order_events"])
          await assert.rejects(
            open.store.asSystem("test", (session) => session.query(text)),
            text,
          );
        const seen = await request(open.store, bob, (session) =>
          session.query("SELECT * FROM order_events"),
        );
        assert.equal(seen.rows.length, 0);
        await request(open.store, alice, (session) => session.query(insert, forged(2, alice)));
      });

      it("a row starts once", async () => {
        const id = await newOrder();
        await assert.rejects(
          request(open.store, alice, (session) =>
            recordStart(session, OrderFlow, { id, actorId: alice, at }),
          ),
          /already started/,
        );
        assert.deepEqual(await eventsOf(id), ["1 created draft"]);
      });

      it("system work moves a row for nobody", async () => {
        const id = await newOrder();
        const taken = await open.store.asSystem("test", (session) =>
          takeStep(session, OrderFlow.step("validate"), { id, actorId: undefined, at }),
        );
        assert.equal(taken.effect, "allow");
      });
    });
  });
