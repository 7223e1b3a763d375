/** Whoever is told that a session ended may rely on it, on every node (OWASP API2:2023). */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createLocalBroadcast, type Broadcast } from "sekisho/kernel";
import { testDatabases } from "sekisho/testing";
import { addPerson, setUp, signInAs, type Setup } from "./authentication-node.ts";

/** A broadcast whose messages leave when the test lets them. */
function createHeldBroadcast() {
  const inner = createLocalBroadcast();
  const held: (() => void)[] = [];
  const broadcast: Broadcast = {
    get connected() {
      return inner.connected;
    },
    publish: async (topic, message) => {
      await new Promise<void>((resolve) => held.push(resolve));
      await inner.publish(topic, message);
    },
    subscribe: (topic, listener) => inner.subscribe(topic, listener),
    onConnectionChange: (listener) => inner.onConnectionChange(listener),
    close: () => inner.close(),
  };
  return { broadcast, held };
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

for (const kind of await testDatabases())
  describe(`a change of rights (${kind.name})`, () => {
    let setup: Setup;
    before(async () => {
      setup = await setUp(kind);
    });
    after(() => setup.close());

    async function demote() {
      const { broadcast, held } = createHeldBroadcast();
      const node = await setup.addNode({ broadcast });
      const person = await addPerson(setup, ["admin"]);
      await signInAs(setup, person);
      let done = false;
      const work = setup.database.store
        .asSystem("test: demote", (session) =>
          node.authentication.setRolesAndStatus(session, person.subject, { roles: [] }),
        )
        .then((changed) => {
          done = true;
          return changed;
        });
      while (held.length === 0) await pause(5);
      return { work, held, isDone: () => done };
    }

    it("is done only when the other nodes were told", async () => {
      const { work, held, isDone } = await demote();
      await pause(50);
      assert.equal(isDone(), false, "the message has not left");
      for (const release of held) release();
      assert.equal((await work).effect, "allow");
      assert.equal(isDone(), true);
    });

    it("does not wait for ever for a broadcast that hangs", async () => {
      const { work, held } = await demote();
      assert.equal((await work).effect, "allow");
      assert.equal(held.length, 1, "nobody let the message go");
    });
  });
