/**
 * The tables that every flow shares: allowances and idempotency keys.
 *
 * Promise: forced row-level security; a request reaches only the rows of its own subject, and the
 * counters that all share. Limits: expired rows stay until `deleteExpired` runs.
 *
 * @module
 */

import { applicationRole, systemRole, type Migration } from "../kernel/index.ts";

const subject = "(SELECT nullif(current_setting('sekisho.subject', true), ''))";

function secured(table: string, mine: string, changeable: string): string {
  return `
ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${table} FORCE ROW LEVEL SECURITY;
REVOKE ALL ON ${table} FROM PUBLIC, ${applicationRole}, ${systemRole};
GRANT SELECT, INSERT, UPDATE (${changeable}) ON ${table} TO ${applicationRole};
GRANT SELECT, INSERT, UPDATE (${changeable}), DELETE ON ${table} TO ${systemRole};
CREATE POLICY ${table}_own ON ${table} TO ${applicationRole} USING (${mine}) WITH CHECK (${mine});
CREATE POLICY ${table}_system ON ${table} TO ${systemRole} USING (true) WITH CHECK (true);`;
}

const quotaTable = `
CREATE TABLE sekisho_flow_quota (
  flow text NOT NULL CHECK (length(flow) BETWEEN 1 AND 200),
  subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 200),
  time_window text NOT NULL CHECK (time_window IN ('hour', 'day')),
  window_start timestamptz NOT NULL,
  used integer NOT NULL CHECK (used > 0),
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (flow, subject, time_window, window_start)
);
CREATE INDEX sekisho_flow_quota_expiry ON sekisho_flow_quota (expires_at);
CREATE FUNCTION sekisho_flow_quota_grows() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $grows$
BEGIN
  IF NEW.used <= OLD.used THEN
    RAISE EXCEPTION 'an allowance is never given back' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $grows$;
CREATE TRIGGER sekisho_flow_quota_grows BEFORE UPDATE ON sekisho_flow_quota
  FOR EACH ROW EXECUTE FUNCTION sekisho_flow_quota_grows();`;

const idempotencyTable = `
CREATE TABLE sekisho_idempotency (
  subject uuid NOT NULL,
  endpoint text NOT NULL CHECK (length(endpoint) BETWEEN 1 AND 300),
  key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
  fingerprint text NOT NULL CHECK (length(fingerprint) BETWEEN 1 AND 128),
  status integer CHECK (status BETWEEN 200 AND 299),
  location text,
  body text,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (subject, endpoint, key)
);
CREATE INDEX sekisho_idempotency_expiry ON sekisho_idempotency (expires_at);
CREATE FUNCTION sekisho_idempotency_answered() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $answered$
BEGIN
  IF EXISTS (SELECT 1 FROM sekisho_idempotency
             WHERE subject = NEW.subject AND endpoint = NEW.endpoint AND key = NEW.key
               AND status IS NULL) THEN
    RAISE EXCEPTION 'an idempotency key was taken without an answer' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $answered$;
CREATE CONSTRAINT TRIGGER sekisho_idempotency_answered AFTER INSERT OR UPDATE ON sekisho_idempotency
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sekisho_idempotency_answered();`;

/**
 * The migrations of this folder.
 *
 * @example
 * const store = await createStore({ url: "memory:", migrations: [...flowMigrations] });
 */
export const flowMigrations: readonly Migration[] = [
  {
    id: "flow-0001-quota",
    sql:
      quotaTable + secured("sekisho_flow_quota", `subject = '*' OR subject = ${subject}`, "used"),
  },
  {
    id: "flow-0002-idempotency",
    sql:
      idempotencyTable +
      secured(
        "sekisho_idempotency",
        `subject = ${subject}::uuid`,
        "fingerprint, status, location, body, expires_at",
      ),
  },
];
