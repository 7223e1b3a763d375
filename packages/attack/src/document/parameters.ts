/**
 * Parameters beside the body, of both generations of the format.
 *
 * Promise: every parameter of the path is there, whether or not the document declares it.
 *
 * @module
 */

import { isNode, listOf, nodeOf, textOf, type Node } from "./node.ts";
import type { Parameter } from "./operation.ts";
import { namesIn, type Template } from "./paths.ts";

const places: ReadonlySet<string> = new Set(["path", "query", "header", "cookie"]);

/** Words of a Swagger 2.0 parameter that are no part of its schema. */
const outside: ReadonlySet<string> = new Set([
  "name",
  "in",
  "description",
  "required",
  "schema",
  "content",
  "example",
  "examples",
  "style",
  "explode",
  "collectionFormat",
  "allowEmptyValue",
  "allowReserved",
]);

/** Entries of `parameters`, those of the path first, overridden by those of the operation. */
export function declaredParameters(pathItem: Node, operation: Node): readonly Node[] {
  const byName = new Map<string, Node>();
  for (const entry of [...entriesOf(pathItem), ...entriesOf(operation)])
    byName.set(`${textOf(entry["in"]).toLowerCase()} ${textOf(entry["name"])}`, entry);
  return [...byName.values()];
}

function entriesOf(holder: Node): readonly Node[] {
  const declared = holder["parameters"];
  // Some documents write an object by name in place of the list.
  if (isNode(declared) && textOf(declared["in"]) === "")
    return Object.entries(declared).flatMap(([name, entry]) =>
      isNode(entry) ? [{ name, ...entry }] : [],
    );
  return listOf(declared).filter(isNode);
}

/** The parameters of an operation that are not in its body. */
export function readParameters(
  declared: readonly Node[],
  template: Template,
): readonly Parameter[] {
  const names = namesIn(template.path);
  const found = declared.flatMap((entry) => {
    const parameter = readParameter(entry, names);
    return parameter === undefined ? [] : [parameter];
  });
  const known = new Set(found.filter((one) => one.place === "path").map((one) => one.name));
  const missing = names.filter((name) => !known.has(name)).map(undeclared);
  const fixed = template.query
    .filter(([name]) => !found.some((one) => one.place === "query" && one.name === name))
    .map(([name, value]) => fixedQuery(name, value));
  return [...found, ...missing, ...fixed];
}

function readParameter(entry: Node, inPath: readonly string[]): Parameter | undefined {
  const given = textOf(entry["in"]).toLowerCase();
  const written = textOf(entry["name"]).trim();
  // Names in the path may differ from the declared ones by case.
  const inTemplate = inPath.find((name) => name.toLowerCase() === written.toLowerCase());
  const place = given === "" ? (inTemplate === undefined ? "query" : "path") : given;
  if (written === "" || !isPlace(place)) return undefined;
  if (place === "path" && inTemplate === undefined) return undefined;
  const schema = schemaOf(entry);
  return {
    name: place === "path" ? (inTemplate ?? written) : written,
    place,
    required: place === "path" || entry["required"] === true || entry["required"] === "true",
    schema,
    description: textOf(entry["description"]),
    example: exampleOf(entry) ?? exampleOf(contentOf(entry)) ?? exampleOf(schema),
  };
}

function isPlace(place: string): place is Parameter["place"] {
  return places.has(place);
}

function contentOf(entry: Node): Node {
  return nodeOf(Object.values(nodeOf(entry["content"]))[0]);
}

function schemaOf(entry: Node): Node {
  if (isNode(entry["schema"])) return entry["schema"];
  const inContent = contentOf(entry)["schema"];
  if (isNode(inContent)) return inContent;
  const own = Object.entries(entry).filter(([key]) => !outside.has(key) && !key.startsWith("x-"));
  return Object.fromEntries(own);
}

function undeclared(name: string): Parameter {
  const schema = { type: "string" };
  return { name, place: "path", required: true, schema, description: "", example: undefined };
}

function fixedQuery(name: string, value: string): Parameter {
  const varies = value === "" || value.includes("{");
  const schema = varies ? { type: "string" } : { type: "string", enum: [value] };
  const example = varies ? undefined : value;
  return { name, place: "query", required: true, schema, description: "", example };
}

/** The first example of anything that may carry one, wherever it stands. */
export function exampleOf(holder: Node): unknown {
  for (const key of ["example", "x-example"]) {
    const value = holder[key];
    if (value !== undefined) return isNode(value) && isWrapped(value) ? value["value"] : value;
  }
  const several = holder["examples"] ?? holder["x-examples"];
  const first: unknown = Array.isArray(several) ? several[0] : Object.values(nodeOf(several))[0];
  return isNode(first) && isWrapped(first) ? first["value"] : first;
}

function isWrapped(value: Node): boolean {
  return (
    "value" in value &&
    Object.keys(value).every((key) =>
      ["value", "summary", "description", "externalValue"].includes(key),
    )
  );
}
