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
import { production } from "../inventory/index.ts";
import { Problem, problemTypes, type DefinedProblem, type ProblemType } from "../kernel/index.ts";
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
    ...Object.entries(problemTypes),
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
      }),
    },
    handle: ({ parameters, reply }) => {
      const page = pages.get(parameters.code);
      if (page === undefined) throw new Problem("not-found");
      const { status, title, detail } = page;
      return reply(200, { code: parameters.code, status, title, detail });
    },
  });
}

/**
 * An endpoint that serves one prepared document, for example `GET /openapi.json`.
 *
 * @param options.content called once, at the first request
 * @example
 * documentEndpoint({
 *   team: "platform",
 *   since: "2026-11-01",
 *   path: "/openapi.json",
 *   summary: "The OpenAPI document",
 *   mediaType: "application/json",
 *   content: () => JSON.stringify(describeApi(endpoints, about)),
 * });
 */
export function documentEndpoint(
  options: StandardOptions & {
    readonly path: string;
    readonly summary: string;
    readonly mediaType: string;
    readonly contentSecurityPolicy?: string;
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
      }),
    },
    handle: ({ reply }) => {
      prepared ??= options.content();
      return reply(200, prepared);
    },
  });
}

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
    content: () => JSON.stringify(options.jwks()),
  });
}
