/** The OpenAPI document, as a decent team would write it: what should be, not what is. */

import { reference, schemas, type Schema } from "./document-schemas.ts";
import { operations, type Operation } from "./operations.ts";

const parameters: Readonly<Record<string, Schema>> = {
  q: { type: "string", maxLength: 128 },
  limit: { type: "integer", minimum: 1, maximum: 50, default: 20 },
  cursor: { type: "string", maxLength: 1_024 },
  code: { type: "string", maxLength: 64, examples: ["not-found"] },
  "Idempotency-Key": { type: "string", minLength: 1, maxLength: 255 },
};

const reasons: Readonly<Record<number, string>> = {
  400: "Not readable",
  401: "No valid credential",
  403: "Not allowed",
  404: "Not found",
  409: "Not possible now",
  422: "Not as documented",
  429: "Too many requests",
  502: "The partner does not answer",
};

/**
 * The document.
 *
 * @param exampleUrl a document of the partner that is there
 */
export function openApiDocument(exampleUrl: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations) {
    const path = (paths[operation.path] ??= {});
    path[operation.method.toLowerCase()] = describe(operation, exampleUrl);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Vulnerable shop",
      version: "0.1.0",
      description: "A target for attacks. Bodies over 1 MiB are refused.",
    },
    paths,
    components: {
      schemas,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
        signature: {
          type: "apiKey",
          in: "header",
          name: "x-signature",
          description: "HMAC-SHA-256 of the body in hexadecimal digits.",
        },
      },
    },
  };
}

function describe(operation: Operation, exampleUrl: string): object {
  const { id, summary, access, path, body, query = [], headers = [] } = operation;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  const example = body === "Address" ? { example: { url: exampleUrl } } : {};
  return {
    operationId: id,
    summary,
    tags: [path.split("/")[2] ?? "operation"],
    security: securityOf(access),
    parameters: [
      ...inPath.map((name) => ({ ...parameter(name, "path"), required: true })),
      ...query.map((name) => parameter(name, "query")),
      ...headers.map((name) => parameter(name, "header")),
    ],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: json(body, example) } }),
    responses: responsesOf(operation),
  };
}

function securityOf(access: Operation["access"]): readonly object[] {
  switch (access) {
    case "anonymous":
      return [];
    case "user":
      return [{ bearer: [] }];
    case "admin":
      return [{ bearer: ["admin"] }];
    case "payment service":
      return [{ signature: [] }];
  }
}

const parameter = (name: string, place: string): object => ({
  name,
  in: place,
  schema: parameters[name] ?? { type: "string", format: "uuid" },
});

const json = (schema: string, more: object = {}): object => ({
  "application/json": { schema: reference(schema), ...more },
});

function responsesOf({ access, body, success, refusals = [] }: Operation): object {
  const [status, schema] = success;
  const refused = [
    ...(access === "anonymous" ? [] : [401]),
    ...(access === "admin" ? [403] : []),
    ...(body === undefined ? [] : [400, 422]),
    ...refusals,
  ];
  return Object.fromEntries([
    [status, { description: "Done", ...(schema === undefined ? {} : { content: json(schema) }) }],
    ...refused.map((code) => [code, { description: reasons[code], content: json("Problem") }]),
  ]) as object;
}
