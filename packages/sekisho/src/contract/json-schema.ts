/**
 * Contracts as JSON Schema (draft 2020-12, as OpenAPI 3.1 uses it; API8.P9).
 *
 * Promise: made from the schema that is enforced, with every object closed, and with the audiences
 * of a property beside it. Limits: refinements have no JSON Schema and are left out.
 *
 * @module
 */

import { z } from "zod";
import { audiencesOf } from "./audience.ts";
import { closeSchema } from "./close-schema.ts";
import { rewriteSchema } from "./rewrite-schema.ts";
import { definitionOf, documentationMarks, type Schema } from "./schema-tree.ts";

/** A JSON Schema as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The JSON Schema of what is sent to us (`input`) or by us (`output`). Properties that only some
 * audiences may read or write carry `x-readable-by` or `x-writable-by` and are never required.
 *
 * @throws Error for schemas that JSON Schema cannot express, such as `z.bigint()`.
 * @example
 * import { z } from "zod";
 * toJsonSchema(z.object({ a: z.int() }), "input"); // { type: "object", additionalProperties: false, … }
 */
export function toJsonSchema(schema: z.ZodType, direction: "input" | "output"): JsonSchema {
  const closed = closeSchema(schema, () => true);
  const side = direction === "input" ? "writableBy" : "readableBy";
  const written = direction === "input" ? closed : rewriteSchema(closed, asSent);
  const generated = z.toJSONSchema(written as z.ZodType, {
    target: "draft-2020-12",
    io: direction,
    override: ({ zodSchema, jsonSchema }) => describe(zodSchema, jsonSchema, side),
  });
  const { $schema: _dialect, ...rest } = JSON.parse(JSON.stringify(generated)) as JsonSchema;
  return rest;
}

/** The schema of what a codec or a default puts on the wire. */
function asSent(node: Schema): Schema {
  const definition = definitionOf(node);
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- every other kind is sent as it is
  switch (definition.type) {
    case "pipe":
      return definition.in;
    case "default":
    case "prefault":
    case "catch":
      return definition.innerType;
    case "date":
      return z.iso.datetime();
    default:
      return node;
  }
}

function describe(
  schema: Schema,
  json: Record<string, unknown>,
  side: "readableBy" | "writableBy",
): void {
  const documentation = documentationMarks.get(schema);
  if (documentation?.isWhole === true) for (const key of Object.keys(json)) delete json[key];
  Object.assign(json, documentation?.schema);

  const { readableBy, writableBy } = audiencesOf(schema);
  if (readableBy !== undefined) json["x-readable-by"] = readableBy;
  if (writableBy !== undefined) json["x-writable-by"] = writableBy;

  const definition = definitionOf(schema);
  if (definition.type !== "object" || !Array.isArray(json["required"])) return;
  const required = (json["required"] as string[]).filter((name) => {
    const property = definition.shape[name];
    return property === undefined || audiencesOf(property)[side] === undefined;
  });
  if (required.length > 0) json["required"] = required;
  else delete json["required"];
}
