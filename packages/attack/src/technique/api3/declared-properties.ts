/**
 * Which properties a schema declares, and which of an answer it does not.
 *
 * Promise: nothing is called undeclared where the schema leaves room for it: maps, free objects,
 * alternatives that have it, an envelope that the document forgot. Limits: `not`, `if` and
 * `patternProperties` are taken as room for everything.
 *
 * @module
 */

import { isNode, listOf, nodeOf, type Node } from "../../document/node.ts";
import type { Operation, Schema } from "../../document/operation.ts";

/** An object as the alternatives of a schema declare it together. */
export interface DeclaredObject {
  /** The schemas of each property, one for each alternative that has it. */
  readonly properties: ReadonlyMap<string, readonly Schema[]>;
  /** Whether the schema says that there are no others. */
  readonly closed: boolean;
  /** Whether anything may stand in it. */
  readonly free: boolean;
}

/** A property of an answer that its schema does not declare. */
export interface UndeclaredProperty {
  readonly name: string;
  /** JSON pointer with array positions as `*`. */
  readonly pointer: string;
  readonly value: unknown;
  /** The object in which it stands. */
  readonly within: Node;
  /** Whether the schema of that object is closed. */
  readonly closed: boolean;
}

const deepest = 20;

/** What a schema, or several alternatives of it, declare about an object. */
export function declaredObject(schemas: readonly Schema[]): DeclaredObject {
  const parts = schemas.flatMap((schema) => partsOf(schema, new Set()));
  const properties = new Map<string, Schema[]>();
  for (const part of parts)
    for (const [name, schema] of Object.entries(nodeOf(part["properties"])))
      properties.set(name, [...(properties.get(name) ?? []), nodeOf(schema)]);
  const closed = parts.some(isClosed);
  const roomy = parts.some(
    (part) => isRoom(part["additionalProperties"]) || part["patternProperties"] !== undefined,
  );
  return { properties, closed, free: roomy || (properties.size === 0 && !closed) };
}

function isClosed(part: Schema): boolean {
  return part["additionalProperties"] === false || part["unevaluatedProperties"] === false;
}

function isRoom(additional: unknown): boolean {
  return additional === true || isNode(additional);
}

/** A schema and everything that it is put together from. */
function partsOf(schema: Schema, seen: Set<Schema>): readonly Schema[] {
  if (seen.has(schema)) return [];
  seen.add(schema);
  const nested = ["allOf", "oneOf", "anyOf", "then", "else"].flatMap((key) => listOf(schema[key]));
  return [schema, ...nested.filter(isNode).flatMap((part) => partsOf(part, seen))];
}

/** Every property that schemas declare anywhere inside, with its schemas. */
export function propertiesAnywhere(
  schemas: readonly Schema[],
): ReadonlyMap<string, readonly Schema[]> {
  const found = new Map<string, Schema[]>();
  const seen = new Set<Schema>();
  const visit = (schema: Schema): void => {
    if (seen.has(schema)) return;
    for (const part of partsOf(schema, new Set())) {
      seen.add(part);
      for (const [name, below] of Object.entries(nodeOf(part["properties"]))) {
        found.set(name, [...(found.get(name) ?? []), nodeOf(below)]);
        visit(nodeOf(below));
      }
      for (const below of [part["items"], part["additionalProperties"]])
        if (isNode(below)) visit(below);
    }
  };
  for (const schema of schemas) visit(schema);
  return found;
}

/** Every name that schemas declare anywhere inside. */
export function namesAnywhere(schemas: readonly Schema[]): ReadonlySet<string> {
  return new Set(propertiesAnywhere(schemas).keys());
}

/** The properties of a JSON value that its schemas do not declare, each place once. */
export function undeclaredIn(
  json: unknown,
  schemas: readonly Schema[],
): readonly UndeclaredProperty[] {
  const found = new Map<string, UndeclaredProperty>();
  collect(json, schemas, "", 0, found);
  return [...found.values()];
}

function collect(
  json: unknown,
  schemas: readonly Schema[],
  pointer: string,
  depth: number,
  found: Map<string, UndeclaredProperty>,
): void {
  if (depth > deepest || schemas.length === 0) return;
  if (Array.isArray(json)) {
    const items = schemas.flatMap((schema) =>
      partsOf(schema, new Set()).flatMap((part) => (isNode(part["items"]) ? [part["items"]] : [])),
    );
    for (const item of json.slice(0, 100)) collect(item, items, `${pointer}/*`, depth + 1, found);
    return;
  }
  if (!isNode(json)) return;
  const { properties, closed, free } = declaredObject(schemas);
  // A schema of a list, or of nothing, says nothing about an object.
  if (free) return;
  for (const [name, value] of Object.entries(json)) {
    const place = `${pointer}/${name}`;
    const declared = properties.get(name);
    if (declared !== undefined) collect(value, declared, place, depth + 1, found);
    else if (!found.has(place))
      found.set(place, { name, pointer: place, value, within: json, closed });
  }
}

/** The schemas that an operation declares for answers of a status; sloppy statuses are forgiven. */
export function answerSchemas({ answers }: Operation, status: number): readonly Schema[] {
  const withSchema = answers.flatMap(({ status: declared, schema }) =>
    schema === undefined || Object.keys(schema).length === 0 ? [] : [{ declared, schema }],
  );
  const exact = withSchema.filter(({ declared }) => declared === String(status));
  if (exact.length > 0) return exact.map(({ schema }) => schema);
  const successes = withSchema.filter(({ declared }) => declared.startsWith("2"));
  const others = withSchema.filter(({ declared }) => declared === "default");
  return (successes.length > 0 ? successes : others).map(({ schema }) => schema);
}

/** What an operation declares as its JSON body. */
export interface DeclaredBody {
  /** Names that a caller may write, by schema; those of the example when there is no schema. */
  readonly writable: ReadonlySet<string>;
  readonly readOnly: ReadonlySet<string>;
  readonly schemas: ReadonlyMap<string, readonly Schema[]>;
  readonly closed: boolean;
  /** Whether a schema with properties is there at all. */
  readonly known: boolean;
  /** Whether the schema invites any property. */
  readonly free: boolean;
}

/** What an operation declares as its body. */
export function declaredBody({ body }: Operation): DeclaredBody {
  const { properties, closed, free } = declaredObject(body === undefined ? [] : [body.schema]);
  const readOnly = new Set(
    [...properties].flatMap(([name, schemas]) =>
      schemas.some((schema) => schema["readOnly"] === true) ? [name] : [],
    ),
  );
  const names = properties.size > 0 ? [...properties.keys()] : Object.keys(nodeOf(body?.example));
  return {
    writable: new Set(names.filter((name) => !readOnly.has(name))),
    readOnly,
    schemas: properties,
    closed,
    known: properties.size > 0,
    free: properties.size > 0 && free,
  };
}
