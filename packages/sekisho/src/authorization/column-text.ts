/**
 * The value of a column as it is compared.
 *
 * Promise: only own properties of a row, only values with one obvious text. Limits: internal.
 *
 * @module
 */

/** The text of a column; `undefined` for null, for a missing column and for anything unclear. */
export function columnText(row: object, name: string): string | undefined {
  const value: unknown = Object.hasOwn(row, name) ? Reflect.get(row, name) : undefined;
  if (typeof value === "string") return value;
  // Integer keys arrive as numbers while a membership or a path holds their text.
  return typeof value === "number" || typeof value === "bigint" ? String(value) : undefined;
}
