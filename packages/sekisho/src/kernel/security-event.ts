/**
 * Names of security events: the OWASP Logging Vocabulary, and ours under `x_` where it has a gap.
 *
 * Promise: a closed union, so that a dashboard can rely on it. Limits: parameters are ids and
 * numbers, never raw input.
 *
 * @module
 */

/**
 * Every event name with its severity.
 *
 * @example
 * securityEventLevels.authn_login_lock; // "warn"
 */
export const securityEventLevels = {
  authn_login_success: "info",
  authn_login_successafterfail: "info",
  authn_login_fail: "warn",
  authn_login_fail_max: "warn",
  authn_login_lock: "warn",
  authn_password_change: "info",
  authn_password_change_fail: "critical",
  authn_token_created: "info",
  authn_token_revoked: "info",
  authn_token_reuse: "critical",
  authz_fail: "critical",
  authz_change: "warn",
  authz_admin: "warn",
  excess_rate_limit_exceeded: "warn",
  input_validation_fail: "warn",
  malicious_excess_404: "warn",
  malicious_extraneous: "critical",
  malicious_direct_reference: "critical",
  sensitive_create: "warn",
  sensitive_read: "warn",
  sensitive_update: "warn",
  sensitive_delete: "warn",
  sequence_fail: "critical",
  session_created: "info",
  session_renewed: "info",
  session_expired: "info",
  session_logout: "info",
  session_use_after_expire: "critical",
  sys_startup: "warn",
  sys_shutdown: "warn",
  sys_crash: "warn",
  sys_monitor_disabled: "warn",
  sys_monitor_enabled: "warn",
  user_created: "warn",
  user_updated: "warn",
  user_archived: "warn",
  user_deleted: "warn",
  x_egress_refused: "warn",
  x_upstream_refused: "warn",
  x_webhook_accepted: "info",
  x_webhook_refused: "warn",
  x_webhook_replayed: "warn",
  x_idempotency_mismatch: "warn",
  x_deprecated_endpoint_used: "info",
  x_response_contract_violated: "critical",
  x_flow_step: "info",
  x_load_shed: "warn",
} as const;

/** Name of a security event; an application adds its own under the prefix `x_`. */
export type SecurityEventName = keyof typeof securityEventLevels | `x_${string}`;

/** How much an event matters. */
export type SecurityEventLevel = "info" | "warn" | "critical";

/** One security event before it is written down. */
export interface SecurityEvent {
  readonly name: SecurityEventName;
  /** Subject of the acting principal, `undefined` for an anonymous or unknown party. */
  readonly subject: string | undefined;
  /** What it was done to: kind and id, for example `"order:019a…"`. */
  readonly object?: string;
  /** Named outcome of the decision that led to it. */
  readonly reason?: string;
  /** Key of the client's address, where only the one who reports knows it. */
  readonly source?: string;
  /** Further ids and numbers; never raw input, never a secret. */
  readonly data?: Readonly<Record<string, string | number | boolean>>;
}

/** Where a defence reports events that belong to no transaction (a refusal changes nothing). */
export interface SecurityEventSink {
  note(event: SecurityEvent): void;
}

/**
 * How much an event of that name matters; events that an application adds are `info`.
 *
 * @example
 * levelOf("authn_token_reuse"); // "critical"
 */
export function levelOf(name: SecurityEventName): SecurityEventLevel {
  return Object.hasOwn(securityEventLevels, name)
    ? securityEventLevels[name as keyof typeof securityEventLevels]
    : "info";
}
