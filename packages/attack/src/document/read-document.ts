/**
 * An OpenAPI 3.1, 3.0 or Swagger 2.0 document, read into the one form that techniques use.
 *
 * Promise: whatever is wrong inside the document costs only that part and a warning; only something
 * that is no such document at all is refused. Limits: one file; nothing is fetched.
 *
 * @module
 */

import { DocumentFault } from "./document-fault.ts";
import { isNode, nodeOf, textOf, type Node } from "./node.ts";
import type { ApiDocument, CredentialScheme, Method, Operation } from "./operation.ts";
import { readTemplate } from "./paths.ts";
import { readOperation } from "./read-operation.ts";
import { resolveReferences } from "./references.ts";
import { findResources } from "./resources.ts";
import { readSchemes } from "./schemes.ts";
import { readServers } from "./servers.ts";

export { DocumentFault };

const methods: Readonly<Record<string, Method>> = {
  get: "GET",
  head: "HEAD",
  post: "POST",
  put: "PUT",
  patch: "PATCH",
  delete: "DELETE",
  options: "OPTIONS",
  trace: "TRACE",
};

/**
 * Reads a parsed document.
 *
 * @throws DocumentFault when the value is no OpenAPI document.
 */
export function readDocument(raw: unknown): ApiDocument {
  const source = documentIn(raw);
  const resolved = resolveReferences(source);
  const document = nodeOf(resolved.value);
  const warnings = [...resolved.warnings];
  const schemes = readSchemes(document);
  const operations = readOperations(document, schemes, warnings);
  if (operations.length === 0) warnings.push("the document has no operation");
  return {
    title: textOf(nodeOf(document["info"])["title"]) || "untitled",
    servers: readServers(document),
    operations,
    resources: findResources(operations),
    declares: operations.some(({ extensions }) => extensions["x-sekisho"] !== undefined),
    schemes,
    warnings,
    source: raw,
  };
}

/** The document itself, also when it comes inside an envelope. */
function documentIn(raw: unknown): Node {
  if (isNode(raw)) {
    if (isDocument(raw)) return raw;
    const inside = Object.values(raw).find(
      (value): value is Node => isNode(value) && isDocument(value),
    );
    if (inside !== undefined) return inside;
  }
  throw new DocumentFault(`This is no OpenAPI document: ${lookOf(raw)}.`);
}

function isDocument(value: Node): boolean {
  const version = textOf(value["openapi"] ?? value["swagger"]);
  return isNode(value["paths"]) || (version !== "" && !version.startsWith("1"));
}

function lookOf(raw: unknown): string {
  if (Array.isArray(raw)) return "it is a list";
  if (!isNode(raw))
    return raw === undefined || raw === null ? "it is empty" : `it is a ${typeof raw}`;
  if (textOf(raw["swaggerVersion"] ?? raw["swagger"]).startsWith("1"))
    return "it is Swagger 1, which is not read";
  if (raw["item"] !== undefined && raw["info"] !== undefined) return "it is a Postman collection";
  if (raw["asyncapi"] !== undefined) return "it is an AsyncAPI document";
  if (raw["log"] !== undefined) return "it is a HAR recording";
  return "it has neither `openapi` nor `swagger` nor `paths`";
}

function readOperations(
  document: Node,
  schemes: readonly CredentialScheme[],
  warnings: string[],
): readonly Operation[] {
  const paths = Object.entries(nodeOf(document["paths"])).filter(
    ([path]) => !path.startsWith("x-"),
  );
  const templates = paths.map(([written, item]) => ({
    written,
    item,
    template: readTemplate(written),
  }));
  const parents = new Set(
    templates.map(({ template }) => /^(.*)\/\{[^{}/]+\}\/?$/.exec(template.path)?.[1] ?? ""),
  );
  const hasItem = (path: string): boolean => parents.has(path.replace(/\/+$/, "")) && path !== "/";
  const seen = new Set<string>();
  return templates.flatMap(({ written, item, template }) => {
    if (!isNode(item)) {
      warnings.push(`${written} describes nothing`);
      return [];
    }
    return Object.entries(item).flatMap(([word, operation]) => {
      const method = methods[word.toLowerCase()];
      if (method === undefined) return [];
      const shape = `${method} ${template.path.replace(/(.)\/+$/, "$1")}`;
      if (seen.has(shape)) {
        warnings.push(`${method} ${written} is described twice`);
        return [];
      }
      seen.add(shape);
      const source = { document, schemes, pathItem: item, template, method, hasItem };
      try {
        return [readOperation({ ...source, operation: nodeOf(operation) })];
      } catch (error) {
        warnings.push(`${method} ${written} could not be read: ${String(error)}`);
        return [];
      }
    });
  });
}
