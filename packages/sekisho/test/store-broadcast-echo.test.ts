/** A message counts as sent when the server has told its listeners (OWASP API2:2023, ASVS 7.4.1). */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createStore, type Store } from "sekisho/store";
import { testDatabases, testPostgresqlUrl } from "sekisho/testing";

const kinds = await testDatabases();

describe(
  "publishing over LISTEN and NOTIFY",
  { skip: kinds.every((kind) => kind.name !== "postgresql") && "PostgreSQL does not answer" },
  () => {
    let store: Store;
    before(async () => {
      store = await createStore({ url: testPostgresqlUrl(), migrations: [] });
    });
    after(() => store.close());

    it("ends when the own listeners heard it, for equal messages at once too", async () => {
      const topic = `echo-${process.pid}`;
      let heard = 0;
      await store.broadcast.subscribe(topic, () => void heard++);
      for (let turn = 1; turn <= 20; turn++) {
        await store.broadcast.publish(topic, "again");
        assert.equal(heard, turn);
      }
      await Promise.all([1, 2, 3].map(() => store.broadcast.publish(topic, "together")));
      assert.ok(heard > 20);
    });

    it("does not wait when nobody of this node listens", async () => {
      const other = await createStore({ url: testPostgresqlUrl(), migrations: [] });
      try {
        const started = performance.now();
        await other.broadcast.publish("echo-nobody", "hello");
        assert.ok(performance.now() - started < 900);
      } finally {
        await other.close();
      }
    });
  },
);
