/**
 * Which other origins' pages may read answers (OWASP API8.V7, Fetch standard, "CORS protocol").
 *
 * Promise: off unless configured; origins are compared whole, byte for byte; no pattern, no
 * suffix, no `null`, and no `*` together with credentials can be configured at all. Limits: CORS
 * relaxes what browsers keep apart, it does not stop anybody else; authentication does that.
 *
 * @module
 */

import type { HeaderField } from "./headers.ts";

/** What {@link defineCrossOriginPolicy} is told. */
export interface CrossOriginOptions {
  /** Exact origins, such as `https://app.example`; `"*"` only without credentials. */
  readonly origins: readonly string[] | "*";
  readonly methods: readonly string[];
  /** Request header fields beyond the safelisted ones. Default none. */
  readonly headers?: readonly string[];
  /** Answer header fields that pages may read. Default none. */
  readonly exposedHeaders?: readonly string[];
  /** Whether cookies may be sent along. Default `false`. */
  readonly credentials?: boolean;
  /** How long a browser may remember a preflight, at most 7200 seconds. Default 600. */
  readonly maximumAgeSeconds?: number;
}

/** A checked policy; only {@link defineCrossOriginPolicy} makes one. */
export interface CrossOriginPolicy {
  readonly origins: ReadonlySet<string> | "*";
  readonly methods: ReadonlySet<string>;
  readonly headers: ReadonlySet<string>;
  readonly simple: readonly HeaderField[];
  readonly preflight: readonly HeaderField[];
}

/** What matters of a request. */
export interface CrossOriginRequest {
  readonly origin: string | undefined;
  readonly method: string;
  /** `Access-Control-Request-Method`. */
  readonly requestMethod?: string | undefined;
  /** `Access-Control-Request-Headers`. */
  readonly requestHeaders?: string | undefined;
}

/** Why an answer carries no permission. */
export type CrossOriginReason =
  | "not-configured"
  | "origin-not-listed"
  | "method-not-listed"
  | "header-not-listed";

/**
 * The answer; `headers` are added to the response either way. A denied request is still answered:
 * the browser keeps the answer from the page.
 */
export type CrossOriginDecision =
  | {
      readonly effect: "allow";
      readonly kind: "no-origin" | "actual" | "preflight";
      readonly headers: readonly HeaderField[];
    }
  | {
      readonly effect: "deny";
      readonly reason: CrossOriginReason;
      readonly preflight: boolean;
      readonly headers: readonly HeaderField[];
    };

const token = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const none: readonly HeaderField[] = Object.freeze([]);
const varyOrigin: readonly HeaderField[] = Object.freeze([["vary", "Origin"]]);
const varyPreflight: readonly HeaderField[] = Object.freeze([
  ["vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"],
]);

function checkOrigin(origin: unknown): string {
  if (typeof origin !== "string")
    throw new TypeError("a cross-origin policy lists origins as text; patterns are not accepted");
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  // "null", paths and upper case differ from what a browser sends; URL takes "*" for a host's name.
  if (url === undefined || url.origin !== origin || origin === "null" || origin.includes("*"))
    throw new TypeError(`${JSON.stringify(origin)} is not an origin such as https://app.example`);
  const isLoopback = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback))
    throw new TypeError(`${origin} would let anybody on the network speak for it; use https`);
  return origin;
}

function checkTokens(tokens: readonly string[], what: string): readonly string[] {
  for (const text of tokens) {
    if (text === "*" || !token.test(text))
      throw new TypeError(`${JSON.stringify(text)} is not ${what} that can be listed`);
  }
  return tokens;
}

/**
 * Declares which origins may read answers.
 *
 * @throws TypeError when an origin is a pattern, `null`, malformed or not https, when `*` comes
 * with credentials, or when a method or header field is malformed.
 * @example
 * const policy = defineCrossOriginPolicy({ origins: ["https://app.example"], methods: ["GET"] });
 */
export function defineCrossOriginPolicy(options: CrossOriginOptions): CrossOriginPolicy {
  const { credentials = false, maximumAgeSeconds = 600, origins } = options;
  if (origins === "*" && credentials)
    throw new TypeError("a cross-origin policy cannot combine * with credentials");
  if (origins !== "*" && !Array.isArray(origins))
    throw new TypeError("a cross-origin policy needs a list of origins");
  if (!Number.isInteger(maximumAgeSeconds) || maximumAgeSeconds < 0 || maximumAgeSeconds > 7200)
    throw new TypeError("a preflight may be remembered for 0 to 7200 seconds");
  const methods = checkTokens(options.methods, "a method");
  const headers = checkTokens(options.headers ?? [], "a header field");
  const exposed = checkTokens(options.exposedHeaders ?? [], "a header field");
  const permission: readonly HeaderField[] = credentials
    ? [["access-control-allow-credentials", "true"]]
    : [];
  const list = (name: string, values: readonly string[]): readonly HeaderField[] =>
    values.length === 0 ? [] : [[name, values.join(", ")]];
  return {
    origins: origins === "*" ? "*" : new Set(origins.map(checkOrigin)),
    methods: new Set(methods),
    headers: new Set(headers.map((name) => name.toLowerCase())),
    simple: [...permission, ...list("access-control-expose-headers", exposed)],
    preflight: [
      ...permission,
      ...list("access-control-allow-methods", methods),
      ...list("access-control-allow-headers", headers),
      ["access-control-max-age", String(maximumAgeSeconds)],
    ],
  };
}

function permits(policy: CrossOriginPolicy, origin: string): HeaderField | undefined {
  if (policy.origins === "*") return ["access-control-allow-origin", "*"];
  return policy.origins.has(origin) ? ["access-control-allow-origin", origin] : undefined;
}

function decidePreflight(
  policy: CrossOriginPolicy,
  permission: HeaderField | undefined,
  requestMethod: string,
  requestHeaders: string,
): CrossOriginDecision {
  const refuse = (reason: CrossOriginReason): CrossOriginDecision => ({
    effect: "deny",
    reason,
    preflight: true,
    headers: varyPreflight,
  });
  if (permission === undefined) return refuse("origin-not-listed");
  if (!policy.methods.has(requestMethod)) return refuse("method-not-listed");
  const wanted = requestHeaders.split(",").map((name) => name.trim().toLowerCase());
  if (wanted.some((name) => name !== "" && !policy.headers.has(name)))
    return refuse("header-not-listed");
  const headers = [permission, ...policy.preflight, ...varyPreflight];
  return { effect: "allow", kind: "preflight", headers };
}

/**
 * Decides what the answer tells browsers about other origins. Without a policy that is nothing.
 *
 * @example
 * decideCrossOrigin({ origin: "https://evil.example", method: "GET" }, undefined).effect; // "deny"
 */
export function decideCrossOrigin(
  request: CrossOriginRequest,
  policy: CrossOriginPolicy | undefined,
): CrossOriginDecision {
  const { method, origin, requestMethod } = request;
  const isPreflight = method === "OPTIONS" && origin !== undefined && requestMethod !== undefined;
  if (origin === undefined)
    return {
      effect: "allow",
      kind: "no-origin",
      headers: policy === undefined ? none : varyOrigin,
    };
  if (policy === undefined)
    return { effect: "deny", reason: "not-configured", preflight: isPreflight, headers: none };
  const permission = permits(policy, origin);
  if (isPreflight)
    return decidePreflight(policy, permission, requestMethod, request.requestHeaders ?? "");
  if (permission === undefined)
    return { effect: "deny", reason: "origin-not-listed", preflight: false, headers: varyOrigin };
  return {
    effect: "allow",
    kind: "actual",
    headers: [permission, ...policy.simple, ...varyOrigin],
  };
}
