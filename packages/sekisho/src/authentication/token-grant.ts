/**
 * The pair of tokens that a sign-in or a refresh answers with.
 *
 * @module
 */

import type { AuthenticationParts } from "./parts.ts";
import { sessionExpiry, type SessionRow } from "./sessions.ts";

/** Tokens for the client; lengths in seconds. */
export interface TokenGrant {
  readonly accessToken: string;
  readonly expiresIn: number;
  readonly refreshToken: string;
  /** Until the session ends if it is not used again. */
  readonly refreshExpiresIn: number;
  readonly subject: string;
  readonly sessionId: string;
}

/** Issues the access token that goes with a refresh token. */
export async function grantTokens(
  parts: AuthenticationParts,
  session: Omit<SessionRow, "endedAt">,
  roles: readonly string[],
  refreshToken: string,
): Promise<TokenGrant> {
  const now = parts.clock.now();
  const { token, expiresAt } = await parts.issuer.issue({
    subject: session.subject,
    sessionId: session.id,
    roles,
    authenticatedAt: Math.floor(session.authenticatedAt / 1000),
    methods: session.methods,
    clientId: parts.clientId,
  });
  const secondsLeft = Math.floor((session.absoluteExpiresAt - now) / 1000);
  return {
    accessToken: token,
    // The authenticator refuses it from the absolute end of the session on.
    expiresIn: Math.min(expiresAt - Math.floor(now / 1000), secondsLeft),
    refreshToken,
    refreshExpiresIn: Math.floor((sessionExpiry(parts, session, roles) - now) / 1000),
    subject: session.subject,
    sessionId: session.id,
  };
}
