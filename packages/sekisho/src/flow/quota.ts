/**
 * How often one party may take a business flow, held by the database (OWASP API6:2023, F16).
 *
 * Promise: taken in the transaction of the request by one conditional statement, so that parallel
 * requests cannot pass the limit together and a failed request uses nothing up; the same for people
 * and services (API6.P7). Limits: windows are fixed and begin at the full hour or day in UTC, so
 * that two windows' worth can be taken around their border.
 *
 * @module
 */

import type { Allow, SqlSession } from "../kernel/index.ts";

/** Length of a window. */
export type FlowWindow = "hour" | "day";

/** An allowance over time. */
export interface FlowQuota {
  readonly limit: number;
  readonly window: FlowWindow;
}

/** What {@link takeFlowQuota} is told. */
export interface FlowQuotaRequest {
  /** Name of the flow. */
  readonly flow: string;
  /** Whose allowance: the subject of the principal, or {@link everySubject} for all together. */
  readonly subject: string;
  readonly quota: FlowQuota;
  readonly at: Date;
  /** Units that this request takes; 1 unless said. */
  readonly cost?: number;
}

/** Answer of {@link takeFlowQuota}. */
export type FlowQuotaDecision =
  | Allow<{ readonly remaining: number }>
  | {
      readonly effect: "deny";
      readonly reason: "flow-quota-exceeded";
      /** Seconds until the next window begins. */
      readonly retryAfterSeconds: number;
    };

/**
 * Stands for all subjects together: a global pace (requirements F16).
 *
 * @example
 * const quota = parseFlowQuota("2000/hour");
 * await takeFlowQuota(session, { flow: "place-order", subject: everySubject, quota, at });
 */
export const everySubject = "*";

const windowMilliseconds: Readonly<Record<FlowWindow, number>> = {
  hour: 3_600_000,
  day: 86_400_000,
};

/**
 * Reads a flow quota such as `"200/day"`.
 *
 * @throws TypeError when the text is not a positive integer, a slash and `hour` or `day`.
 * @example
 * parseFlowQuota("200/day"); // { limit: 200, window: "day" }
 */
export function parseFlowQuota(text: string): FlowQuota {
  const match = /^([1-9]\d{0,8})\/(hour|day)$/.exec(text);
  if (match === null)
    throw new TypeError(`flow quota ${JSON.stringify(text)} is not of the form 200/day or 20/hour`);
  return { limit: Number(match[1]), window: match[2] === "hour" ? "hour" : "day" };
}

const take = `
INSERT INTO sekisho_flow_quota AS held (flow, subject, time_window, window_start, used, expires_at)
SELECT $1, $2, $3, $4::timestamptz, $5::integer, $6::timestamptz WHERE $5::integer <= $7::integer
ON CONFLICT (flow, subject, time_window, window_start) DO UPDATE
  SET used = held.used + excluded.used WHERE held.used + excluded.used <= $7::integer
RETURNING used`;

/**
 * Takes from the allowance, or refuses and takes nothing. Locks the counter until the transaction
 * ends, so that requests of one subject to one flow queue up behind each other.
 *
 * @throws TypeError when the cost is not a positive integer.
 * @example
 * const decision = await takeFlowQuota(session, {
 *   flow: "place-order",
 *   subject: principal.subject,
 *   quota: parseFlowQuota("200/day"),
 *   at: new Date(clock.now()),
 * });
 */
export async function takeFlowQuota(
  session: SqlSession,
  request: FlowQuotaRequest,
): Promise<FlowQuotaDecision> {
  const { at, cost = 1, flow, quota, subject } = request;
  if (!Number.isSafeInteger(cost) || cost < 1)
    throw new TypeError("the cost must be a positive integer");
  const length = windowMilliseconds[quota.window];
  const start = Math.floor(at.getTime() / length) * length;
  const end = start + length;
  // More than any allowance: keeps the parameter inside the integers of the database.
  const units = Math.min(cost, 1_000_000_000);
  const values = [flow, subject, quota.window, new Date(start), units, new Date(end), quota.limit];
  const { rows } = await session.query<{ used: number }>(take, values);
  const used = rows[0]?.used;
  if (used !== undefined) return { effect: "allow", remaining: quota.limit - used };
  const retryAfterSeconds = Math.max(1, Math.ceil((end - at.getTime()) / 1000));
  return { effect: "deny", reason: "flow-quota-exceeded", retryAfterSeconds };
}
