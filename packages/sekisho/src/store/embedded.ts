/**
 * PGlite: PostgreSQL inside the process, for a first start and for tests.
 *
 * Promise: the same SQL, roles and row-level security as on a server. Limits: one transaction at a
 * time, no statement time-outs, one process per folder.
 *
 * @module
 */

import { mkdir } from "node:fs/promises";
import { PGlite, types } from "@electric-sql/pglite";
import { createLocalBroadcast, Problem, type SqlResult } from "../kernel/index.ts";
import type { Connection, Database } from "./connection.ts";
import { lockFolder } from "./folder-lock.ts";

/** Where the data is: a folder, or `undefined` for memory. */
export interface EmbeddedOptions {
  readonly folder: string | undefined;
  /** A snapshot to start from instead of an empty database. */
  readonly snapshot?: Blob;
  readonly acquireMilliseconds: number;
}

/** Passes the one connection from hand to hand, in order of arrival. */
class Turnstile {
  readonly #waiting: (() => void)[] = [];
  #taken = false;

  async enter(milliseconds: number): Promise<void> {
    if (!this.#taken) {
      this.#taken = true;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const proceed = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(proceed), 1);
        reject(new Problem("unavailable", { retryAfter: 1 }, { reason: "database-busy" }));
      }, milliseconds);
      this.#waiting.push(proceed);
    });
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken = false;
    else next();
  }
}

class EmbeddedConnection implements Connection {
  readonly #engine: PGlite;
  readonly #leave: () => void;

  constructor(engine: PGlite, leave: () => void) {
    this.#engine = engine;
    this.#leave = leave;
  }

  async query<Row extends object>(
    text: string,
    values: readonly unknown[],
  ): Promise<SqlResult<Row>> {
    const result = await this.#engine.query<Row>(text, [...values]);
    // The engine counts no affected rows for a SELECT, and no rows for a change without RETURNING.
    const rowCount = Math.max(result.affectedRows ?? 0, result.rows.length);
    return { rows: result.rows, rowCount };
  }

  async execute(text: string): Promise<void> {
    await this.#engine.exec(text);
  }

  async commit(): Promise<void> {
    await this.#engine.exec("COMMIT");
  }

  release(): void {
    this.#leave();
  }
}

async function openEngine(options: EmbeddedOptions): Promise<PGlite> {
  if (options.folder !== undefined) await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const engine = await PGlite.create({
    ...(options.folder === undefined ? {} : { dataDir: options.folder }),
    ...(options.snapshot === undefined ? {} : { loadDataDir: options.snapshot }),
    // The server's driver gives 64-bit integers as text; both must agree.
    parsers: { [types.INT8]: (text: string) => text },
  });
  await engine.waitReady;
  return engine;
}

/** Starts the engine. */
export async function openEmbedded(options: EmbeddedOptions): Promise<Database> {
  const unlock = options.folder === undefined ? () => undefined : lockFolder(options.folder);
  const engine = await openEngine(options).catch((error: unknown) => {
    unlock();
    throw error;
  });
  const turnstile = new Turnstile();
  const broadcast = createLocalBroadcast();
  async function acquire(): Promise<Connection> {
    await turnstile.enter(options.acquireMilliseconds);
    let held = true;
    return new EmbeddedConnection(engine, () => {
      if (held) turnstile.leave();
      held = false;
    });
  }
  return {
    kind: "embedded",
    broadcast,
    acquire,
    acquireOwner: acquire,
    close: async () => {
      await broadcast.close();
      await turnstile.enter(options.acquireMilliseconds).catch(() => undefined);
      await engine.close();
      unlock();
    },
  };
}
