/**
 * Brings the schema up to date: plain SQL, in order, once, under a lock.
 *
 * Promise: two nodes that start together run each step once; a step that was changed after it ran
 * stops the start. Limits: steps only go forward.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { applicationRole, systemRole, type Migration } from "../kernel/index.ts";
import type { Connection, Database } from "./connection.ts";

const lockKey = 7_353_476_017;
const attempts = 8;

const bookkeeping = `
CREATE TABLE IF NOT EXISTS sekisho_migration (
  id text PRIMARY KEY,
  digest text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
)`;

function createRole(name: string): string {
  return `
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${name}') THEN
    CREATE ROLE ${name} NOLOGIN NOSUPERUSER NOBYPASSRLS;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$`;
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Roles belong to the whole server, so another database may be creating them at this moment. */
async function prepareRoles(connection: Connection, loginRole: string | undefined): Promise<void> {
  const grantees = ["CURRENT_USER", ...(loginRole === undefined ? [] : [quoteName(loginRole)])];
  const text = [
    createRole(applicationRole),
    createRole(systemRole),
    `GRANT USAGE ON SCHEMA public TO ${applicationRole}, ${systemRole}`,
    ...grantees.map((grantee) => `GRANT ${applicationRole}, ${systemRole} TO ${grantee}`),
  ].join(";\n");
  for (let attempt = 1; ; attempt++) {
    try {
      await connection.execute(text);
      return;
    } catch (error) {
      if (attempt === attempts) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20 * attempt));
    }
  }
}

async function apply(connection: Connection, migration: Migration): Promise<boolean> {
  const digest = createHash("sha256").update(migration.sql).digest("hex");
  const known = await connection.query<{ digest: string }>(
    "SELECT digest FROM sekisho_migration WHERE id = $1",
    [migration.id],
  );
  const recorded = known.rows[0]?.digest;
  if (recorded === digest) return false;
  if (recorded !== undefined) throw new Error(`migration ${migration.id} was changed after it ran`);
  await connection.execute("BEGIN");
  try {
    await connection.execute(migration.sql);
    await connection.query("INSERT INTO sekisho_migration (id, digest) VALUES ($1, $2)", [
      migration.id,
      digest,
    ]);
    await connection.execute("COMMIT");
  } catch (error) {
    await connection.execute("ROLLBACK");
    throw new Error(`migration ${migration.id} failed`, { cause: error });
  }
  return true;
}

/**
 * Runs what has not run yet and returns the ids of the steps that ran now.
 *
 * @throws Error when a step fails or was changed after it ran.
 */
export async function migrate(
  database: Database,
  migrations: readonly Migration[],
  loginRole: string | undefined,
): Promise<readonly string[]> {
  const connection = await database.acquireOwner();
  try {
    await connection.query("SELECT pg_advisory_lock($1)", [lockKey]);
    await prepareRoles(connection, loginRole);
    await connection.execute(bookkeeping);
    const applied: string[] = [];
    for (const migration of migrations)
      if (await apply(connection, migration)) applied.push(migration.id);
    await connection.query("SELECT pg_advisory_unlock($1)", [lockKey]);
    return applied;
  } finally {
    connection.release(false);
  }
}
