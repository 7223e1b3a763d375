/**
 * Who a row belongs to, said once as data (OWASP API1:2023, requirements 5.1).
 *
 * Promise: one predicate is compiled to the check in memory (`matches`), to the condition of a
 * query (`toCondition`) and to the row-level security of the table (`toPolicies`); the algebra has
 * no negation, so that a null never turns into a grant and the three always agree. Limits: text is
 * compared byte by byte; columns with a case-insensitive collation are not supported.
 *
 * @module
 */

import { checkLiteral, checkName } from "./identifier-text.ts";

/** SQL type of a compared column. */
export type ColumnType = "uuid" | "text";

/** The column holds the subject of the principal. */
export interface ColumnPredicate {
  readonly kind: "column";
  readonly column: string;
  readonly type: ColumnType;
}

/** The column holds the tenant of the principal. */
export interface TenantPredicate {
  readonly kind: "tenant-column";
  readonly column: string;
  readonly type: ColumnType;
}

/** Where memberships are kept. */
export interface Membership {
  /** Table with one row for each member. */
  readonly table: string;
  /** Its column that names what somebody is a member of. */
  readonly resourceColumn: string;
  /** Its column that holds the subject (`uuid`). */
  readonly memberColumn: string;
  /** Column of the protected row that `resourceColumn` is compared with. */
  readonly via: string;
}

/** The principal is a member of what the row belongs to. */
export interface MembershipPredicate extends Membership {
  readonly kind: "member-of";
}

/** The column holds one of the listed states. */
export interface StatePredicate {
  readonly kind: "state-in";
  readonly column: string;
  readonly states: readonly string[];
}

/** The principal has the role. */
export interface RolePredicate {
  readonly kind: "principal-role";
  readonly role: string;
}

/** Every part holds. */
export interface AndPredicate {
  readonly kind: "and";
  readonly parts: readonly Predicate[];
}

/** At least one part holds. */
export interface OrPredicate {
  readonly kind: "or";
  readonly parts: readonly Predicate[];
}

/** Holds for everybody, also without a principal. */
export interface EveryonePredicate {
  readonly kind: "everyone";
}

/** The closed algebra. */
export type Predicate =
  | ColumnPredicate
  | TenantPredicate
  | MembershipPredicate
  | StatePredicate
  | RolePredicate
  | AndPredicate
  | OrPredicate
  | EveryonePredicate;

/**
 * Rows whose column is the subject of the principal.
 *
 * @throws TypeError when the name is not a plain lower-case SQL name.
 * @example
 * column("user_id"); // orders of one person
 */
export function column(name: string, type: ColumnType = "uuid"): ColumnPredicate {
  checkName(name, "column");
  return Object.freeze({ kind: "column", column: name, type });
}

/**
 * Rows whose column is the tenant of the principal; none without a tenant.
 *
 * @throws TypeError when the name is not a plain lower-case SQL name.
 * @example
 * and(tenantColumn("tenant_id"), principalRole("clerk"));
 */
export function tenantColumn(name: string, type: ColumnType = "text"): TenantPredicate {
  checkName(name, "column");
  return Object.freeze({ kind: "tenant-column", column: name, type });
}

/**
 * Rows that belong to something the principal is a member of, or whose parent is theirs: a parent
 * table with an owner column is a membership table too. A revoked membership counts at once.
 *
 * @throws TypeError when a name is not a plain lower-case SQL name.
 * @example
 * memberOf({ table: "team_members", resourceColumn: "team_id", memberColumn: "user_id", via: "team_id" });
 */
export function memberOf(membership: Membership): MembershipPredicate {
  const { memberColumn, resourceColumn, table, via } = membership;
  checkName(table, "table");
  for (const name of [resourceColumn, memberColumn, via]) checkName(name, "column");
  return Object.freeze({ kind: "member-of", table, resourceColumn, memberColumn, via });
}

/**
 * Rows in one of the states. Says nothing about the principal: combine it with {@link and}.
 *
 * @throws TypeError when no state is listed, or one has characters other than letters, digits and
 * `_.:-`.
 * @example
 * or(column("author_id"), stateIn("status", ["published"]));
 */
export function stateIn(name: string, states: readonly [string, ...string[]]): StatePredicate {
  checkName(name, "column");
  if (states.length === 0) throw new TypeError(`no state of column ${name} is listed`);
  for (const state of states) checkLiteral(state, "state");
  return Object.freeze({ kind: "state-in", column: name, states: Object.freeze([...states]) });
}

/**
 * Every row, for principals with the role.
 *
 * @throws TypeError when the role has characters other than letters, digits and `_.:-`.
 * @example
 * or(column("user_id"), principalRole("support"));
 */
export function principalRole(role: string): RolePredicate {
  checkLiteral(role, "role");
  return Object.freeze({ kind: "principal-role", role });
}

/**
 * Rows for which every part holds.
 *
 * @throws TypeError without a part: an empty "and" would hold for everybody.
 * @example
 * and(tenantColumn("tenant_id"), column("user_id"));
 */
export function and(...parts: readonly [Predicate, ...Predicate[]]): AndPredicate {
  if (parts.length === 0) throw new TypeError("an `and` needs at least one part");
  return Object.freeze({ kind: "and", parts: Object.freeze([...parts]) });
}

/**
 * Rows for which at least one part holds.
 *
 * @throws TypeError without a part.
 * @example
 * or(column("buyer_id"), column("seller_id"));
 */
export function or(...parts: readonly [Predicate, ...Predicate[]]): OrPredicate {
  if (parts.length === 0) throw new TypeError("an `or` needs at least one part");
  return Object.freeze({ kind: "or", parts: Object.freeze([...parts]) });
}

const everyonePredicate: EveryonePredicate = Object.freeze({ kind: "everyone" });

/**
 * Every row for everybody, also without a principal: a public table.
 *
 * @example
 * toPolicies({ table: "products", read: everyone() });
 */
export function everyone(): EveryonePredicate {
  return everyonePredicate;
}
