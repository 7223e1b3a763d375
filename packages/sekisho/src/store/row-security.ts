/**
 * Finds tables that row-level security does not cover (OWASP API1:2023, F2).
 *
 * Promise: every table of the schema has forced row-level security with a policy, or is exempted in
 * writing and out of reach; what the request role reaches and no policy can cover is named. Limits:
 * it proves that a policy exists, not that it is right; the property tests of `authorization/` do
 * that. Functions that run with their owner's rights are not looked at.
 *
 * @module
 */

import { applicationRole, unreachable, type SqlSession } from "../kernel/index.ts";

interface TableRow {
  readonly name: string;
  /** `r` and `p` are tables, `v` a view, `m` a materialized view, `f` a foreign table. */
  readonly kind: "r" | "p" | "v" | "m" | "f";
  readonly enabled: boolean;
  readonly forced: boolean;
  readonly policies: number;
  readonly reachable: boolean;
  readonly truncatable: boolean;
  /** Whether a view reads with the rights of whoever asks. */
  readonly invoker: boolean;
}

const inspection = `
SELECT c.relname AS name, c.relkind AS kind, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
  (SELECT count(*)::int FROM pg_policy p WHERE p.polrelid = c.oid) AS policies,
  has_table_privilege('${applicationRole}', c.oid, 'SELECT, INSERT, UPDATE, DELETE')
    OR has_any_column_privilege('${applicationRole}', c.oid, 'SELECT, INSERT, UPDATE') AS reachable,
  has_table_privilege('${applicationRole}', c.oid, 'TRUNCATE') AS truncatable,
  EXISTS (SELECT FROM unnest(c.reloptions) AS option
    WHERE option ~* '^security_invoker=(true|on|yes|1)$') AS invoker
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
ORDER BY c.relname`;

/**
 * The faults of the schema, one sentence each; empty when all is well.
 *
 * @param exemptions table name → written reason why it needs no policy
 * @param scope `reachable` leaves out tables that requests cannot reach anyway, such as those of
 * others in a database that is shared during development; `all` unless said
 * @throws Error when the schema has no table at all: a check that looked at nothing proves nothing
 * @example
 * await rowSecurityFaults(session, { sekisho_migration: "names of schema steps; nobody's data" });
 */
export async function rowSecurityFaults(
  session: SqlSession,
  exemptions: Readonly<Record<string, string>>,
  scope: "all" | "reachable" = "all",
): Promise<readonly string[]> {
  const { rows } = await session.query<TableRow>(inspection);
  if (rows.length === 0) throw new Error("the schema has no tables");
  const faults: string[] = [];
  for (const table of rows) {
    if (table.truncatable)
      faults.push(`${table.name} can be truncated by ${applicationRole}, past every policy`);
    const judged = scope === "all" || table.reachable;
    if (!Object.hasOwn(exemptions, table.name)) faults.push(...(judged ? coverFaults(table) : []));
    else if (table.reachable)
      faults.push(`${table.name} is exempted but ${applicationRole} reaches it`);
  }
  for (const name of Object.keys(exemptions))
    if (!rows.some((table) => table.name === name))
      faults.push(`exempted table ${name} is missing`);
  return faults;
}

function coverFaults(table: TableRow): readonly string[] {
  const { kind, name } = table;
  switch (kind) {
    case "r":
    case "p":
      if (!table.enabled) return [`${name} has no row-level security`];
      if (!table.forced) return [`${name} does not force row-level security`];
      return table.policies === 0 ? [`${name} has no policy`] : [];
    case "v":
      return table.reachable && !table.invoker
        ? [`view ${name} reads with the rights of its owner; make it security_invoker`]
        : [];
    case "m":
    case "f":
      return table.reachable
        ? [`${name} is reached by ${applicationRole}, and no policy can cover it`]
        : [];
    default:
      return unreachable(kind);
  }
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
       (SELECT count(*)::int FROM pg_class c WHERE pg_has_role(r.oid, c.relowner, 'MEMBER')
          AND c.relnamespace = 'public'::regnamespace) AS owned
     FROM pg_roles r WHERE r.rolname = session_user`,
  );
  const login = rows[0];
  if (login === undefined) return ["the login role cannot be inspected"];
  return [
    ...(login.super ? ["the login role is a superuser"] : []),
    ...(login.bypass ? ["the login role bypasses row-level security"] : []),
    // A superuser counts as a member of every role; saying so twice helps nobody.
    ...(login.owned > 0 && !login.super
      ? ["the login role owns tables, itself or as a member of their owner"]
      : []),
  ];
}
