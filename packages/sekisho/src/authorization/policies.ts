/**
 * The predicate as row-level security (OWASP API1:2023, F2): the net under every query.
 *
 * Promise: the table gets forced row-level security, grants for exactly the listed operations and
 * columns, and policies that hold for nobody when no principal is set; the text may run again with
 * a changed predicate. Limits: a membership table is read under its own policies, so members must
 * see their own memberships there, and its policies must not ask back for the protected table.
 *
 * @module
 */

import { applicationRole, systemRole, type SqlSession } from "../kernel/index.ts";
import { quoteLiteral, quoteName } from "./identifier-text.ts";
import type { ColumnType, Predicate } from "./predicate.ts";

/** What requests may do with rows. */
export type Operation = "select" | "insert" | "update" | "delete";

/** What {@link toPolicies} is told. */
export interface PolicyOptions {
  readonly table: string;
  /** Which rows may be read. */
  readonly read: Predicate;
  /** Which rows may be written, before and after the change; `read` unless said. */
  readonly write?: Predicate;
  /** What a row must look like after the change, where it differs from `write`. */
  readonly check?: Predicate;
  /** `["select"]` unless said. */
  readonly operations?: readonly Operation[];
  /** Columns that requests may fill and change; an update must list its columns. */
  readonly columns?: { readonly insert?: readonly string[]; readonly update?: readonly string[] };
}

// A scalar subquery is evaluated once for the statement, not once for each row.
const subjectText = "(SELECT nullif(current_setting('sekisho.subject', true), ''))";
const subjectUuid = "(SELECT nullif(current_setting('sekisho.subject', true), '')::uuid)";
const tenantText = "(SELECT nullif(current_setting('sekisho.tenant', true), ''))";
const tenantUuid =
  "(SELECT CASE WHEN current_setting('sekisho.tenant', true)" +
  " ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'" +
  " THEN current_setting('sekisho.tenant', true)::uuid END)";
const roles = "(SELECT string_to_array(current_setting('sekisho.roles', true), ','))";

function subject(type: ColumnType): string {
  return type === "uuid" ? subjectUuid : subjectText;
}

/** The predicate as the expression of a policy on `table`. */
export function policyExpression(predicate: Predicate, table: string): string {
  const columnOf = (name: string): string => `${quoteName(table)}.${quoteName(name)}`;
  switch (predicate.kind) {
    case "column":
      return `${columnOf(predicate.column)} = ${subject(predicate.type)}`;
    case "tenant-column":
      return `${columnOf(predicate.column)} = ${predicate.type === "uuid" ? tenantUuid : tenantText}`;
    case "member-of":
      return (
        `EXISTS (SELECT 1 FROM ${quoteName(predicate.table)} AS "sekisho_member"` +
        ` WHERE "sekisho_member".${quoteName(predicate.resourceColumn)} = ${columnOf(predicate.via)}` +
        ` AND "sekisho_member".${quoteName(predicate.memberColumn)} = ${subjectUuid})`
      );
    case "state-in":
      return `${columnOf(predicate.column)}::text IN (${predicate.states.map(quoteLiteral).join(", ")})`;
    case "principal-role":
      return `coalesce(${quoteLiteral(predicate.role)} = ANY(${roles}::text[]), false)`;
    case "and":
      return `(${predicate.parts.map((part) => policyExpression(part, table)).join(" AND ")})`;
    case "or":
      return `(${predicate.parts.map((part) => policyExpression(part, table)).join(" OR ")})`;
    case "everyone":
      return "true";
  }
}

interface Policy {
  readonly name: string;
  readonly operation: Operation;
  readonly clauses: string;
}

function policiesOf(options: PolicyOptions): readonly Policy[] {
  const { table } = options;
  const write = options.write ?? options.read;
  const read = `USING (${policyExpression(options.read, table)})`;
  const using = `USING (${policyExpression(write, table)})`;
  const check = `WITH CHECK (${policyExpression(options.check ?? write, table)})`;
  const clauses: Readonly<Record<Operation, string>> = {
    select: read,
    insert: check,
    update: `${using} ${check}`,
    delete: using,
  };
  const operations = new Set<Operation>(options.operations ?? ["select"]);
  return [...operations].map((operation) => ({
    name: `${table}_${operation}`,
    operation,
    clauses: clauses[operation],
  }));
}

function grantsOf(options: PolicyOptions): readonly string[] {
  const table = quoteName(options.table);
  const columnsOf = (names: readonly string[]): string => `(${names.map(quoteName).join(", ")})`;
  const operations = new Set<Operation>(options.operations ?? ["select"]);
  const grants: string[] = [];
  if (operations.has("select")) grants.push("SELECT");
  if (operations.has("insert")) {
    const columns = options.columns?.insert;
    grants.push(columns === undefined ? "INSERT" : `INSERT ${columnsOf(columns)}`);
  }
  if (operations.has("update")) {
    const columns = options.columns?.update ?? [];
    if (columns.length === 0)
      throw new TypeError(`table ${options.table}: an update must list its columns`);
    grants.push(`UPDATE ${columnsOf(columns)}`);
  }
  if (operations.has("delete")) grants.push("DELETE");
  if (grants.length === 0) return [];
  return [`GRANT ${grants.join(", ")} ON ${table} TO ${applicationRole}`];
}

function commentOf(policy: Policy): string {
  return `sekisho: ${policy.operation} ${policy.clauses}`;
}

/**
 * The SQL text that protects a table.
 *
 * @throws TypeError when a name is not a plain lower-case SQL name, or an update lists no columns.
 * @example
 * toPolicies({
 *   table: "orders",
 *   read: column("user_id"),
 *   operations: ["select", "insert", "update"],
 *   columns: { update: ["status"] },
 * });
 */
export function toPolicies(options: PolicyOptions): string {
  const table = quoteName(options.table);
  const systemPolicy = `${options.table}_system`;
  const everyName = ["select", "insert", "update", "delete", "system"];
  return [
    `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
    `ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`,
    `REVOKE ALL ON ${table} FROM PUBLIC, ${applicationRole}, ${systemRole}`,
    ...everyName.map(
      (end) => `DROP POLICY IF EXISTS ${quoteName(`${options.table}_${end}`)} ON ${table}`,
    ),
    ...grantsOf(options),
    ...policiesOf(options).flatMap((policy) => [
      `CREATE POLICY ${quoteName(policy.name)} ON ${table} FOR ${policy.operation.toUpperCase()}` +
        ` TO ${applicationRole} ${policy.clauses}`,
      `COMMENT ON POLICY ${quoteName(policy.name)} ON ${table} IS '${commentOf(policy).replaceAll("'", "''")}'`,
    ]),
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ${table} TO ${systemRole}`,
    `CREATE POLICY ${quoteName(systemPolicy)} ON ${table} TO ${systemRole} USING (true) WITH CHECK (true)`,
    "",
  ].join(";\n");
}

/**
 * Where the database lags behind the declarations, one sentence each: the migration that carries a
 * changed predicate was forgotten. Compares what {@link toPolicies} noted on each policy.
 *
 * @throws Error when nothing is compared: a check that looked at nothing proves nothing.
 * @example
 * await policyFaults(session, [{ table: "orders", read: Order.owner }]); // []
 */
export async function policyFaults(
  session: SqlSession,
  declarations: readonly PolicyOptions[],
): Promise<readonly string[]> {
  if (declarations.length === 0) throw new Error("no policies were declared");
  const { rows } = await session.query<{ name: string; comment: string | null }>(
    `SELECT c.relname || '.' || p.polname AS name, obj_description(p.oid, 'pg_policy') AS comment
     FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
     WHERE c.relname = ANY($1::text[]) AND c.relnamespace = 'public'::regnamespace`,
    [declarations.map((declaration) => declaration.table)],
  );
  const found = new Map(rows.map((row) => [row.name, row.comment]));
  const faults: string[] = [];
  for (const declaration of declarations) {
    const expected = new Map(
      policiesOf(declaration).map((policy) => [`${declaration.table}.${policy.name}`, policy]),
    );
    for (const [name, policy] of expected) {
      if (!found.has(name)) faults.push(`policy ${name} is missing`);
      else if (found.get(name) !== commentOf(policy)) faults.push(`policy ${name} is out of date`);
    }
    for (const name of found.keys())
      if (
        name.startsWith(`${declaration.table}.`) &&
        !expected.has(name) &&
        name !== `${declaration.table}.${declaration.table}_system`
      )
        faults.push(`policy ${name} was not declared`);
  }
  return faults;
}
