/**
 * Reading the security events back, newest first (ASVS 16.3).
 *
 * Promise: pages of a bounded size by position, so that new events never shift them; row-level
 * security shows nothing to anybody but administrators and system work. Limits: no search; the
 * table is evidence, not an index.
 *
 * @module
 */

import {
  Problem,
  type SecurityEventLevel,
  type SecurityEventName,
  type SqlSession,
} from "../kernel/index.ts";
import type { SecurityEventRow } from "./record.ts";

/** One event as it was written down. */
export interface RecordedEvent {
  /** Position in the table, a decimal number. */
  readonly id: string;
  readonly at: Date;
  readonly name: SecurityEventName;
  readonly level: SecurityEventLevel;
  readonly subject: string | undefined;
  readonly object: string | undefined;
  readonly reason: string | undefined;
  readonly requestId: string;
  readonly source: string;
  readonly data: Readonly<Record<string, string | number | boolean>>;
}

/** One page, newest first. */
export interface RecordedEventPage {
  readonly events: readonly RecordedEvent[];
  /** Cursor of the following page, `undefined` after the last event. */
  readonly next: string | undefined;
}

/** Which page of the events. */
export interface RecordedEventQuery {
  /** 1 to 200. */
  readonly limit: number;
  /** The `next` of the page before. */
  readonly before?: string;
}

/** A row as it was written, but for what the database and its driver make of it. */
interface Row extends Omit<SecurityEventRow, "at" | "name" | "level"> {
  readonly id: string;
  readonly at: Date | string;
  readonly name: SecurityEventName;
  readonly level: SecurityEventLevel;
}

function recordedEvent(row: Row): RecordedEvent {
  return {
    id: row.id,
    at: new Date(row.at),
    name: row.name,
    level: row.level,
    subject: row.subject ?? undefined,
    object: row.object ?? undefined,
    reason: row.reason ?? undefined,
    requestId: row.request_id,
    source: row.source,
    data: row.data,
  };
}

/**
 * One page of the security events.
 *
 * @throws RangeError when `limit` is not a whole number from 1 to 200.
 * @throws Problem `invalid-request` when `before` is not a cursor.
 * @example
 * const { events, next } = await listEvents(session, { limit: 50 });
 */
export async function listEvents(
  session: SqlSession,
  query: RecordedEventQuery,
): Promise<RecordedEventPage> {
  const { before, limit } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > 200)
    throw new RangeError(`a page has 1 to 200 events, not ${limit}`);
  if (before !== undefined && !/^[1-9]\d{0,17}$/.test(before))
    throw new Problem("invalid-request", {
      errors: [{ pointer: "#/cursor", detail: "is not a cursor of this list" }],
    });
  const { rows } = await session.query<Row>(
    `SELECT id::text AS id, at, name, level, subject, object, reason, request_id, source, data
     FROM sekisho_security_event
     WHERE $1::bigint IS NULL OR id < $1::bigint
     ORDER BY sekisho_security_event.id DESC LIMIT $2`,
    [before ?? null, limit + 1],
  );
  const events = rows.slice(0, limit).map(recordedEvent);
  return { events, next: rows.length > limit ? events.at(-1)?.id : undefined };
}
