/**
 * The ten risks in their order, with the names and pages that OWASP gave them.
 *
 * @module
 */

import type { RiskId, Severity } from "../technique/technique.ts";

/** One of the ten risks. */
export interface Risk {
  readonly id: RiskId;
  readonly title: string;
  /** Where there is little room. */
  readonly short: string;
  /** The page that explains it. */
  readonly page: string;
}

const edition = "https://owasp.org/API-Security/editions/2023/en";

/** The OWASP API Security Top 10 of 2023. */
export const risks: readonly Risk[] = [
  risk("API1", "Broken object level authorization", "Object authorization", "0xa1"),
  risk("API2", "Broken authentication", "Authentication", "0xa2"),
  risk("API3", "Broken object property level authorization", "Property authorization", "0xa3"),
  risk("API4", "Unrestricted resource consumption", "Resource consumption", "0xa4"),
  risk("API5", "Broken function level authorization", "Function authorization", "0xa5"),
  risk("API6", "Unrestricted access to sensitive business flows", "Business flows", "0xa6"),
  risk("API7", "Server side request forgery", "Request forgery", "0xa7"),
  risk("API8", "Security misconfiguration", "Misconfiguration", "0xa8"),
  risk("API9", "Improper inventory management", "Inventory", "0xa9"),
  risk("API10", "Unsafe consumption of APIs", "Consumption of APIs", "0xaa"),
];

/** Severities, worst first. */
export const severities: readonly Severity[] = ["critical", "high", "medium", "low"];

/** Orders by severity: worst first. */
export function bySeverity(one: Severity, other: Severity): number {
  return severities.indexOf(one) - severities.indexOf(other);
}

/** Orders by risk: API1 first, API10 last. */
export function byRisk(one: RiskId, other: RiskId): number {
  return risks.findIndex(({ id }) => id === one) - risks.findIndex(({ id }) => id === other);
}

function risk(id: RiskId, title: string, short: string, prefix: string): Risk {
  return {
    id,
    title,
    short,
    page: `${edition}/${prefix}-${title.toLowerCase().replaceAll(" ", "-")}/`,
  };
}
