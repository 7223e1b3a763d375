/**
 * Signing in with a password (OWASP API2:2023, ASVS 6.3.1, 6.3.8).
 *
 * Promise: an unknown name, a wrong password and a disabled account are one answer with one body
 * of work; a try is counted before the password is looked at; no connection is held while a
 * password is hashed; the session begins in a transaction that holds the account, so a change of
 * roles, status or password at the same moment either prevents or ends it. Limits: one factor; a
 * second one goes between the password and the session.
 *
 * @module
 */

import type { SqlSession } from "../kernel/index.ts";
import { findAccountByName, lockAccount, type AccountRow } from "./account-row.ts";
import { KeyedTurnstile } from "./keyed-turnstile.ts";
import type { AuthenticationParts } from "./parts.ts";
import { issueFirstToken } from "./refresh.ts";
import type { EndedSessions } from "./revocation.ts";
import { beginSession } from "./sessions.ts";
import { canonicalSignInName } from "./sign-in-name.ts";
import {
  giveBackTry,
  rememberSource,
  reserveTry,
  settleSuccess,
  throttleKey,
  type Reservation,
} from "./throttle.ts";
import { grantTokens, type TokenGrant } from "./token-grant.ts";

/** Credentials as presented. */
export interface SignInRequest {
  readonly signInName: string;
  readonly password: string;
  /** Where it comes from: the client's address key (IPv6 by /64). */
  readonly sourceKey: string;
}

/** A refused sign-in; only the two reasons below exist on the wire. */
export type SignInDenial =
  | { readonly effect: "deny"; readonly reason: "invalid-credentials" }
  | {
      readonly effect: "deny";
      readonly reason: "throttled";
      /** Seconds; the same whichever counter refused. */
      readonly retryAfter: number;
    };

/** Answer of `signIn`. */
export type SignInDecision = ({ readonly effect: "allow" } & TokenGrant) | SignInDenial;

const verifiedAtOncePerSource = 8;
const longestQueue = 256;
const wrong: SignInDenial = { effect: "deny", reason: "invalid-credentials" };

interface CountedTry {
  readonly reservation: Reservation;
  readonly account: AccountRow | undefined;
}

function objectOf(name: string, subject: string | undefined): string {
  // What somebody typed as a name may be their password, so only its digest is written down.
  return subject === undefined
    ? `sign-in-name:${throttleKey("account", name).toString("hex", 0, 8)}`
    : `account:${subject}`;
}

function refused(
  parts: AuthenticationParts,
  name: string,
  subject: string | undefined,
  reason: "source-throttled" | "account-throttled" | "queue-full",
  source: string,
): SignInDenial {
  parts.events.note({
    name: reason === "account-throttled" ? "authn_login_lock" : "excess_rate_limit_exceeded",
    subject,
    object: objectOf(name, subject),
    reason: reason === "account-throttled" ? "maxretries" : reason,
    source,
  });
  return { effect: "deny", reason: "throttled", retryAfter: parts.limits.retryAfterSeconds };
}

function noteFailure(
  parts: AuthenticationParts,
  { reservation }: CountedTry,
  reason: string,
): void {
  const { subject, name, failures, lane, source } = reservation;
  const object = objectOf(name, subject);
  parts.events.note({ name: "authn_login_fail", subject, object, reason, source });
  const cap = lane === "known" ? parts.limits.knownFailures : parts.limits.strangerFailures;
  if (failures >= cap)
    parts.events.note({
      name: "authn_login_fail_max",
      subject,
      object,
      reason: lane,
      source,
      data: { maxlimit: cap },
    });
}

async function countTry(
  parts: AuthenticationParts,
  name: string,
  source: string,
): Promise<CountedTry | SignInDenial> {
  const counted = await parts.system.asSystem("authentication: count a try", async (session) => {
    const account = await findAccountByName(session, name);
    const subject = account?.subject;
    const now = parts.clock.now();
    const decision = await reserveTry(session, { name, subject, source, now }, parts.limits);
    return { account, decision };
  });
  const { account, decision } = counted;
  if (decision.effect === "deny")
    return refused(parts, name, account?.subject, decision.reason, source);
  return { reservation: decision.reservation, account };
}

async function isRightPassword(
  parts: AuthenticationParts,
  { account, reservation }: CountedTry,
  password: string,
): Promise<{ readonly right: boolean; readonly rehash: boolean }> {
  try {
    if (account === undefined) {
      await parts.hasher.verifyAgainstNobody(password);
      return { right: false, rehash: false };
    }
    const verified = await parts.hasher.verify(password, account.passwordHash);
    return verified.effect === "allow"
      ? { right: true, rehash: verified.rehash }
      : { right: false, rehash: false };
  } catch (error) {
    // Nobody looked at the password (the hasher is overloaded), so the try was not made.
    await parts.system.asSystem("authentication: give a try back", (session) =>
      giveBackTry(session, reservation, parts.clock.now(), parts.limits),
    );
    throw error;
  }
}

interface SettledSignIn {
  readonly decision: SignInDecision;
  readonly ended: EndedSessions;
}

/** Looks again under lock: roles, status or password may have changed while the hash ran. */
async function settle(
  parts: AuthenticationParts,
  session: SqlSession,
  verified: AccountRow,
  reservation: Reservation,
): Promise<SettledSignIn> {
  const account = await lockAccount(session, verified.subject, "share");
  if (account?.status !== "active" || account.passwordHash !== verified.passwordHash)
    return { decision: wrong, ended: parts.revocations.nothingEnded };
  const { subject, roles } = account;
  const methods = ["pwd"];
  const now = parts.clock.now();
  const begun = await beginSession(parts, session, { subject, roles, methods });
  const refreshToken = await issueFirstToken(parts, session, begun.id);
  const grant = await grantTokens(
    parts,
    {
      id: begun.id,
      subject,
      createdAt: now,
      absoluteExpiresAt: begun.absoluteExpiresAt,
      lastUsedAt: now,
      authenticatedAt: now,
      methods,
    },
    roles,
    refreshToken,
  );
  const retries = reservation.failuresBefore;
  await parts.record(session, {
    name: retries > 0 ? "authn_login_successafterfail" : "authn_login_success",
    subject,
    object: `session:${begun.id}`,
    source: reservation.source,
    data: { amr: methods.join(" "), ...(retries > 0 && { retries }) },
  });
  await rememberSource(session, subject, reservation.source, now);
  await settleSuccess(session, reservation, now, parts.limits);
  return { decision: { effect: "allow", ...grant }, ended: begun.ended };
}

/** Stores a stronger hash of a password that was just shown to be right. */
async function strengthen(
  parts: AuthenticationParts,
  account: AccountRow,
  password: string,
): Promise<void> {
  const hash = await parts.hasher.hash(password);
  await parts.system.asSystem("authentication: strengthen a hash", (session) =>
    session.query(
      `UPDATE sekisho_account SET password_hash = $3
       WHERE subject = $1::uuid AND password_hash = $2`,
      [account.subject, account.passwordHash, hash],
    ),
  );
}

async function attempt(
  parts: AuthenticationParts,
  name: string,
  request: SignInRequest,
): Promise<SignInDecision> {
  const counted = await countTry(parts, name, request.sourceKey);
  if ("effect" in counted) return counted;
  const { right, rehash } = await isRightPassword(parts, counted, request.password);
  const { account, reservation } = counted;
  if (!right || account?.status !== "active") {
    noteFailure(parts, counted, right ? "account-disabled" : "wrong-credentials");
    return wrong;
  }
  const { decision, ended } = await parts.system.asSystem("authentication: sign in", (session) =>
    settle(parts, session, account, reservation),
  );
  if (decision.effect === "deny") noteFailure(parts, counted, "changed-meanwhile");
  await ended.announce();
  if (decision.effect === "allow" && rehash) await strengthen(parts, account, request.password);
  return decision;
}

/** Creates the sign-in of one node; its queues are per node, its counters are not. */
export function createSignIn(
  parts: AuthenticationParts,
): (request: SignInRequest) => Promise<SignInDecision> {
  const sources = new KeyedTurnstile(verifiedAtOncePerSource, longestQueue);
  const names = new KeyedTurnstile(1, longestQueue);
  return async (request) => {
    const name = canonicalSignInName(request.signInName);
    const key = throttleKey("account", name).toString("hex");
    const decision = await sources.pass(request.sourceKey, () =>
      names.pass(key, () => attempt(parts, name, request)),
    );
    return decision ?? refused(parts, name, undefined, "queue-full", request.sourceKey);
  };
}
