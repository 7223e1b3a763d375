/**
 * What the store needs of a database: a connection of which one transaction is taken at a time.
 *
 * Promise: the two implementations (`postgresql.ts`, `embedded.ts`) behave alike, so that the same
 * SQL and the same tests run on both. Limits: internal to the store.
 *
 * @module
 */

import type { Broadcast, SqlResult } from "../kernel/index.ts";

/** A connection that belongs to the caller until it is released. */
export interface Connection {
  query<Row extends object>(text: string, values: readonly unknown[]): Promise<SqlResult<Row>>;
  /**
   * Sends statements without values ahead of the next query, in the same packet where the driver
   * can; resolves when they are done.
   */
  execute(text: string): Promise<void>;
  /** Commits; rejects when the database answered with a rollback instead. */
  commit(): Promise<void>;
  /** Gives the connection back; `broken` throws it away. */
  release(broken: boolean): void;
}

/** Opens connections and tells the other nodes. */
export interface Database {
  readonly kind: "postgresql" | "embedded";
  acquire(): Promise<Connection>;
  /** A connection with the rights to change the schema, outside the request roles. */
  acquireOwner(): Promise<Connection>;
  readonly broadcast: Broadcast;
  close(): Promise<void>;
}
