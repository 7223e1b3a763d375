/**
 * Whether an operation itself says that it needs a credential, or only the document as a whole does.
 *
 * Documents often ask for a credential everywhere and forget what is public; what one operation says
 * of itself is meant.
 *
 * @module
 */

import { isNode } from "../../../document/node.ts";
import type { ApiDocument, Operation } from "../../../document/operation.ts";

const ownFields = [
  "security",
  "x-sekisho",
  "x-roles",
  "x-role",
  "x-required-roles",
  "x-permissions",
  "x-owner",
];

/** Whether the operation itself, not only the whole document, asks for a credential. */
export function asksItself({ source }: ApiDocument, { access, path, method }: Operation): boolean {
  if (access.kind !== "credential") return false;
  const paths = isNode(source) ? source["paths"] : undefined;
  const item = isNode(paths) ? paths[path] : undefined;
  const own = isNode(item) ? item[method.toLowerCase()] : undefined;
  const says = (node: unknown): boolean =>
    isNode(node) && ownFields.some((name) => node[name] !== undefined);
  return says(own) || says(item) || !hasWholeSecurity(source);
}

function hasWholeSecurity(source: unknown): boolean {
  const security = isNode(source) ? source["security"] : undefined;
  return Array.isArray(security) && security.length > 0;
}
