/**
 * Faults of an access rule against the path and the step it stands beside.
 *
 * @module
 */

import type { AccessRule } from "../authorization/index.ts";
import { parameterNamesOf } from "./compile-endpoint.ts";
import type { Endpoint } from "./define-endpoint.ts";

function flatten(rule: AccessRule): readonly AccessRule[] {
  switch (rule.kind) {
    case "any-of":
    case "all-of":
      return [rule, ...rule.rules.flatMap(flatten)];
    case "step-up":
      return [rule, ...flatten(rule.rule)];
    case "shadow":
      return [rule, ...flatten(rule.enforced), ...flatten(rule.candidate)];
    default:
      return [rule];
  }
}

/** What is wrong with the access rule of an endpoint. */
export function parameterFaults(endpoint: Endpoint): readonly string[] {
  const names = new Set(parameterNamesOf(endpoint.path));
  const rules = flatten(endpoint.access);
  const faults: string[] = [];
  for (const rule of rules) {
    if ((rule.kind === "self" || rule.kind === "owner") && !names.has(rule.parameter))
      faults.push(`the access rule names :${rule.parameter}, which is not in the path`);
    if (rule.kind === "anonymous" && rule.reason.trim() === "")
      faults.push("anonymous access gives no reason");
    if ((rule.kind === "anonymous" || rule.kind === "webhook") && rules.length > 1)
      faults.push(`${rule.kind} access cannot be combined`);
  }
  if (endpoint.step !== undefined && !rules.some((rule) => rule.kind === "owner"))
    faults.push("a flow step needs an owner rule, which finds what it is taken on");
  return faults;
}
