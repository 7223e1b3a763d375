/** What stands in the database, read past every policy: the only witness that nothing changed. */

import assert from "node:assert/strict";
import type { RunningShop } from "../running-shop.ts";

/** Rows by table, each as the JSON text PostgreSQL makes of it. */
export type Contents = ReadonlyMap<string, readonly string[]>;

/** Names of all tables. */
export async function tableNames(running: RunningShop): Promise<readonly string[]> {
  return running.shop.store.asSystem("test: which tables are there", async (session) => {
    const { rows } = await session.query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables
       WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1`,
    );
    assert.ok(rows.length >= 15, `only ${rows.length} tables were found`);
    return rows.map(({ name }) => name);
  });
}

/** Rows of the tables that hold accounts and business, in an order that does not change. */
export async function businessContents(running: RunningShop): Promise<Contents> {
  const names = (await tableNames(running)).filter(
    (name) => name.startsWith("shop_") || name === "sekisho_account",
  );
  assert.ok(names.length >= 6, `only ${names.join()} hold business`);
  const contents = new Map<string, readonly string[]>();
  for (const name of names)
    contents.set(
      name,
      await running.shop.store.asSystem("test: what is in the table", async (session) => {
        const { rows } = await session.query<{ row: string }>(
          `SELECT to_jsonb(t)::text AS row FROM ${name} AS t ORDER BY 1`,
        );
        return rows.map(({ row }) => row);
      }),
    );
  return contents;
}
