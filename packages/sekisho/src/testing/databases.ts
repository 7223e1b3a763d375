/**
 * Databases for tests: PGlite in memory, and PostgreSQL where a server answers.
 *
 * Promise: each opened store is empty, migrated and its own; closing it leaves nothing behind.
 * Limits: the server is `SEKISHO_TEST_POSTGRES_URL`, by default the one on this machine.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import type { Migration } from "../kernel/index.ts";
import { answersAt, createScratchDatabase, createStore, type Store } from "../store/index.ts";

/** One kind of database that tests run on. */
export interface TestDatabase {
  readonly name: "embedded" | "postgresql";
  /** Opens a fresh, migrated store. */
  open(migrations: readonly Migration[]): Promise<OpenTestDatabase>;
}

/** A store of one test. */
export interface OpenTestDatabase {
  readonly store: Store;
  /** Connection text of the database: `memory:` or `postgres://…`. */
  readonly url: string;
  close(): Promise<void>;
}

const embedded: TestDatabase = {
  name: "embedded",
  open: async (migrations) => {
    const store = await createStore({ url: "memory:", migrations });
    try {
      await store.migrate();
    } catch (error) {
      await store.close();
      throw error;
    }
    return { store, url: "memory:", close: () => store.close() };
  },
};

function postgresql(url: string): TestDatabase {
  return {
    name: "postgresql",
    open: async (migrations) => {
      const scratch = await createScratchDatabase(url, randomBytes(8).toString("hex"));
      const store = await createStore({ url: scratch.url, migrations });
      try {
        await store.migrate();
      } catch (error) {
        await store.close();
        await scratch.drop();
        throw error;
      }
      return {
        store,
        url: scratch.url,
        close: async () => {
          await store.close();
          await scratch.drop();
        },
      };
    },
  };
}

/**
 * The PostgreSQL server of the tests: `SEKISHO_TEST_POSTGRES_URL` or the local one.
 *
 * @example
 * testPostgresqlUrl(); // "postgres://root@127.0.0.1:5432/test"
 */
export function testPostgresqlUrl(): string {
  return process.env["SEKISHO_TEST_POSTGRES_URL"] ?? "postgres://root@127.0.0.1:5432/test";
}

/**
 * Every kind of database that can be had here: the embedded one always, PostgreSQL where it
 * answers.
 *
 * @example
 * for (const database of await testDatabases()) {
 *   const { store, close } = await database.open([]);
 *   await close();
 * }
 */
export async function testDatabases(): Promise<readonly TestDatabase[]> {
  const url = testPostgresqlUrl();
  return (await answersAt(url)) ? [embedded, postgresql(url)] : [embedded];
}
