/**
 * Finds tables that row-level security does not cover (OWASP API1:2023, F2).
 *
 * Promise: every table of the schema has forced row-level security with a policy for the request
 * role, or is exempted in writing. Limits: it proves that a policy exists, not that it is right;
 * the property tests of `authorization/` do that.
 *
 * @module
 */

import { applicationRole, type SqlSession } from "../kernel/index.ts";

interface TableRow {
  readonly name: string;
  readonly enabled: boolean;
  readonly forced: boolean;
  readonly policies: number;
  readonly reachable: boolean;
}

const inspection = `
SELECT c.relname AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
  (SELECT count(*)::int FROM pg_policy p WHERE p.polrelid = c.oid) AS policies,
  has_table_privilege('${applicationRole}', c.oid, 'SELECT, INSERT, UPDATE, DELETE')
    OR has_any_column_privilege('${applicationRole}', c.oid, 'SELECT, INSERT, UPDATE') AS reachable
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
ORDER BY c.relname`;

/**
 * The faults of the schema, one sentence each; empty when all is well.
 *
 * @param exemptions table name → written reason why it needs no policy
 * @throws Error when the schema has no table at all: a check that looked at nothing proves nothing
 * @example
 * await rowSecurityFaults(session, { sekisho_migration: "names of schema steps; nobody's data" });
 */
export async function rowSecurityFaults(
  session: SqlSession,
  exemptions: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const { rows } = await session.query<TableRow>(inspection);
  if (rows.length === 0) throw new Error("the schema has no tables");
  const faults: string[] = [];
  for (const table of rows) {
    if (table.name in exemptions) {
      if (table.reachable)
        faults.push(`${table.name} is exempted but ${applicationRole} reaches it`);
      continue;
    }
    if (!table.enabled) faults.push(`${table.name} has no row-level security`);
    else if (!table.forced) faults.push(`${table.name} does not force row-level security`);
    else if (table.policies === 0) faults.push(`${table.name} has no policy`);
  }
  for (const name of Object.keys(exemptions))
    if (!rows.some((table) => table.name === name))
      faults.push(`exempted table ${name} is missing`);
  return faults;
}

/**
 * What the login of the application could do beyond its roles; empty when it is harmless.
 *
 * @example
 * await loginFaults(session); // ["the login role is a superuser"]
 */
export async function loginFaults(session: SqlSession): Promise<readonly string[]> {
  const { rows } = await session.query<{ super: boolean; bypass: boolean; owned: number }>(
    `SELECT r.rolsuper AS super, r.rolbypassrls AS bypass,
       (SELECT count(*)::int FROM pg_class c WHERE c.relowner = r.oid
          AND c.relnamespace = 'public'::regnamespace) AS owned
     FROM pg_roles r WHERE r.rolname = session_user`,
  );
  const login = rows[0];
  if (login === undefined) return ["the login role cannot be inspected"];
  return [
    ...(login.super ? ["the login role is a superuser"] : []),
    ...(login.bypass ? ["the login role bypasses row-level security"] : []),
    ...(login.owned > 0 ? ["the login role owns tables"] : []),
  ];
}
