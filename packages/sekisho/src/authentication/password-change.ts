/**
 * Changing one's password (ASVS 6.2.2, 6.2.3, 7.4.3).
 *
 * Promise: the current password is asked for and its guesses are counted like those of a sign-in;
 * all other sessions end with the change, in one transaction; no connection is held while a
 * password is hashed. Limits: there is no reset by e-mail; step-up is the access rule's matter.
 *
 * @module
 */

import { deny, isId, type SqlSession } from "../kernel/index.ts";
import { lockAccount, type AccountRow } from "./account-row.ts";
import type { PasswordDenial } from "./password-policy.ts";
import type { AuthenticationParts } from "./parts.ts";
import type { EndedSessions } from "./revocation.ts";
import { endSessions } from "./sessions.ts";
import { giveBackTry, reserveTry, settleSuccess, type Reservation } from "./throttle.ts";

/** A wish to change the password. */
export interface PasswordChange {
  readonly subject: string;
  readonly current: string;
  readonly next: string;
  /** The session that goes on; all end when absent. */
  readonly keepSessionId?: string;
  /** Words that must not make up the password; the sign-in name is always one. */
  readonly context?: readonly string[];
  /** The client's address key; wrong passwords count against it too. */
  readonly sourceKey?: string;
}

/** Answer of `changePassword`. */
export type PasswordChangeDecision =
  | { readonly effect: "allow"; readonly endedSessionIds: readonly string[] }
  | { readonly effect: "deny"; readonly reason: "wrong-current-password" | "not-found" }
  | { readonly effect: "deny"; readonly reason: "throttled"; readonly retryAfter: number }
  | PasswordDenial;

function noteFailure(
  parts: AuthenticationParts,
  { subject, sourceKey }: PasswordChange,
  reason: string,
): void {
  parts.events.note({
    name: "authn_password_change_fail",
    subject,
    object: `account:${subject}`,
    reason,
    ...(sourceKey !== undefined && { source: sourceKey }),
  });
}

async function countTry(
  parts: AuthenticationParts,
  change: PasswordChange,
): Promise<
  { readonly account: AccountRow; readonly reservation: Reservation } | "throttled" | "not-found"
> {
  return parts.system.asSystem("authentication: count a try", async (session) => {
    const account = await lockAccount(session, change.subject, "share");
    if (account?.status !== "active") return "not-found";
    const decision = await reserveTry(
      session,
      {
        name: account.signInName,
        subject: account.subject,
        source: change.sourceKey ?? `subject ${account.subject}`,
        now: parts.clock.now(),
        lane: "known",
      },
      parts.limits,
    );
    return decision.effect === "deny"
      ? "throttled"
      : { account, reservation: decision.reservation };
  });
}

/** Hashes take long: both happen between the transactions, and a failed one gives the try back. */
async function prove(
  parts: AuthenticationParts,
  change: PasswordChange,
  account: AccountRow,
  reservation: Reservation,
): Promise<string | undefined> {
  try {
    const verified = await parts.hasher.verify(change.current, account.passwordHash);
    return verified.effect === "allow" ? await parts.hasher.hash(change.next) : undefined;
  } catch (error) {
    await parts.system.asSystem("authentication: give a try back", (session) =>
      giveBackTry(session, reservation, parts.clock.now(), parts.limits),
    );
    throw error;
  }
}

async function settle(
  parts: AuthenticationParts,
  session: SqlSession,
  change: PasswordChange,
  verified: AccountRow,
  reservation: Reservation,
  hash: string,
): Promise<EndedSessions | undefined> {
  const { subject } = verified;
  const account = await lockAccount(session, subject, "update");
  if (account?.status !== "active" || account.passwordHash !== verified.passwordHash)
    return undefined;
  await session.query("UPDATE sekisho_account SET password_hash = $2 WHERE subject = $1::uuid", [
    subject,
    hash,
  ]);
  const ended = await endSessions(parts, session, {
    subject,
    reason: "password-changed",
    except: change.keepSessionId,
  });
  await parts.record(session, {
    name: "authn_password_change",
    subject,
    object: `account:${subject}`,
    ...(change.sourceKey !== undefined && { source: change.sourceKey }),
    data: { sessions_ended: ended.sessionIds.length },
  });
  await settleSuccess(session, reservation, parts.clock.now(), parts.limits);
  return ended;
}

/**
 * Changes the password of somebody who knows the present one. Runs in transactions of its own, so
 * that a counted failure outlives the refusal.
 */
export async function changePassword(
  parts: AuthenticationParts,
  change: PasswordChange,
): Promise<PasswordChangeDecision> {
  const { subject, keepSessionId } = change;
  if (!isId(subject) || (keepSessionId !== undefined && !isId(keepSessionId)))
    return deny("not-found");
  const counted = await countTry(parts, change);
  if (counted === "not-found") return deny(counted);
  if (counted === "throttled") {
    noteFailure(parts, change, counted);
    return { effect: "deny", reason: counted, retryAfter: parts.limits.retryAfterSeconds };
  }
  const { account, reservation } = counted;
  const policy = parts.checkPassword(change.next, [account.signInName, ...(change.context ?? [])]);
  if (policy.effect === "deny") {
    await parts.system.asSystem("authentication: give a try back", (session) =>
      giveBackTry(session, reservation, parts.clock.now(), parts.limits),
    );
    return policy;
  }
  const hash = await prove(parts, change, account, reservation);
  const ended =
    hash === undefined
      ? undefined
      : await parts.system.asSystem("authentication: change a password", (session) =>
          settle(parts, session, change, account, reservation, hash),
        );
  if (ended === undefined) {
    noteFailure(parts, change, "wrong-current-password");
    return deny("wrong-current-password");
  }
  await ended.announce();
  return { effect: "allow", endedSessionIds: ended.sessionIds };
}
