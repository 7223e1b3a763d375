/**
 * Values of unknown shape, read without trust: every function answers something for everything.
 *
 * @module
 */

/** A JSON object of unknown shape. */
export type Node = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object. */
export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value if it is an object, else an empty one. */
export function nodeOf(value: unknown): Node {
  return isNode(value) ? value : {};
}

/** The value if it is an array, an array of it if it is anything else, empty for nothing. */
export function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  return value === undefined || value === null ? [] : [value];
}

/** The value as text if it is a string, a number or a truth value, else empty. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

/** The texts among the values; a single text with blanks or commas is split. */
export function textsOf(value: unknown): readonly string[] {
  if (typeof value === "string") return value.split(/[\s,;|]+/).filter((word) => word !== "");
  return listOf(value)
    .map(textOf)
    .filter((text) => text !== "");
}
