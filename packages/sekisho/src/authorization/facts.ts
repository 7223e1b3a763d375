/**
 * Memberships of a principal, loaded before a decision in memory.
 *
 * Promise: asked of the database for each decision, so that a revoked membership counts at once
 * (API1.P1). Limits: loads every membership of the principal in the tables that the predicate
 * names.
 *
 * @module
 */

import { isId, type Principal, type SqlSession } from "../kernel/index.ts";
import { quoteName } from "./identifier-text.ts";
import type { MembershipPredicate, Predicate } from "./predicate.ts";

/** What a decision needs beyond row and principal. */
export interface Facts {
  /** {@link membershipKey} → what the principal is a member of. */
  readonly memberships: ReadonlyMap<string, ReadonlySet<string>>;
}

/**
 * No memberships at all.
 *
 * @example
 * matches(column("user_id"), order, principal, noFacts);
 */
export const noFacts: Facts = { memberships: new Map() };

/**
 * Under which key {@link Facts} hold the memberships of a predicate.
 *
 * @example
 * membershipKey(memberOf({ table: "staff", resourceColumn: "shop_id", memberColumn: "user_id", via: "shop_id" }));
 * // "staff.shop_id.user_id"
 */
export function membershipKey(predicate: MembershipPredicate): string {
  return `${predicate.table}.${predicate.resourceColumn}.${predicate.memberColumn}`;
}

/** Every membership that the predicate asks for, at whatever depth. */
export function membershipsIn(predicate: Predicate): readonly MembershipPredicate[] {
  switch (predicate.kind) {
    case "member-of":
      return [predicate];
    case "and":
    case "or":
      return predicate.parts.flatMap(membershipsIn);
    case "column":
    case "tenant-column":
    case "state-in":
    case "principal-role":
    case "everyone":
      return [];
  }
}

/**
 * Loads the memberships that `matches` needs.
 *
 * @example
 * const facts = await loadFacts(session, Document.owner, principal);
 * matches(Document.owner, row, principal, facts);
 */
export async function loadFacts(
  session: SqlSession,
  predicate: Predicate,
  principal: Principal | undefined,
): Promise<Facts> {
  const wanted = membershipsIn(predicate);
  if (wanted.length === 0 || principal === undefined || !isId(principal.subject)) return noFacts;
  const memberships = new Map<string, ReadonlySet<string>>();
  for (const membership of wanted) {
    const key = membershipKey(membership);
    if (memberships.has(key)) continue;
    const { rows } = await session.query<{ member_of: string }>(
      `SELECT DISTINCT ${quoteName(membership.resourceColumn)}::text AS member_of` +
        ` FROM ${quoteName(membership.table)}` +
        ` WHERE ${quoteName(membership.memberColumn)} = $1::uuid` +
        ` AND ${quoteName(membership.resourceColumn)} IS NOT NULL`,
      [principal.subject],
    );
    memberships.set(key, new Set(rows.map((row) => row.member_of)));
  }
  return { memberships };
}
