/**
 * JSON Schemas at home in an OpenAPI document: definitions move to `components`, objects are closed.
 *
 * Promise: no reference dangles, and no object is documented as open that the contract closes.
 * Limits: it resolves `#`, `#/$defs/…` and `#/definitions/…`, the references that Zod writes.
 *
 * @module
 */

import type { JsonSchema } from "./endpoint-description.ts";

/** Collects the shared schemas of a document while its operations are written. */
export class SchemaCollection {
  readonly #schemas = new Map<string, JsonSchema>();
  /** What each name stands for: the schema with everything it refers to, as text. */
  readonly #meanings = new Map<string, string>();

  /** All shared schemas by name, in the order of their names. */
  toObject(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries([...this.#schemas].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Puts a schema that refers to nothing under a name. */
  add(name: string, schema: JsonSchema): void {
    this.#schemas.set(name, schema);
    this.#meanings.set(name, meaningOf(schema, new Map()));
  }

  /**
   * The schema as it may stand inside the document.
   *
   * @param name what a schema that refers to itself is called in `components`.
   */
  embed(schema: JsonSchema, name: string): JsonSchema {
    const definitions = definitionsOf(schema);
    const names = new Map<string, string>();
    for (const [pointer, definition] of definitions)
      names.set(pointer, this.#reserve(nameOf(pointer), meaningOf(definition, definitions)));
    const isRecursive = referencesIn(schema).has("#");
    if (isRecursive) names.set("#", this.#reserve(name, JSON.stringify(schema)));

    for (const [pointer, definition] of definitions)
      this.#schemas.set(names.get(pointer) ?? pointer, rewrite(definition, names));
    const root = rewrite(withoutDefinitions(schema), names);
    const rootName = names.get("#");
    if (rootName === undefined) return root;
    this.#schemas.set(rootName, root);
    return { $ref: `#/components/schemas/${rootName}` };
  }

  /** A name for a meaning: the same meaning keeps its name, another one is given a number. */
  #reserve(wish: string, meaning: string): string {
    const plain = wish.replaceAll(/[^A-Za-z0-9._-]/g, "_");
    for (let number = 1; ; number++) {
      const name = number === 1 ? plain : `${plain}${number}`;
      const taken = this.#meanings.get(name);
      if (taken !== undefined && taken !== meaning) continue;
      this.#meanings.set(name, meaning);
      return name;
    }
  }
}

/** Two definitions of one name are the same only when all they refer to is the same, too. */
function meaningOf(schema: JsonSchema, definitions: ReadonlyMap<string, JsonSchema>): string {
  const reached = new Map<string, JsonSchema>();
  const waiting = [schema];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
    for (const pointer of referencesIn(next)) {
      const definition = definitions.get(pointer);
      if (definition === undefined || reached.has(pointer)) continue;
      reached.set(pointer, definition);
      waiting.push(definition);
    }
  return JSON.stringify([schema, [...reached].toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}

function referencesIn(value: unknown, found: Set<string> = new Set()): ReadonlySet<string> {
  if (Array.isArray(value)) for (const item of value) referencesIn(item, found);
  else if (isObject(value))
    for (const [key, item] of Object.entries(value))
      if (key === "$ref" && typeof item === "string") found.add(item);
      else if (!dataKeys.has(key)) referencesIn(item, found);
  return found;
}

const definitionKeys = ["$defs", "definitions"] as const;

function definitionsOf(schema: JsonSchema): ReadonlyMap<string, JsonSchema> {
  const found = new Map<string, JsonSchema>();
  for (const key of definitionKeys) {
    const definitions = schema[key];
    if (!isObject(definitions)) continue;
    for (const [name, definition] of Object.entries(definitions))
      if (isObject(definition)) found.set(`#/${key}/${name}`, definition);
  }
  return found;
}

function withoutDefinitions(schema: JsonSchema): JsonSchema {
  const { $defs: _defs, definitions: _definitions, ...rest } = schema;
  return rest;
}

function nameOf(pointer: string): string {
  const last = pointer.slice(pointer.lastIndexOf("/") + 1);
  return last === "" ? "Schema" : last;
}

/** Keys whose values are data and no schemas: nothing in them is rewritten. */
const dataKeys: ReadonlySet<string> = new Set(["const", "default", "enum", "example", "examples"]);
/** Keys that map names to schemas: their own keys are no keywords. */
const mapKeys: ReadonlySet<string> = new Set([
  "properties",
  "patternProperties",
  "dependentSchemas",
]);

function rewrite(
  schema: JsonSchema,
  names: ReadonlyMap<string, string>,
  isPart = false,
): JsonSchema {
  const written: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === "$schema" || key === "$id" || key === "id") continue;
    if (key === "$ref" && typeof value === "string") written[key] = referenceTo(value, names);
    else if (dataKeys.has(key)) written[key] = value;
    else if (mapKeys.has(key) && isObject(value)) written[key] = rewriteEach(value, names);
    else written[key] = rewriteValue(value, names, key === "allOf");
  }
  // A member of allOf sees the properties of its siblings: closing it alone would refuse them.
  if (!isPart && isObject(written["properties"]) && !("additionalProperties" in written))
    written["additionalProperties"] = false;
  return written;
}

function rewriteEach(map: JsonSchema, names: ReadonlyMap<string, string>): JsonSchema {
  return Object.fromEntries(
    Object.entries(map).map(([name, value]) => [name, rewriteValue(value, names, false)]),
  );
}

function rewriteValue(
  value: unknown,
  names: ReadonlyMap<string, string>,
  isPart: boolean,
): unknown {
  if (Array.isArray(value)) return value.map((item) => rewriteValue(item, names, isPart));
  return isObject(value) ? rewrite(value, names, isPart) : value;
}

function referenceTo(pointer: string, names: ReadonlyMap<string, string>): string {
  const name = names.get(pointer);
  if (name !== undefined) return `#/components/schemas/${name}`;
  if (pointer.startsWith("#/components/")) return pointer;
  throw new TypeError(`the schema refers to ${pointer}, which it does not define`);
}

/** Narrows to a plain object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
