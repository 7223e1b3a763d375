import { strict as assert } from "node:assert";
import { after, before, describe, it } from "node:test";
import { createRevocationFeed } from "sekisho/authentication";
import { createLocalBroadcast } from "sekisho/kernel";
import { createStore, type Store } from "sekisho/store";
import { testDatabases } from "sekisho/testing";
import {
  addPerson,
  authenticate,
  createCuttableBroadcast,
  minute,
  second,
  setUp,
  signInAs,
  standingOf,
  type Node,
  type Setup,
} from "./authentication-node.ts";

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

for (const kind of await testDatabases())
  describe(`revocation on another node (${kind.name})`, () => {
    let setup: Setup;
    let other: Node;
    before(async () => {
      setup = await setUp(kind);
      other = await setup.addNode();
    });
    after(() => setup.close());

    it("answers a known token at once and without the database", async () => {
      const grant = await signInAs(setup, await addPerson(setup));
      assert.equal(await standingOf(other, grant), "allow");
      const asked = other.system.count;
      const answer = other.authentication.authenticator.authenticate(grant.accessToken);
      assert.ok(!(answer instanceof Promise));
      assert.equal(answer.effect, "allow");
      assert.equal(other.system.count, asked);
      setup.clock.time += 15 * minute + minute;
      assert.equal(await standingOf(other, grant), "expired", "the cache keeps no expired token");
    });

    it("kills a cached token on every node", async () => {
      const grant = await signInAs(setup, await addPerson(setup));
      assert.equal(await standingOf(other, grant), "allow");
      await setup.node.authentication.logout(grant);
      await settled();
      const answer = other.authentication.authenticator.authenticate(grant.accessToken);
      assert.ok(answer instanceof Promise, "the cached token was forgotten");
      assert.equal((await answer).effect, "deny");
    });

    it("asks the database for every token while the broadcast is away, and catches up", async () => {
      const grant = await signInAs(setup, await addPerson(setup));
      const alive = await signInAs(setup, await addPerson(setup));
      assert.equal(await standingOf(other, grant), "allow");
      assert.equal(await standingOf(other, alive), "allow");
      other.broadcast.cut();
      await setup.node.authentication.logout(grant);
      assert.equal(await standingOf(other, grant), "session-ended");
      const asked = other.system.count;
      assert.equal(await standingOf(other, alive), "allow");
      assert.equal(await standingOf(other, alive), "allow");
      assert.equal(other.system.count, asked + 2);
      other.broadcast.mend();
      await settled();
      assert.equal(await standingOf(other, grant), "session-ended", "not revived by mending");
      const askedBefore = other.system.count;
      assert.equal(await standingOf(other, alive), "allow");
      assert.equal(
        other.system.count,
        askedBefore,
        "what is alive is answered from the cache again",
      );
    });

    it("lets nobody in when both the broadcast and the database are away", async () => {
      const grant = await signInAs(setup, await addPerson(setup));
      assert.equal(await standingOf(other, grant), "allow");
      other.system.failing = true;
      assert.equal(
        await standingOf(other, grant),
        "allow",
        "the control: the cache alone suffices",
      );
      other.broadcast.cut();
      await assert.rejects(async () => authenticate(other, grant), /the database is away/);
      other.broadcast.mend();
      await settled();
      await assert.rejects(async () => authenticate(other, grant), /the database is away/);
      other.system.failing = false;
      other.broadcast.mend();
      await settled();
      assert.equal(await standingOf(other, grant), "allow");
    });

    it("believes no message: a forged one ends no session, a garbled one costs a look", async () => {
      const grant = await signInAs(setup, await addPerson(setup));
      for (const message of [
        grant.sessionId,
        "garbage",
        "",
        `${grant.sessionId},;DROP`,
        "x".repeat(9_999),
      ]) {
        assert.equal(await standingOf(other, grant), "allow", message.slice(0, 40));
        await other.broadcast.publish("sekisho.revocation", message);
        await settled();
        assert.equal(await standingOf(other, grant), "allow", message.slice(0, 40));
      }
    });

    for (const warned of [false, true])
      it(`caches nothing that was revoked while the database answered${warned ? ", after a forged message too" : ""}`, async () => {
        const grant = await signInAs(setup, await addPerson(setup));
        const late = await setup.addNode();
        if (warned) await late.broadcast.publish("sekisho.revocation", grant.sessionId);
        await settled();
        const asSystem = late.system.asSystem.bind(late.system);
        let interrupted = false;
        late.system.asSystem = async (reason, work) => {
          const answer = await asSystem(reason, work);
          if (!interrupted && reason === "authentication: is the session alive") {
            interrupted = true;
            await setup.node.authentication.logout(grant);
            await settled();
          }
          return answer;
        };
        await standingOf(late, grant);
        assert.ok(interrupted);
        assert.equal(await standingOf(late, grant), "session-ended");
      });

    it("finds by its regular look what a dying node did not announce", async () => {
      const broadcast = createCuttableBroadcast();
      const lonely = await setup.addNode({ broadcast, lookMilliseconds: 30 });
      const grant = await signInAs(setup, await addPerson(setup));
      assert.equal(await standingOf(lonely, grant), "allow");
      // Another broadcast altogether: as if the message had never been sent.
      await setup.node.authentication.logout(grant);
      await new Promise((resolve) => setTimeout(resolve, 200));
      assert.equal(await standingOf(lonely, grant), "session-ended");
    });

    it("trusts no cache when its regular look fails", async () => {
      const failures: unknown[] = [];
      const node = await setup.addNode({
        lookMilliseconds: 30,
        onFailure: (error) => failures.push(error),
      });
      const grant = await signInAs(setup, await addPerson(setup));
      assert.equal(await standingOf(node, grant), "allow");
      node.system.failing = true;
      await new Promise((resolve) => setTimeout(resolve, 100));
      assert.ok(failures.length > 0);
      await assert.rejects(async () => authenticate(node, grant), /the database is away/);
      node.system.failing = false;
      await new Promise((resolve) => setTimeout(resolve, 100));
      assert.equal(await standingOf(node, grant), "allow");
    });

    it("asks the database until it has been started", async () => {
      const forgotten: string[] = [];
      const feed = createRevocationFeed({
        system: setup.database.store,
        broadcast: createLocalBroadcast(),
        clock: setup.clock,
        cache: { forgetSession: (id) => forgotten.push(id) },
        rememberSeconds: 960,
        lookMilliseconds: 0,
      });
      assert.equal(feed.isCurrent, false);
      const grant = await signInAs(setup, await addPerson(setup));
      await setup.node.authentication.logout(grant);
      await feed.start();
      assert.equal(feed.isCurrent, true);
      assert.ok(feed.isRevoked(grant.sessionId), "it caught up with what happened before");
      assert.ok(forgotten.includes(grant.sessionId));
      await feed.close();
      assert.equal(feed.isCurrent, false);
    });

    it("believes no look at the database that began before the connection was lost", async () => {
      const broadcast = createCuttableBroadcast();
      const answers: (() => void)[] = [];
      const feed = createRevocationFeed({
        system: {
          asSystem: async (reason, work) => {
            const answer = await setup.database.store.asSystem(reason, work);
            await new Promise<void>((resolve) => answers.push(resolve));
            return answer;
          },
        },
        broadcast,
        clock: setup.clock,
        cache: { forgetSession: () => undefined },
        rememberSeconds: 960,
        lookMilliseconds: 0,
      });
      /** Lets the next look answer, once the database has answered it. */
      const answerNext = async (): Promise<void> => {
        while (answers.length === 0) await settled();
        answers.shift()?.();
      };
      const started = feed.start();
      while (answers.length === 0) await settled();
      broadcast.cut();
      broadcast.mend();
      await answerNext();
      await started;
      await settled();
      assert.equal(feed.isCurrent, false, "only the first look has answered");
      await answerNext();
      await settled();
      assert.equal(feed.isCurrent, true, "the second has");
      broadcast.cut();
      broadcast.mend();
      assert.equal(feed.isCurrent, false, "mended, but not caught up yet");
      await answerNext();
      await feed.close();
    });

    it("forgets its own session's tokens even if it cannot tell the others", async () => {
      const failures: unknown[] = [];
      const inner = createLocalBroadcast();
      const mute = createCuttableBroadcast({
        ...inner,
        connected: true,
        publish: () => Promise.reject(new Error("no route")),
      });
      const node = await setup.addNode({
        broadcast: mute,
        onFailure: (error) => failures.push(error),
      });
      const grant = await signInAs(setup, await addPerson(setup));
      assert.equal(await standingOf(node, grant), "allow");
      await node.authentication.logout(grant);
      assert.equal(await standingOf(node, grant), "session-ended");
      assert.equal(failures.length, 1);
    });

    it("forgets revocations once their tokens have expired", async () => {
      const grant = await signInAs(setup, await addPerson(setup));
      await setup.node.authentication.logout(grant);
      const rows = () =>
        setup.database.store.asSystem("test", async (session) => {
          const found = await session.query(
            "SELECT 1 FROM sekisho_revocation WHERE session_id = $1::uuid",
            [grant.sessionId],
          );
          return found.rows.length;
        });
      setup.clock.time += 15 * minute + minute;
      await setup.node.authentication.removeExpired();
      assert.equal(await rows(), 1, "at the last moment it is still there");
      setup.clock.time += second;
      await setup.node.authentication.removeExpired();
      assert.equal(await rows(), 0);
    });

    it("announces after the commit by itself, and by hand where nobody tells of the commit", async () => {
      const person = await addPerson(setup);
      const grant = await signInAs(setup, person);
      assert.equal(await standingOf(other, grant), "allow");
      const ended = await setup.database.store.asSystem("test", (session) =>
        setup.node.authentication.endAllSessions(
          { query: (text, values) => session.query(text, values) },
          person.subject,
        ),
      );
      await settled();
      assert.equal(await standingOf(other, grant), "allow", "nobody has said anything yet");
      await ended.announce();
      await settled();
      assert.equal(await standingOf(other, grant), "session-ended");
    });
  });

for (const kind of await testDatabases())
  if (kind.name === "postgresql")
    describe("revocation over LISTEN/NOTIFY", () => {
      let setup: Setup;
      let store: Store;
      before(async () => {
        setup = await setUp(kind);
        store = await createStore({ url: setup.database.url, migrations: [] });
      });
      after(async () => {
        await store.close();
        await setup.close();
      });

      it("reaches a node with a pool of its own within a second", async () => {
        const here = await setup.addNode({ broadcast: setup.database.store.broadcast });
        const there = await setup.addNode({ broadcast: store.broadcast, system: store });
        const grant = await signInAs(setup, await addPerson(setup));
        assert.equal(await standingOf(there, grant), "allow");
        assert.ok(
          !(there.authentication.authenticator.authenticate(grant.accessToken) instanceof Promise),
        );
        await here.authentication.logout(grant);
        const deadline = Date.now() + 1_000;
        while (Date.now() < deadline && (await standingOf(there, grant)) === "allow")
          await settled();
        assert.equal(await standingOf(there, grant), "session-ended");
      });
    });
