/**
 * What changed between two OpenAPI documents, as a client would notice it (OWASP API9:2023).
 *
 * Promise: what a client may send must not shrink and what it may receive must not grow, else the
 * change is breaking; descriptions, examples and names of components are no changes. Limits: it
 * compares contracts, not behaviour; references to other files are not followed.
 *
 * @module
 */

import type { OpenApiChange } from "./compare/change.ts";
import { DocumentReader } from "./compare/document.ts";
import { compareOperations, compareWebhooks } from "./compare/operations.ts";
import { createSchemaComparer } from "./compare/schema.ts";

export type { OpenApiChange } from "./compare/change.ts";

/** How to compare. */
export interface CompareOptions {
  /**
   * Milliseconds since 1970: an operation that had passed its announced sunset by then may be gone.
   * Without it, every removed operation is a breaking change.
   */
  readonly now?: number;
}

/**
 * Compares two OpenAPI 3 documents; odd or incomplete ones are compared as far as they go.
 *
 * @example
 * const { changes } = compareOpenApi(released, buildOpenApi(endpoints, options));
 * changes.filter(({ breaking }) => breaking);
 * // [{ id: "request-property-became-required", breaking: true, path: "/orders", method: "POST", … }]
 */
export function compareOpenApi(
  before: unknown,
  after: unknown,
  { now }: CompareOptions = {},
): { readonly changes: readonly OpenApiChange[] } {
  const changes: OpenApiChange[] = [];
  const comparer = createSchemaComparer(new DocumentReader(before), new DocumentReader(after));
  compareOperations(changes, comparer, now);
  compareWebhooks(changes, comparer);
  return { changes };
}
