/**
 * The name of a finding, the same in every run: what a baseline remembers.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { RiskId } from "../technique/technique.ts";

/** What makes two findings one. */
export interface FindingKey {
  readonly risk: RiskId;
  readonly target: string;
  readonly hole: string;
}

/** "SKA-" and twelve hexadecimal digits, from risk, target and kind of hole alone. */
export function findingId({ risk, target, hole }: FindingKey): string {
  const digest = createHash("sha256").update(`${risk}|${target}|${hole}`).digest("hex");
  return `SKA-${digest.slice(0, 12)}`;
}

/** Whether a value is the id of a finding. */
export function isFindingId(value: unknown): value is string {
  return typeof value === "string" && /^SKA-[0-9a-f]{12}$/.test(value);
}
