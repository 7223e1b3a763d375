/**
 * Taking a step exactly once (OWASP API6:2023, F15, requirements 5.12).
 *
 * Promise: one compare-and-set statement moves the row, so that of any number of parallel calls one
 * succeeds and leaves one event; there is no check before the act. Limits: the caller's transaction
 * must be READ COMMITTED (PostgreSQL's default) or stricter, and must roll back when it fails.
 *
 * @module
 */

import { isId, type SqlSession } from "../kernel/index.ts";
import { allowedSteps } from "./decide.ts";
import type { FlowStep } from "./define-flow.ts";

/** Further facts of an event; ids and numbers, never a secret. */
export type EventData = Readonly<Record<string, unknown>>;

/** Who takes a step, when. */
export interface StepRequest {
  /** Id of the row; what is no UUID is missing. */
  readonly id: string;
  /** Subject that acts; `undefined` for work that no person asked for. */
  readonly actorId: string | undefined;
  readonly at: Date;
  readonly data?: EventData;
  /** Version the caller has seen: the number of the last event. */
  readonly expectedVersion?: number;
}

/** Answer of {@link takeStep}. */
export type StepTaken<Row extends object = Record<string, unknown>> =
  | {
      readonly effect: "allow";
      /** The row after the step. */
      readonly row: Row;
      readonly state: string;
      /** Number of the event that was appended. */
      readonly version: number;
    }
  | {
      readonly effect: "deny";
      readonly reason: "illegal-step" | "version-mismatch";
      readonly state: string;
      readonly allowedSteps: readonly string[];
    }
  | { readonly effect: "deny"; readonly reason: "missing" };

interface StepStatements {
  readonly lock: string;
  readonly move: string;
  readonly append: string;
  readonly look: string;
}

const statements = new WeakMap<FlowStep["flow"], StepStatements>();

function statementsOf(flow: FlowStep["flow"]): StepStatements {
  const known = statements.get(flow);
  if (known !== undefined) return known;
  const { events, key, stateColumn, table } = flow;
  const lastVersion = `(SELECT coalesce(max("version"), 0) FROM "${events.table}" WHERE "${events.streamColumn}" = $1::uuid)`;
  const made = {
    lock: `SELECT 1 FROM "${table}" WHERE "${key}" = $1::uuid FOR UPDATE`,
    move:
      `UPDATE "${table}" SET "${stateColumn}" = $2 WHERE "${key}" = $1::uuid` +
      ` AND "${stateColumn}" = ANY($3::text[]) AND ($4::integer IS NULL OR $4::integer = ${lastVersion})` +
      ` RETURNING *`,
    append:
      `INSERT INTO "${events.table}" ("${events.streamColumn}", "version", "type", "state", "actor_id", "at", "data")` +
      ` SELECT $1::uuid, ${lastVersion} + 1, $2, $3, $4::uuid, $5::timestamptz, $6::jsonb RETURNING "version"`,
    look: `SELECT "${stateColumn}" AS "state", ${lastVersion} AS "version" FROM "${table}" WHERE "${key}" = $1::uuid`,
  };
  statements.set(flow, made);
  return made;
}

async function append(
  session: SqlSession,
  flow: FlowStep["flow"],
  request: Omit<StepRequest, "expectedVersion">,
  type: string,
  state: string,
): Promise<number> {
  const { actorId, at, data = {}, id } = request;
  const values = [id, type, state, actorId ?? null, at, JSON.stringify(data)];
  const { rows } = await session.query<{ version: number }>(statementsOf(flow).append, values);
  const version = rows[0]?.version;
  if (version === undefined) throw new Error(`flow ${flow.name}: the event was not appended`);
  return version;
}

/**
 * Moves a row along one step and appends its event.
 *
 * @example
 * const taken = await takeStep(session, OrderFlow.step("execute"), {
 *   id: order.id,
 *   actorId: principal.subject,
 *   at: new Date(clock.now()),
 * });
 * if (taken.effect === "deny") throw new Problem("illegal-step");
 */
export async function takeStep<Row extends object = Record<string, unknown>>(
  session: SqlSession,
  step: FlowStep,
  request: StepRequest,
): Promise<StepTaken<Row>> {
  const { flow, name } = step;
  const declaration = flow.steps[name];
  if (declaration === undefined) throw new TypeError(`flow ${flow.name} has no step ${name}`);
  const { expectedVersion, id } = request;
  if (!isId(id)) return { effect: "deny", reason: "missing" };
  const { lock, look, move } = statementsOf(flow);
  // A statement sees the events as of its own start: with the lock taken first, no step of
  // somebody else can slip in between the version that is compared and the one that is written.
  if (expectedVersion !== undefined) await session.query(lock, [id]);
  const values = [id, declaration.to, declaration.from, expectedVersion ?? null];
  const moved = await session.query<Row>(move, values);
  const row = moved.rows[0];
  if (row !== undefined) {
    // A second statement on purpose: it starts after the row lock was won, and so sees the events
    // of the transaction that held it before.
    const type = declaration.event ?? name;
    const version = await append(session, flow, request, type, declaration.to);
    return { effect: "allow", row, state: declaration.to, version };
  }
  const seen = await session.query<{ state: string; version: number }>(look, [id]);
  const present = seen.rows[0];
  if (present === undefined) return { effect: "deny", reason: "missing" };
  const { state, version } = present;
  const stale = expectedVersion !== undefined && expectedVersion !== version;
  // Visible, in a right state, and yet not moved: the write policy hides it.
  if (!stale && declaration.from.includes(state)) return { effect: "deny", reason: "missing" };
  return {
    effect: "deny",
    reason: stale ? "version-mismatch" : "illegal-step",
    state,
    allowedSteps: allowedSteps(flow, state),
  };
}

/**
 * Appends the first event of a row that was just inserted in the initial state, and returns its
 * number, 1.
 *
 * @throws Error when the row already has events.
 * @example
 * await recordStart(session, OrderFlow, { id, actorId: principal.subject, at, type: "created" });
 */
export async function recordStart(
  session: SqlSession,
  flow: FlowStep["flow"],
  request: Omit<StepRequest, "expectedVersion"> & { readonly type?: string },
): Promise<number> {
  const version = await append(session, flow, request, request.type ?? "created", flow.initial);
  if (version !== 1) throw new Error(`flow ${flow.name}: the row has already started`);
  return version;
}
