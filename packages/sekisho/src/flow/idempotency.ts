/**
 * One intent, one effect: the Idempotency-Key header field (OWASP API6:2023, IETF draft
 * `httpapi-idempotency-key-header`).
 *
 * Promise: the key is taken in the transaction of the effect by one statement; a parallel twin
 * waits for it and gets the same answer; a request that fails leaves nothing behind. Keys belong to
 * one subject and one endpoint. Limits: the caller authenticates and authorises before it replays;
 * the stored answer holds whatever the answer held, until it expires.
 *
 * @module
 */

import { deny, type Decision, type SqlSession } from "../kernel/index.ts";

/** Which request a key stands for. */
export interface IdempotencyScope {
  /** Subject of the principal. */
  readonly subject: string;
  readonly endpoint: string;
  readonly key: string;
}

/** What {@link beginIdempotent} is told. */
export interface IdempotentRequest extends IdempotencyScope {
  /** Digest of everything that makes up the request. */
  readonly fingerprint: string;
  readonly now: Date;
  readonly lifetimeSeconds: number;
}

/** The stored answer of a request. */
export interface StoredAnswer {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: string | undefined;
}

/** Answer of {@link beginIdempotent}. */
export type IdempotentBeginning =
  | { readonly outcome: "new" }
  | ({ readonly outcome: "replay" } & StoredAnswer)
  /** The key was used for a different request. */
  | { readonly outcome: "mismatch" };

const begin = `
INSERT INTO sekisho_idempotency AS held (subject, endpoint, key, fingerprint, expires_at)
VALUES ($1::uuid, $2, $3, $4, $6::timestamptz)
ON CONFLICT (subject, endpoint, key) DO UPDATE
  SET fingerprint = excluded.fingerprint, expires_at = excluded.expires_at,
      status = NULL, location = NULL, body = NULL
  WHERE held.expires_at <= $5::timestamptz
RETURNING 1`;

const look = `
SELECT fingerprint, status, location, body FROM sekisho_idempotency
WHERE subject = $1::uuid AND endpoint = $2 AND key = $3`;

const finish = `
UPDATE sekisho_idempotency SET status = $4::integer, location = $5, body = $6
WHERE subject = $1::uuid AND endpoint = $2 AND key = $3 AND status IS NULL
RETURNING 1`;

interface StoredRow {
  readonly fingerprint: string;
  readonly status: number | null;
  readonly location: string | null;
  readonly body: string | null;
}

/**
 * Takes the key, or tells what it already stands for. While another transaction holds the key it
 * waits for that one to end.
 *
 * @throws Error when the same transaction took the key before.
 * @example
 * const begun = await beginIdempotent(session, {
 *   subject: principal.subject, endpoint: "post-api-orders", key, fingerprint,
 *   now: new Date(clock.now()), lifetimeSeconds: 86_400,
 * });
 * switch (begun.outcome) {
 *   case "new": break;
 *   case "replay": return send(begun.status, begun.body);
 *   case "mismatch": throw new Problem("idempotency-key-reused");
 * }
 */
export async function beginIdempotent(
  session: SqlSession,
  request: IdempotentRequest,
): Promise<IdempotentBeginning> {
  const { endpoint, fingerprint, key, lifetimeSeconds, now, subject } = request;
  const expiresAt = new Date(now.getTime() + lifetimeSeconds * 1000);
  const values = [subject, endpoint, key, fingerprint, now, expiresAt];
  const taken = await session.query(begin, values);
  if (taken.rows.length > 0) return { outcome: "new" };
  const { rows } = await session.query<StoredRow>(look, [subject, endpoint, key]);
  const stored = rows[0];
  if (stored === undefined) throw new Error("the idempotency key can neither be taken nor read");
  if (stored.fingerprint !== fingerprint) return { outcome: "mismatch" };
  if (stored.status === null) throw new Error("the idempotency key was taken twice");
  return {
    outcome: "replay",
    status: stored.status,
    location: stored.location ?? undefined,
    body: stored.body ?? undefined,
  };
}

/**
 * Stores the answer beside the effect. A transaction that took a key and did not store an answer
 * cannot commit.
 *
 * @throws Error when the key was not taken in this transaction.
 * @example
 * await finishIdempotent(session, { ...scope, status: 201, location: "/api/orders/019a…", body });
 */
export async function finishIdempotent(
  session: SqlSession,
  answer: IdempotencyScope & StoredAnswer,
): Promise<void> {
  const { body, endpoint, key, location, status, subject } = answer;
  const values = [subject, endpoint, key, status, location ?? null, body ?? null];
  const { rows } = await session.query(finish, values);
  if (rows.length === 0) throw new Error("the idempotency key was not taken");
}

/** Why a key is refused. */
export type KeyDenyReason = "missing" | "not-a-quoted-string" | "empty" | "too-long";

const longestKey = 255;
/** RFC 9651 §3.3.3: printable ASCII, with `"` and `\` escaped; parameters are not accepted. */
const quotedString = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;

/**
 * Reads the header field: one quoted string of 1 to 255 printable ASCII characters (RFC 9651).
 *
 * @example
 * parseIdempotencyKey('"8e03978e-40d5"'); // { effect: "allow", key: "8e03978e-40d5" }
 * parseIdempotencyKey("8e03978e-40d5"); // { effect: "deny", reason: "not-a-quoted-string" }
 */
export function parseIdempotencyKey(
  headerValue: string | undefined,
): Decision<KeyDenyReason, { readonly key: string }> {
  if (headerValue === undefined) return deny("missing");
  // Twice the longest key, every character escaped: more cannot become an acceptable one.
  if (headerValue.length > 2 * longestKey + 2) return deny("too-long");
  const match = quotedString.exec(headerValue);
  if (match === null) return deny("not-a-quoted-string");
  const key = (match[1] ?? "").replaceAll(/\\(["\\])/g, "$1");
  if (key === "") return deny("empty");
  if (key.length > longestKey) return deny("too-long");
  return { effect: "allow", key };
}
