/**
 * Rebuilding a Zod schema from its leaves up, with some of its nodes replaced.
 *
 * Promise: the schema that was given is not changed, recursion stays recursion, and a replaced node
 * keeps its audiences and documentation. Limits: internal.
 *
 * @module
 */

import { z } from "zod";
import { audienceMarks, definitionOf, documentationMarks, type Schema } from "./schema-tree.ts";

/** Gives the node that takes the place of `node`, whose children are replaced already. */
export type Replace = (node: Schema, original: Schema) => Schema;

/** Rebuilds a schema; nodes of which nothing changed keep their identity. */
export function rewriteSchema(root: Schema, replace: Replace): Schema {
  const finished = new Map<Schema, Schema>();
  const open = new Set<Schema>();

  function run(schema: Schema): Schema {
    const known = finished.get(schema);
    if (known !== undefined) return known;
    // A cycle through a getter: by the time a value is parsed the node is there.
    if (open.has(schema)) return z.lazy(() => finished.get(schema) ?? schema);
    open.add(schema);
    const rewritten = replace(withChildren(schema, run), schema);
    if (rewritten !== schema) keepMarks(schema, rewritten);
    open.delete(schema);
    finished.set(schema, rewritten);
    return rewritten;
  }
  return run(root);
}

function keepMarks(from: Schema, to: Schema): void {
  const audiences = audienceMarks.get(from);
  if (audiences !== undefined) audienceMarks.add(to, audiences);
  const documentation = documentationMarks.get(from);
  if (documentation !== undefined) documentationMarks.add(to, documentation);
  const meta = z.globalRegistry.get(from);
  if (meta !== undefined) z.globalRegistry.add(to, { ...meta, ...z.globalRegistry.get(to) });
}

type Run = (schema: Schema) => Schema;

/** A copy with other children, or the schema itself when they are the same. */
function withChildren(schema: Schema, run: Run): Schema {
  const definition = definitionOf(schema);
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- every other kind is a leaf
  switch (definition.type) {
    case "object": {
      const shape = Object.fromEntries(
        Object.entries(definition.shape).map(([name, child]) => [name, run(child)]),
      );
      return replaced(schema, {
        ...definition,
        shape: sameEntries(shape, definition.shape) ? definition.shape : shape,
        catchall: definition.catchall && run(definition.catchall),
      });
    }
    case "array":
      return replaced(schema, { ...definition, element: run(definition.element) });
    case "tuple":
      return replaced(schema, {
        ...definition,
        items: sameList(definition.items, run),
        rest: definition.rest && run(definition.rest),
      });
    case "record":
      return replaced(schema, { ...definition, valueType: run(definition.valueType) });
    case "union":
      return replaced(schema, { ...definition, options: sameList(definition.options, run) });
    case "intersection":
      return replaced(schema, {
        ...definition,
        left: run(definition.left),
        right: run(definition.right),
      });
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "catch":
    case "readonly":
    case "nonoptional":
      return replaced(schema, { ...definition, innerType: run(definition.innerType) });
    case "pipe":
      return replaced(schema, {
        ...definition,
        in: run(definition.in),
        out: run(definition.out),
      });
    case "lazy": {
      const { getter } = definition;
      return z.lazy(() => run(getter()));
    }
    default:
      return schema;
  }
}

function sameEntries(
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
): boolean {
  return Object.keys(b).every((name) => a[name] === b[name]);
}

function sameList(list: readonly unknown[], run: Run): readonly unknown[] {
  const rewritten = list.map((item) => run(item as Schema));
  return rewritten.every((item, index) => item === list[index]) ? list : rewritten;
}

function replaced(schema: Schema, definition: object): Schema {
  const before = definitionOf(schema) as unknown as Readonly<Record<string, unknown>>;
  const isSame = Object.entries(definition).every(([key, value]) => before[key] === value);
  return isSame ? schema : cloneWith(schema, definition);
}

/** A copy of a schema with another definition of the same kind. */
export function cloneWith(schema: Schema, definition: object): Schema {
  return z.core.clone(schema, definition as Schema["_zod"]["def"]);
}
