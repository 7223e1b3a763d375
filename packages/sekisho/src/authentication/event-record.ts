/**
 * Where authentication writes its security events (ASVS 16.3).
 *
 * Promise: an event of something that changed is written in the transaction of the change when the
 * application gave a way to do that. Limits: without one it is noted at once and may speak of a
 * change that is rolled back.
 *
 * @module
 */

import type { SecurityEvent, SecurityEventSink, SqlSession } from "../kernel/index.ts";

/** Writes an event in the transaction of the change it speaks of. */
export type RecordEvent = (session: SqlSession, event: SecurityEvent) => Promise<void>;

/** The given way of recording, or noting where there is none. */
export function createEventRecord(
  events: SecurityEventSink,
  record: RecordEvent | undefined,
): RecordEvent {
  if (record !== undefined) return record;
  return (_session, event) => {
    events.note(event);
    return Promise.resolve();
  };
}
