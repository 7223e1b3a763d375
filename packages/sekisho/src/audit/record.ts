/**
 * Security events in the transaction of the change that they tell of (F13, ASVS 16.2.1).
 *
 * Promise: the change and its event commit together or not at all; every value is bounded and
 * free of control characters before it reaches the table. Limits: what happened before the
 * transaction (a refusal) goes through `queue.ts`.
 *
 * @module
 */

import { levelOf, type SecurityEvent, type SqlSession } from "../kernel/index.ts";
import { cleanText } from "./clean-text.ts";

/** When and where an event happened. */
export interface SecurityEventContext {
  readonly at: Date;
  /** Id of the request, or a name of the work when no request asked for it. */
  readonly requestId: string;
  /** Key of the client's address (`addressKey`), or `"system"`. */
  readonly source: string;
}

/**
 * Longest `subject`, `object` or `reason`, and longest text inside `data`, in characters.
 *
 * @example
 * cleanText(text, maximumEventText).length <= maximumEventText; // true
 */
export const maximumEventText = 256;
/**
 * Most members of `data`.
 *
 * @example
 * Object.keys(data).length > maximumEventMembers; // the rest is left out
 */
export const maximumEventMembers = 32;

/** An event as the table's columns, clean and bounded. */
export interface SecurityEventRow {
  readonly at: string;
  readonly name: string;
  readonly level: string;
  readonly subject: string | null;
  readonly object: string | null;
  readonly reason: string | null;
  readonly request_id: string;
  readonly source: string;
  readonly data: Readonly<Record<string, string | number | boolean>>;
}

function cleanOptional(text: string | undefined): string | null {
  return text === undefined ? null : cleanText(text, maximumEventText);
}

function cleanData(
  data: SecurityEvent["data"] = {},
): Readonly<Record<string, string | number | boolean>> {
  const entries = Object.entries(data).slice(0, maximumEventMembers);
  return Object.fromEntries(
    entries.map(([name, value]) => {
      const isText = typeof value === "string" || !Number.isFinite(Number(value));
      return [cleanText(name, 64), isText ? cleanText(String(value), maximumEventText) : value];
    }),
  );
}

/**
 * The row of an event.
 *
 * @example
 * const context = { at: new Date(0), requestId: "019a…", source: "203.0.113.9" };
 * securityEventRow({ name: "authz_fail", subject: undefined }, context).level; // "critical"
 */
export function securityEventRow(
  event: SecurityEvent,
  context: SecurityEventContext,
): SecurityEventRow {
  return {
    at: context.at.toISOString(),
    name: cleanText(event.name, 64),
    level: levelOf(event.name),
    subject: cleanOptional(event.subject),
    object: cleanOptional(event.object),
    reason: cleanOptional(event.reason),
    request_id: cleanText(context.requestId, 64),
    source: cleanText(event.source ?? context.source, 64),
    data: cleanData(event.data),
  };
}

/**
 * Writes any number of rows with one statement, in their order.
 *
 * @example
 * await insertSecurityEvents(session, [securityEventRow(event, context)]);
 */
export async function insertSecurityEvents(
  session: SqlSession,
  rows: readonly SecurityEventRow[],
): Promise<void> {
  await session.query(
    `INSERT INTO sekisho_security_event
       (at, name, level, subject, object, reason, request_id, source, data)
     SELECT at, name, level, subject, object, reason, request_id, source, data
     FROM jsonb_to_recordset($1::text::jsonb) AS event
       (at timestamptz, name text, level text, subject text, object text, reason text,
        request_id text, source text, data jsonb)`,
    [JSON.stringify(rows)],
  );
}

/**
 * Writes one event in the transaction of the change it tells of.
 *
 * @example
 * const context = { at: new Date(), requestId: "019a…", source: "203.0.113.9" };
 * await recordEvent(session, { name: "user_updated", subject: "019a…", object: "user:019b…" }, context);
 */
export async function recordEvent(
  session: SqlSession,
  event: SecurityEvent,
  context: SecurityEventContext,
): Promise<void> {
  await insertSecurityEvents(session, [securityEventRow(event, context)]);
}
