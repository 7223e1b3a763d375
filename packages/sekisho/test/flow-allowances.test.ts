import { strict as assert } from "node:assert";
import { after, before, describe, it } from "node:test";
import {
  beginIdempotent,
  deleteExpired,
  everySubject,
  finishIdempotent,
  parseFlowQuota,
  takeFlowQuota,
  type IdempotentRequest,
} from "sekisho/flow";
import { createId, systemClock, systemRandomness } from "sekisho/kernel";
import { testDatabases, type OpenTestDatabase } from "sekisho/testing";
import { people } from "./authorization-principal.ts";
import { orderMigrations, request } from "./flow-order.ts";

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

    describe("flow quotas", () => {
      async function takeAs(
        subject: string,
        flow: string,
        more: {
          readonly limit?: string;
          at?: Date;
          cost?: number;
          whose?: string;
        } = {},
      ): Promise<string> {
        const { cost = 1, limit = "3/hour", whose = subject } = more;
        const taken = await request(open.store, subject, (session) =>
          takeFlowQuota(session, {
            flow,
            subject: whose,
            quota: parseFlowQuota(limit),
            at: more.at ?? at,
            cost,
          }),
        );
        return taken.effect === "allow"
          ? `${taken.remaining} left`
          : `wait ${taken.retryAfterSeconds}`;
      }

      it("gives what was allowed and not one more, until the next window", async () => {
        for (const expected of ["2 left", "1 left", "0 left", "wait 1", "wait 1"])
          assert.equal(await takeAs(alice, "a"), expected);
        assert.equal(await takeAs(alice, "a", { at: new Date("2027-01-15T11:00:00Z") }), "2 left");
      });

      it("counts each subject, flow and window by itself", async () => {
        assert.equal(await takeAs(alice, "b", { limit: "1/hour" }), "0 left");
        assert.equal(await takeAs(alice, "b", { limit: "1/hour" }), "wait 1");
        assert.equal(await takeAs(bob, "b", { limit: "1/hour" }), "0 left");
        assert.equal(await takeAs(alice, "c", { limit: "1/hour" }), "0 left");
        assert.equal(await takeAs(alice, "b", { limit: "1/day" }), "0 left");
        assert.equal(await takeAs(alice, "b", { limit: "1/day" }), `wait ${13 * 3600 + 1}`);
      });

      it("a cost over the allowance is refused, also as the first, and uses nothing up", async () => {
        assert.equal(await takeAs(alice, "d", { cost: 4 }), "wait 1");
        assert.equal(await takeAs(alice, "d", { cost: Number.MAX_SAFE_INTEGER }), "wait 1");
        assert.equal(await takeAs(alice, "d", { cost: 2 }), "1 left");
        assert.equal(await takeAs(alice, "d", { cost: 2 }), "wait 1");
        assert.equal(await takeAs(alice, "d", { cost: 1 }), "0 left");
        for (const cost of [0, -1, 0.5, Number.NaN])
          await assert.rejects(takeAs(alice, "d", { cost }), TypeError);
      });

      it("a failed request gives back what it took", async () => {
        const quota = parseFlowQuota("1/hour");
        await assert.rejects(
          request(open.store, alice, async (session) => {
            const taken = await takeFlowQuota(session, { flow: "e", subject: alice, quota, at });
            assert.equal(taken.effect, "allow");
            throw new Error("the handler failed");
          }),
          /the handler failed/,
        );
        assert.equal(await takeAs(alice, "e", { limit: "1/hour" }), "0 left");
      });

      it(`${parallel} parallel requests do not pass the limit together`, async () => {
        const all = await Promise.all(Array.from({ length: parallel }, () => takeAs(alice, "f")));
        assert.equal(all.filter((taken) => taken.endsWith("left")).length, 3);
      });

      it("all together share one pace; nobody reaches the counter of another", async () => {
        assert.equal(await takeAs(alice, "g", { limit: "2/hour", whose: everySubject }), "1 left");
        assert.equal(await takeAs(bob, "g", { limit: "2/hour", whose: everySubject }), "0 left");
        assert.equal(await takeAs(bob, "g", { limit: "2/hour", whose: everySubject }), "wait 1");
        await assert.rejects(takeAs(bob, "g", { whose: alice }));
        for (const text of [
          "DELETE FROM sekisho_flow_quota",
          `UPDATE sekisho_flow_quota SET used = 1 WHERE flow = 'a'`,
          `UPDATE sekisho_flow_quota SET subject = '${bob}'`,
        ]) {
          await assert.rejects(
            request(open.store, alice, (session) => session.query(text)),
            text,
          );
        }
      });
    });

    describe("idempotency", () => {
      /** A whole request: take the key, count the effect, store the answer. */
      function call(
        key: string,
        more: Partial<IdempotentRequest> & {
          readonly fail?: boolean;
          readonly silent?: boolean;
        } = {},
      ): Promise<string> {
        const { fail = false, silent = false, ...rest } = more;
        const scope = { subject: alice, endpoint: "post-orders", key };
        const wanted = { ...scope, fingerprint: "f1", now: at, lifetimeSeconds: 60, ...rest };
        return request(open.store, wanted.subject, async (session) => {
          const begun = await beginIdempotent(session, wanted);
          if (begun.outcome === "replay")
            return `replay ${begun.body} ${begun.status} ${begun.location}`;
          if (begun.outcome === "mismatch") return "mismatch";
          const id = newId();
          await session.query("INSERT INTO orders VALUES ($1, $2, 'draft')", [id, wanted.subject]);
          if (fail) throw new Error("the handler failed");
          const answer = { status: 201, location: `/${id}`, body: id };
          if (!silent) await finishIdempotent(session, { ...wanted, ...answer });
          return `new ${id}`;
        });
      }

      async function orders(): Promise<number> {
        const { rows } = await request(open.store, alice, (session) =>
          session.query("SELECT id FROM orders"),
        );
        return rows.length;
      }

      it("a repeat gets the same answer and has no second effect", async () => {
        const first = await call("k1");
        const count = await orders();
        const id = first.replace("new ", "");
        assert.equal(await call("k1"), `replay ${id} 201 /${id}`);
        assert.equal(await orders(), count);
      });

      it("another request under the same key is refused", async () => {
        await call("k2");
        assert.equal(await call("k2", { fingerprint: "f2" }), "mismatch");
      });

      it("a key belongs to one subject and one endpoint", async () => {
        await call("k3");
        assert.match(await call("k3", { subject: bob }), /^new /);
        assert.match(await call("k3", { endpoint: "post-refunds" }), /^new /);
        assert.match(await call("k3"), /^replay /);
      });

      it("a failed request does not use the key up", async () => {
        const count = await orders();
        await assert.rejects(call("k4", { fail: true }), /the handler failed/);
        assert.equal(await orders(), count);
        assert.match(await call("k4", { fingerprint: "f2" }), /^new /);
      });

      it("a key lives to the second and is then free again, also for another request", async () => {
        await call("k5");
        const later = (milliseconds: number): Date => new Date(at.getTime() + milliseconds);
        assert.match(await call("k5", { now: later(59_999) }), /^replay /);
        assert.match(await call("k5", { now: later(60_000), fingerprint: "f2" }), /^new /);
        assert.match(await call("k5", { now: later(60_001), fingerprint: "f2" }), /^replay /);
      });

      it(`of ${parallel} parallel twins one acts and all get its answer`, async () => {
        const count = await orders();
        const all = await Promise.all(Array.from({ length: parallel }, () => call("k6")));
        assert.equal(await orders(), count + 1);
        assert.equal(all.filter((answer) => answer.startsWith("new ")).length, 1);
        assert.equal(new Set(all.map((answer) => answer.split(" ")[1])).size, 1);
      });

      it("a twin that waited for a request that failed acts itself", async () => {
        let twin: Promise<string> | undefined;
        let settled = false;
        const scope = { subject: alice, endpoint: "post-orders", key: "k7" };
        const failing = request(open.store, alice, async (session) => {
          const wanted = { ...scope, fingerprint: "f1", now: at, lifetimeSeconds: 60 };
          assert.equal((await beginIdempotent(session, wanted)).outcome, "new");
          twin = call("k7").finally(() => {
            settled = true;
          });
          await new Promise((resolve) => setTimeout(resolve, 50));
          throw new Error(settled ? "the twin did not wait" : "the twin waits");
        });
        await assert.rejects(failing, /the twin waits/);
        assert.match((await twin) ?? "", /^new /);
      });

      it("an effect without its stored answer cannot be committed", async () => {
        const count = await orders();
        await assert.rejects(call("k8", { silent: true }));
        assert.equal(await orders(), count);
      });

      it("an answer is stored once, under a key that was taken", async () => {
        await call("k9");
        for (const key of ["never", "k9"]) {
          const scope = { subject: alice, endpoint: "post-orders", key };
          const answer = { status: 201, location: undefined, body: undefined };
          await assert.rejects(
            request(open.store, alice, (session) =>
              finishIdempotent(session, { ...scope, ...answer }),
            ),
            /was not taken/,
          );
        }
      });

      it("nobody reads the stored answers of another", async () => {
        await call("k10");
        const text = "SELECT 1 FROM sekisho_idempotency WHERE subject = $1";
        const seenBy = async (subject: string): Promise<number> =>
          (await request(open.store, subject, (session) => session.query(text, [alice]))).rows
            .length;
        assert.equal(await seenBy(bob), 0);
        assert.ok((await seenBy(alice)) > 0);
      });

      it("what has expired is swept, and nothing else", async () => {
        await call("k11", { lifetimeSeconds: 10 });
        await call("k12", { lifetimeSeconds: 1_000_000 });
        const sweep = (seconds: number): Promise<number> =>
          open.store.asSystem("test", (session) =>
            deleteExpired(session, new Date(at.getTime() + seconds * 1000)),
          );
        await sweep(9);
        assert.match(await call("k11"), /^replay /);
        assert.ok((await sweep(999_999)) > 0);
        assert.match(await call("k12"), /^replay /);
        assert.match(await call("k11"), /^new /);
      });
    });
  });
