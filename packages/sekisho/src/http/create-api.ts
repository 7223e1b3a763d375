/**
 * Builds the API: the only place that makes a server, and the only importer of Fastify (F1).
 *
 * Promise: a route that was not declared, also one that a plugin adds, stops the start; so does
 * every fault of a declaration, all in one report. Limits: plugins are code of the application:
 * their hooks see requests before the way, and a hook that answers is found by nobody.
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
  type RouteOptions,
} from "fastify";
import { accessMatrix } from "../authorization/index.ts";
import {
  inventoryEntries,
  type EndpointDescription,
  type InventoryEntry,
  type OpenApiDocument,
} from "../inventory/index.ts";
import { Problem } from "../kernel/index.ts";
import { assemble, type ApiOptions } from "./assemble.ts";
import type { CompiledEndpoint } from "./compile-endpoint.ts";
import { completeEndpoint } from "./complete-endpoint.ts";
import { watchDeadlines } from "./deadlines.ts";
import { describeApi } from "./describe-api.ts";
import { describeEndpoint } from "./describe.ts";
import type { Endpoint } from "./define-endpoint.ts";
import { ApiFaults, faultsOf } from "./faults.ts";
import { createUnmatched } from "./not-found.ts";
import { Passage } from "./passage.ts";
import { createRawServer } from "./raw-server.ts";
import { requestMillisecondsOf } from "./timeouts.ts";
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

type Start = (compiled: CompiledEndpoint, request: FastifyRequest, reply: FastifyReply) => void;

/** Adds the declared routes, and takes note of every other way to answer that a plugin adds. */
class Routes {
  readonly #instance: FastifyInstance;
  readonly #faults: string[] = [];
  #expected: object | undefined;
  #added: RouteOptions | undefined;

  constructor(instance: FastifyInstance) {
    this.#instance = instance;
    instance.addHook("onRoute", (route) => {
      if (route.handler === this.#expected) {
        this.#added = route;
        // One addition is expected: whoever adds the same handler elsewhere is a stranger.
        this.#expected = undefined;
      } else
        this.#faults.push(`${String(route.method)} ${route.url}: a plugin added it, undeclared`);
    });
  }

  /** What plugins did so far. */
  get faults(): readonly string[] {
    return this.#faults;
  }

  /** From now on only declared endpoints may answer; plugins inherit the closed door. */
  closeNotFound(): void {
    const faults = this.#faults;
    this.#instance.setNotFoundHandler = function refuse(this: FastifyInstance) {
      faults.push(`* ${this.prefix}/*: a plugin answers what was not found there, undeclared`);
      return this;
    };
  }

  add(compiled: CompiledEndpoint, start: Start): void {
    const { method, path: url } = compiled.endpoint;
    const handler = (): never => {
      throw new Error("the way answers every request before the handler of the framework");
    };
    // The whole way is walked here, before the framework would read a body.
    const onRequest = (request: FastifyRequest, reply: FastifyReply): void =>
      start(compiled, request, reply);
    this.#expected = handler;
    this.#instance.route({ method, url, exposeHeadRoute: false, onRequest, handler });
    const added = this.#added;
    const untouched =
      added?.onRequest === onRequest &&
      added.handler === handler &&
      added.method === method &&
      added.url === url;
    if (!untouched) this.#faults.push(`${method} ${url}: a plugin changed the route`);
  }
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
export async function createApi(given: ApiOptions): Promise<Api> {
  const faults = [...faultsOf(given.endpoints)];
  if (faults.length > 0 && (given.plugins ?? []).length === 0) throw new ApiFaults(faults);
  const endpoints = faults.length > 0 ? [] : given.endpoints.map(completeEndpoint);
  const options = { ...given, endpoints };
  const parts = assemble(options);
  const unmatched = createUnmatched(parts);

  const instance = fastify({
    logger: false,
    routerOptions: { caseSensitive: true, ignoreTrailingSlash: false, maxParamLength: 128 },
    exposeHeadRoutes: false,
    return503OnClosing: false,
    forceCloseConnections: "idle",
    // The raw server answers these; the framework would, too, and in its own words.
    clientErrorHandler: () => undefined,
    frameworkErrors: (_error, request, reply) => {
      reply.hijack();
      unmatched.notFound(request.raw, reply.raw);
    },
    serverFactory: (router) => createRawServer(parts.rawServer(unmatched), router),
  });
  instance.removeAllContentTypeParsers();
  const routes = new Routes(instance);
  instance.setNotFoundHandler((request, reply) => {
    reply.hijack();
    unmatched.notFound(request.raw, reply.raw);
  });
  routes.closeNotFound();
  // What the framework refuses by itself, such as QUERY without a media type, would leave in its
  // own words and without our headers; what a plugin's hook throws, with its message.
  instance.setErrorHandler((error, request, reply) => {
    reply.hijack();
    if (request.is404) {
      unmatched.notFound(request.raw, reply.raw);
      return;
    }
    parts.checkpoint.onInternalError(error, request.id);
    const problem = new Problem("internal-error", {}, { reason: "hook-failed", cause: error });
    unmatched.refused(request.raw, reply.raw, problem);
  });
  for (const plugin of options.plugins ?? []) await instance.register(plugin);
  // A route of a plugin could stand where a declared one is to be added, and end this with less.
  const compiled = routes.faults.length === 0 ? parts.compiled : [];
  for (const one of compiled)
    routes.add(one, (endpoint, request, reply) => {
      reply.hijack();
      const parameters = request.params as Record<string, string>;
      // The router takes "/orders/" for an order without a name; nobody declared such a path.
      if (endpoint.parameterNames.some((name) => parameters[name] === "")) {
        unmatched.notFound(request.raw, reply.raw);
        return;
      }
      void travel(new Passage(parts.checkpoint, endpoint, request.raw, reply.raw, parameters));
    });
  await instance.ready();
  faults.push(...routes.faults);
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
      closing ??= stop(instance, parts, requestMillisecondsOf(options.timeouts)).finally(
        stopWatching,
      );
      return closing;
    },
  };
}

/**
 * Waits for what is under way. Node judges no time-outs once it closes: whoever keeps a request back
 * would keep the service from ending, and is cut off when a request should have been complete.
 */
async function stop(
  instance: FastifyInstance,
  parts: ReturnType<typeof assemble>,
  patienceMilliseconds: number,
): Promise<void> {
  parts.startDraining();
  const until = performance.now() + patienceMilliseconds;
  const timer = setInterval(() => {
    if (performance.now() >= until && parts.checkpoint.inFlight.size === 0)
      instance.server.closeAllConnections();
  }, 50);
  try {
    await instance.close();
  } finally {
    clearInterval(timer);
  }
}
