/**
 * An API under test: in test mode, on a free port of loopback.
 *
 * Promise: an answer off its contract is a failure; what became a 500 is kept for the test to look
 * at. Limits: requests go through the client of the platform, which writes only proper HTTP.
 *
 * @module
 */

import { createApi, type Api, type ApiOptions } from "../http/index.ts";

/** Options of the API; those that a test seldom cares about have a default. */
export type TestApiOptions = Omit<ApiOptions, "title" | "version"> &
  Partial<Pick<ApiOptions, "title" | "version">>;

/** What is sent; the method is POST when there is a body, else GET. */
export interface TestRequest {
  readonly method?: string;
  /** Sent as a bearer token. */
  readonly token?: string;
  /** A value that is sent as JSON. */
  readonly json?: unknown;
  /** A body as it stands; not together with `json`. */
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer, read whole. */
export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /**
   * The body as JSON.
   *
   * @throws SyntaxError when it is none.
   */
  json(): unknown;
  /** The code of the problem, `undefined` when it is none. */
  readonly problem: string | undefined;
}

/** A running API. */
export interface TestApi {
  readonly api: Api;
  /** For example `"http://127.0.0.1:49152"`. */
  readonly origin: string;
  /** What became a 500, in order; a test that expects none asserts that this is empty. */
  readonly internalErrors: readonly unknown[];
  send(path: string, request?: TestRequest): Promise<TestAnswer>;
  close(): Promise<void>;
}

/**
 * Starts an API on a free port of loopback; `mode` is `"test"` unless given.
 *
 * @throws ApiFaults as `createApi` does.
 * @example
 * const running = await startTestApi({ endpoints: [whoAmI], authenticator });
 * const answer = await running.send("/api/who-am-i", { token: "token-of-alice" });
 * answer.status; // 200
 * await running.close();
 */
export async function startTestApi(options: TestApiOptions): Promise<TestApi> {
  const internalErrors: unknown[] = [];
  const api = await createApi({
    title: "Test",
    version: "0.0.0",
    mode: "test",
    ...options,
    onInternalError: (error, requestId) => {
      internalErrors.push(error);
      options.onInternalError?.(error, requestId);
    },
  });
  const origin = await api.listen({ host: "127.0.0.1", port: 0 });
  return {
    api,
    origin,
    internalErrors,
    send: (path, request) => send(`${origin}${path}`, request),
    close: () => api.close(),
  };
}

async function send(url: string, request: TestRequest = {}): Promise<TestAnswer> {
  const { body, json, method, token } = request;
  if (body !== undefined && json !== undefined)
    throw new TypeError("a request has one body: json or body");
  const content = json === undefined ? body : JSON.stringify(json);
  const response = await fetch(url, {
    method: method ?? (content === undefined ? "GET" : "POST"),
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(json !== undefined && { "content-type": "application/json" }),
      ...request.headers,
    },
    redirect: "manual",
    ...(content === undefined ? {} : { body: content }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: () => JSON.parse(text) as unknown,
    problem: problemCodeOf(response.headers, text),
  };
}

function problemCodeOf(headers: Headers, text: string): string | undefined {
  if (headers.get("content-type") !== "application/problem+json" || text === "") return undefined;
  const body = JSON.parse(text) as { readonly code?: unknown };
  return typeof body.code === "string" ? body.code : undefined;
}
