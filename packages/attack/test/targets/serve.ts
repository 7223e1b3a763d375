/**
 * A router of one screen on the server of Node, so that a target is a table of handlers.
 *
 * `strict` is what a careful owner switches on: bodies must be small JSON, private answers are not
 * cached, slow clients are cut off. Without it the server takes what comes, as sloppy ones do.
 *
 * @module
 */

import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A request, read whole. */
export interface Incoming {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly raw: Buffer;
  /** The parsed body, whatever it is. */
  readonly value: unknown;
  /** The parsed body if it is an object, else an empty one. */
  readonly body: Readonly<Record<string, unknown>>;
  /** A header by its lower-case name, empty when it is absent. */
  header(name: string): string;
  /** A part of the path by the name that the route gives it. */
  parameter(name: string): string;
}

/** What a handler answers. A string is sent as it is, anything else as JSON. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

/** Answers one request. */
export type Handler = (request: Incoming) => Answer | Promise<Answer>;

/** Handlers by method and path, as in `GET /books/{title}`. */
export type Routes = Readonly<Record<string, Handler>>;

/** What differs from server to server. */
export interface ServeOptions {
  readonly strict?: boolean;
  readonly before?: (request: Incoming) => Answer | undefined | Promise<Answer | undefined>;
  readonly fallback?: Handler;
  readonly unsupported?: (request: Incoming, allow: string) => Answer;
  readonly malformed?: Handler;
  readonly failure?: (error: unknown, request: Incoming) => Answer;
  readonly headers?: (request: Incoming) => Readonly<Record<string, string>>;
}

interface Route {
  readonly method: string;
  readonly segments: readonly string[];
  readonly handler: Handler;
}

type Parsed = { readonly kind: "value"; readonly value: unknown } | { readonly kind: "malformed" };

/** An answer with a JSON body. */
export function json(status: number, body: unknown, headers: Answer["headers"] = {}): Answer {
  return { status, body, headers };
}

/** An answer without a body. */
export function empty(status = 204, headers: Answer["headers"] = {}): Answer {
  return { status, headers };
}

/** A string out of a value of unknown type, empty when it is none. */
export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Waits as long as a database or a partner would take. */
export async function pause(milliseconds: number): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function parametersOf(route: Route, segments: readonly string[]): Map<string, string> | undefined {
  if (route.segments.length !== segments.length) return undefined;
  const parameters = new Map<string, string>();
  for (const [index, pattern] of route.segments.entries()) {
    const segment = segments[index] ?? "";
    const name = /^\{(.+)\}$/.exec(pattern)?.[1];
    if (name === undefined ? pattern !== segment : segment === "") return undefined;
    if (name !== undefined) parameters.set(name, segment);
  }
  return parameters;
}

async function bytesOf(message: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
  }
  return size > limit ? undefined : Buffer.concat(chunks);
}

function parse(raw: Buffer, contentType: string): Parsed {
  if (raw.length === 0) return { kind: "value", value: undefined };
  if (contentType.startsWith("application/x-www-form-urlencoded"))
    return { kind: "value", value: Object.fromEntries(new URLSearchParams(raw.toString())) };
  try {
    return { kind: "value", value: JSON.parse(raw.toString()) as unknown };
  } catch {
    return { kind: "malformed" };
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPlainJson(request: Incoming): boolean {
  const encoding = request.header("content-encoding");
  if (encoding !== "" && encoding !== "identity") return false;
  return /^application\/json(\s*;\s*charset="?utf-8"?)?$/i.test(request.header("content-type"));
}

async function answerTo(
  routes: readonly Route[],
  options: ServeOptions,
  request: Incoming,
  parsed: Parsed,
  parameters: Map<string, string>,
): Promise<Answer> {
  const early = await options.before?.(request);
  if (early !== undefined) return early;
  const segments = request.path.split("/").slice(1).map(decoded);
  const known = routes.flatMap((route) => {
    const found = parametersOf(route, segments);
    return found === undefined ? [] : [{ route, found }];
  });
  if (known.length === 0)
    return (await options.fallback?.(request)) ?? json(404, { error: "not found" });
  const method = request.method === "HEAD" ? "GET" : request.method;
  const [best] = known
    .filter(({ route }) => route.method === method)
    .toSorted((one, other) => one.found.size - other.found.size);
  if (best === undefined) {
    const allow = [...new Set(known.map(({ route }) => route.method))].toSorted().join(", ");
    const standard = json(405, { error: "method not allowed" }, { allow });
    return options.unsupported?.(request, allow) ?? standard;
  }
  if (options.strict === true && request.raw.length > 0 && !isPlainJson(request))
    return json(415, { error: "send application/json" });
  if (parsed.kind === "malformed")
    return (await options.malformed?.(request)) ?? json(400, { error: "malformed JSON" });
  for (const [name, value] of best.found) parameters.set(name, value);
  return best.route.handler(request);
}

function incoming(
  message: IncomingMessage,
  raw: Buffer,
  parsed: Parsed,
  parameters: ReadonlyMap<string, string>,
): Incoming {
  const [path = "/", ...query] = (message.url ?? "/").split("?");
  const value = parsed.kind === "value" ? parsed.value : undefined;
  return {
    method: message.method ?? "GET",
    path,
    query: new URLSearchParams(query.join("?")),
    raw,
    value,
    body: isObject(value) ? value : {},
    header: (name) => [message.headers[name] ?? []].flat().join(", "),
    parameter: (name) => parameters.get(name) ?? "",
  };
}

async function exchange(
  message: IncomingMessage,
  routes: readonly Route[],
  options: ServeOptions,
): Promise<Answer> {
  const raw = await bytesOf(message, options.strict === true ? 65_536 : 16_777_216);
  const known = raw ?? Buffer.alloc(0);
  const parsed = parse(known, message.headers["content-type"] ?? "");
  const parameters = new Map<string, string>();
  const request = incoming(message, known, parsed, parameters);
  const common = {
    ...(options.strict === true && {
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
    }),
    ...options.headers?.(request),
  };
  const answer =
    raw === undefined
      ? json(413, { error: "too large" })
      : await answerTo(routes, options, request, parsed, parameters).catch(
          (error: unknown) =>
            options.failure?.(error, request) ?? json(500, { error: "internal error" }),
        );
  return { ...answer, headers: { ...common, ...answer.headers } };
}

function listener(routes: readonly Route[], options: ServeOptions): Server {
  const limits = { headersTimeout: 5000, requestTimeout: 8000, connectionsCheckingInterval: 1000 };
  return createServer(options.strict === true ? limits : {}, (message, response) => {
    const respond = async (): Promise<void> => {
      const answer = await exchange(message, routes, options);
      const raw = typeof answer.body === "string";
      if (answer.body !== undefined)
        response.setHeader("content-type", raw ? "text/plain; charset=utf-8" : "application/json");
      for (const [name, value] of Object.entries(answer.headers ?? {}))
        response.setHeader(name, value);
      response.statusCode = answer.status;
      response.end(raw ? answer.body : JSON.stringify(answer.body));
    };
    respond().catch(() => response.destroy());
  });
}

/** Serves the routes on a free port of loopback. */
export async function serve(
  routes: Routes,
  options: ServeOptions = {},
): Promise<{ readonly origin: string; close(): Promise<void> }> {
  const table = Object.entries(routes).map(([key, handler]): Route => {
    const [method = "", path = ""] = key.split(" ");
    return { method, segments: path.split("/").slice(1), handler };
  });
  const server = listener(table, options);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
