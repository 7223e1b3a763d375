/**
 * The account row, as system work reads and locks it.
 *
 * Promise: whoever changes what an account may do, or starts something in its name, holds its row
 * first. Limits: internal; the hash leaves this folder nowhere.
 *
 * @module
 */

import type { SqlSession } from "../kernel/index.ts";
import { isUsableSignInName } from "./sign-in-name.ts";

/** Whether an account may sign in. */
export type AccountStatus = "active" | "disabled";

/** An account as system work sees it. */
export interface AccountRow {
  readonly subject: string;
  readonly signInName: string;
  readonly passwordHash: string;
  readonly roles: readonly string[];
  readonly status: AccountStatus;
}

const columns =
  'subject, sign_in_name AS "signInName", password_hash AS "passwordHash", roles, status';

/** The account of a canonical name; asks the database for unusable names too, in the same way. */
export async function findAccountByName(
  session: SqlSession,
  name: string,
): Promise<AccountRow | undefined> {
  const { rows } = await session.query<AccountRow>(
    `SELECT ${columns} FROM sekisho_account WHERE sign_in_name = $1`,
    [isUsableSignInName(name) ? name : ""],
  );
  return rows[0];
}

/**
 * Reads an account and holds off changes of it (`share`) or everybody (`update`) until the
 * transaction ends. Taken before any session row, so that two ways never wait for each other.
 */
export async function lockAccount(
  session: SqlSession,
  subject: string,
  lock: "share" | "update",
): Promise<AccountRow | undefined> {
  const { rows } = await session.query<AccountRow>(
    `SELECT ${columns} FROM sekisho_account WHERE subject = $1::uuid
     FOR ${lock === "share" ? "SHARE" : "NO KEY UPDATE"}`,
    [subject],
  );
  return rows[0];
}
