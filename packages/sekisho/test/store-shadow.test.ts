/** A request must leave nothing on its connection that the next one meets (OWASP API1:2023). */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createScratchDatabase, createStore, type Store } from "sekisho/store";
import { testDatabases, testPostgresqlUrl } from "sekisho/testing";

const kinds = await testDatabases();
const migration = {
  id: "shadow-0001",
  sql: `CREATE TABLE price (amount integer NOT NULL);
    INSERT INTO price VALUES (100);
    ALTER TABLE price ENABLE ROW LEVEL SECURITY;
    ALTER TABLE price FORCE ROW LEVEL SECURITY;
    GRANT SELECT ON price TO sekisho_app;
    CREATE POLICY everybody ON price FOR SELECT TO sekisho_app USING (true);`,
};

describe(
  "a temporary table with the name of a real one",
  { skip: kinds.every((kind) => kind.name !== "postgresql") && "PostgreSQL does not answer" },
  () => {
    let store: Store;
    let scratch: Awaited<ReturnType<typeof createScratchDatabase>>;
    before(async () => {
      scratch = await createScratchDatabase(testPostgresqlUrl(), `shadow${process.pid}`);
      store = await createStore({ url: scratch.url, migrations: [migration], connections: 1 });
      await store.migrate();
    });
    after(async () => {
      await store.close();
      await scratch.drop();
    });

    it("does not stand before it, for the same request or a later one", async () => {
      const amountIn = async (transaction: ReturnType<Store["begin"]>) => {
        const { rows } = await transaction.query<{ amount: number }>("SELECT amount FROM price");
        return rows.map((row) => row.amount);
      };
      const first = store.begin(undefined);
      const next = store.begin(undefined);
      try {
        await first.query("CREATE TEMPORARY TABLE price AS SELECT 1 AS amount");
        assert.deepEqual(await amountIn(first), [100]);
        await first.commit();
        const { rows } = await next.query<{ amount: number }>("SELECT amount FROM pg_temp.price");
        assert.equal(rows.length, 1, "the control: it is the same connection");
        assert.deepEqual(await amountIn(next), [100]);
      } finally {
        await first.rollback();
        await next.rollback();
      }
    });
  },
);
