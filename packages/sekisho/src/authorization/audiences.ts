/**
 * For which audiences an answer is projected (OWASP API3:2023).
 *
 * Promise: nobody becomes `owner` or `self` by having a role of that name; sets are made once.
 * Limits: with `anyOf`, `self` counts only when every alternative carries it; `owner` too, unless the
 * caller says what was granted.
 *
 * @module
 */

import type { Principal } from "../kernel/index.ts";
import { reservedRoles, type AnyAccessRule } from "./access-rule.ts";

const nobody: ReadonlySet<string> = new Set();
const sets = new WeakMap<ReadonlySet<string>, Map<string, ReadonlySet<string>>>();

type Standing = "owner" | "self";

function holdsStanding(
  rule: AnyAccessRule,
  standing: Standing,
  granted: object | undefined,
): boolean {
  const holds = (part: AnyAccessRule): boolean => holdsStanding(part, standing, granted);
  switch (rule.kind) {
    case "owner":
      return (
        standing === "owner" &&
        (granted === undefined || Reflect.get(granted, rule.resource.kind) !== undefined)
      );
    case "self":
      return standing === "self";
    case "step-up":
      return holds(rule.rule);
    case "shadow":
      return holds(rule.enforced);
    case "all-of":
      return rule.rules.some(holds);
    case "any-of":
      return granted !== undefined && standing === "owner"
        ? rule.rules.some(holds)
        : rule.rules.every(holds);
    case "anonymous":
    case "authenticated":
    case "role":
    case "webhook":
      return false;
  }
}

/**
 * The audiences of an allowed request: the roles of the principal, and `owner` or `self` where the
 * rule says so. Empty without a principal.
 *
 * @param granted what the rule granted the handler, to tell the owner among several alternatives
 * @example
 * audiencesFor(owner(Order, "order_id"), principal); // Set { "user", "owner" }
 */
export function audiencesFor(
  rule: AnyAccessRule,
  principal: Principal | undefined,
  granted?: object,
): ReadonlySet<string> {
  if (principal === undefined) return nobody;
  const owner = holdsStanding(rule, "owner", granted);
  const self = holdsStanding(rule, "self", granted);
  const key = owner ? (self ? "owner+self" : "owner") : self ? "self" : "";
  let known = sets.get(principal.roles);
  if (known === undefined) sets.set(principal.roles, (known = new Map()));
  const found = known.get(key);
  if (found !== undefined) return found;
  const audiences = new Set([...principal.roles].filter((name) => !reservedRoles.has(name)));
  if (owner) audiences.add("owner");
  if (self) audiences.add("self");
  known.set(key, audiences);
  return audiences;
}
