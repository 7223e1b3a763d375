/**
 * The table that remembers which webhook messages were accepted (OWASP API10:2023).
 *
 * Promise: one row per sender and message id; only system work may touch it. Limits: a role that
 * may alter tables can do anything; give neither of the two roles that right.
 *
 * @module
 */

import type { Migration } from "../kernel/index.ts";

/**
 * Migrations of the webhook inbox.
 *
 * @example
 * await createStore({ url: "memory:", migrations: webhookMigrations });
 */
export const webhookMigrations: readonly Migration[] = [
  {
    id: "webhook-0001-inbox",
    sql: `
CREATE TABLE sekisho_webhook_inbox (
  source text NOT NULL CHECK (length(source) BETWEEN 1 AND 64),
  id text NOT NULL CHECK (length(id) BETWEEN 1 AND 256),
  received_at timestamptz NOT NULL,
  fingerprint text NOT NULL CHECK (length(fingerprint) BETWEEN 1 AND 128),
  PRIMARY KEY (source, id)
);
CREATE INDEX sekisho_webhook_inbox_received ON sekisho_webhook_inbox (source, received_at);
ALTER TABLE sekisho_webhook_inbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE sekisho_webhook_inbox FORCE ROW LEVEL SECURITY;
REVOKE ALL ON sekisho_webhook_inbox FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON sekisho_webhook_inbox TO sekisho_system;
CREATE POLICY sekisho_webhook_inbox_read ON sekisho_webhook_inbox
  FOR SELECT TO sekisho_system USING (true);
CREATE POLICY sekisho_webhook_inbox_write ON sekisho_webhook_inbox
  FOR INSERT TO sekisho_system WITH CHECK (true);
CREATE POLICY sekisho_webhook_inbox_prune ON sekisho_webhook_inbox
  FOR DELETE TO sekisho_system USING (true);
`,
  },
];
