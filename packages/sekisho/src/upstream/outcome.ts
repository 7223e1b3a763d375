/**
 * What can become of a call to somebody else's API, and what a client is told about it.
 *
 * Promise: a closed union for operators; towards the client every failure of one class has one and
 * the same body (OWASP API7.V5, API10.V2). Limits: `detail` is for logs and is never sent.
 *
 * @module
 */

import type { EgressReason } from "../egress/index.ts";
import { Problem, type Allow, type Deny } from "../kernel/index.ts";

/** Why a call brought no value. */
export type UpstreamReason =
  | "destination-refused"
  | "deadline"
  | "breaker-open"
  | "bulkhead-full"
  | "status"
  | "schema"
  | "media-type"
  | "too-large"
  | "redirect"
  | "network";

/** A call that brought a value which met its schema. */
export type UpstreamAllow<Value> = Allow<{
  readonly value: Value;
  readonly status: number;
  /** How often it was sent. */
  readonly attempts: number;
}>;

/** A call that brought none. */
export interface UpstreamDeny extends Deny<UpstreamReason> {
  /** The finer reason: of egress, the status, or the path of the schema's first complaint. */
  readonly detail: string;
  /** Seconds after which a repeat makes sense, when somebody said so. */
  readonly retryAfterSeconds?: number;
}

/** What became of a call. */
export type UpstreamDecision<Value> = UpstreamAllow<Value> | UpstreamDeny;

/** A {@link UpstreamDeny} with its detail. */
export function denyUpstream(reason: UpstreamReason, detail: string = reason): UpstreamDeny {
  return { effect: "deny", reason, detail };
}

/**
 * The reason of a call for a reason of egress.
 *
 * @example
 * upstreamReasonOf("tls"); // "network"
 */
export function upstreamReasonOf(reason: EgressReason): UpstreamReason {
  switch (reason) {
    case "deadline":
    case "aborted":
      return "deadline";
    case "redirect":
      return "redirect";
    case "media-type":
    case "content-encoding":
      return "media-type";
    case "too-large":
    case "headers-too-large":
      return "too-large";
    case "closed":
    case "connect":
    case "network":
    case "resolution-failed":
    case "tls":
    case "unresolvable":
      return "network";
    case "address-malformed":
    case "benchmarking":
    case "cloud-platform":
    case "deny-listed-address":
    case "deny-listed-host":
    case "discard":
    case "documentation":
    case "header":
    case "host-not-listed":
    case "ipv4-compatible":
    case "ipv4-mapped":
    case "ipv4-translated":
    case "isatap":
    case "link-local":
    case "loopback":
    case "multicast":
    case "nat64":
    case "not-global-unicast":
    case "peer":
    case "port":
    case "private":
    case "protocol-assignment":
    case "reserved":
    case "scheme":
    case "segment-routing":
    case "shared-address-space":
    case "single-label":
    case "site-local":
    case "six-to-four":
    case "six-to-four-relay":
    case "special-use-name":
    case "teredo":
    case "this-network":
    case "unique-local":
    case "unspecified":
    case "url-character":
    case "url-malformed":
    case "url-too-long":
    case "userinfo":
    case "zone-id":
      return "destination-refused";
  }
}

/**
 * The problem that a client is told.
 *
 * @example
 * const decision = await partner.fetchUrl("getDocument", url);
 * if (decision.effect === "deny") throw toProblem(decision);
 */
export function toProblem(decision: UpstreamDeny): Problem {
  const inside = { reason: `upstream-${decision.reason}`, cause: decision.detail };
  switch (decision.reason) {
    case "destination-refused":
      return new Problem("destination-refused", {}, inside);
    case "breaker-open":
    case "bulkhead-full":
      return new Problem("unavailable", { retryAfter: decision.retryAfterSeconds ?? 1 }, inside);
    case "deadline":
    case "media-type":
    case "network":
    case "redirect":
    case "schema":
    case "status":
    case "too-large":
      return new Problem("upstream-failed", {}, inside);
  }
}
