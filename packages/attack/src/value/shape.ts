/**
 * Schemas brought into one layer: `allOf` merged, one branch of `oneOf` or `anyOf` chosen, one type.
 *
 * Limits: `not`, `if` and `dependentSchemas` are not looked at; answers of the API correct the rest.
 *
 * @module
 */

import { isNode, listOf, nodeOf, textOf } from "../document/node.ts";
import type { Schema } from "../document/operation.ts";

/** Merges and chooses until a schema says directly what it wants. */
export function flatSchema(schema: Schema, depth = 0): Schema {
  if (depth > 12) return {};
  let flat: Schema = schema;
  const all = listOf(schema["allOf"]).filter(isNode);
  if (all.length > 0) {
    const { allOf: _allOf, ...own } = schema;
    flat = all.map((part) => flatSchema(part, depth + 1)).reduce(merged, own);
  }
  const branches = listOf(flat["oneOf"] ?? flat["anyOf"]).filter(isNode);
  if (branches.length > 0) {
    const { oneOf: _oneOf, anyOf: _anyOf, ...own } = flat;
    flat = merged(own, flatSchema(bestOf(branches), depth + 1));
  }
  return flat;
}

/** The first branch that is neither null nor empty. */
function bestOf(branches: readonly Schema[]): Schema {
  const real = branches.filter((branch) => branch["type"] !== "null" && branch["const"] !== null);
  return real.find((branch) => Object.keys(branch).length > 0) ?? real[0] ?? {};
}

function merged(one: Schema, other: Schema): Schema {
  const properties = { ...nodeOf(one["properties"]), ...nodeOf(other["properties"]) };
  const required = [...new Set([...requiredNames(one), ...requiredNames(other)])];
  return {
    ...other,
    ...one,
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(required.length > 0 && { required }),
    ...tighter("maximum", Math.min, one, other),
    ...tighter("maxLength", Math.min, one, other),
    ...tighter("minimum", Math.max, one, other),
    ...tighter("minLength", Math.max, one, other),
  };
}

function tighter(
  keyword: string,
  pick: (one: number, other: number) => number,
  one: Schema,
  other: Schema,
): Schema {
  const [left, right] = [one[keyword], other[keyword]];
  return typeof left === "number" && typeof right === "number"
    ? { [keyword]: pick(left, right) }
    : {};
}

/** Names that an object must have, also when the properties say it of themselves. */
export function requiredNames(schema: Schema): readonly string[] {
  const declared = Array.isArray(schema["required"]) ? schema["required"].map(textOf) : [];
  const own = Object.entries(nodeOf(schema["properties"]))
    .filter(([, property]) => nodeOf(property)["required"] === true)
    .map(([name]) => name);
  return [...new Set([...declared, ...own])];
}

/** The one type that a value is made of; `undefined` when the schema leaves it open. */
export function typeOf(schema: Schema): string | undefined {
  const declared = listOf(schema["type"]).map(textOf);
  const type = declared.find((one) => one !== "null" && one !== "");
  if (type !== undefined) return type;
  if (declared.includes("null")) return "null";
  if (isNode(schema["properties"]) || isNode(schema["additionalProperties"])) return "object";
  if (schema["items"] !== undefined) return "array";
  if (["pattern", "minLength", "maxLength", "format"].some((key) => schema[key] !== undefined))
    return "string";
  if (["minimum", "maximum", "multipleOf"].some((key) => schema[key] !== undefined))
    return "number";
  return undefined;
}

/** A schema for what an example shows, for documents that have nothing else. */
export function schemaOfExample(example: unknown): Schema {
  if (Array.isArray(example)) return { type: "array", items: schemaOfExample(example[0]), example };
  if (isNode(example)) {
    const properties = Object.entries(example).map(([name, value]) => [
      name,
      schemaOfExample(value),
    ]);
    return { type: "object", properties: Object.fromEntries(properties) as Schema, example };
  }
  if (typeof example === "number")
    return { type: Number.isInteger(example) ? "integer" : "number", example };
  if (typeof example === "string" || typeof example === "boolean")
    return { type: typeof example, example };
  return {};
}
