/**
 * The store: transactions bound to a principal, and system work that says why.
 *
 * Promise: there is no third way to the database. Limits: see `postgresql.ts` and `embedded.ts`.
 *
 * @module
 */

import {
  Problem,
  type Broadcast,
  type Migration,
  type Principal,
  type SqlSession,
  type SystemWork,
} from "../kernel/index.ts";
import { translateDatabaseError } from "./database-error.ts";
import type { Database } from "./connection.ts";
import { openEmbedded } from "./embedded.ts";
import { migrate } from "./migrate.ts";
import { openPostgresql } from "./postgresql.ts";
import { openAsPrincipal, openAsSystem } from "./settings.ts";
import { Transaction } from "./transaction.ts";

/** How the store is opened; times in milliseconds. */
export interface StoreOptions {
  /** `postgres://…`, `memory:` or the path of a folder for the embedded database. */
  readonly url: string;
  /** Connection with the rights to change the schema; `url` when absent. */
  readonly ownerUrl?: string;
  /** Steps of the schema, in order. */
  readonly migrations: readonly Migration[];
  readonly connections?: number;
  readonly acquireMilliseconds?: number;
  readonly statementMilliseconds?: number;
  readonly lockMilliseconds?: number;
  readonly idleInTransactionMilliseconds?: number;
}

/** The only way to the database. */
export interface Store extends SystemWork {
  readonly kind: "postgresql" | "embedded";
  /** Tells the other nodes (LISTEN/NOTIFY; in one process without a server). */
  readonly broadcast: Broadcast;
  /** A transaction for one request; nothing is opened before its first query. */
  begin(principal: Principal | undefined): Transaction;
  /** Like {@link Store.begin} in the system role; the caller ends it. */
  beginSystem(reason: string): Transaction;
  /** How often system work ran, by its reason. */
  systemWork(): ReadonlyMap<string, number>;
  /** Runs outstanding migrations and returns the ids of those that ran now. */
  migrate(): Promise<readonly string[]>;
  /** Rejects when the database does not answer within two seconds. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

function loginRoleOf(options: StoreOptions): string | undefined {
  if (options.ownerUrl === undefined || options.ownerUrl === options.url) return undefined;
  const name = decodeURIComponent(new URL(options.url).username);
  return name === "" ? undefined : name;
}

async function openDatabase(options: StoreOptions): Promise<Database> {
  const acquireMilliseconds = options.acquireMilliseconds ?? 5_000;
  if (!/^postgres(ql)?:\/\//.test(options.url)) {
    // A misspelt address must not become the name of a folder with an empty database in it.
    if (options.url !== "memory:" && /^[a-z][a-z0-9+.-]+:/i.test(options.url))
      throw new TypeError("a store's url is postgres://…, memory: or the path of a folder");
    return openEmbedded({
      folder: options.url === "memory:" ? undefined : options.url,
      acquireMilliseconds,
    });
  }
  return openPostgresql({
    url: options.url,
    ownerUrl: options.ownerUrl ?? options.url,
    connections: options.connections ?? 16,
    acquireMilliseconds,
    statementMilliseconds: options.statementMilliseconds ?? 5_000,
    lockMilliseconds: options.lockMilliseconds ?? 4_000,
    idleInTransactionMilliseconds: options.idleInTransactionMilliseconds ?? 10_000,
  });
}

const pingMilliseconds = 2_000;

class OpenStore implements Store {
  readonly #database: Database;
  readonly #options: StoreOptions;
  readonly #reasons = new Map<string, number>();
  #closing: Promise<void> | undefined;
  #pinging: Promise<void> | undefined;

  constructor(database: Database, options: StoreOptions) {
    this.#database = database;
    this.#options = options;
  }

  get kind(): "postgresql" | "embedded" {
    return this.#database.kind;
  }

  get broadcast(): Broadcast {
    return this.#database.broadcast;
  }

  begin(principal: Principal | undefined): Transaction {
    return new Transaction(this.#database, openAsPrincipal(principal));
  }

  beginSystem(reason: string): Transaction {
    if (reason.trim() === "") throw new TypeError("system work must say why");
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
    return new Transaction(this.#database, openAsSystem);
  }

  async asSystem<T>(reason: string, work: (session: SqlSession) => Promise<T>): Promise<T> {
    const transaction = this.beginSystem(reason);
    try {
      const result = await work(transaction);
      await transaction.commit();
      return result;
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
  }

  systemWork(): ReadonlyMap<string, number> {
    return this.#reasons;
  }

  async migrate(): Promise<readonly string[]> {
    return migrate(this.#database, this.#options.migrations, loginRoleOf(this.#options));
  }

  async ping(): Promise<void> {
    // Whoever asks while an answer is due waits for the same one: probes take no second connection.
    this.#pinging ??= this.#ask().finally(() => {
      this.#pinging = undefined;
    });
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      late.reject(new Problem("unavailable", { retryAfter: 1 }, { reason: "database-silent" }));
    }, pingMilliseconds);
    try {
      await Promise.race([this.#pinging, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#database.close();
    return this.#closing;
  }

  async #ask(): Promise<void> {
    try {
      const connection = await this.#database.acquire();
      let answered = false;
      try {
        await connection.query("SELECT 1", []);
        answered = true;
      } finally {
        connection.release(!answered);
      }
    } catch (error) {
      throw translateDatabaseError(error);
    }
  }
}

/**
 * Opens the store.
 *
 * @throws TypeError when the url is neither of PostgreSQL nor `memory:` nor a path.
 * @throws Error when the embedded database cannot be started; PostgreSQL is first reached by the
 * first query.
 * @example
 * const store = await createStore({ url: "memory:", migrations: [] });
 * await store.migrate();
 * await store.asSystem("example", async (session) => session.query("SELECT 1"));
 * await store.close();
 */
export async function createStore(options: StoreOptions): Promise<Store> {
  return new OpenStore(await openDatabase(options), options);
}
