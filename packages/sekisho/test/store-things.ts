/** The table of the store tests, its people, and a second way in for the owner. */

import { createStore, type Transaction } from "sekisho/store";
import type { Migration } from "sekisho/kernel";
import { testPrincipal } from "sekisho/testing";

export const alice = testPrincipal();
export const bob = testPrincipal({ roles: ["admin", "support:eu"], tenant: "acme" });

const subject = "nullif(current_setting('sekisho.subject', true), '')::uuid";

/** `things` belong to the person in `user_id`; names are unique when the transaction commits. */
export const thingMigrations: readonly Migration[] = [
  {
    id: "things-0001",
    sql: `
CREATE TABLE things (
  name text NOT NULL UNIQUE DEFERRABLE INITIALLY DEFERRED,
  user_id uuid NOT NULL,
  size bigint NOT NULL DEFAULT 0
);
ALTER TABLE things ENABLE ROW LEVEL SECURITY;
ALTER TABLE things FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON things TO sekisho_app, sekisho_system;
GRANT UPDATE (size) ON things TO sekisho_app;
CREATE POLICY things_own ON things TO sekisho_app USING (user_id = ${subject});
CREATE POLICY things_system ON things TO sekisho_system USING (true);`,
  },
];

/** Adds a thing. */
export async function add(transaction: Transaction, name: string, owner: string): Promise<void> {
  await transaction.query("INSERT INTO things (name, user_id) VALUES ($1, $2)", [name, owner]);
}

/** The names that the transaction sees. */
export async function namesIn(transaction: Transaction): Promise<readonly string[]> {
  const { rows } = await transaction.query<{ name: string }>(
    "SELECT name FROM things ORDER BY name",
  );
  return rows.map((row) => row.name);
}

let step = 0;

/** Runs SQL with the rights of the schema's owner, on a server. */
export async function asOwner(url: string, sql: string): Promise<void> {
  step += 1;
  const owner = await createStore({ url, migrations: [{ id: `owner-${step}`, sql }] });
  try {
    await owner.migrate();
  } finally {
    await owner.close();
  }
}
