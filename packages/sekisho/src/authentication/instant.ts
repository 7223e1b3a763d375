/**
 * Times between the clock (milliseconds since 1970) and SQL (`timestamptz`).
 *
 * Promise: exact to the millisecond in both directions and the same with every driver. Limits:
 * internal.
 *
 * @module
 */

/** A parameter for `$n::timestamptz`. */
export function toInstant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** SQL that reads a time column as milliseconds since 1970, or null. */
export function millisecondsOf(column: string): string {
  return `round(extract(epoch FROM ${column}) * 1000)::float8`;
}
