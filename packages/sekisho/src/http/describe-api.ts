/**
 * The OpenAPI document and the inventory of declared endpoints, without starting anything.
 *
 * @module
 */

import { buildOpenApi, type OpenApiDocument } from "../inventory/index.ts";
import { problemTypes, type DefinedProblem } from "../kernel/index.ts";
import { describeEndpoint } from "./describe.ts";
import type { Endpoint } from "./define-endpoint.ts";

/** What the document says besides the endpoints. */
export interface ApiDescriptionOptions {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
  readonly problems?: Readonly<Record<string, DefinedProblem>>;
}

/**
 * Describes endpoints as an OpenAPI 3.1 document.
 *
 * @example
 * describeApi(endpoints, { title: "Shop", version: "1.0.0" }).openapi; // "3.1.0"
 */
export function describeApi(
  endpoints: readonly Endpoint[],
  options: ApiDescriptionOptions,
): OpenApiDocument {
  return buildOpenApi(endpoints.map(describeEndpoint), {
    title: options.title,
    version: options.version,
    ...(options.description === undefined ? {} : { description: options.description }),
    problemCodes: { ...problemTypes, ...options.problems },
  });
}
