/**
 * Refresh with rotation (OWASP API2:2023, RFC 9700 §4.14.2, ASVS 7.3).
 *
 * Risk: a stolen refresh token that works beside the real one for as long as the session lives.
 * Promise: a token works once; a session never has two unused tokens (a unique index says so too);
 * a used token that comes again ends the session, unless it is the same client's repeat within
 * the window, which gets the *same* successor, once. Rotation moves neither the absolute end nor
 * `auth_time`; roles and status are read anew. Limits: a thief who uses an unused token first is
 * found when the owner comes, not before.
 *
 * @module
 */

import { deny, type SqlSession } from "../kernel/index.ts";
import { lockAccount, type AccountRow } from "./account-row.ts";
import { millisecondsOf, toInstant } from "./instant.ts";
import type { AuthenticationParts } from "./parts.ts";
import { decideRefresh, type RefreshFacts } from "./refresh-decision.ts";
import {
  createRefreshSecret,
  createRotationNonce,
  deriveSuccessor,
  hashClientKey,
  parseRefreshSecret,
  type RefreshSecret,
} from "./refresh-token.ts";
import type { EndedSessions } from "./revocation.ts";
import { endSessions, lockSession, sessionExpiries, type SessionRow } from "./sessions.ts";
import { grantTokens, type TokenGrant } from "./token-grant.ts";

/** A presented refresh token. */
export interface RefreshRequest {
  readonly refreshToken: string;
  /** Stands for the client, for example its user agent and address key; any length. */
  readonly clientKey: string;
  /** The client's address key, for the events of refusals. */
  readonly sourceKey?: string;
}

/** Why a refresh is refused; logged, never sent: the wire says `invalid-refresh-token`. */
export type RefreshDenyReason =
  | "unknown-token"
  | "token-reuse"
  | "session-ended"
  | "account-disabled"
  | "absolute-expired"
  | "idle-expired";

/** Answer of `refresh`. */
export type RefreshDecision =
  | ({ readonly effect: "allow" } & TokenGrant)
  | { readonly effect: "deny"; readonly reason: RefreshDenyReason };

/** How long the same client may repeat a token whose answer it lost. */
export const repeatWindowMilliseconds = 10_000;

interface TokenRow {
  readonly usedAt: number | null;
  readonly clientKey: Uint8Array | null;
  readonly nonce: Uint8Array | null;
  readonly repeats: number;
  readonly successorUsed: boolean;
}

/** Account and session of a token, held until the transaction ends. */
interface Held {
  readonly account: AccountRow;
  readonly session: SessionRow;
  readonly token: TokenRow;
}

interface Finding {
  readonly decision: RefreshDecision;
  readonly ended: EndedSessions;
}

/** The first token of a session. */
export async function issueFirstToken(
  parts: AuthenticationParts,
  session: SqlSession,
  sessionId: string,
): Promise<string> {
  const secret = createRefreshSecret(parts.randomness);
  await insertToken(session, secret, sessionId, parts.clock.now());
  return secret.text;
}

async function insertToken(
  session: SqlSession,
  secret: RefreshSecret,
  sessionId: string,
  now: number,
): Promise<void> {
  await session.query(
    `INSERT INTO sekisho_refresh_token (hash, session_id, issued_at)
     VALUES ($1, $2::uuid, $3::timestamptz)`,
    [secret.hash, sessionId, toInstant(now)],
  );
}

/** Account first, then session: the order of everybody who holds both. */
async function holdAll(session: SqlSession, secret: RefreshSecret): Promise<Held | undefined> {
  const { rows: owners } = await session.query<{ sessionId: string; subject: string }>(
    `SELECT t.session_id AS "sessionId", s.subject FROM sekisho_refresh_token t
     JOIN sekisho_session s ON s.id = t.session_id WHERE t.hash = $1`,
    [secret.hash],
  );
  const owner = owners[0];
  if (owner === undefined) return undefined;
  const account = await lockAccount(session, owner.subject, "share");
  const held = await lockSession(session, owner.sessionId);
  const { rows } = await session.query<TokenRow>(
    `SELECT ${millisecondsOf("t.used_at")} AS "usedAt", t.client_key AS "clientKey", t.nonce,
       t.repeats, coalesce(n.used_at IS NOT NULL, false) AS "successorUsed"
     FROM sekisho_refresh_token t LEFT JOIN sekisho_refresh_token n ON n.hash = t.successor
     WHERE t.hash = $1`,
    [secret.hash],
  );
  const token = rows[0];
  if (account === undefined || held === undefined || token === undefined) return undefined;
  return { account, session: held, token };
}

function factsOf(
  parts: AuthenticationParts,
  { account, session, token }: Held,
  clientKey: Buffer,
): RefreshFacts {
  const expiries = sessionExpiries(parts, session, account.roles);
  return {
    now: parts.clock.now(),
    session: {
      ended: session.endedAt !== null,
      absoluteExpiresAt: expiries.absolute,
      idleExpiresAt: expiries.idle,
    },
    accountStatus: account.status,
    token:
      token.usedAt === null
        ? { used: false }
        : {
            used: true,
            usedAt: token.usedAt,
            sameClient: token.clientKey !== null && clientKey.equals(token.clientKey),
            repeated: token.repeats > 0 || token.nonce === null,
            successorUsed: token.successorUsed,
          },
    repeatWindow: repeatWindowMilliseconds,
  };
}

async function rotate(
  parts: AuthenticationParts,
  session: SqlSession,
  secret: RefreshSecret,
  clientKey: Buffer,
  sessionId: string,
): Promise<RefreshSecret | undefined> {
  const nonce = createRotationNonce(parts.randomness);
  const successor = deriveSuccessor(secret, nonce);
  const now = parts.clock.now();
  const { rowCount } = await session.query(
    `UPDATE sekisho_refresh_token
     SET used_at = $2::timestamptz, client_key = $3, nonce = $4, successor = $5
     WHERE hash = $1 AND used_at IS NULL RETURNING session_id`,
    [secret.hash, toInstant(now), clientKey, nonce, successor.hash],
  );
  if (rowCount !== 1) return undefined;
  // The predecessor can be repeated no more, so nobody needs its nonce.
  await session.query(
    "UPDATE sekisho_refresh_token SET nonce = NULL WHERE successor = $1 AND nonce IS NOT NULL",
    [secret.hash],
  );
  await insertToken(session, successor, sessionId, now);
  return successor;
}

async function repeat(
  session: SqlSession,
  secret: RefreshSecret,
  nonce: Uint8Array | null,
): Promise<RefreshSecret | undefined> {
  if (nonce === null) return undefined;
  const { rowCount } = await session.query(
    `UPDATE sekisho_refresh_token SET repeats = repeats + 1, nonce = NULL
     WHERE hash = $1 AND repeats = 0 AND nonce IS NOT NULL RETURNING hash`,
    [secret.hash],
  );
  return rowCount === 1 ? deriveSuccessor(secret, nonce) : undefined;
}

async function refuse(
  parts: AuthenticationParts,
  session: SqlSession,
  row: SessionRow,
  reason: Exclude<RefreshDenyReason, "unknown-token">,
  source: string | undefined,
): Promise<Finding> {
  const { subject, id } = row;
  const from = source === undefined ? {} : { source };
  const event = { subject, object: `session:${id}`, reason, ...from };
  if (reason === "session-ended") {
    parts.events.note({ name: "session_use_after_expire", ...event });
    return { decision: deny(reason), ended: parts.revocations.nothingEnded };
  }
  if (reason === "token-reuse")
    await parts.record(session, { name: "authn_token_reuse", ...event });
  const ended = await endSessions(parts, session, { subject, reason, only: id });
  return { decision: deny(reason), ended };
}

async function renew(
  parts: AuthenticationParts,
  session: SqlSession,
  { account, session: row }: Held,
  successor: RefreshSecret,
): Promise<Finding> {
  const now = parts.clock.now();
  await session.query(
    `UPDATE sekisho_session SET last_used_at = greatest(last_used_at, $2::timestamptz)
     WHERE id = $1::uuid`,
    [row.id, toInstant(now)],
  );
  const grant = await grantTokens(
    parts,
    { ...row, lastUsedAt: Math.max(row.lastUsedAt, now) },
    account.roles,
    successor.text,
  );
  await parts.record(session, {
    name: "session_renewed",
    subject: row.subject,
    object: `session:${row.id}`,
  });
  return {
    decision: { effect: "allow", ...grant },
    ended: parts.revocations.nothingEnded,
  };
}

async function refreshOnce(
  parts: AuthenticationParts,
  session: SqlSession,
  secret: RefreshSecret,
  request: RefreshRequest,
): Promise<Finding> {
  const clientKey = hashClientKey(request.clientKey);
  const { sourceKey } = request;
  const held = await holdAll(session, secret);
  if (held === undefined)
    return { decision: deny("unknown-token"), ended: parts.revocations.nothingEnded };
  const outcome = decideRefresh(factsOf(parts, held, clientKey));
  if (outcome !== "rotate" && outcome !== "repeat")
    return refuse(parts, session, held.session, outcome, sourceKey);
  const successor =
    outcome === "rotate"
      ? await rotate(parts, session, secret, clientKey, held.session.id)
      : await repeat(session, secret, held.token.nonce);
  // The statement itself has the last word on whether the token was still there to be used.
  if (successor === undefined)
    return refuse(parts, session, held.session, "token-reuse", sourceKey);
  return renew(parts, session, held, successor);
}

/** Exchanges a refresh token for new tokens. */
export async function refresh(
  parts: AuthenticationParts,
  request: RefreshRequest,
): Promise<RefreshDecision> {
  const secret = parseRefreshSecret(request.refreshToken);
  if (secret === undefined) return deny("unknown-token");
  const finding = await parts.system.asSystem("authentication: refresh", (session) =>
    refreshOnce(parts, session, secret, request),
  );
  await finding.ended.announce();
  return finding.decision;
}
