/**
 * The tables of authentication.
 *
 * Promise: password hashes, refresh tokens and counters are reachable for system work alone; the
 * request role reads four columns of its own account, of all accounts with the role `admin`, and
 * writes nothing. Limits: whoever owns the tables or runs as superuser is outside row-level
 * security.
 *
 * @module
 */

import { applicationRole, systemRole, type Migration } from "../kernel/index.ts";

function guarded(table: string, updatable: string, deletable: boolean): string {
  return `
ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${table} FORCE ROW LEVEL SECURITY;
REVOKE ALL ON ${table} FROM PUBLIC;
GRANT SELECT, INSERT${deletable ? ", DELETE" : ""} ON ${table} TO ${systemRole};
${updatable === "" ? "" : `GRANT UPDATE (${updatable}) ON ${table} TO ${systemRole};`}
CREATE POLICY system_work ON ${table} TO ${systemRole} USING (true) WITH CHECK (true);`;
}

const accounts = `
CREATE TABLE sekisho_account (
  subject uuid PRIMARY KEY,
  sign_in_name text NOT NULL UNIQUE CHECK (char_length(sign_in_name) BETWEEN 1 AND 254),
  password_hash text NOT NULL
    CHECK (password_hash LIKE '$argon2id$v=19$m=%' AND char_length(password_hash) <= 512),
  roles text[] NOT NULL,
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
  created_at timestamptz NOT NULL
);
${guarded("sekisho_account", "password_hash, roles, status", false)}
GRANT SELECT (subject, sign_in_name, roles, status) ON sekisho_account TO ${applicationRole};
CREATE POLICY own_or_admin ON sekisho_account FOR SELECT TO ${applicationRole} USING (
  subject = nullif(current_setting('sekisho.subject', true), '')::uuid
  OR 'admin' = ANY (string_to_array(current_setting('sekisho.roles', true), ','))
);`;

const sessions = `
CREATE TABLE sekisho_session (
  id uuid PRIMARY KEY,
  subject uuid NOT NULL REFERENCES sekisho_account (subject) ON DELETE CASCADE,
  created_at timestamptz NOT NULL,
  absolute_expires_at timestamptz NOT NULL,
  last_used_at timestamptz NOT NULL,
  authenticated_at timestamptz NOT NULL,
  methods text[] NOT NULL CHECK (cardinality(methods) > 0),
  ended_at timestamptz,
  end_reason text,
  CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE INDEX sekisho_session_open ON sekisho_session (subject, created_at) WHERE ended_at IS NULL;
CREATE INDEX sekisho_session_expiry ON sekisho_session (absolute_expires_at);
${guarded("sekisho_session", "last_used_at, ended_at, end_reason", true)}

CREATE TABLE sekisho_refresh_token (
  hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
  session_id uuid NOT NULL REFERENCES sekisho_session (id) ON DELETE CASCADE,
  issued_at timestamptz NOT NULL,
  used_at timestamptz,
  client_key bytea CHECK (octet_length(client_key) = 32),
  successor bytea UNIQUE CHECK (octet_length(successor) = 32),
  nonce bytea CHECK (octet_length(nonce) = 32),
  repeats integer NOT NULL DEFAULT 0 CHECK (repeats BETWEEN 0 AND 1),
  CHECK ((used_at IS NULL) = (successor IS NULL)),
  CHECK (nonce IS NULL OR used_at IS NOT NULL)
);
CREATE UNIQUE INDEX sekisho_refresh_token_one_unused ON sekisho_refresh_token (session_id)
  WHERE used_at IS NULL;
CREATE INDEX sekisho_refresh_token_session ON sekisho_refresh_token (session_id);
${guarded("sekisho_refresh_token", "used_at, client_key, successor, nonce, repeats", true)}

CREATE TABLE sekisho_revocation (
  session_id uuid PRIMARY KEY,
  revoked_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX sekisho_revocation_time ON sekisho_revocation (revoked_at);
CREATE INDEX sekisho_revocation_expiry ON sekisho_revocation (expires_at);
${guarded("sekisho_revocation", "", true)}`;

const throttle = `
CREATE TABLE sekisho_sign_in_throttle (
  key bytea PRIMARY KEY CHECK (octet_length(key) = 32),
  subject uuid REFERENCES sekisho_account (subject) ON DELETE CASCADE,
  stranger_failures integer NOT NULL DEFAULT 0,
  stranger_blocked_until timestamptz NOT NULL,
  known_failures integer NOT NULL DEFAULT 0,
  known_blocked_until timestamptz NOT NULL,
  touched_at timestamptz NOT NULL
);
CREATE INDEX sekisho_sign_in_throttle_nobody ON sekisho_sign_in_throttle (touched_at)
  WHERE subject IS NULL;
${guarded(
  "sekisho_sign_in_throttle",
  "subject, stranger_failures, stranger_blocked_until, known_failures, known_blocked_until, touched_at",
  true,
)}

CREATE TABLE sekisho_sign_in_source (
  key bytea PRIMARY KEY CHECK (octet_length(key) = 32),
  empty_at timestamptz NOT NULL
);
CREATE INDEX sekisho_sign_in_source_time ON sekisho_sign_in_source (empty_at);
${guarded("sekisho_sign_in_source", "empty_at", true)}

CREATE TABLE sekisho_known_source (
  subject uuid NOT NULL REFERENCES sekisho_account (subject) ON DELETE CASCADE,
  source bytea NOT NULL CHECK (octet_length(source) = 32),
  last_success_at timestamptz NOT NULL,
  PRIMARY KEY (subject, source)
);
${guarded("sekisho_known_source", "last_success_at", true)}`;

/**
 * Creates accounts, sessions, refresh tokens, revocations and the counters of failed sign-ins.
 *
 * @example
 * const store = await createStore({ url: "memory:", migrations: [...authenticationMigrations] });
 */
export const authenticationMigrations: readonly Migration[] = [
  { id: "authentication-0001-accounts", sql: accounts },
  { id: "authentication-0002-sessions", sql: sessions },
  { id: "authentication-0003-throttle", sql: throttle },
];
