/**
 * Each message has its effect once: the inbox of accepted webhooks (OWASP API10:2023).
 *
 * Promise: of any number of copies, in parallel or years later, exactly one is `first`; the note
 * and the effect commit together or not at all, so a failed effect can be tried again. Limits: it
 * remembers ids, not contents; messages whose scheme signs no time are never forgotten, because
 * forgetting one would let it in again.
 *
 * @module
 */

import type { SqlSession } from "../kernel/index.ts";

/** One accepted message. */
export interface InboxEntry {
  /** Name of the webhook. */
  readonly source: string;
  /** Id that {@link verifyWebhook} gave. */
  readonly id: string;
  readonly receivedAt: Date;
  /** SHA-256 of the body in hexadecimal, to see later whether a repeat said the same. */
  readonly fingerprint: string;
}

/**
 * Notes a message in the transaction of its effect. A copy that is being worked on at this moment
 * makes this wait until that transaction ends. `altered` is a repeat whose body is not the one that
 * was accepted under this id: no effect either, but somebody should look.
 *
 * @example
 * const [now, fingerprint] = [new Date(), "9f86d081884c7d65"];
 * await system.asSystem("payment webhook", async (session) => {
 *   const message = { source: "payment", id: "msg_1", receivedAt: now, fingerprint };
 *   if ((await acceptOnce(session, message)) !== "first") return;
 * });
 */
export async function acceptOnce(
  session: SqlSession,
  entry: InboxEntry,
): Promise<"first" | "repeat" | "altered"> {
  const { rows } = await session.query(
    `INSERT INTO sekisho_webhook_inbox (source, id, received_at, fingerprint)
     VALUES ($1, $2, $3, $4) ON CONFLICT (source, id) DO NOTHING RETURNING id`,
    [entry.source, entry.id, entry.receivedAt, entry.fingerprint],
  );
  if (rows.length === 1) return "first";
  const known = await session.query<{ fingerprint: string }>(
    "SELECT fingerprint FROM sekisho_webhook_inbox WHERE source = $1 AND id = $2",
    [entry.source, entry.id],
  );
  const accepted = known.rows[0]?.fingerprint ?? entry.fingerprint;
  return accepted === entry.fingerprint ? "repeat" : "altered";
}

/** Which entries {@link pruneInbox} forgets. */
export interface InboxPruning {
  readonly source: string;
  /** Entries received before this are forgotten; at least a day ago. */
  readonly before: Date;
  readonly now: Date;
  /** At most so many at once. Default 1000. */
  readonly maximum?: number;
}

/**
 * Forgets old messages, except those whose scheme signs no time (their id begins with `body:`).
 * Gives the number of entries forgotten.
 *
 * @throws RangeError when `before` is less than a day ago: the copies would still be fresh, and
 * senders repeat for hours.
 * @example
 * const now = new Date();
 * const before = new Date(now.getTime() - 30 * 86_400_000);
 * await system.asSystem("prune", (session) => pruneInbox(session, { source: "payment", before, now }));
 */
export async function pruneInbox(session: SqlSession, pruning: InboxPruning): Promise<number> {
  if (pruning.now.getTime() - pruning.before.getTime() < 86_400_000)
    throw new RangeError("the inbox remembers messages for at least a day");
  const { rowCount } = await session.query(
    `DELETE FROM sekisho_webhook_inbox WHERE (source, id) IN (
       SELECT source, id FROM sekisho_webhook_inbox
       WHERE source = $1 AND received_at < $2 AND id NOT LIKE 'body:%'
       ORDER BY received_at LIMIT $3)`,
    [pruning.source, pruning.before, pruning.maximum ?? 1000],
  );
  return rowCount;
}
