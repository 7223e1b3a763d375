/**
 * Changes of a text, by position.
 *
 * @module
 */

import type { Node, ObjectExpression, ObjectProperty } from "oxc-parser";
import { nodesIn, type SourceText } from "./source-text.ts";

/** A stretch of a file and what stands there afterwards. */
export interface Edit {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/** Puts a text in the place of a node. */
export function replace(
  source: SourceText,
  { start, end }: { start: number; end: number },
  replacement: string,
): Edit {
  return { path: source.path, start, end, replacement };
}

/** Adds a text at a position. */
export function insert(source: SourceText, position: number, addition: string): Edit {
  return { path: source.path, start: position, end: position, replacement: addition };
}

/** Takes a property, a list element or a statement away, with the comma behind it. */
export function remove(source: SourceText, { start, end }: Node): Edit {
  const comma = /^\s*,/.exec(source.text.slice(end))?.[0] ?? "";
  return { path: source.path, start, end: end + comma.length, replacement: "" };
}

/** Adds a property at the end of an object literal, where it wins over all before it. */
export function addProperty(source: SourceText, object: ObjectExpression, property: string): Edit {
  const last = object.properties.at(-1);
  if (last === undefined) return insert(source, object.start + 1, ` ${property} `);
  return insert(source, last.end, `, ${property}`);
}

/** Replaces the value of a property, also of one that is named once for both. */
export function replaceValue(source: SourceText, property: ObjectProperty, value: string): Edit {
  if (!property.shorthand) return replace(source, property.value, value);
  return insert(source, property.end, `: ${value}`);
}

function isImported(source: SourceText, name: string): boolean {
  for (const node of nodesIn(source.program))
    if (node.type === "ImportSpecifier" && node.local.name === name) return true;
  return false;
}

/** The edits that make these names of a module known, none for those that are. */
export function importing(
  source: SourceText,
  module: string,
  ...names: readonly string[]
): readonly Edit[] {
  const missing = names.filter((name) => !isImported(source, name));
  if (missing.length === 0) return [];
  const first = source.program.body[0]?.start ?? 0;
  return [insert(source, first, `import { ${missing.join(", ")} } from "${module}";\n`)];
}

/**
 * The text after the edits.
 *
 * @throws RangeError when two edits overlap.
 */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const ordered = edits.toSorted((one, other) => one.start - other.start || one.end - other.end);
  let result = "";
  let position = 0;
  for (const { start, end, replacement } of ordered) {
    if (start < position) throw new RangeError(`two edits overlap at ${start}`);
    result += text.slice(position, start) + replacement;
    position = end;
  }
  return result + text.slice(position);
}
