/**
 * Removing what time has made meaningless, so that the tables stay small.
 *
 * Promise: nothing is removed that could still refuse a token or a guess. Limits: sessions stay
 * thirty days after their end, for whoever has to find out what happened.
 *
 * @module
 */

import type { SqlSession } from "../kernel/index.ts";
import { toInstant } from "./instant.ts";
import type { AuthenticationParts } from "./parts.ts";
import { repeatWindowMilliseconds } from "./refresh.ts";
import { removeExpiredCounters } from "./throttle.ts";

const keptMilliseconds = 30 * 86_400_000;

/** Removes expired rows in one transaction and says how many. */
export async function removeExpiredRows(
  parts: AuthenticationParts,
  session: SqlSession,
): Promise<number> {
  const now = parts.clock.now();
  const revocations = await session.query(
    "DELETE FROM sekisho_revocation WHERE expires_at < $1::timestamptz",
    [toInstant(now)],
  );
  const sessions = await session.query(
    `DELETE FROM sekisho_session WHERE absolute_expires_at < $1::timestamptz`,
    [toInstant(now - keptMilliseconds)],
  );
  // A nonce that can be asked for no more is one secret less to lose.
  await session.query(
    `UPDATE sekisho_refresh_token SET nonce = NULL
     WHERE nonce IS NOT NULL AND used_at < $1::timestamptz`,
    [toInstant(now - 6 * repeatWindowMilliseconds)],
  );
  const counters = await removeExpiredCounters(session, now);
  return revocations.rowCount + sessions.rowCount + counters;
}
