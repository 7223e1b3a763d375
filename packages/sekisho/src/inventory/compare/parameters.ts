/**
 * The parameters of an operation.
 *
 * @module
 */

import { note, type Scope } from "./change.ts";
import { entriesOf, listOf, type DocumentReader, type Node } from "./document.ts";
import type { SchemaComparer } from "./schema-parts.ts";

/** Names of header fields that OpenAPI describes elsewhere. */
const describedElsewhere: ReadonlySet<string> = new Set([
  "accept",
  "authorization",
  "content-type",
]);

/** Compares the parameters; `paths` are the two templates, whose parameters go by position. */
export function compareParameters(
  scope: Scope,
  before: ReadonlyMap<string, Node>,
  after: ReadonlyMap<string, Node>,
  comparer: SchemaComparer,
): void {
  for (const [key, old] of before) {
    const now = after.get(key);
    const part = parameterScope(scope, key, old);
    if (now === undefined) {
      // Our APIs refuse query parameters that they do not know.
      note(part, "request-parameter-removed", true, "is no longer there");
      continue;
    }
    compareRequired(part, old, now);
    compareForm(part, old, now);
    comparer.compare(part, schemaOf(old), schemaOf(now));
  }
  for (const [key, now] of after) {
    if (before.has(key)) continue;
    const isRequired = now["required"] === true;
    const kind = now["in"] === "path" ? "path" : isRequired ? "required" : "optional";
    const id = kind === "path" ? "new-request-path-parameter" : `new-${kind}-request-parameter`;
    note(parameterScope(scope, key, now), id, kind !== "optional", `is new and ${kind}`);
  }
}

/**
 * The parameters of an operation by a key that both documents share.
 *
 * @param template path of the document, to find the position of a path parameter.
 */
export function parametersOf(
  reader: DocumentReader,
  item: Node,
  operation: Node,
  template: string,
): ReadonlyMap<string, Node> {
  const positions = [...template.matchAll(/\{([^}]*)\}/g)].map(([, name]) => name);
  const found = new Map<string, Node>();
  // An operation's own parameter replaces the one of its path item.
  for (const node of [...listOf(item["parameters"]), ...listOf(operation["parameters"])]) {
    const parameter = reader.object(node);
    const name = String(parameter["name"]);
    const place = String(parameter["in"]);
    if (place === "header" && describedElsewhere.has(name.toLowerCase())) continue;
    if (place === "path") found.set(`path parameter ${positions.indexOf(name)}`, parameter);
    else
      found.set(`${place} parameter ${place === "header" ? name.toLowerCase() : name}`, parameter);
  }
  return found;
}

function parameterScope(scope: Scope, key: string, parameter: Node): Scope {
  const location = parameter["in"] === "path" ? `path parameter ${String(parameter["name"])}` : key;
  return { ...scope, direction: "request", place: "request-parameter", location, isText: true };
}

function compareRequired(scope: Scope, old: Node, now: Node): void {
  const [was, is] = [old["required"] === true, now["required"] === true];
  if (!was && is) note(scope, "request-parameter-became-required", true, "has to be there");
  if (was && !is) note(scope, "request-parameter-became-optional", false, "may be left out");
}

const defaultStyles: Readonly<Record<string, string>> = {
  query: "form",
  cookie: "form",
  path: "simple",
  header: "simple",
};

/** How a list or an object is written as text. */
function compareForm(scope: Scope, old: Node, now: Node): void {
  const [was, is] = [formOf(old), formOf(now)];
  if (was !== is) note(scope, "request-parameter-style-changed", true, `${was} → ${is}`);
}

function formOf(parameter: Node): string {
  const own = parameter["style"];
  const style = typeof own === "string" ? own : (defaultStyles[String(parameter["in"])] ?? "");
  const explode = parameter["explode"] ?? style === "form";
  return `${style}${explode === true ? " exploded" : ""}`;
}

function schemaOf(parameter: Node): unknown {
  const [content] = entriesOf(parameter["content"]);
  if (content === undefined) return parameter["schema"];
  const [, media] = content;
  return (media as Node)["schema"];
}
