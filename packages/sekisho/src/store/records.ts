/**
 * Kysely over an open transaction: the query builder of handlers.
 *
 * Promise: every query it builds runs in the one bound transaction. Limits: it cannot open another
 * transaction, take a connection or end the one it has.
 *
 * @module
 */

import {
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
} from "kysely";
import type { SqlSession } from "../kernel/index.ts";

class SessionConnection implements DatabaseConnection {
  readonly #session: SqlSession;

  constructor(session: SqlSession) {
    this.#session = session;
  }

  async executeQuery<Row>(compiled: CompiledQuery): Promise<QueryResult<Row>> {
    const result = await this.#session.query<Row & object>(compiled.sql, compiled.parameters);
    return { rows: [...result.rows], numAffectedRows: BigInt(result.rowCount) };
  }

  // eslint-disable-next-line require-yield
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    await Promise.reject(new Error("records cannot be streamed"));
  }
}

function refuse(): Promise<void> {
  return Promise.reject(new Error("the request has one transaction and the checkpoint ends it"));
}

/** A dialect whose only connection is the given session. */
export function sessionDialect(session: SqlSession): Dialect {
  const connection = new SessionConnection(session);
  const driver: Driver = {
    init: () => Promise.resolve(),
    acquireConnection: () => Promise.resolve(connection),
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    releaseConnection: () => Promise.resolve(),
    destroy: () => Promise.resolve(),
  };
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => driver,
    createIntrospector: (database) => new PostgresIntrospector(database),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}
