/**
 * From an id to the row that the principal may have (OWASP API1:2023, F3).
 *
 * Promise: the owner predicate is part of the lookup; a foreign row, a missing row and an id that
 * cannot exist are one and the same answer (requirements 5.2). Limits: whether a visible row may be
 * changed is the business of the write policies and of `flow/`.
 *
 * @module
 */

import type { Principal, SqlSession } from "../kernel/index.ts";
import { toCondition, type Condition } from "./condition.ts";
import type { FunctionAllow, NeededObject, ShadowDisagreement } from "./decide.ts";
import { describeAccess } from "./describe-access.ts";
import { columnText } from "./column-text.ts";
import { quoteName } from "./identifier-text.ts";
import { isIdOf, type Resource, type TableSource } from "./resource.ts";

interface Lookup {
  readonly text: string;
  readonly condition: Condition;
}

const lookups = new WeakMap<TableSource, { readonly one: Lookup; readonly every: Lookup }>();

function lookupOf(resource: Resource, source: TableSource): { one: Lookup; every: Lookup } {
  const known = lookups.get(source);
  if (known !== undefined) return known;
  const alias = "sekisho_row";
  const condition = toCondition(source.owner, { alias, firstParameter: 2 });
  const key = `"${alias}".${quoteName(source.key)}`;
  const columns =
    source.columns.length === 0
      ? `"${alias}".*`
      : source.columns.map((name) => `"${alias}".${quoteName(name)}`).join(", ");
  const text = (wanted: string, more: string): string =>
    `SELECT ${columns}${more} FROM ${quoteName(source.table)} AS "${alias}" WHERE ${key} ${wanted} AND ${condition.text}`;
  const type = resource.idFormat;
  const compiled = {
    one: { text: text(`= $1::${type}`, ""), condition },
    every: { text: text(`= ANY($1::${type}[])`, `, ${key}::text AS sekisho_key`), condition },
  };
  lookups.set(source, compiled);
  return compiled;
}

/**
 * The row with the id, if the principal may have it. An id that cannot exist is not asked for.
 *
 * @example
 * const order = await loadObject(session, Order, parameters.order_id, principal);
 * if (order === undefined) throw new Problem("not-found");
 */
export async function loadObject<Row extends object>(
  session: SqlSession,
  resource: Resource<string, Row>,
  id: string,
  principal: Principal | undefined,
): Promise<Row | undefined> {
  if (!isIdOf(resource, id)) return undefined;
  const { source } = resource;
  if (source.form === "loader") {
    const row = await source.load(session, id);
    if (row === undefined || principal === undefined) return undefined;
    return source.owner(row) === principal.subject ? (row as Row) : undefined;
  }
  const { condition, text } = lookupOf(resource, source).one;
  const { rows } = await session.query<Row>(text, [id, ...condition.values(principal)]);
  return rows[0];
}

/**
 * All rows with the ids, in the order of the ids, or nothing when one of them is foreign, missing
 * or impossible (API1.S3). The caller bounds how many ids there are.
 *
 * @example
 * const items = await loadEvery(session, Item, body.item_ids, principal);
 * if (items === undefined) throw new Problem("not-found");
 */
export async function loadEvery<Row extends object>(
  session: SqlSession,
  resource: Resource<string, Row>,
  ids: readonly string[],
  principal: Principal | undefined,
): Promise<readonly Row[] | undefined> {
  if (!ids.every((id) => isIdOf(resource, id))) return undefined;
  const { source } = resource;
  const unique = [...new Set(ids)];
  const found = new Map<string, Row>();
  if (source.form === "loader") {
    for (const id of unique) {
      const row = await loadObject(session, resource, id, principal);
      if (row === undefined) return undefined;
      found.set(id, row);
    }
  } else if (unique.length > 0) {
    const { condition, text } = lookupOf(resource, source).every;
    const values = [unique, ...condition.values(principal)];
    const { rows } = await session.query<Row & { sekisho_key?: string }>(text, values);
    for (const { sekisho_key: key = "", ...row } of rows) found.set(key, row as unknown as Row);
  }
  const ordered = ids.map((id) => found.get(id)).filter((row) => row !== undefined);
  return ordered.length === ids.length ? ordered : undefined;
}

/** What {@link loadObjects} needs of the request. */
export interface ObjectRequest {
  readonly principal: Principal | undefined;
  /** Path parameters by name. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Is told where a candidate rule would have decided differently. */
  readonly report?: (disagreement: ShadowDisagreement) => void;
}

async function loadNeeded(
  session: SqlSession,
  demand: NeededObject,
  request: ObjectRequest,
): Promise<object | undefined> {
  const id = request.parameters[demand.parameter] ?? "";
  const row = await loadObject(session, demand.resource, id, request.principal);
  if (row === undefined) return undefined;
  for (const [name, parent] of Object.entries(demand.within)) {
    const wanted = request.parameters[parent];
    if (wanted === undefined || columnText(row, name) !== wanted) return undefined;
  }
  return row;
}

async function loadAlternative(
  session: SqlSession,
  alternatives: readonly (readonly NeededObject[])[],
  request: ObjectRequest,
): Promise<Readonly<Record<string, object>> | undefined> {
  for (const demands of alternatives) {
    const rows: Record<string, object> = {};
    let complete = true;
    for (const demand of demands) {
      const row = await loadNeeded(session, demand, request);
      if (row === undefined) {
        complete = false;
        break;
      }
      rows[demand.resource.kind] = row;
    }
    if (complete) return rows;
  }
  return undefined;
}

/**
 * Loads what an allowed function still waits for: the rows by the kind of their resource, or
 * `undefined` (404) when no alternative is complete. Also compares candidate rules with enforced
 * ones.
 *
 * @example
 * const objects = await loadObjects(session, decision, { principal, parameters });
 * if (objects === undefined) throw new Problem("not-found");
 * await handle({ principal, ...objects });
 */
export async function loadObjects(
  session: SqlSession,
  decision: FunctionAllow,
  request: ObjectRequest,
): Promise<Readonly<Record<string, object>> | undefined> {
  const rows = await loadAlternative(session, decision.alternatives, request);
  for (const trial of decision.trials) {
    const enforced = await loadAlternative(session, trial.enforced, request);
    const candidate = await loadAlternative(session, trial.candidate, request);
    if ((enforced === undefined) !== (candidate === undefined))
      request.report?.({
        rule: describeAccess(trial.rule),
        candidate: candidate === undefined ? "deny" : "allow",
        enforced: enforced === undefined ? "deny" : "allow",
      });
  }
  return rows;
}
