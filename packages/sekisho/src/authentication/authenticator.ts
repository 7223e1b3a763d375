/**
 * From a presented access token to a principal (OWASP API2:2023, ASVS 7.2.1, 7.4.1).
 *
 * Promise: a cached token answers at once, and only while revocations are known to arrive; any
 * other token is verified and its session and account are looked up before it is believed. Limits:
 * the roles are the token's; a change of roles ends the session, so they are the account's too.
 *
 * @module
 */

import {
  deny,
  isId,
  type AuthenticationDecision,
  type Authenticator,
  type Clock,
  type Principal,
  type SystemWork,
} from "../kernel/index.ts";
import { claimsToPrincipal } from "./claims.ts";
import { millisecondsOf } from "./instant.ts";
import type { RevocationFeed } from "./revocation.ts";
import type { TokenClaims, TokenVerifier } from "./token-verifier.ts";
import type { VerifiedTokenCache } from "./verified-token-cache.ts";

/** What the authenticator is made of. */
export interface AuthenticatorOptions {
  readonly system: SystemWork;
  readonly clock: Clock;
  readonly verifier: TokenVerifier;
  readonly cache: VerifiedTokenCache;
  readonly revocations: RevocationFeed;
}

interface SessionStanding {
  readonly ended: boolean;
  readonly active: boolean;
  readonly absoluteExpiresAt: number;
}

function principalOf(claims: TokenClaims): Principal | undefined {
  try {
    const principal = claimsToPrincipal(claims);
    return isId(principal.sessionId) && isId(principal.subject) ? principal : undefined;
  } catch {
    return undefined;
  }
}

class SessionAuthenticator implements Authenticator {
  readonly #options: AuthenticatorOptions;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  authenticate(token: string): AuthenticationDecision | Promise<AuthenticationDecision> {
    if (this.#options.revocations.isCurrent) {
      const principal = this.#options.cache.get(token);
      if (principal !== undefined) return { effect: "allow", principal };
    }
    return this.#judge(token);
  }

  async #judge(token: string): Promise<AuthenticationDecision> {
    const { revocations, verifier, cache, clock } = this.#options;
    const verified = await verifier.verify(token);
    if (verified.effect === "deny") return verified;
    const principal = principalOf(verified.claims);
    if (principal === undefined) return deny("malformed-claim");
    const wasRevoked = revocations.isRevoked(principal.sessionId);
    const standing = await this.#standingOf(principal);
    if (standing === undefined) return deny("session-unknown");
    if (standing.ended)
      return {
        ...deny("session-ended"),
        subject: principal.subject,
        object: `session:${principal.sessionId}`,
      };
    if (!standing.active) return deny("account-disabled");
    if (standing.absoluteExpiresAt <= clock.now()) return deny("session-expired");
    // A revocation that arrived while the database answered may be younger than the answer; of a
    // session that was spoken of before, its arrival could not be told, so that is never cached.
    if (!wasRevoked && revocations.isRevoked(principal.sessionId)) return this.#judge(token);
    if (!wasRevoked) {
      const end = Math.min(verified.claims.exp, Math.floor(standing.absoluteExpiresAt / 1000));
      cache.set(token, principal, end);
    }
    return { effect: "allow", principal };
  }

  async #standingOf(principal: Principal): Promise<SessionStanding | undefined> {
    const { rows } = await this.#options.system.asSystem(
      "authentication: is the session alive",
      (session) =>
        session.query<SessionStanding>(
          `SELECT s.ended_at IS NOT NULL AS ended, a.status = 'active' AS active,
             ${millisecondsOf("s.absolute_expires_at")} AS "absoluteExpiresAt"
           FROM sekisho_session s JOIN sekisho_account a ON a.subject = s.subject
           WHERE s.id = $1::uuid AND s.subject = $2::uuid`,
          [principal.sessionId, principal.subject],
        ),
    );
    return rows[0];
  }
}

/**
 * Creates the authenticator of one node.
 *
 * @example
 * const decision = await createAuthenticator({ system, clock, verifier, cache, revocations }).authenticate(token);
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  return new SessionAuthenticator(options);
}
