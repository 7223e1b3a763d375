/**
 * What a failure of the database means for the request (OWASP API8:2023: no SQL on the wire).
 *
 * Promise: a lost or overloaded database becomes a 503 problem, a cancelled statement a deadline,
 * text that cannot be stored the sender's fault; everything else stays a private error. Limits: the
 * outcome of a commit whose connection broke is unknown; the client has to look.
 *
 * @module
 */

import { Problem } from "../kernel/index.ts";

const connectionLost: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ENOENT",
  "ETIMEDOUT",
  "57P01",
  "57P02",
  "57P03",
  "53300",
  "25P03",
]);
const timedOut: ReadonlySet<string> = new Set(["57014", "55P03"]);
const contended: ReadonlySet<string> = new Set(["40001", "40P01"]);
/** Text that PostgreSQL cannot hold: NUL, or what is no character of the encoding. */
const unstorable: ReadonlySet<string> = new Set(["22021", "22P05"]);
const lostTexts =
  /connection terminated|connection error|timeout exceeded when trying to connect|client was closed|not queryable|query read timeout|cannot use a pool after calling end|database is closed/i;

function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}

/**
 * Turns an error of the driver into a problem where it means one; other errors come back as they
 * are.
 *
 * @example
 * translateDatabaseError(Object.assign(new Error(""), { code: "57P01" })); // Problem "unavailable"
 */
export function translateDatabaseError(error: unknown): unknown {
  if (error instanceof Problem) return error;
  const code = codeOf(error);
  const text = error instanceof Error ? error.message : "";
  if (connectionLost.has(code) || code.startsWith("08") || lostTexts.test(text))
    return new Problem("unavailable", { retryAfter: 1 }, { reason: "database-away", cause: error });
  if (timedOut.has(code))
    return new Problem(
      "deadline-exceeded",
      { retryAfter: 1 },
      { reason: "database-timeout", cause: error },
    );
  if (contended.has(code))
    return new Problem(
      "unavailable",
      { retryAfter: 1 },
      { reason: "database-contention", cause: error },
    );
  if (unstorable.has(code)) {
    const errors = [{ pointer: "#", detail: "holds a character that cannot be stored" }];
    return new Problem("invalid-request", { errors }, { reason: "unstorable-text", cause: error });
  }
  return error;
}

/** Whether the connection that raised `error` must not be used again. */
export function breaksConnection(error: unknown): boolean {
  const translated = translateDatabaseError(error);
  return translated instanceof Problem && translated.reason === "database-away";
}

/**
 * Whether `error` is a violated unique constraint (SQLSTATE 23505), of that name if one is given.
 *
 * @example
 * isUniqueViolation(error, "app_user_email_key");
 */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (codeOf(error) !== "23505") return false;
  if (constraint === undefined) return true;
  return error instanceof Object && "constraint" in error && error.constraint === constraint;
}
