/**
 * Accounts: who can sign in, under which name, with which roles (OWASP API2:2023).
 *
 * Promise: a name belongs to one account under races; a password is stored only as a hash of a
 * password that met the policy; roles and status change together with the end of every session.
 * Limits: profile data belongs to the application, under the same subject.
 *
 * @module
 */

import { deny, isId, type SqlSession } from "../kernel/index.ts";
import { lockAccount, type AccountStatus } from "./account-row.ts";
import type { PasswordDenial } from "./password-policy.ts";
import type { AuthenticationParts } from "./parts.ts";
import { toInstant } from "./instant.ts";
import type { EndedSessions } from "./revocation.ts";
import { endSessions } from "./sessions.ts";
import { canonicalSignInName, isUsableSignInName } from "./sign-in-name.ts";

/** A new account. */
export interface Registration {
  /** Fresh UUID that the application uses for its own rows too. */
  readonly subject: string;
  readonly signInName: string;
  readonly password: string;
  /** Default: none. */
  readonly roles?: readonly string[];
  /** Words that must not make up the password: names, e-mail address, service. */
  readonly context?: readonly string[];
  /** Who creates it, when somebody else does. */
  readonly actor?: string;
}

/** Answer of `register`. */
export type RegistrationDecision =
  | { readonly effect: "allow"; readonly subject: string; readonly signInName: string }
  | { readonly effect: "deny"; readonly reason: "name-taken" | "name-unusable" }
  | PasswordDenial;

/** A change that an administrator makes. */
export interface AccountChange {
  readonly roles?: readonly string[];
  readonly status?: AccountStatus;
  /** Subject of the administrator. */
  readonly actor?: string;
}

/** Answer of `setRolesAndStatus`. */
export type AccountChangeDecision =
  | {
      readonly effect: "allow";
      /** Whether anything was different; only then do sessions end. */
      readonly changed: boolean;
      readonly roles: readonly string[];
      readonly status: AccountStatus;
      readonly ended: EndedSessions;
    }
  | { readonly effect: "deny"; readonly reason: "not-found" };

const roleName = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/;

function canonicalRoles(roles: readonly string[]): readonly string[] {
  for (const role of roles)
    if (!roleName.test(role)) throw new TypeError(`${JSON.stringify(role)} cannot name a role`);
  return [...new Set(roles)].toSorted();
}

/**
 * Creates an account in the caller's transaction.
 *
 * @throws TypeError when the subject is not a UUID or a role has no usable name.
 */
export async function register(
  parts: AuthenticationParts,
  session: SqlSession,
  registration: Registration,
): Promise<RegistrationDecision> {
  if (!isId(registration.subject)) throw new TypeError("a subject must be a UUID");
  const roles = canonicalRoles(registration.roles ?? []);
  const name = canonicalSignInName(registration.signInName);
  if (!isUsableSignInName(name)) return deny("name-unusable");
  const words = [registration.signInName, ...(registration.context ?? [])];
  const policy = parts.checkPassword(registration.password, words);
  if (policy.effect === "deny") return policy;
  const hash = await parts.hasher.hash(registration.password);
  const { rowCount } = await session.query(
    `INSERT INTO sekisho_account (subject, sign_in_name, password_hash, roles, created_at)
     VALUES ($1::uuid, $2, $3, $4::text[], $5::timestamptz)
     ON CONFLICT (sign_in_name) DO NOTHING RETURNING subject`,
    [registration.subject, name, hash, roles, toInstant(parts.clock.now())],
  );
  if (rowCount === 0) return deny("name-taken");
  await parts.record(session, {
    name: "user_created",
    subject: registration.actor ?? registration.subject,
    object: `account:${registration.subject}`,
  });
  return { effect: "allow", subject: registration.subject, signInName: name };
}

/**
 * Changes roles, status or both, and ends every session of the person in the same transaction.
 *
 * @throws TypeError when a role has no usable name.
 */
export async function setRolesAndStatus(
  parts: AuthenticationParts,
  session: SqlSession,
  subject: string,
  change: AccountChange,
): Promise<AccountChangeDecision> {
  const before = isId(subject) ? await lockAccount(session, subject, "update") : undefined;
  if (before === undefined) return deny("not-found");
  const roles = canonicalRoles(change.roles ?? before.roles);
  const status = change.status ?? before.status;
  const rolesChange = roles.join() !== canonicalRoles(before.roles).join();
  const statusChange = status !== before.status;
  if (!rolesChange && !statusChange)
    return {
      effect: "allow",
      changed: false,
      roles,
      status,
      ended: parts.revocations.nothingEnded,
    };
  await session.query(
    "UPDATE sekisho_account SET roles = $2::text[], status = $3 WHERE subject = $1::uuid",
    [subject, roles, status],
  );
  const object = `account:${subject}`;
  if (rolesChange)
    await parts.record(session, {
      name: "authz_change",
      subject: change.actor,
      object,
      data: { from: before.roles.join(" "), to: roles.join(" ") },
    });
  if (statusChange)
    await parts.record(session, {
      name: "user_updated",
      subject: change.actor,
      object,
      data: { from: before.status, to: status },
    });
  const ended = await endSessions(parts, session, {
    subject,
    reason: status === "disabled" ? "account-disabled" : "roles-changed",
  });
  return { effect: "allow", changed: true, roles, status, ended };
}
