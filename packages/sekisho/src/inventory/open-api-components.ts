/**
 * The parts that every operation of the document shares: problems, header fields, credentials.
 *
 * Promise: the problem schema is closed and has the members of `ProblemBody`, no others. Limits:
 * descriptions are for people; the wire is `kernel/problem.ts`.
 *
 * @module
 */

import type { ProblemType } from "../kernel/index.ts";
import type { JsonSchema } from "./endpoint-description.ts";

/** Problem types by code, the library's and the application's. */
export type ProblemCodes = Readonly<Record<string, ProblemType>>;

/**
 * The closed schema of a problem (RFC 9457).
 *
 * @example
 * problemSchema(problemTypes)["additionalProperties"]; // false
 */
export function problemSchema(codes: ProblemCodes): JsonSchema {
  const text = { type: "string" };
  const texts = { type: "array", items: text };
  const count = { type: "integer", minimum: 0 };
  return {
    type: "object",
    description: "Problem details (RFC 9457); no other members exist.",
    properties: {
      type: { type: "string", format: "uri-reference", description: "Page about the code." },
      title: text,
      status: { type: "integer", minimum: 400, maximum: 599 },
      detail: text,
      instance: { type: "string", format: "uri-reference" },
      code: { type: "string", enum: Object.keys(codes).toSorted() },
      request_id: text,
      errors: {
        type: "array",
        items: {
          type: "object",
          properties: {
            pointer: { type: "string", description: "JSON Pointer as a URI fragment." },
            detail: text,
          },
          required: ["pointer", "detail"],
          additionalProperties: false,
        },
      },
      retry_after: { ...count, description: "Seconds until a repeat makes sense." },
      allow: texts,
      mfa_token: text,
      methods: texts,
      max_age: { ...count, description: "Seconds." },
      acr_values: text,
      state: text,
      allowed_steps: texts,
    },
    required: ["type", "title", "status", "detail", "instance", "code", "request_id"],
    additionalProperties: false,
  };
}

const text: JsonSchema = { type: "string" };

/** The header fields that answers can carry, by name. */
export const headerObjects: Readonly<Record<string, JsonSchema>> = {
  Allow: { description: "Methods of the resource (RFC 9110).", schema: text },
  Deprecation: {
    description: "When the endpoint was or will be deprecated, a structured date (RFC 9745).",
    schema: { type: "string", pattern: "^@-?[0-9]+$" },
  },
  Link: {
    description: "Successor and information about the deprecation (RFC 8288).",
    schema: text,
  },
  Location: {
    description: "URI reference of what was made.",
    schema: { type: "string", format: "uri-reference" },
  },
  RateLimit: {
    description: "What remains: one item per window with r (units) and t (seconds).",
    schema: text,
  },
  "RateLimit-Policy": {
    description: "The windows that apply: one item each with q (units) and w (seconds).",
    schema: text,
  },
  "Retry-After": {
    description: "Seconds until a repeat makes sense.",
    schema: { type: "integer", minimum: 0 },
  },
  Sunset: { description: "When the endpoint stops answering (RFC 8594).", schema: text },
  "WWW-Authenticate": {
    description: "The credentials that are asked for (RFC 9110, RFC 6750, RFC 9470).",
    schema: text,
  },
};

/**
 * The answer for all problems of one status.
 *
 * @example
 * problemResponse(429, problemTypes)["description"]; // "quota-exceeded: Quota exceeded"
 */
export function problemResponse(status: number, codes: ProblemCodes): JsonSchema {
  const lines = Object.entries(codes)
    .filter(([, type]) => type.status === status)
    .map(([code, type]) => `${code}: ${type.title}`)
    .toSorted();
  if (lines.length === 0) throw new TypeError(`no problem code has status ${status}`);
  return {
    description: lines.join("\n\n"),
    headers: Object.fromEntries(
      problemHeaders(status).map((name) => [name, headerReference(name)]),
    ),
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  };
}

function problemHeaders(status: number): readonly string[] {
  switch (status) {
    case 401:
    case 403:
      return ["WWW-Authenticate"];
    case 405:
      return ["Allow"];
    case 410:
      return ["Deprecation", "Link", "Sunset"];
    case 429:
      return ["RateLimit", "RateLimit-Policy", "Retry-After"];
    case 503:
      return ["Retry-After"];
    default:
      return [];
  }
}

/**
 * A reference to a header field of {@link headerObjects}.
 *
 * @example
 * headerReference("Sunset"); // { $ref: "#/components/headers/Sunset" }
 */
export function headerReference(name: string): JsonSchema {
  return { $ref: `#/components/headers/${name}` };
}

/** The credentials of principals: an access token in the Authorization field. */
export const bearerScheme: JsonSchema = {
  type: "http",
  scheme: "bearer",
  bearerFormat: "JWT",
  description: "Access token (RFC 6750, RFC 9068).",
};

/** The header fields of a Standard Webhooks signature, in one set. */
export const standardWebhookHeaders: readonly (readonly string[])[] = [
  ["webhook-id", "webhook-timestamp", "webhook-signature"],
];

/**
 * The security scheme for one header field that is part of a signature.
 *
 * @example
 * signatureScheme("x-signature"); // { type: "apiKey", in: "header", name: "x-signature", … }
 */
export function signatureScheme(header: string): JsonSchema {
  return {
    type: "apiKey",
    in: "header",
    name: header,
    description: "Part of the signature of an incoming event.",
  };
}
