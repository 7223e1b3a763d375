/**
 * References of a document resolved in memory: an object that refers to itself contains itself.
 *
 * Types in other spellings (`INT`, `bool`, `datetime`) are brought into those of JSON Schema on the
 * way. Limits: references to other files are not followed; they become an empty schema and a warning.
 *
 * @module
 */

import { isNode, nodeOf, type Node } from "./node.ts";
import { schemaType } from "./schema-types.ts";

/** A document without references, and what was wrong with them. */
export interface Resolved {
  readonly value: unknown;
  readonly warnings: readonly string[];
}

/** What a key holds decides whether words in it mean something. */
type Place = "node" | "names" | "data";

interface Resolution {
  readonly root: unknown;
  readonly copies: Map<object, unknown>;
  readonly warnings: Set<string>;
  readonly joins: (() => void)[];
}

const deepest = 400;

/** Resolves every local reference. */
export function resolveReferences(root: unknown): Resolved {
  const resolution: Resolution = {
    root,
    copies: new Map(),
    warnings: new Set(),
    joins: [],
  };
  const value = copyOf(root, "node", 0, resolution);
  for (const join of resolution.joins) join();
  return { value, warnings: [...resolution.warnings] };
}

function copyOf(value: unknown, place: Place, depth: number, resolution: Resolution): unknown {
  if (typeof value !== "object" || value === null) return value;
  const known = resolution.copies.get(value);
  if (known !== undefined) return known;
  if (depth > deepest) {
    resolution.warnings.add("parts nested too deeply were left out");
    return {};
  }
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    resolution.copies.set(value, list);
    for (const item of value) list.push(copyOf(item, place, depth + 1, resolution));
    return list;
  }
  return copyOfNode(value as Node, place, depth, resolution);
}

function copyOfNode(node: Node, place: Place, depth: number, resolution: Resolution): unknown {
  const reference = node["$ref"];
  const refers = typeof reference === "string" && place !== "data";
  if (refers && Object.keys(node).length === 1) {
    const target = targetOf(reference, resolution);
    return copyOf(target, "node", depth + 1, resolution);
  }
  const copy: Record<string, unknown> = {};
  resolution.copies.set(node, copy);
  for (const [key, value] of Object.entries(node)) {
    if (key === "__proto__" || (refers && key === "$ref")) continue;
    copy[key] = copyOf(value, placeBelow(key, place), depth + 1, resolution);
  }
  if (place === "node") Object.assign(copy, schemaType(node));
  if (refers) {
    const target = copyOf(targetOf(reference, resolution), "node", depth + 1, resolution);
    // The target may still be half copied when it contains this node.
    resolution.joins.push(() => {
      for (const [key, value] of Object.entries(nodeOf(target)))
        if (!(key in copy)) copy[key] = value;
    });
  }
  return copy;
}

function placeBelow(key: string, place: Place): Place {
  if (place === "data") return "data";
  if (place === "names") return "node";
  if (["properties", "patternProperties", "definitions", "$defs", "schemas"].includes(key))
    return "names";
  return ["example", "default", "enum", "const"].includes(key) || key.startsWith("x-")
    ? "data"
    : "node";
}

/** Follows a chain of references to what is no reference any more. */
function targetOf(reference: string, resolution: Resolution): unknown {
  const seen = new Set<string>();
  let next = reference;
  for (;;) {
    if (seen.has(next)) {
      resolution.warnings.add(`${reference} refers only to itself`);
      return {};
    }
    seen.add(next);
    const found = locate(next, resolution.root);
    if (found === undefined) {
      resolution.warnings.add(`${next} refers to nothing`);
      return {};
    }
    const further = isNode(found) ? found["$ref"] : undefined;
    if (typeof further !== "string" || Object.keys(nodeOf(found)).length > 1) return found;
    next = further;
  }
}

function locate(reference: string, root: unknown): unknown {
  if (reference.startsWith("#/") || reference === "#") return atPointer(reference, root, 0);
  if (reference.startsWith("/")) return atPointer(`#${reference}`, root, 0);
  const name = reference.startsWith("#") ? reference.slice(1) : reference;
  return /^[\w.-]+$/.test(name) ? (anchored(name, root) ?? named(name, root)) : undefined;
}

function atPointer(reference: string, root: unknown, depth: number): unknown {
  let value = root;
  const tokens = reference.split("/").slice(1).map(unescaped);
  for (const token of tokens) {
    // A pointer may lead through another reference.
    const through = nodeOf(value)["$ref"];
    if (typeof through === "string" && depth < 20) value = locate(through, root);
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, token))
      return tokens.length > 1 ? named(tokens.at(-1) ?? "", root) : undefined;
    value = (value as Node)[token];
  }
  return value;
}

/** A schema by its bare name, for documents that refer to the wrong shelf. */
function named(name: string, root: unknown): unknown {
  const shelves = [
    nodeOf(nodeOf(nodeOf(root)["components"])["schemas"]),
    nodeOf(nodeOf(root)["definitions"]),
  ];
  return shelves.find((shelf) => Object.hasOwn(shelf, name))?.[name];
}

function anchored(name: string, root: unknown): unknown {
  const schemas = nodeOf(nodeOf(nodeOf(root)["components"])["schemas"]);
  return Object.values(schemas).find(
    (schema) => isNode(schema) && (schema["$anchor"] === name || schema["$id"] === name),
  );
}

function unescaped(token: string): string {
  const plain = token.replaceAll("~1", "/").replaceAll("~0", "~");
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}
