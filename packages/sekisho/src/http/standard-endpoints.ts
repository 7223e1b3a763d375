/**
 * Endpoints that every API needs: health, problem pages, its own document, public keys.
 *
 * Promise: declared like any other endpoint, so that they stand in the inventory with their quota.
 * Limits: the metrics are not among them; they have a port of their own (`operations.ts`).
 *
 * @module
 */

import { z } from "zod";
import { anonymous } from "../authorization/index.ts";
import { document } from "../contract/index.ts";
import { production, type JsonSchema, type OpenApiDocument } from "../inventory/index.ts";
import {
  Problem,
  problemExplanations,
  problemTypes,
  type DefinedProblem,
  type ProblemCode,
  type ProblemType,
} from "../kernel/index.ts";
import { defineEndpoint, type Endpoint } from "./define-endpoint.ts";

/** What the standard endpoints have in common. */
export interface StandardOptions {
  readonly team: string;
  readonly since: string;
}

/** Whether the service can do its work; the texts are states, for people. */
export interface Readiness {
  readonly ready: boolean;
  readonly database: "up" | "down";
  /** Whether all nodes count quotas together at the moment. */
  readonly quota: "shared" | "local";
}

/**
 * `GET /livez` and `GET /readyz`.
 *
 * @example
 * healthEndpoints({ team: "platform", since: "2026-11-01", readiness });
 */
export function healthEndpoints(
  options: StandardOptions & { readonly readiness: () => Promise<Readiness> },
): readonly Endpoint[] {
  const common = {
    method: "GET",
    team: options.team,
    lifecycle: production({ since: options.since }),
    access: anonymous("probes have no credentials"),
    quota: "6000/minute",
  } as const;
  return [
    defineEndpoint({
      ...common,
      path: "/livez",
      summary: "Whether the process runs",
      output: { 200: z.strictObject({ status: z.literal("ok") }) },
      handle: ({ reply }) => reply(200, { status: "ok" }),
    }),
    defineEndpoint({
      ...common,
      path: "/readyz",
      summary: "Whether the service takes requests",
      output: {
        200: z.strictObject({
          status: z.literal("ready"),
          database: z.enum(["up", "down"]),
          quota: z.enum(["shared", "local"]),
        }),
      },
      handle: async ({ reply }) => {
        const { ready, database, quota } = await options.readiness();
        if (!ready) throw new Problem("unavailable", { retryAfter: 1 }, { reason: "not-ready" });
        return reply(200, { status: "ready", database, quota });
      },
    }),
  ];
}

const problemCodes = Object.keys(problemTypes) as readonly ProblemCode[];

/**
 * `GET /problems/:code`: the page behind the `type` of every problem (RFC 9457 §3.1.1).
 *
 * @example
 * problemEndpoint({ team: "platform", since: "2026-11-01", problems: {} });
 */
export function problemEndpoint(
  options: StandardOptions & { readonly problems: Readonly<Record<string, DefinedProblem>> },
): Endpoint {
  const pages: ReadonlyMap<string, ProblemType> = new Map<string, ProblemType>([
    ...problemCodes.map(
      (code) => [code, { ...problemTypes[code], ...problemExplanations[code] }] as const,
    ),
    ...Object.entries(options.problems),
  ]);
  return defineEndpoint({
    method: "GET",
    path: "/problems/:code",
    summary: "Explains a problem code",
    team: options.team,
    lifecycle: production({ since: options.since }),
    access: anonymous("the meaning of a problem is no secret"),
    quota: "600/minute",
    output: {
      200: z.strictObject({
        code: z.string().max(64),
        status: z.int().min(400).max(599),
        title: z.string().max(200),
        detail: z.string().max(400),
        when: z.string().max(1_000).optional(),
        remedy: z.string().max(1_000).optional(),
      }),
    },
    handle: ({ parameters, reply }) => {
      const page = pages.get(parameters.code);
      if (page === undefined) throw new Problem("not-found");
      const { status, title, detail, when, remedy } = page;
      return reply(200, {
        code: parameters.code,
        status,
        title,
        detail,
        ...(when !== undefined && { when }),
        ...(remedy !== undefined && { remedy }),
      });
    },
  });
}

/**
 * An endpoint that serves one prepared document, for example a page.
 *
 * @param options.content called once, at the first request
 * @example
 * documentEndpoint({
 *   team: "platform",
 *   since: "2026-11-01",
 *   path: "/robots.txt",
 *   summary: "What crawlers may read",
 *   mediaType: "text/plain; charset=utf-8",
 *   content: () => "User-agent: *\nDisallow: /\n",
 * });
 */
export function documentEndpoint(
  options: StandardOptions & {
    readonly path: string;
    readonly summary: string;
    readonly mediaType: string;
    readonly contentSecurityPolicy?: string;
    /** JSON Schema of the content; text unless given. */
    readonly schema?: JsonSchema;
    readonly content: () => string | Uint8Array;
  },
): Endpoint {
  let prepared: string | Uint8Array | undefined;
  return defineEndpoint({
    method: "GET",
    path: options.path,
    summary: options.summary,
    team: options.team,
    lifecycle: production({ since: options.since }),
    access: anonymous("it describes the API to those who are to use it"),
    quota: "600/minute",
    output: {
      200: document({
        mediaType: options.mediaType,
        ...(options.contentSecurityPolicy === undefined
          ? {}
          : { contentSecurityPolicy: options.contentSecurityPolicy }),
        ...(options.schema === undefined ? {} : { schema: options.schema }),
      }),
    },
    handle: ({ reply }) => {
      prepared ??= options.content();
      return reply(200, prepared);
    },
  });
}

const anything = {};
const openApiSchema: JsonSchema = {
  type: "object",
  description: "An OpenAPI 3.1 document.",
  properties: {
    openapi: { const: "3.1.0" },
    info: anything,
    servers: anything,
    tags: anything,
    paths: anything,
    components: anything,
  },
  required: ["openapi", "info", "paths", "components"],
  additionalProperties: false,
};

/**
 * `GET /openapi.json`: the OpenAPI document, itself among its operations.
 *
 * @param options.openApi called once, at the first request
 * @example
 * openApiEndpoint({ team: "platform", since: "2026-11-01", openApi: () => describeApi(endpoints, about) });
 */
export function openApiEndpoint(
  options: StandardOptions & { readonly openApi: () => OpenApiDocument },
): Endpoint {
  return documentEndpoint({
    team: options.team,
    since: options.since,
    path: "/openapi.json",
    summary: "The OpenAPI document",
    mediaType: "application/json",
    schema: openApiSchema,
    content: () => JSON.stringify(options.openApi()),
  });
}

const member = { type: "string", maxLength: 128 };
const keySetSchema: JsonSchema = {
  type: "object",
  properties: {
    keys: {
      type: "array",
      maxItems: 16,
      items: {
        type: "object",
        properties: {
          kty: { enum: ["OKP", "EC"] },
          crv: { enum: ["Ed25519", "P-256"] },
          x: member,
          y: member,
          kid: member,
          alg: { enum: ["Ed25519", "ES256"] },
          use: { const: "sig" },
        },
        required: ["kty", "crv", "x", "kid", "alg", "use"],
        additionalProperties: false,
      },
    },
  },
  required: ["keys"],
  additionalProperties: false,
};

/**
 * `GET /.well-known/jwks.json`: the public keys of the access tokens (RFC 7517).
 *
 * @example
 * keysEndpoint({ team: "accounts", since: "2026-11-01", jwks: () => ({ keys: [] }) });
 */
export function keysEndpoint(options: StandardOptions & { readonly jwks: () => object }): Endpoint {
  return documentEndpoint({
    team: options.team,
    since: options.since,
    path: "/.well-known/jwks.json",
    summary: "The public keys of the access tokens",
    mediaType: "application/json",
    schema: keySetSchema,
    content: () => JSON.stringify(options.jwks()),
  });
}
