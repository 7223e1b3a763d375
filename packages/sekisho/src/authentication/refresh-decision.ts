/**
 * What a presented refresh token means (OWASP API2:2023, RFC 9700 §4.14.2).
 *
 * Promise: a used token is an honest repeat only right after its use, for the same client, once,
 * and while its successor is unused; every other use of a used token is theft. Limits: pure; the
 * caller holds the session while it acts on the answer.
 *
 * @module
 */

import type { AccountStatus } from "./account-row.ts";

/** Everything the answer depends on; times in milliseconds since 1970. */
export interface RefreshFacts {
  readonly now: number;
  readonly session: {
    readonly ended: boolean;
    readonly absoluteExpiresAt: number;
    readonly idleExpiresAt: number;
  };
  readonly accountStatus: AccountStatus;
  readonly token:
    | { readonly used: false }
    | {
        readonly used: true;
        readonly usedAt: number;
        readonly sameClient: boolean;
        readonly repeated: boolean;
        /** Whether the token that replaced it was used in turn. */
        readonly successorUsed: boolean;
      };
  /** How long a repeat counts as one, milliseconds. */
  readonly repeatWindow: number;
}

/** What to do with a presented refresh token. */
export type RefreshOutcome =
  | "rotate"
  | "repeat"
  | "token-reuse"
  | "session-ended"
  | "account-disabled"
  | "absolute-expired"
  | "idle-expired";

/**
 * Decides about a refresh token that exists.
 *
 * @example
 * decideRefresh({ ...facts, token: { used: false } }); // "rotate"
 */
export function decideRefresh(facts: RefreshFacts): RefreshOutcome {
  const { now, session, token } = facts;
  if (session.ended) return "session-ended";
  if (token.used) {
    const inWindow = now < token.usedAt + facts.repeatWindow;
    const honest = inWindow && token.sameClient && !token.repeated && !token.successorUsed;
    if (!honest) return "token-reuse";
  }
  if (facts.accountStatus === "disabled") return "account-disabled";
  if (session.absoluteExpiresAt <= now) return "absolute-expired";
  if (session.idleExpiresAt <= now) return "idle-expired";
  return token.used ? "repeat" : "rotate";
}
