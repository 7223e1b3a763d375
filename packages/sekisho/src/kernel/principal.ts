/**
 * The authenticated party of one request.
 *
 * Promise: built by `authentication/` alone, never from a request's body, query or headers
 * (API1.V5). Limits: `roles` are those of the moment of authentication; a change of roles ends the
 * token, so they are never stale for longer than a revocation takes.
 *
 * @module
 */

/** Who is asking. */
export interface Principal {
  /** Stable identifier of the person or service (RFC 7519 `sub`), a UUID. */
  readonly subject: string;
  /** What kind of party it is (API2.P2: a client key is not a person). */
  readonly kind: "user" | "service";
  /** Border that no grant crosses; `undefined` in an application with one tenant. */
  readonly tenant: string | undefined;
  readonly roles: ReadonlySet<string>;
  /** Server-side session the token belongs to (`sid`), a UUID. */
  readonly sessionId: string;
  /** Identifier of the presented token (`jti`). */
  readonly tokenId: string;
  /** When the person last proved who they are, seconds since 1970 (`auth_time`). */
  readonly authenticatedAt: number;
  /** How they proved it (RFC 8176), for example `["pwd"]`. */
  readonly methods: readonly string[];
}

/** Answer of an {@link Authenticator}; the reason is logged and never sent. */
export type AuthenticationDecision =
  | { readonly effect: "allow"; readonly principal: Principal }
  | {
      readonly effect: "deny";
      readonly reason: string;
      /** Whose token it was, and what it stood for, when it is genuine and yet no good any more. */
      readonly subject?: string;
      readonly object?: string;
    };

/**
 * Turns a presented access token into a principal. Answers without a promise when it already
 * knows the token, so that the fast path stays synchronous.
 */
export interface Authenticator {
  authenticate(token: string): AuthenticationDecision | Promise<AuthenticationDecision>;
}
