/**
 * What `http/` asks of an access rule as data.
 *
 * @module
 */

import type { AccessRule } from "../authorization/index.ts";
import type { AnyWebhook } from "../webhook/index.ts";

/** Whether the rule lets everybody in. */
export function isAnonymous(rule: AccessRule): boolean {
  return rule.kind === "shadow" ? isAnonymous(rule.enforced) : rule.kind === "anonymous";
}

/** The webhook whose signature stands for the principal, if the rule is one. */
export function webhookOf(rule: AccessRule): AnyWebhook | undefined {
  return rule.kind === "webhook" ? (rule.webhook as AnyWebhook) : undefined;
}
