/**
 * Access rules for readers: inventory, documentation, matrix.
 *
 * Promise: two rules that decide differently read differently. Limits: what a predicate says is
 * not spelled out.
 *
 * @module
 */

import type { AnyAccessRule } from "./access-rule.ts";

/**
 * A short text for a rule.
 *
 * @example
 * describeAccess(owner(Order, "order_id")); // "owner(order, order_id)"
 */
export function describeAccess(rule: AnyAccessRule): string {
  switch (rule.kind) {
    case "anonymous":
      return "anonymous";
    case "authenticated":
      return rule.party === "any" ? "authenticated" : `authenticated(${rule.party})`;
    case "self":
      return `self(${rule.parameter})`;
    case "owner": {
      const within = Object.entries(rule.within).map(([name, parent]) => `, ${name}=${parent}`);
      return `owner(${rule.resource.kind}, ${rule.parameter}${within.join("")})`;
    }
    case "role":
      return `role(${rule.role})`;
    case "webhook":
      return `webhook(${rule.webhook.name})`;
    case "step-up": {
      const methods = rule.methods.length === 0 ? "" : `, ${rule.methods.join("|")}`;
      return `step-up(${describeAccess(rule.rule)}, ${rule.maxAge}s${methods})`;
    }
    case "any-of":
      return `any-of(${rule.rules.map(describeAccess).join(", ")})`;
    case "all-of":
      return `all-of(${rule.rules.map(describeAccess).join(", ")})`;
    case "shadow":
      return `shadow(${describeAccess(rule.candidate)}, enforced ${describeAccess(rule.enforced)})`;
  }
}

/**
 * The roles that a rule names, each once, in the order of the rule; what is enforced, not what is
 * tried.
 *
 * @example
 * rolesOf(anyOf(role("admin"), owner(Order, "order_id"))); // ["admin"]
 */
export function rolesOf(rule: AnyAccessRule): readonly string[] {
  switch (rule.kind) {
    case "role":
      return [rule.role];
    case "step-up":
      return rolesOf(rule.rule);
    case "any-of":
    case "all-of":
      return [...new Set(rule.rules.flatMap(rolesOf))];
    case "shadow":
      return rolesOf(rule.enforced);
    case "anonymous":
    case "authenticated":
    case "self":
    case "owner":
    case "webhook":
      return [];
  }
}
