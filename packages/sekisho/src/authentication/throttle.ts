/**
 * Durable counters against guessing passwords (OWASP API2:2023 V1, V2; ASVS 6.3.1).
 *
 * Risk: guessing one account from many places, many accounts from one place, and locking people
 * out by failing in their name.
 * Promise: a try is counted *before* the password is looked at, by one conditional statement, and
 * given back only on success, so parallel tries and restarts gain nothing; names without an
 * account are counted alike; failures elsewhere do not use up the tries of places the person
 * signed in from. Limits: no view over all accounts and sources together.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { SqlSession } from "../kernel/index.ts";
import { toInstant } from "./instant.ts";
import { failureDelaySeconds, type ThrottleLimits } from "./throttle-schedule.ts";

/** Whose tries a sign-in uses: those of places the account knows, or everybody else's. */
export type ThrottleLane = "known" | "stranger";

/** One sign-in as the counters see it. */
export interface ThrottledTry {
  /** Canonical sign-in name, of an account or not. */
  readonly name: string;
  /** The account of that name. */
  readonly subject: string | undefined;
  /** Client address key or another name of where the try comes from. */
  readonly source: string;
  readonly now: number;
  /** Fixed for tries that prove more than an address does, such as those of a signed-in person. */
  readonly lane?: ThrottleLane;
}

/** A try that was counted. */
export interface Reservation {
  readonly name: string;
  readonly subject: string | undefined;
  readonly source: string;
  readonly lane: ThrottleLane;
  /** Consecutive failures in this lane if this try fails, itself included. */
  readonly failures: number;
  /** Consecutive failures of the account in both lanes before this try. */
  readonly failuresBefore: number;
}

/** Answer of {@link reserveTry}. */
export type ReservationDecision =
  | { readonly effect: "allow"; readonly reservation: Reservation }
  | { readonly effect: "deny"; readonly reason: "source-throttled" | "account-throttled" };

const knownDays = 90;
const knownSourcesKept = 8;
const dayMilliseconds = 86_400_000;
const nobodyRowsKept = 100_000;

/** The key of a row; the kind keeps a name and a source of the same text apart. */
export function throttleKey(kind: "account" | "source" | "known", value: string): Buffer {
  return createHash("sha256").update(`sekisho ${kind}\0${value}`).digest();
}

function knownSourceKey(subject: string, source: string): Buffer {
  return throttleKey("known", `${subject}\0${source}`);
}

async function chooseLane(
  session: SqlSession,
  attempt: ThrottledTry,
  limits: ThrottleLimits,
): Promise<ThrottleLane> {
  // Names without an account ask too, so that both take the same time.
  const subject = attempt.subject ?? "00000000-0000-0000-0000-000000000000";
  const { rows } = await session.query<{ failures: number }>(
    `SELECT coalesce((SELECT known_failures FROM sekisho_sign_in_throttle WHERE key = $4), 0)
       AS failures
     FROM sekisho_known_source
     WHERE subject = $1::uuid AND source = $2 AND last_success_at > $3::timestamptz`,
    [
      subject,
      knownSourceKey(subject, attempt.source),
      toInstant(attempt.now - knownDays * dayMilliseconds),
      throttleKey("account", attempt.name),
    ],
  );
  const known = rows[0];
  return known !== undefined && known.failures < limits.knownFailures ? "known" : "stranger";
}

/** A leaky bucket in one column: the moment at which every failure has leaked away. */
async function takeFromSource(
  session: SqlSession,
  attempt: ThrottledTry,
  lane: ThrottleLane,
  limits: ThrottleLimits,
): Promise<boolean> {
  const size = lane === "known" ? limits.knownSourceFailures : limits.sourceFailures;
  const { rowCount } = await session.query(
    `INSERT INTO sekisho_sign_in_source AS s (key, empty_at)
     VALUES ($1, $2::timestamptz + make_interval(secs => $3::float8))
     ON CONFLICT (key) DO UPDATE
       SET empty_at = greatest(s.empty_at, $2::timestamptz) + make_interval(secs => $3::float8)
       WHERE greatest(s.empty_at, $2::timestamptz) + make_interval(secs => $3::float8)
         <= $2::timestamptz + make_interval(secs => $3::float8 * $4::int)
     RETURNING 1 AS taken`,
    [
      throttleKey("source", attempt.source),
      toInstant(attempt.now),
      limits.sourceWindowSeconds / limits.sourceFailures,
      size,
    ],
  );
  return rowCount === 1;
}

async function giveBackToSource(
  session: SqlSession,
  source: string,
  limits: ThrottleLimits,
): Promise<void> {
  await session.query(
    `UPDATE sekisho_sign_in_source SET empty_at = empty_at - make_interval(secs => $2::float8)
     WHERE key = $1`,
    [throttleKey("source", source), limits.sourceWindowSeconds / limits.sourceFailures],
  );
}

interface Counters {
  readonly stranger: number;
  readonly known: number;
}

async function takeFromAccount(
  session: SqlSession,
  attempt: ThrottledTry,
  lane: ThrottleLane,
  limits: ThrottleLimits,
): Promise<Counters | undefined> {
  const cap = lane === "known" ? limits.knownFailures : limits.strangerFailures;
  // The delay after each number of failures travels as an array: one schedule, in one place.
  const delays = Array.from({ length: cap }, (_, index) => failureDelaySeconds(index + 1));
  const { rows } = await session.query<Counters>(
    `INSERT INTO sekisho_sign_in_throttle AS t (key, subject, ${lane}_failures,
       stranger_blocked_until, known_blocked_until, touched_at)
     VALUES ($1, $2::uuid, 1, $3::timestamptz, $3::timestamptz, $3::timestamptz)
     ON CONFLICT (key) DO UPDATE
       SET subject = excluded.subject, touched_at = excluded.touched_at,
         ${lane}_failures = t.${lane}_failures + 1,
         ${lane}_blocked_until = $3::timestamptz
           + make_interval(secs => ($4::float8[])[t.${lane}_failures + 1])
       WHERE t.${lane}_failures < $5::int AND t.${lane}_blocked_until <= $3::timestamptz
     RETURNING t.stranger_failures AS stranger, t.known_failures AS known`,
    [throttleKey("account", attempt.name), attempt.subject, toInstant(attempt.now), delays, cap],
  );
  return rows[0];
}

/**
 * Counts a try as failed before it is made, or refuses it.
 *
 * @example
 * const decision = await system.asSystem("sign-in", (session) => reserveTry(session, attempt, limits));
 */
export async function reserveTry(
  session: SqlSession,
  attempt: ThrottledTry,
  limits: ThrottleLimits,
): Promise<ReservationDecision> {
  const lane = attempt.lane ?? (await chooseLane(session, attempt, limits));
  if (!(await takeFromSource(session, attempt, lane, limits)))
    return { effect: "deny", reason: "source-throttled" };
  const counters = await takeFromAccount(session, attempt, lane, limits);
  if (counters === undefined) {
    // No password will be looked at, so the source loses nothing.
    await giveBackToSource(session, attempt.source, limits);
    return { effect: "deny", reason: "account-throttled" };
  }
  return {
    effect: "allow",
    reservation: {
      name: attempt.name,
      subject: attempt.subject,
      source: attempt.source,
      lane,
      failures: counters[lane],
      failuresBefore: counters.stranger + counters.known - 1,
    },
  };
}

/** Forgets the consecutive failures of an account. */
export async function forgetFailures(
  session: SqlSession,
  name: string,
  now: number,
): Promise<void> {
  await session.query(
    `UPDATE sekisho_sign_in_throttle SET stranger_failures = 0, known_failures = 0,
       stranger_blocked_until = $2::timestamptz, known_blocked_until = $2::timestamptz,
       touched_at = $2::timestamptz
     WHERE key = $1`,
    [throttleKey("account", name), toInstant(now)],
  );
}

/** Takes a reservation back because the try succeeded. */
export async function settleSuccess(
  session: SqlSession,
  reservation: Reservation,
  now: number,
  limits: ThrottleLimits,
): Promise<void> {
  await giveBackToSource(session, reservation.source, limits);
  await forgetFailures(session, reservation.name, now);
}

/** Takes a reservation back because nobody looked at the password. */
export async function giveBackTry(
  session: SqlSession,
  { lane, name, source }: Reservation,
  now: number,
  limits: ThrottleLimits,
): Promise<void> {
  await giveBackToSource(session, source, limits);
  await session.query(
    `UPDATE sekisho_sign_in_throttle SET ${lane}_failures = greatest(${lane}_failures - 1, 0),
       ${lane}_blocked_until = $2::timestamptz
     WHERE key = $1`,
    [throttleKey("account", name), toInstant(now)],
  );
}

/** Remembers, hashed, that the person signed in from this source; keeps the latest eight. */
export async function rememberSource(
  session: SqlSession,
  subject: string,
  source: string,
  now: number,
): Promise<void> {
  await session.query(
    `INSERT INTO sekisho_known_source (subject, source, last_success_at)
     VALUES ($1::uuid, $2, $3::timestamptz)
     ON CONFLICT (subject, source) DO UPDATE SET last_success_at = excluded.last_success_at`,
    [subject, knownSourceKey(subject, source), toInstant(now)],
  );
  await session.query(
    `DELETE FROM sekisho_known_source WHERE subject = $1::uuid AND source NOT IN (
       SELECT source FROM sekisho_known_source WHERE subject = $1::uuid
       ORDER BY last_success_at DESC, source LIMIT ${knownSourcesKept})`,
    [subject],
  );
}

/**
 * Removes counters that can refuse nobody any more, and bounds those of names without account:
 * thirty days, one hundred thousand names.
 */
export async function removeExpiredCounters(session: SqlSession, now: number): Promise<number> {
  const sources = await session.query(
    "DELETE FROM sekisho_sign_in_source WHERE empty_at < $1::timestamptz",
    [toInstant(now)],
  );
  const names = await session.query(
    `DELETE FROM sekisho_sign_in_throttle WHERE subject IS NULL
       AND (touched_at < $1::timestamptz OR key IN (
         SELECT key FROM sekisho_sign_in_throttle WHERE subject IS NULL
         ORDER BY touched_at DESC OFFSET ${nobodyRowsKept}))`,
    [toInstant(now - 30 * dayMilliseconds)],
  );
  const known = await session.query(
    "DELETE FROM sekisho_known_source WHERE last_success_at < $1::timestamptz",
    [toInstant(now - knownDays * dayMilliseconds)],
  );
  return sources.rowCount + names.rowCount + known.rowCount;
}
