/**
 * Faults of an access rule, by itself and against the path and the step it stands beside.
 *
 * @module
 */

import type { AccessRule } from "../authorization/index.ts";
import { parameterNamesOf } from "./compile-endpoint.ts";
import type { Endpoint } from "./define-endpoint.ts";

const kinds: Readonly<Record<AccessRule["kind"], true>> = {
  anonymous: true,
  authenticated: true,
  self: true,
  owner: true,
  role: true,
  webhook: true,
  "step-up": true,
  "any-of": true,
  "all-of": true,
  shadow: true,
};

function flatten(rule: AccessRule): readonly AccessRule[] {
  switch (rule.kind) {
    case "any-of":
    case "all-of":
      return [rule, ...rule.rules.flatMap(flatten)];
    case "step-up":
      return [rule, ...flatten(rule.rule)];
    case "shadow":
      return [rule, ...flatten(rule.enforced), ...flatten(rule.candidate)];
    case "anonymous":
    case "authenticated":
    case "self":
    case "owner":
    case "role":
    case "webhook":
    default:
      return [rule];
  }
}

function isBlank(reason: string | undefined): boolean {
  return reason === undefined || reason.trim() === "";
}

function parametersOf(rule: AccessRule): readonly string[] {
  if (rule.kind === "self") return [rule.parameter];
  return rule.kind === "owner" ? [rule.parameter, ...Object.values(rule.within)] : [];
}

/** What is wrong with the access rule of an endpoint. */
export function accessFaults(endpoint: Endpoint): readonly string[] {
  const names = new Set(parameterNamesOf(endpoint.path));
  const rules = flatten(endpoint.access);
  const faults: string[] = [];
  for (const rule of rules) {
    if (!Object.hasOwn(kinds, rule.kind)) faults.push("what it gives as access is no rule");
    for (const parameter of parametersOf(rule))
      if (!names.has(parameter))
        faults.push(`the access rule names :${parameter}, which is not in the path`);
    if (rule.kind === "anonymous" && isBlank(rule.reason))
      faults.push("anonymous access gives no reason");
    if ((rule.kind === "anonymous" || rule.kind === "webhook") && rules.length > 1)
      faults.push(`${rule.kind} access cannot be combined`);
  }
  if (endpoint.step !== undefined && !rules.some((rule) => rule.kind === "owner"))
    faults.push("a flow step needs an owner rule, which finds what it is taken on");
  return faults;
}
