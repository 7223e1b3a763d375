/**
 * What a verified token claims, judged purely (OWASP API2:2023, RFC 7519 §4.1, RFC 9068).
 *
 * Risk: a token that is genuine but meant for somebody else, for another purpose or another time.
 * Promise: a claim that is checked must also have the right type; a missing required claim denies.
 * Limits: knows nothing of signatures or revocation; roles are those of the moment of issue.
 *
 * @module
 */

import { allow, deny, type Decision, type Principal } from "../kernel/index.ts";
import type { JsonObject } from "./strict-json.ts";

/** Why verified claims are refused. */
export type ClaimsDenyReason =
  | "missing-claim"
  | "malformed-claim"
  | "expired"
  | "not-yet-valid"
  | "issued-in-the-future"
  | "lifetime-too-long"
  | "wrong-issuer"
  | "wrong-audience";

/** What the claims are held against; an absent member is not checked. Times are seconds. */
export interface ClaimExpectations {
  /** The present, seconds since 1970. */
  readonly now: number;
  readonly issuer?: string | undefined;
  /** One of these must be in `aud`. */
  readonly audience?: string | readonly string[] | undefined;
  readonly requiredClaims?: readonly string[] | undefined;
  readonly clockToleranceSeconds?: number | undefined;
  /** How far ahead `exp` may lie. */
  readonly maxLifetimeSeconds?: number | undefined;
}

/**
 * Claims every access token must have (RFC 9068 §2.2, without `client_id`).
 *
 * @example
 * requiredAccessTokenClaims.includes("jti"); // true
 */
export const requiredAccessTokenClaims: readonly string[] = [
  "iss",
  "aud",
  "sub",
  "exp",
  "iat",
  "jti",
];

// An issuer's clock may run ahead of ours; a token is not dangerous for being young.
const issueToleranceSeconds = 5;

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isAudience(value: unknown): value is string | readonly string[] {
  return isText(value) || (Array.isArray(value) && value.length > 0 && value.every(isText));
}

const shapes: Readonly<Record<string, (value: unknown) => boolean>> = {
  iss: isText,
  sub: isText,
  jti: isText,
  aud: isAudience,
  exp: isTime,
  nbf: isTime,
  iat: isTime,
  auth_time: isTime,
};

function decideTimes(claims: JsonObject, expected: ClaimExpectations): Decision<ClaimsDenyReason> {
  const { now, clockToleranceSeconds: tolerance = 0, maxLifetimeSeconds } = expected;
  const { exp: expiry, nbf: notBefore, iat: issuedAt } = claims;
  if (isTime(expiry)) {
    if (now >= expiry + tolerance) return deny("expired");
    if (maxLifetimeSeconds !== undefined && expiry > now + maxLifetimeSeconds + tolerance)
      return deny("lifetime-too-long");
  }
  if (isTime(notBefore) && notBefore > now + tolerance) return deny("not-yet-valid");
  if (isTime(issuedAt) && issuedAt > now + Math.max(tolerance, issueToleranceSeconds))
    return deny("issued-in-the-future");
  return allow();
}

/**
 * Decides whether claims meet the expectations.
 *
 * @example
 * decideClaims({ exp: 1000 }, { now: 1000 }); // { effect: "deny", reason: "expired" }
 * decideClaims({ exp: 1001 }, { now: 1000 }); // { effect: "allow" }
 */
export function decideClaims(
  claims: JsonObject,
  expected: ClaimExpectations,
): Decision<ClaimsDenyReason> {
  for (const name of expected.requiredClaims ?? [])
    if (!Object.hasOwn(claims, name)) return deny("missing-claim");
  for (const [name, isRight] of Object.entries(shapes))
    if (Object.hasOwn(claims, name) && !isRight(claims[name])) return deny("malformed-claim");

  const times = decideTimes(claims, expected);
  if (times.effect === "deny") return times;
  if (expected.issuer !== undefined && claims["iss"] !== expected.issuer)
    return deny("wrong-issuer");
  if (expected.audience !== undefined) {
    const accepted = [expected.audience].flat();
    const presented = [claims["aud"]].flat();
    if (!presented.some((audience) => accepted.some((own) => own === audience)))
      return deny("wrong-audience");
  }
  return allow();
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === "string");
}

/**
 * The principal that verified claims of our own access tokens describe.
 *
 * A token whose subject is its own client speaks for a service, not for a person (RFC 9068 §5,
 * API2.P2).
 *
 * @throws TypeError when a claim that a principal needs (`sub`, `sid`, `jti`, `auth_time`, `roles`,
 * `amr`) is missing or has the wrong shape: verify with `requiredClaims: principalClaims`.
 * @example
 * const decision = await verifier.verify(token);
 * if (decision.effect === "allow") claimsToPrincipal(decision.claims).subject;
 */
export function claimsToPrincipal(claims: JsonObject): Principal {
  const { sub: subject, sid: sessionId, jti: tokenId, tenant, roles, amr: methods } = claims;
  const authenticatedAt = claims["auth_time"];
  if (!isText(subject) || !isText(sessionId) || !isText(tokenId) || !isTime(authenticatedAt))
    throw new TypeError("claims lack sub, sid, jti or auth_time");
  if (!isTextList(roles) || !isTextList(methods)) throw new TypeError("claims lack roles or amr");
  if (tenant !== undefined && !isText(tenant)) throw new TypeError("claim tenant is not a text");
  return {
    subject,
    kind: claims["client_id"] === subject ? "service" : "user",
    tenant,
    roles: new Set(roles),
    sessionId,
    tokenId,
    authenticatedAt,
    methods,
  };
}

/**
 * Claims that {@link claimsToPrincipal} needs; our own access tokens have them all.
 *
 * @example
 * createTokenVerifier({ issuer, audience, jwks, requiredClaims: principalClaims });
 */
export const principalClaims: readonly string[] = [
  ...requiredAccessTokenClaims,
  "client_id",
  "sid",
  "auth_time",
  "amr",
  "roles",
];
