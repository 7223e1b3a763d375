/**
 * The OpenAPI 3.1 document, derived from the declared endpoints (OWASP API9:2023).
 *
 * Promise: the same endpoints give the same bytes; `security` and statuses are the enforced ones;
 * schemas are closed. Limits: it says nothing about answers that belong to no operation (an unknown
 * path, a broken request line).
 *
 * @module
 */

import { isObject, SchemaCollection } from "./embed-schema.ts";
import type {
  EndpointDescription,
  JsonSchema,
  ResponseDescription,
} from "./endpoint-description.ts";
import { sortEndpoints } from "./inventory.ts";
import {
  bearerScheme,
  headerObjects,
  headerReference,
  problemResponse,
  problemSchema,
  signatureScheme,
  standardWebhookHeaders,
  type ProblemCodes,
} from "./open-api-components.ts";

export type { ProblemCodes } from "./open-api-components.ts";

/** What the document says besides its operations. */
export interface OpenApiOptions {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
  readonly servers?: readonly { readonly url: string; readonly description?: string }[];
  /** The problems of the library and of the application by code. */
  readonly problemCodes: ProblemCodes;
}

/** An OpenAPI 3.1 document. */
export interface OpenApiDocument {
  readonly openapi: "3.1.0";
  readonly info: JsonSchema;
  readonly servers?: readonly JsonSchema[];
  readonly tags: readonly JsonSchema[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;
}

/**
 * Writes the document.
 *
 * @throws TypeError when two endpoints share an operation id or a method and path, when a schema
 * refers to what it does not define, or when no problem code has a status that an endpoint lists.
 * @example
 * buildOpenApi(endpoints, { title: "Shop", version: "1.0.0", problemCodes: problemTypes });
 */
export function buildOpenApi(
  endpoints: readonly EndpointDescription[],
  options: OpenApiOptions,
): OpenApiDocument {
  const schemas = new SchemaCollection();
  schemas.add("Problem", problemSchema(options.problemCodes));
  const sorted = sortEndpoints(endpoints);
  refuseDoubles(sorted);

  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const endpoint of sorted) {
    const item = (paths[templateOf(endpoint.path)] ??= {});
    item[endpoint.method.toLowerCase()] = operationOf(endpoint, schemas);
  }
  const { title, version, description, servers, problemCodes } = options;
  return {
    openapi: "3.1.0",
    info: { title, version, ...(description !== undefined && { description }) },
    ...(servers !== undefined && { servers: servers.map((server) => ({ ...server })) }),
    tags: tagsOf(sorted),
    paths,
    components: {
      schemas: schemas.toObject(),
      responses: problemResponses(sorted, problemCodes),
      headers: headerObjects,
      securitySchemes: securitySchemesOf(sorted),
    },
  };
}

function refuseDoubles(endpoints: readonly EndpointDescription[]): void {
  const seen = new Set<string>();
  for (const { method, path, operationId } of endpoints)
    for (const name of [`${method} ${templateOf(path)}`, `operation id ${operationId}`]) {
      if (seen.has(name)) throw new TypeError(`${name} is declared twice`);
      seen.add(name);
    }
}

/** `/orders/:order_id` → `/orders/{order_id}`. */
function templateOf(path: string): string {
  return path.replaceAll(/:([A-Za-z_][A-Za-z0-9_]*)/g, "{$1}");
}

function operationOf(endpoint: EndpointDescription, schemas: SchemaCollection): JsonSchema {
  const { requestBody } = endpoint;
  const parameters = parametersOf(endpoint, schemas);
  return {
    operationId: endpoint.operationId,
    summary: endpoint.summary,
    ...(endpoint.description !== undefined && { description: endpoint.description }),
    tags: [tagOf(endpoint)],
    ...(endpoint.lifecycle.stage === "deprecated" && { deprecated: true }),
    security: securityOf(endpoint),
    ...(parameters.length > 0 && { parameters }),
    ...(requestBody !== undefined && {
      requestBody: {
        required: requestBody.required,
        content: {
          [requestBody.mediaType]: {
            schema: schemas.embed(requestBody.schema, `${endpoint.operationId}_body`),
            ...(requestBody.example !== undefined && { example: requestBody.example }),
          },
        },
      },
    }),
    responses: responsesOf(endpoint, schemas),
    "x-sekisho": extensionOf(endpoint),
  };
}

function parametersOf(endpoint: EndpointDescription, schemas: SchemaCollection): JsonSchema[] {
  const { path, query, headers } = endpoint.parameters;
  const idempotencyKey: JsonSchema = {
    name: "Idempotency-Key",
    in: "header",
    required: false,
    description: "One name per intent, a quoted string: a repeat is answered, not done again.",
    schema: { type: "string", minLength: 1, maxLength: 255 },
  };
  return [
    ...parametersFrom("path", { properties: path, required: Object.keys(path) }, endpoint, schemas),
    ...parametersFrom("query", query ?? {}, endpoint, schemas),
    ...parametersFrom("header", headers ?? {}, endpoint, schemas),
    ...(endpoint.idempotent === true ? [idempotencyKey] : []),
  ];
}

function parametersFrom(
  location: "path" | "query" | "header",
  object: JsonSchema,
  { operationId }: EndpointDescription,
  schemas: SchemaCollection,
): JsonSchema[] {
  // Only the root of a schema holds definitions: hand them to each property.
  const { properties, required, $defs } = object;
  if (!isObject(properties)) return [];
  const needed: ReadonlySet<unknown> = new Set(Array.isArray(required) ? required : []);
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...schema } = isObject(property) ? property : {};
    const whole = isObject($defs) ? { ...schema, $defs } : schema;
    return {
      name,
      in: location,
      required: needed.has(name),
      ...(typeof description === "string" && { description }),
      schema: schemas.embed(whole, `${operationId}_${name}`),
    };
  });
}

function responsesOf(endpoint: EndpointDescription, schemas: SchemaCollection): JsonSchema {
  const responses: Record<string, JsonSchema> = {};
  for (const status of problemStatusesOf(endpoint))
    responses[status] = { $ref: `#/components/responses/Problem${status}` };
  for (const [status, response] of Object.entries(endpoint.responses))
    responses[status] = responseOf(endpoint, status, response, schemas);
  return responses;
}

function responseOf(
  endpoint: EndpointDescription,
  status: string,
  response: ResponseDescription,
  schemas: SchemaCollection,
): JsonSchema {
  const headers: Record<string, JsonSchema> = {};
  for (const name of sharedHeadersOf(endpoint, Number(status)))
    headers[name] = headerReference(name);
  for (const [name, schema] of Object.entries(response.headers ?? {})) {
    // Names of header fields know no case: one field is not described twice.
    const shared = Object.keys(headerObjects).find((known) => sameName(known, name));
    if (shared === undefined)
      headers[name] = { schema: schemas.embed(schema, `${endpoint.operationId}_${name}`) };
    else headers[shared] = headerReference(shared);
  }
  const { schema, mediaType } = response;
  return {
    description: response.description,
    headers,
    ...(schema !== undefined && {
      content: {
        [mediaType ?? "application/json"]: {
          schema: schemas.embed(schema, `${endpoint.operationId}_${status}`),
        },
      },
    }),
  };
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function sharedHeadersOf({ lifecycle }: EndpointDescription, status: number): readonly string[] {
  return [
    ...(lifecycle.stage === "deprecated" ? ["Deprecation", "Link"] : []),
    ...(status === 201 ? ["Location"] : []),
    "RateLimit",
    "RateLimit-Policy",
    ...(lifecycle.stage === "deprecated" ? ["Sunset"] : []),
  ];
}

/** A deprecated endpoint will answer 410 one day, whether or not that was listed. */
function problemStatusesOf({ problems, lifecycle }: EndpointDescription): readonly number[] {
  const retired = lifecycle.stage === "deprecated" ? [410] : [];
  return [...new Set([...problems, ...retired])];
}

function problemResponses(
  endpoints: readonly EndpointDescription[],
  codes: ProblemCodes,
): Readonly<Record<string, JsonSchema>> {
  const statuses = new Set(endpoints.flatMap(problemStatusesOf));
  return Object.fromEntries(
    [...statuses]
      .toSorted((a, b) => a - b)
      .map((status) => [`Problem${status}`, problemResponse(status, codes)]),
  );
}

function securityOf({ access }: EndpointDescription): readonly JsonSchema[] {
  switch (access.security) {
    case "none":
      return [];
    case "bearer":
      // OpenAPI 3.1 lets a requirement name the role; several would mean that all are needed.
      return [{ bearer: access.roles.length === 1 ? access.roles : [] }];
    case "webhook":
      return (access.signatureHeaders ?? standardWebhookHeaders).map((set) =>
        Object.fromEntries(set.map((header) => [header, []])),
      );
  }
}

function securitySchemesOf(
  endpoints: readonly EndpointDescription[],
): Readonly<Record<string, JsonSchema>> {
  const names = endpoints.flatMap((endpoint) => securityOf(endpoint).flatMap(Object.keys));
  return Object.fromEntries(
    [...new Set(names)]
      .toSorted()
      .map((name) => [name, name === "bearer" ? bearerScheme : signatureScheme(name)]),
  );
}

/** The team, or where there is none the first segment of the path. */
function tagOf({ team, path }: EndpointDescription): string {
  return team === "" ? (path.split("/")[1] ?? "api") : team;
}

function tagsOf(endpoints: readonly EndpointDescription[]): readonly JsonSchema[] {
  return [...new Set(endpoints.map(tagOf))].toSorted().map((name) => ({ name }));
}

/** Unsafe options are left out: the document is public, and they would be a list of targets. */
function extensionOf(endpoint: EndpointDescription): JsonSchema {
  const { access, quota, step, audit, readableBy, writableBy } = endpoint;
  return {
    access: access.text,
    roles: access.roles,
    quota: { limit: quota.text, key: quota.key },
    team: endpoint.team,
    lifecycle: { ...endpoint.lifecycle },
    ...(step !== undefined && { step: { ...step } }),
    ...(audit !== undefined && { audit }),
    ...(readableBy !== undefined && { readable_by: readableBy }),
    ...(writableBy !== undefined && { writable_by: writableBy }),
  };
}
