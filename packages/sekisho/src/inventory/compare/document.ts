/**
 * Reading an OpenAPI document that may come from anywhere: references, defaults, odd shapes.
 *
 * Limits: only references inside the document are followed; another one is an empty schema.
 *
 * @module
 */

import { isObject } from "../embed-schema.ts";
import type { JsonSchema } from "../endpoint-description.ts";

/** A part of a document as plain data. */
export type Node = Readonly<Record<string, unknown>>;

const empty: Node = {};
const nothing: JsonSchema = { not: {} };

/** Keywords that say nothing about which values are allowed. */
const annotations: ReadonlySet<string> = new Set([
  "$anchor",
  "$comment",
  "$defs",
  "$id",
  "$schema",
  "default",
  "deprecated",
  "description",
  "discriminator",
  "example",
  "examples",
  "externalDocs",
  "title",
  "xml",
]);

/** Follows the references of one document. */
export class DocumentReader {
  readonly root: Node;
  readonly #normal = new Map<unknown, JsonSchema>();

  constructor(document: unknown) {
    this.root = isObject(document) ? document : empty;
  }

  /** The object at a node, behind any references; empty when there is none. */
  object(node: unknown): Node {
    let found = node;
    for (let hops = 0; hops < 32 && isObject(found); hops++) {
      const reference = found["$ref"];
      if (typeof reference !== "string") return found;
      found = this.#target(reference);
    }
    return isObject(found) && !("$ref" in found) ? found : empty;
  }

  /**
   * A schema without reference and without boolean form. The same node gives the same object, so
   * that a recursion can be noticed.
   */
  schema(node: unknown): JsonSchema {
    const known = this.#normal.get(node);
    if (known !== undefined) return known;
    const schema = this.#normalise(node);
    this.#normal.set(node, schema);
    return schema;
  }

  #normalise(node: unknown): JsonSchema {
    if (node === false) return nothing;
    if (!isObject(node)) return empty;
    const { $ref, ...siblings } = node;
    if (typeof $ref !== "string") return node;
    const target = this.object(node);
    // OpenAPI 3.1 lets keywords stand beside a reference; both hold.
    return hasAssertions(siblings) ? { allOf: [target, siblings] } : target;
  }

  #target(reference: string): unknown {
    if (!reference.startsWith("#")) return undefined;
    return reference
      .slice(1)
      .split("/")
      .slice(1)
      .map((part) => decode(part).replaceAll("~1", "/").replaceAll("~0", "~"))
      .reduce<unknown>((found, name) => {
        if (Array.isArray(found)) return found[Number(name)];
        return isObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
      }, this.root);
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Whether a schema refuses anything at all, judged by its keywords. */
export function hasAssertions(schema: JsonSchema): boolean {
  return Object.keys(schema).some((key) => !annotations.has(key) && !key.startsWith("x-"));
}

/** The entries of a map in a document; none when it is no map. */
export function entriesOf(map: unknown): readonly (readonly [string, unknown])[] {
  return isObject(map) ? Object.entries(map) : [];
}

/** The elements of a list in a document; none when it is no list. */
export function listOf(list: unknown): readonly unknown[] {
  return Array.isArray(list) ? (list as readonly unknown[]) : [];
}

/** The texts of a list in a document. */
export function textsOf(list: unknown): readonly string[] {
  return listOf(list).filter((item) => typeof item === "string");
}

/** Whether every element of the first is in the second. */
export function isSubset<Element>(
  part: ReadonlySet<Element>,
  whole: ReadonlySet<Element>,
): boolean {
  return [...part].every((element) => whole.has(element));
}
