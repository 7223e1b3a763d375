/**
 * The table of security events (ASVS 16.4.2).
 *
 * Promise: append-only. Neither role may change or remove a row, and a trigger refuses it to
 * everybody else, the table's owner included. Requests may add events and, as an administrator,
 * read them; system work may add and read. Limits: whoever may alter the table can drop the
 * trigger first, which is a deliberate act; ship the events to another system as well (16.4.3).
 *
 * @module
 */

import type { Migration } from "../kernel/index.ts";

/**
 * Migrations of the security events.
 *
 * @example
 * await createStore({ url: "memory:", migrations: auditMigrations });
 */
export const auditMigrations: readonly Migration[] = [
  {
    id: "audit-0001-security-events",
    sql: `
CREATE TABLE sekisho_security_event (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  name text NOT NULL CHECK (length(name) <= 64),
  level text NOT NULL CHECK (level IN ('info', 'warn', 'critical')),
  subject text CHECK (length(subject) <= 256),
  object text CHECK (length(object) <= 256),
  reason text CHECK (length(reason) <= 256),
  request_id text NOT NULL CHECK (length(request_id) <= 64),
  source text NOT NULL CHECK (length(source) <= 64),
  data jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(data) = 'object')
);
ALTER TABLE sekisho_security_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE sekisho_security_event FORCE ROW LEVEL SECURITY;
REVOKE ALL ON sekisho_security_event FROM PUBLIC;
GRANT SELECT ON sekisho_security_event TO sekisho_app, sekisho_system;
GRANT INSERT (at, name, level, subject, object, reason, request_id, source, data)
  ON sekisho_security_event TO sekisho_app, sekisho_system;
CREATE POLICY sekisho_security_event_add ON sekisho_security_event
  FOR INSERT TO sekisho_app, sekisho_system WITH CHECK (true);
CREATE POLICY sekisho_security_event_read ON sekisho_security_event
  FOR SELECT TO sekisho_app
  USING ('admin' = ANY (string_to_array(current_setting('sekisho.roles', true), ',')));
CREATE POLICY sekisho_security_event_read_system ON sekisho_security_event
  FOR SELECT TO sekisho_system USING (true);
CREATE FUNCTION sekisho_refuse_change() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog AS $$
BEGIN
  RAISE EXCEPTION 'security events are append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER sekisho_security_event_append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON sekisho_security_event
  FOR EACH STATEMENT EXECUTE FUNCTION sekisho_refuse_change();
ALTER TABLE sekisho_security_event ENABLE ALWAYS TRIGGER sekisho_security_event_append_only;
`,
  },
];
