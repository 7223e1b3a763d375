/**
 * Types in the spellings of people and languages, brought into those of JSON Schema.
 *
 * @module
 */

import type { Node } from "./node.ts";

const spellings: Readonly<Record<string, Node>> = {
  string: { type: "string" },
  str: { type: "string" },
  text: { type: "string" },
  varchar: { type: "string" },
  char: { type: "string" },
  uuid: { type: "string", format: "uuid" },
  guid: { type: "string", format: "uuid" },
  email: { type: "string", format: "email" },
  url: { type: "string", format: "uri" },
  date: { type: "string", format: "date" },
  datetime: { type: "string", format: "date-time" },
  "date-time": { type: "string", format: "date-time" },
  timestamp: { type: "string", format: "date-time" },
  password: { type: "string", format: "password" },
  file: { type: "string", format: "binary" },
  binary: { type: "string", format: "binary" },
  integer: { type: "integer" },
  int: { type: "integer" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  long: { type: "integer", format: "int64" },
  short: { type: "integer" },
  bigint: { type: "integer", format: "int64" },
  number: { type: "number" },
  float: { type: "number", format: "float" },
  double: { type: "number", format: "double" },
  decimal: { type: "number" },
  numeric: { type: "number" },
  boolean: { type: "boolean" },
  bool: { type: "boolean" },
  array: { type: "array" },
  list: { type: "array" },
  object: { type: "object" },
  dict: { type: "object" },
  map: { type: "object" },
  json: { type: "object" },
  null: { type: "null" },
};

/** What replaces `type` (and joins `format`) of a schema; empty when nothing has to change. */
export function schemaType(schema: Node): Node {
  const given = schema["type"];
  if (Array.isArray(given)) {
    const types = given.map((one) =>
      typeof one === "string" ? (spellings[one.toLowerCase()]?.["type"] ?? one) : one,
    );
    return { type: types };
  }
  if (typeof given !== "string") return {};
  const known = Object.hasOwn(spellings, given.toLowerCase())
    ? spellings[given.toLowerCase()]
    : undefined;
  if (known === undefined || known["type"] === given) return {};
  return schema["format"] === undefined ? known : { type: known["type"] };
}
