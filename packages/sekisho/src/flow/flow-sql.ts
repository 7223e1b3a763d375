/**
 * The tables and triggers of a flow, as SQL text for a migration.
 *
 * Promise: events can be added and read, never changed or removed, not even by system work; who may
 * see the row may see its events; with the guard the database itself refuses a state that no step
 * leads to. Limits: the owner of the tables can still do anything.
 *
 * @module
 */

import { applicationRole, systemRole } from "../kernel/index.ts";
import type { FlowStep } from "./define-flow.ts";

/** What {@link flowEventsTableSql} may be told. */
export interface FlowEventsOptions {
  /** Whether requests may append events, or only system work; `true` unless said. */
  readonly appendable?: boolean;
}

const subject = "(SELECT nullif(current_setting('sekisho.subject', true), '')::uuid)";

/**
 * The SQL text that creates the events table of a flow. A request may append events to rows it may
 * see, in its own name; everybody reads the events of the rows they may see.
 *
 * @example
 * const migration = { id: "shop-0002-order-events", sql: flowEventsTableSql(OrderFlow) };
 */
export function flowEventsTableSql(
  flow: FlowStep["flow"],
  options: FlowEventsOptions = {},
): string {
  const { events, key, table } = flow;
  const name = `"${events.table}"`;
  const visible = `EXISTS (SELECT 1 FROM "${table}" AS "sekisho_parent" WHERE "sekisho_parent"."${key}" = ${name}."${events.streamColumn}")`;
  const appendable = options.appendable ?? true;
  return [
    `CREATE TABLE ${name} (
  "${events.streamColumn}" uuid NOT NULL REFERENCES "${table}" ("${key}"),
  "version" integer NOT NULL CHECK ("version" > 0),
  "type" text NOT NULL CHECK (length("type") BETWEEN 1 AND 64),
  "state" text NOT NULL,
  "actor_id" uuid,
  "at" timestamptz NOT NULL,
  "data" jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof("data") = 'object'),
  PRIMARY KEY ("${events.streamColumn}", "version")
)`,
    `ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY`,
    `ALTER TABLE ${name} FORCE ROW LEVEL SECURITY`,
    `REVOKE ALL ON ${name} FROM PUBLIC, ${applicationRole}, ${systemRole}`,
    `GRANT SELECT ON ${name} TO ${applicationRole}`,
    `CREATE POLICY "${events.table}_select" ON ${name} FOR SELECT TO ${applicationRole} USING (${visible})`,
    ...(appendable
      ? [
          `GRANT INSERT ON ${name} TO ${applicationRole}`,
          `CREATE POLICY "${events.table}_insert" ON ${name} FOR INSERT TO ${applicationRole} WITH CHECK ("actor_id" = ${subject} AND ${visible})`,
        ]
      : []),
    `GRANT SELECT, INSERT ON ${name} TO ${systemRole}`,
    `CREATE POLICY "${events.table}_system_select" ON ${name} FOR SELECT TO ${systemRole} USING (true)`,
    `CREATE POLICY "${events.table}_system_insert" ON ${name} FOR INSERT TO ${systemRole} WITH CHECK (true)`,
    "",
  ].join(";\n");
}

/**
 * The SQL text of a trigger that lets rows begin in the initial state and move along declared steps
 * only, whoever writes. Later migrations may run it again with a changed flow.
 *
 * @example
 * const migration = { id: "shop-0003-order-guard", sql: flowGuardSql(OrderFlow) };
 */
export function flowGuardSql(flow: FlowStep["flow"]): string {
  const { initial, stateColumn, steps, table } = flow;
  const guard = `"${table}_${stateColumn}_guard"`;
  const state = `"${stateColumn}"`;
  const moves = Object.values(steps).flatMap((step) =>
    step.from.map((from) => `(OLD.${state} = '${from}' AND NEW.${state} = '${step.to}')`),
  );
  return [
    `CREATE OR REPLACE FUNCTION ${guard}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $guard$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.${state} IS DISTINCT FROM '${initial}' THEN
      RAISE EXCEPTION 'a row of this flow begins in its initial state' USING ERRCODE = 'check_violation';
    END IF;
  ELSIF NEW.${state} IS DISTINCT FROM OLD.${state} AND (${moves.join(" OR ")}) IS NOT TRUE THEN
    RAISE EXCEPTION 'no step of this flow leads there' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$`,
    `DROP TRIGGER IF EXISTS ${guard} ON "${table}"`,
    `CREATE TRIGGER ${guard} BEFORE INSERT OR UPDATE ON "${table}" FOR EACH ROW EXECUTE FUNCTION ${guard}()`,
    "",
  ].join(";\n");
}
