/**
 * PostgreSQL 15 and later behind a pool.
 *
 * Promise: sessions start in the request role, so that even a connection whose binding failed sees
 * only what nobody may see; statements and idle transactions have time-outs at the server; a lost or
 * silent server is a rejected query, never a crash, and the pool recovers by itself. Limits: a pooler
 * in front must keep session start-up parameters.
 *
 * @module
 */

import type pg from "pg";
import { applicationRole, type SqlResult } from "../kernel/index.ts";
import { createListenBroadcast } from "./listen-broadcast.ts";
import type { Connection, Database } from "./connection.ts";
import { loadPg } from "./load-pg.ts";

/** How PostgreSQL is reached; times in milliseconds. */
export interface PostgresqlOptions {
  readonly url: string;
  /** Connection with the rights to change the schema; `url` when absent. */
  readonly ownerUrl: string;
  readonly connections: number;
  readonly acquireMilliseconds: number;
  readonly statementMilliseconds: number;
  readonly idleInTransactionMilliseconds: number;
  readonly lockMilliseconds: number;
}

class PostgresqlConnection implements Connection {
  readonly #client: pg.PoolClient | pg.Client;
  readonly #giveBack: (broken: boolean) => void;

  constructor(client: pg.PoolClient | pg.Client, giveBack: (broken: boolean) => void) {
    this.#client = client;
    this.#giveBack = giveBack;
  }

  async query<Row extends object>(
    text: string,
    values: readonly unknown[],
  ): Promise<SqlResult<Row>> {
    const result = await this.#client.query<Row>(text, [...values]);
    return { rows: result.rows, rowCount: result.rowCount ?? 0 };
  }

  async execute(text: string): Promise<void> {
    await this.#client.query(text);
  }

  async commit(): Promise<void> {
    const result = await this.#client.query("COMMIT");
    if (result.command !== "COMMIT") throw new Error("the database rolled the transaction back");
  }

  release(broken: boolean): void {
    this.#giveBack(broken);
  }
}

const silenceMilliseconds = 2_000;

/** Opens the pool; nothing is connected before the first query. */
export function openPostgresql(options: PostgresqlOptions): Database {
  const driver = loadPg();
  const pool = new driver.Pool({
    connectionString: options.url,
    max: options.connections,
    connectionTimeoutMillis: options.acquireMilliseconds,
    // The server ends its statements by itself; this is for a server that is silent.
    query_timeout: options.statementMilliseconds + silenceMilliseconds,
    idleTimeoutMillis: 30_000,
    pipeline: true,
    keepAlive: true,
    options: [
      `-c role=${applicationRole}`,
      // Named last, or temporary tables would come first.
      "-c search_path=public,pg_temp",
      `-c statement_timeout=${options.statementMilliseconds}`,
      `-c lock_timeout=${options.lockMilliseconds}`,
      `-c idle_in_transaction_session_timeout=${options.idleInTransactionMilliseconds}`,
    ].join(" "),
  });
  // An idle connection that the server ends reports here; the next query takes a fresh one.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));
  const broadcast = createListenBroadcast({
    url: options.url,
    publish: async (payload) => {
      await pool.query("SELECT pg_notify('sekisho', $1)", [payload]);
    },
  });
  return {
    kind: "postgresql",
    broadcast,
    acquire: async () => {
      const client = await pool.connect();
      return new PostgresqlConnection(client, (broken) => client.release(broken));
    },
    acquireOwner: async () => {
      const client = new driver.Client({ connectionString: options.ownerUrl });
      client.on("error", () => undefined);
      await client.connect();
      return new PostgresqlConnection(client, () => void client.end().catch(() => undefined));
    },
    close: async () => {
      await broadcast.close();
      await pool.end();
    },
  };
}
