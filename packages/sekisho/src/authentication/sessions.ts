/**
 * Sessions on the server: begun by a sign-in, ended by logout, time, change or theft (OWASP
 * API2:2023, ASVS 7.2 to 7.5).
 *
 * Promise: whatever ends a session also revokes its access tokens, in the same transaction; who
 * ends sessions holds the account first, so a sign-in or refresh under way either sees the change
 * or is ended by it. Limits: revocation reaches the other nodes after the commit, see
 * `revocation.ts`.
 *
 * @module
 */

import { createId, deny, isId, type SqlSession } from "../kernel/index.ts";
import { lockAccount } from "./account-row.ts";
import type { AuthenticationParts } from "./parts.ts";
import { millisecondsOf, toInstant } from "./instant.ts";
import { lifetimeFor } from "./lifetimes.ts";
import type { EndedSessions } from "./revocation.ts";

/** Why a session ended. */
export type SessionEndReason =
  | "logout"
  | "ended-by-owner"
  | "ended-by-administrator"
  | "password-changed"
  | "roles-changed"
  | "account-disabled"
  | "token-reuse"
  | "idle-expired"
  | "absolute-expired"
  | "too-many-sessions";

/** An open session as its owner sees it; times in milliseconds since 1970. */
export interface OpenSession {
  readonly id: string;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly expiresAt: number;
  readonly methods: readonly string[];
}

/** A session row as system work sees it; times in milliseconds since 1970. */
export interface SessionRow {
  readonly id: string;
  readonly subject: string;
  readonly createdAt: number;
  readonly absoluteExpiresAt: number;
  readonly lastUsedAt: number;
  readonly authenticatedAt: number;
  readonly methods: readonly string[];
  readonly endedAt: number | null;
}

/** Which sessions to end. */
export interface SessionEnding {
  readonly subject: string;
  readonly reason: SessionEndReason;
  /** Only this one. */
  readonly only?: string;
  /** All but this one. */
  readonly except?: string | undefined;
  /** Who ends them, when it is not the owner. */
  readonly actor?: string | undefined;
}

/** A session that was begun. */
export interface BegunSession {
  readonly id: string;
  readonly absoluteExpiresAt: number;
  /** Older sessions that had to go. */
  readonly ended: EndedSessions;
}

const rowColumns = `id, subject, methods,
  ${millisecondsOf("created_at")} AS "createdAt",
  ${millisecondsOf("absolute_expires_at")} AS "absoluteExpiresAt",
  ${millisecondsOf("last_used_at")} AS "lastUsedAt",
  ${millisecondsOf("authenticated_at")} AS "authenticatedAt",
  ${millisecondsOf("ended_at")} AS "endedAt"`;

/** Reads a session and holds it until the transaction ends. */
export async function lockSession(
  session: SqlSession,
  sessionId: string,
): Promise<SessionRow | undefined> {
  const { rows } = await session.query<SessionRow>(
    `SELECT ${rowColumns} FROM sekisho_session WHERE id = $1::uuid FOR UPDATE`,
    [sessionId],
  );
  return rows[0];
}

function eventOf(reason: SessionEndReason): "session_logout" | "session_expired" | undefined {
  if (reason === "logout") return "session_logout";
  return reason === "idle-expired" || reason === "absolute-expired" ? "session_expired" : undefined;
}

/** Ends sessions and revokes their access tokens; the caller holds the account. */
export async function endSessions(
  parts: AuthenticationParts,
  session: SqlSession,
  ending: SessionEnding,
): Promise<EndedSessions> {
  const { rows } = await session.query<{ id: string }>(
    `UPDATE sekisho_session SET ended_at = $3::timestamptz, end_reason = $2
     WHERE ended_at IS NULL AND id IN (
       SELECT id FROM sekisho_session WHERE subject = $1::uuid AND ended_at IS NULL
         AND ($4::uuid IS NULL OR id = $4::uuid) AND ($5::uuid IS NULL OR id <> $5::uuid)
       ORDER BY id FOR UPDATE)
     RETURNING id`,
    [
      ending.subject,
      ending.reason,
      toInstant(parts.clock.now()),
      ending.only ?? null,
      ending.except ?? null,
    ],
  );
  return revokeEnded(
    parts,
    session,
    rows.map((row) => row.id),
    ending,
  );
}

async function revokeEnded(
  parts: AuthenticationParts,
  session: SqlSession,
  ids: readonly string[],
  ending: Pick<SessionEnding, "subject" | "reason" | "actor">,
): Promise<EndedSessions> {
  if (ids.length === 0) return parts.revocations.nothingEnded;
  const name = eventOf(ending.reason);
  for (const id of ids) {
    const common = {
      subject: ending.actor ?? ending.subject,
      object: `session:${id}`,
      reason: ending.reason,
    };
    if (name !== undefined) await parts.record(session, { name, ...common });
    await parts.record(session, { name: "authn_token_revoked", ...common });
  }
  return parts.revocations.revoke(session, ids);
}

/** Makes room for one more session; the oldest go first. */
async function endOldest(
  parts: AuthenticationParts,
  session: SqlSession,
  subject: string,
): Promise<EndedSessions> {
  const reason = "too-many-sessions";
  // Two sign-ins at once may want to end the same row: each skips what the other holds.
  const { rows } = await session.query<{ id: string }>(
    `UPDATE sekisho_session SET ended_at = $2::timestamptz, end_reason = '${reason}'
     WHERE id IN (
       SELECT id FROM sekisho_session WHERE subject = $1::uuid AND ended_at IS NULL AND id IN (
         SELECT id FROM sekisho_session WHERE subject = $1::uuid AND ended_at IS NULL
           AND absolute_expires_at > $2::timestamptz
         ORDER BY created_at DESC, id DESC OFFSET $3::int)
       ORDER BY id FOR UPDATE SKIP LOCKED)
     RETURNING id`,
    [subject, toInstant(parts.clock.now()), parts.sessionsPerAccount - 1],
  );
  return revokeEnded(
    parts,
    session,
    rows.map((row) => row.id),
    { subject, reason },
  );
}

/** Begins a session for somebody whose account the caller holds and has just authenticated. */
export async function beginSession(
  parts: AuthenticationParts,
  session: SqlSession,
  holder: {
    readonly subject: string;
    readonly roles: readonly string[];
    readonly methods: readonly string[];
  },
): Promise<BegunSession> {
  const ended = await endOldest(parts, session, holder.subject);
  const now = parts.clock.now();
  const id = createId(parts.clock, parts.randomness);
  const lifetime = lifetimeFor(holder.roles, parts.lifetimes);
  const absoluteExpiresAt = now + lifetime.absoluteSeconds * 1000;
  await session.query(
    `INSERT INTO sekisho_session (id, subject, created_at, absolute_expires_at, last_used_at,
       authenticated_at, methods)
     VALUES ($1::uuid, $2::uuid, $3::timestamptz, $4::timestamptz, $3::timestamptz,
       $3::timestamptz, $5::text[])`,
    [id, holder.subject, toInstant(now), toInstant(absoluteExpiresAt), holder.methods],
  );
  await parts.record(session, {
    name: "session_created",
    subject: holder.subject,
    object: `session:${id}`,
    data: { amr: holder.methods.join(" ") },
  });
  return { id, absoluteExpiresAt, ended };
}

/** The open sessions of a person, latest first. */
export async function listSessions(
  parts: AuthenticationParts,
  session: SqlSession,
  subject: string,
): Promise<readonly OpenSession[]> {
  if (!isId(subject)) return [];
  const { rows } = await session.query<SessionRow & { readonly roles: readonly string[] }>(
    `SELECT ${rowColumns}, (SELECT roles FROM sekisho_account a WHERE a.subject = s.subject) AS roles
     FROM sekisho_session s WHERE s.subject = $1::uuid AND ended_at IS NULL
     ORDER BY created_at DESC, id DESC`,
    [subject],
  );
  const now = parts.clock.now();
  return rows
    .map((row) => ({
      id: row.id,
      createdAt: row.createdAt,
      lastUsedAt: row.lastUsedAt,
      expiresAt: sessionExpiry(parts, row, row.roles),
      methods: row.methods,
    }))
    .filter((open) => open.expiresAt > now);
}

/** When a session ends if it is not used again, milliseconds since 1970. */
export function sessionExpiry(
  parts: Pick<AuthenticationParts, "lifetimes">,
  row: Pick<SessionRow, "createdAt" | "absoluteExpiresAt" | "lastUsedAt">,
  roles: readonly string[],
): number {
  const { absolute, idle } = sessionExpiries(parts, row, roles);
  return Math.min(absolute, idle);
}

/** Both ends of a session for the roles that the person has now. */
export function sessionExpiries(
  parts: Pick<AuthenticationParts, "lifetimes">,
  row: Pick<SessionRow, "createdAt" | "absoluteExpiresAt" | "lastUsedAt">,
  roles: readonly string[],
): { readonly absolute: number; readonly idle: number } {
  const lifetime = lifetimeFor(roles, parts.lifetimes);
  return {
    absolute: Math.min(row.absoluteExpiresAt, row.createdAt + lifetime.absoluteSeconds * 1000),
    idle: row.lastUsedAt + lifetime.idleSeconds * 1000,
  };
}

/** Answer of `endOneSession`. */
export type EndOneDecision =
  | { readonly effect: "allow"; readonly ended: EndedSessions }
  | { readonly effect: "deny"; readonly reason: "not-found" };

/** Ends one open session of a person; another person's is `not-found`, like a missing one. */
export async function endOneSession(
  parts: AuthenticationParts,
  session: SqlSession,
  subject: string,
  sessionId: string,
  reason: "logout" | "ended-by-owner",
): Promise<EndOneDecision> {
  if (!isId(subject) || !isId(sessionId)) return deny("not-found");
  await lockAccount(session, subject, "share");
  const ended = await endSessions(parts, session, { subject, reason, only: sessionId });
  return ended.sessionIds.length === 0 ? deny("not-found") : { effect: "allow", ended };
}

/** How `endAllSessions` is meant. */
export interface EndAllSessionsOptions {
  /** A session that goes on. */
  readonly except?: string;
  /** Who ends them, when it is an administrator. */
  readonly actor?: string;
}

/** Ends the open sessions of a person. */
export async function endAllSessions(
  parts: AuthenticationParts,
  session: SqlSession,
  subject: string,
  options: EndAllSessionsOptions = {},
): Promise<EndedSessions> {
  if (!isId(subject)) return parts.revocations.nothingEnded;
  await lockAccount(session, subject, "update");
  const byOther = options.actor !== undefined && options.actor !== subject;
  return endSessions(parts, session, {
    subject,
    reason: byOther ? "ended-by-administrator" : "ended-by-owner",
    except: options.except,
    actor: options.actor,
  });
}
