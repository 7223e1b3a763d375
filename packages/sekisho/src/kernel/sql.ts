/**
 * What a defence needs of a database: one transaction to speak SQL through.
 *
 * Promise: a defence never holds a connection or a pool (F2). Limits: `store/` is the only
 * implementation; values always travel as parameters.
 *
 * @module
 */

/** Rows and the number of rows that a statement returned or changed. */
export interface SqlResult<Row> {
  readonly rows: readonly Row[];
  readonly rowCount: number;
}

/** One open transaction. Text uses `$1`, `$2` …; values are never spliced into the text. */
export interface SqlSession {
  query<Row extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<SqlResult<Row>>;
  /**
   * Runs `callback` once the transaction is committed, never when it is rolled back, and waits for
   * it before whoever committed goes on; absent where nobody knows when that is.
   */
  afterCommit?(callback: () => unknown): void;
}

/**
 * The way round the principal: work that no person asked for, with its reason, counted and
 * listed. The transaction commits when `work` resolves and rolls back when it throws.
 */
export interface SystemWork {
  asSystem<T>(reason: string, work: (session: SqlSession) => Promise<T>): Promise<T>;
}

/** One step of the schema, in plain SQL, run once and in order. */
export interface Migration {
  /** Unique and sortable, for example `"authentication-0001-accounts"`. */
  readonly id: string;
  readonly sql: string;
}

/**
 * Role of requests: owns nothing, sees what row-level security lets its principal see.
 *
 * @example
 * const sql = `GRANT SELECT ON orders TO ${applicationRole}`;
 */
export const applicationRole = "sekisho_app";

/**
 * Role of {@link SystemWork}: owns nothing, passes row-level security by an explicit policy.
 *
 * @example
 * const sql = `CREATE POLICY everything ON orders TO ${systemRole} USING (true)`;
 */
export const systemRole = "sekisho_system";
