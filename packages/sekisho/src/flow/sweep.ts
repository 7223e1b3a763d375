/**
 * Removing what no longer counts: past windows and expired idempotency keys.
 *
 * Promise: only what has expired is removed. Limits: somebody must call it, as system work.
 *
 * @module
 */

import type { SqlSession } from "../kernel/index.ts";

/**
 * Deletes expired allowances and idempotency keys and returns how many there were.
 *
 * @example
 * await store.asSystem("sweep flows", (session) => deleteExpired(session, new Date(clock.now())));
 */
export async function deleteExpired(session: SqlSession, now: Date): Promise<number> {
  let count = 0;
  for (const table of ["sekisho_flow_quota", "sekisho_idempotency"]) {
    const { rowCount } = await session.query(
      `DELETE FROM ${table} WHERE expires_at <= $1::timestamptz`,
      [now],
    );
    count += rowCount;
  }
  return count;
}
