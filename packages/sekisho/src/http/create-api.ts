/**
 * Builds the API: the only place that makes a server, and the only importer of Fastify (F1).
 *
 * Promise: a route that was not declared, also one that a plugin adds, stops the start; so does
 * every fault of a declaration, all in one report. Limits: plugins may add hooks and decorators;
 * they see requests before the way and cannot answer instead of it without being declared.
 *
 * @module
 */

import type { AddressInfo } from "node:net";
import {
  fastify,
  type FastifyInstance,
  type FastifyPluginCallback,
  type FastifyReply,
  type FastifyRequest,
} from "fastify";
import { accessMatrix } from "../authorization/index.ts";
import {
  inventoryEntries,
  type EndpointDescription,
  type InventoryEntry,
  type OpenApiDocument,
} from "../inventory/index.ts";
import { assemble, type ApiOptions } from "./assemble.ts";
import type { CompiledEndpoint } from "./compile-endpoint.ts";
import { watchDeadlines } from "./deadlines.ts";
import { describeApi } from "./describe-api.ts";
import { describeEndpoint } from "./describe.ts";
import type { Endpoint } from "./define-endpoint.ts";
import { ApiFaults, faultsOf } from "./faults.ts";
import { createUnmatched } from "./not-found.ts";
import { Passage } from "./passage.ts";
import { createRawServer } from "./raw-server.ts";
import { travel } from "./way.ts";

/** A running, or startable, API. */
export interface Api {
  /** Starts to listen and returns the origin, for example `"http://127.0.0.1:8080"`. */
  listen(where: { readonly host: string; readonly port: number }): Promise<string>;
  /** Stops: readiness turns red, requests under way finish, connections close. */
  close(): Promise<void>;
  readonly endpoints: readonly EndpointDescription[];
  readonly compiled: readonly CompiledEndpoint[];
  inventory(now: number): readonly InventoryEntry[];
  openApi(): OpenApiDocument;
  /** The access matrix as text, for the given roles. */
  accessMatrix(roles: readonly string[]): string;
  /** Whether the API takes new requests. */
  readonly accepting: boolean;
}

/** A plugin of Fastify; any route it adds stops the start. */
export type ApiPlugin = FastifyPluginCallback;

const declaredRoute: unique symbol = Symbol("declaredRoute");

interface RouteConfig {
  readonly [declaredRoute]?: true;
}

function register(
  instance: FastifyInstance,
  compiled: CompiledEndpoint,
  start: (compiled: CompiledEndpoint, request: FastifyRequest, reply: FastifyReply) => void,
): void {
  const config: RouteConfig = { [declaredRoute]: true };
  instance.route({
    method: compiled.endpoint.method,
    url: compiled.endpoint.path,
    exposeHeadRoute: false,
    config,
    // The whole way is walked here, before the framework would read a body.
    onRequest: (request, reply) => start(compiled, request, reply),
    handler: () => {
      throw new Error("the way answers every request before the handler of the framework");
    },
  });
}

/**
 * Creates an API from its endpoints.
 *
 * @throws ApiFaults when a declaration has faults or a route was not declared; all are named.
 * @example
 * const api = await createApi({ title: "Shop", version: "1.0.0", endpoints: [whoAmI] });
 * const origin = await api.listen({ host: "127.0.0.1", port: 8080 });
 * await api.close();
 */
export async function createApi(options: ApiOptions): Promise<Api> {
  const faults = [...faultsOf(options.endpoints)];
  if (faults.length > 0 && (options.plugins ?? []).length === 0) throw new ApiFaults(faults);
  const parts = assemble(faults.length > 0 ? { ...options, endpoints: [] } : options);
  const unmatched = createUnmatched(parts);

  const instance = fastify({
    logger: false,
    routerOptions: { caseSensitive: true, ignoreTrailingSlash: false, maxParamLength: 128 },
    exposeHeadRoutes: false,
    return503OnClosing: false,
    forceCloseConnections: "idle",
    frameworkErrors: (_error, request, reply) => {
      reply.hijack();
      unmatched.notFound(request.raw, reply.raw);
    },
    serverFactory: (router) => createRawServer(parts.rawServer(unmatched), router),
  });
  instance.removeAllContentTypeParsers();
  const undeclared: string[] = [];
  instance.addHook("onRoute", (route) => {
    const config = route.config as RouteConfig | undefined;
    if (config?.[declaredRoute] !== true)
      undeclared.push(`${String(route.method)} ${route.url}: a plugin added it, undeclared`);
  });
  instance.setNotFoundHandler((request, reply) => {
    reply.hijack();
    unmatched.notFound(request.raw, reply.raw);
  });
  for (const plugin of options.plugins ?? []) await instance.register(plugin);
  for (const compiled of parts.compiled)
    register(instance, compiled, (one, request, reply) => {
      reply.hijack();
      const parameters = request.params as Record<string, string>;
      void travel(new Passage(parts.checkpoint, one, request.raw, reply.raw, parameters));
    });
  await instance.ready();
  faults.push(...undeclared);
  if (faults.length > 0) {
    await instance.close();
    throw new ApiFaults(faults);
  }
  return open(instance, options, parts);
}

function open(
  instance: FastifyInstance,
  options: ApiOptions,
  parts: ReturnType<typeof assemble>,
): Api {
  const endpoints: readonly Endpoint[] = options.endpoints;
  const descriptions = endpoints.map(describeEndpoint);
  const stopWatching = watchDeadlines(parts.checkpoint);
  let closing: Promise<void> | undefined;
  return {
    endpoints: descriptions,
    compiled: parts.compiled,
    get accepting() {
      return !parts.checkpoint.draining();
    },
    inventory: (now) => inventoryEntries(descriptions, now),
    openApi: () => describeApi(endpoints, options),
    accessMatrix: (roles) => accessMatrix(endpoints, roles),
    listen: async ({ host, port }) => {
      await instance.listen({ host, port });
      const address = instance.server.address() as AddressInfo;
      const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
      return `${options.tls === undefined ? "http" : "https"}://${name}:${address.port}`;
    },
    close: () => {
      closing ??= stop(instance, parts, stopWatching);
      return closing;
    },
  };
}

async function stop(
  instance: FastifyInstance,
  parts: ReturnType<typeof assemble>,
  stopWatching: () => void,
): Promise<void> {
  parts.startDraining();
  await instance.close();
  stopWatching();
}
