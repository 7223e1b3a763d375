/**
 * A database of its own for a test, on a real PostgreSQL server.
 *
 * Promise: made fresh, dropped with `drop()`, whatever is still connected to it. Limits: for tests;
 * needs a login that may create databases.
 *
 * @module
 */

import { loadPg } from "./load-pg.ts";

/** A database that belongs to one test. */
export interface ScratchDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

async function run(url: string, text: string): Promise<void> {
  const { Client } = loadPg();
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

/**
 * Creates an empty database beside the one that `url` names.
 *
 * @param suffix letters and digits that make the name unique
 * @throws Error when the server does not answer or refuses.
 * @example
 * const scratch = await createScratchDatabase("postgres://root@127.0.0.1:5432/test", "a1b2");
 * await scratch.drop();
 */
export async function createScratchDatabase(url: string, suffix: string): Promise<ScratchDatabase> {
  if (!/^[a-z0-9]{1,40}$/.test(suffix))
    throw new TypeError("the suffix must be letters and digits");
  const name = `sekisho_test_${suffix}`;
  const own = new URL(url);
  own.pathname = `/${name}`;
  await run(url, `CREATE DATABASE ${name}`);
  return {
    url: own.href,
    drop: () => run(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/**
 * Whether a PostgreSQL server answers at `url` within two seconds.
 *
 * @example
 * await answersAt("postgres://root@127.0.0.1:5432/test"); // false where there is none
 */
export async function answersAt(url: string): Promise<boolean> {
  try {
    await run(url, "SELECT 1");
    return true;
  } catch {
    return false;
  }
}
