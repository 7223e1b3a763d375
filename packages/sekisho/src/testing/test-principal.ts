/**
 * Principals for tests, and an authenticator that knows nobody else.
 *
 * Promise: a token that was not listed is refused like any unknown token. Limits: nothing is
 * verified; it belongs in tests alone.
 *
 * @module
 */

import {
  createId,
  deny,
  systemClock,
  systemRandomness,
  type AuthenticationDecision,
  type Authenticator,
  type Principal,
} from "../kernel/index.ts";

/** What a test says of a principal; everything has a default. */
export interface TestPrincipalOptions {
  readonly roles?: readonly string[];
  /** A fresh UUID unless given. */
  readonly subject?: string;
  readonly kind?: Principal["kind"];
  readonly tenant?: string;
  /** Seconds since 1970; now unless given. */
  readonly authenticatedAt?: number;
  readonly methods?: readonly string[];
}

/**
 * Makes a principal: somebody new, without roles, who has just signed in by password.
 *
 * @example
 * const admin = testPrincipal({ roles: ["admin"] });
 */
export function testPrincipal(options: TestPrincipalOptions = {}): Principal {
  const fresh = (): string => createId(systemClock, systemRandomness);
  return {
    subject: options.subject ?? fresh(),
    kind: options.kind ?? "user",
    tenant: options.tenant,
    roles: new Set(options.roles),
    sessionId: fresh(),
    tokenId: fresh(),
    authenticatedAt: options.authenticatedAt ?? Math.floor(systemClock.now() / 1000),
    methods: options.methods ?? ["pwd"],
  };
}

/** An authenticator that answers at once. */
export interface TestAuthenticator extends Authenticator {
  authenticate(token: string): AuthenticationDecision;
}

/**
 * Makes an authenticator from the texts of tokens.
 *
 * @example
 * const authenticator = createTestAuthenticator({ "token-of-alice": testPrincipal() });
 * authenticator.authenticate("token-of-alice").effect; // "allow"
 */
export function createTestAuthenticator(
  principals: Readonly<Record<string, Principal>>,
): TestAuthenticator {
  const known = new Map(Object.entries(principals));
  return {
    authenticate: (token) => {
      const principal = known.get(token);
      return principal === undefined ? deny("unknown-token") : { effect: "allow", principal };
    },
  };
}
