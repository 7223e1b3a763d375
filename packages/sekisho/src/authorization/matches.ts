/**
 * The predicate in memory.
 *
 * Promise: pure; agrees with `toCondition` and `toPolicies` on every row, and denies where it does
 * not understand a value. Limits: memberships are those of the given facts.
 *
 * @module
 */

import { isId, type Principal } from "../kernel/index.ts";
import { columnText } from "./column-text.ts";
import { membershipKey, type Facts } from "./facts.ts";
import type { ColumnType, Predicate } from "./predicate.ts";

function holds(row: object, name: string, type: ColumnType, wanted: string | undefined): boolean {
  if (wanted === undefined || wanted === "") return false;
  if (type === "uuid" && !isId(wanted)) return false;
  return columnText(row, name) === wanted;
}

/**
 * Whether the predicate holds for a row, whose properties are named like the columns.
 *
 * @example
 * matches(column("user_id"), { user_id: principal.subject }, principal, noFacts); // true
 */
export function matches(
  predicate: Predicate,
  row: object,
  principal: Principal | undefined,
  facts: Facts,
): boolean {
  switch (predicate.kind) {
    case "column":
      return holds(row, predicate.column, predicate.type, principal?.subject);
    case "tenant-column":
      return holds(row, predicate.column, predicate.type, principal?.tenant);
    case "member-of": {
      const value = columnText(row, predicate.via);
      if (principal === undefined || value === undefined) return false;
      return facts.memberships.get(membershipKey(predicate))?.has(value) ?? false;
    }
    case "state-in": {
      const state = columnText(row, predicate.column);
      return state !== undefined && predicate.states.includes(state);
    }
    case "principal-role":
      return principal?.roles.has(predicate.role) ?? false;
    case "and":
      return predicate.parts.every((part) => matches(part, row, principal, facts));
    case "or":
      return predicate.parts.some((part) => matches(part, row, principal, facts));
    case "everyone":
      return true;
  }
}
