/**
 * One transaction, opened by its first query and bound to a principal (OWASP API1:2023, F2).
 *
 * Promise: nothing is sent before the first query; opening rides in the same packet with it where
 * the driver can; a transaction that failed never commits. Limits: one transaction per request;
 * nested transactions and savepoints are not offered.
 *
 * @module
 */

import { Kysely } from "kysely";
import type { SqlResult, SqlSession } from "../kernel/index.ts";
import type { Connection, Database } from "./connection.ts";
import { breaksConnection, translateDatabaseError } from "./database-error.ts";
import { sessionDialect } from "./records.ts";
import type { RegisteredDatabase } from "./register.ts";
import { requirePlainStatement } from "./statement.ts";

/** Typed access to the rows that the principal may see. */
export type Records = Kysely<RegisteredDatabase>;

/**
 * A transaction that its owner ends with `commit` or `rollback`.
 *
 * @example
 * const transaction = store.begin(principal);
 * await transaction.records.selectFrom("orders").selectAll().execute(); // the caller's own
 * await transaction.commit(); // Transaction.rollback() gives up
 */
export class Transaction implements SqlSession {
  readonly #database: Database;
  readonly #opening: string;
  readonly #afterCommit: (() => unknown)[] = [];
  #connection: Promise<Connection> | undefined;
  #state: "idle" | "open" | "failed" | "ended" = "idle";
  #broken = false;
  #records: Records | undefined;

  constructor(database: Database, opening: string) {
    this.#database = database;
    this.#opening = opening;
  }

  /** Whether a query was sent. */
  get opened(): boolean {
    return this.#state !== "idle";
  }

  /** Kysely over this transaction, made on first use. */
  get records(): Records {
    this.#records ??= new Kysely<RegisteredDatabase>({ dialect: sessionDialect(this) });
    return this.#records;
  }

  /**
   * Runs `callback` once the transaction is committed, never when it is rolled back; `commit` ends
   * after it, and fails when it does.
   */
  afterCommit(callback: () => unknown): void {
    this.#afterCommit.push(callback);
  }

  async query<Row extends object = Record<string, unknown>>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<SqlResult<Row>> {
    if (this.#state === "ended") throw new Error("the transaction has ended");
    requirePlainStatement(text);
    try {
      if (this.#connection === undefined) return await this.#openWith<Row>(text, values);
      const connection = await this.#connection;
      return await connection.query<Row>(text, values);
    } catch (error) {
      this.#fail(error);
      throw translateDatabaseError(error);
    }
  }

  async commit(): Promise<void> {
    if (this.#state === "idle" || this.#state === "ended") {
      this.#state = "ended";
      return;
    }
    if (this.#state === "failed") {
      await this.rollback();
      throw new Error("a statement of the transaction failed; it was rolled back");
    }
    this.#state = "ended";
    const connection = await this.#held();
    try {
      await connection.commit();
    } catch (error) {
      this.#broken ||= breaksConnection(error);
      throw translateDatabaseError(error);
    } finally {
      connection.release(this.#broken);
    }
    if (this.#afterCommit.length > 0)
      await Promise.all(this.#afterCommit.map(async (callback) => callback()));
  }

  async rollback(): Promise<void> {
    const opened = this.#state === "open" || this.#state === "failed";
    this.#state = "ended";
    if (!opened || this.#connection === undefined) return;
    const connection = await this.#connection.catch(() => undefined);
    if (connection === undefined) return;
    try {
      if (!this.#broken) await connection.execute("ROLLBACK");
    } catch {
      // A connection that cannot roll back is thrown away; the server rolls back on its own.
      this.#broken = true;
    } finally {
      connection.release(this.#broken);
    }
  }

  async #openWith<Row extends object>(
    text: string,
    values: readonly unknown[],
  ): Promise<SqlResult<Row>> {
    this.#state = "open";
    this.#connection = this.#database.acquire();
    const connection = await this.#connection;
    // Both are sent before either is awaited: opening costs no round trip of its own.
    const opening = connection.execute(this.#opening);
    const first = connection.query<Row>(text, values);
    const [opened, answer] = await Promise.allSettled([opening, first]);
    if (opened.status === "rejected") throw opened.reason;
    if (answer.status === "rejected") throw answer.reason;
    return answer.value;
  }

  async #held(): Promise<Connection> {
    if (this.#connection === undefined) throw new Error("the transaction was never opened");
    return this.#connection;
  }

  #fail(error: unknown): void {
    if (this.#state === "open") this.#state = "failed";
    this.#broken ||= breaksConnection(error);
  }
}
