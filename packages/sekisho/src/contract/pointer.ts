/**
 * JSON Pointers in the form of a URI fragment (RFC 6901 §6).
 *
 * Promise: a pointer is printable ASCII of bounded length, whatever names a request made up.
 * Limits: below a name of more than 128 characters it points at the object that holds the name.
 *
 * @module
 */

/** Characters of the longest name that a pointer shows. */
export const longestName: number = 128;
const longestPath = 40;

/** One step of a pointer with its slash. */
export function pointerStep(name: PropertyKey): string {
  const escaped = String(name).replaceAll("~", "~0").replaceAll("/", "~1");
  // A lone surrogate would make encodeURIComponent throw.
  return `/${encodeURIComponent(escaped.toWellFormed())}`;
}

/**
 * The pointer to the value at `path`.
 *
 * @example
 * pointerTo(["items", 0, "a/b"]); // "#/items/0/a~1b"
 */
export function pointerTo(path: readonly PropertyKey[]): string {
  let pointer = "#";
  for (const name of path.slice(0, longestPath)) {
    if (typeof name === "string" && name.length > longestName) return pointer;
    pointer += pointerStep(name);
  }
  return pointer;
}
