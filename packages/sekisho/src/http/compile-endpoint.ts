/**
 * From a declaration to what one request needs, ready made at the start.
 *
 * Promise: no schema, header list or rule is built while a request waits. Limits: a declaration
 * with faults is not compiled; see `faults.ts`.
 *
 * @module
 */

import type { AccessRule } from "../authorization/index.ts";
import {
  compileInput,
  compileOutput,
  compileQuery,
  isDocument,
  isNoContent,
  type InputParser,
  type OutputProjector,
  type QueryParser,
} from "../contract/index.ts";
import { parseFlowQuota, type FlowQuota } from "../flow/index.ts";
import { lifecycleHeaders } from "../inventory/index.ts";
import { parseQuota, quotaPolicyHeader, type Quota } from "../quota/index.ts";
import type { AnyWebhook } from "../webhook/index.ts";
import { isAnonymous, webhookOf } from "./access.ts";
import type { HeaderList } from "./answer.ts";
import type { Endpoint, QuotaDeclaration } from "./define-endpoint.ts";
import { EndpointFigures } from "./figures.ts";

/** Bytes of a body when an endpoint says nothing. */
export const defaultBodyBytes: number = 1_048_576;
/** Milliseconds of a request when an endpoint says nothing. */
export const defaultMilliseconds: number = 10_000;

/** One declared answer. */
export interface CompiledOutput {
  readonly status: number;
  readonly headers: HeaderList;
  readonly project: OutputProjector | undefined;
  readonly kind: "json" | "document" | "empty";
  /** Most bytes of a document. */
  readonly maximumBytes: number;
}

/** An endpoint as requests meet it. */
export interface CompiledEndpoint {
  readonly endpoint: Endpoint;
  readonly operationId: string;
  readonly parameterNames: readonly string[];
  readonly anonymous: boolean;
  readonly webhook: AnyWebhook | undefined;
  readonly quota: Quota;
  readonly quotaDeclaration: Required<QuotaDeclaration>;
  readonly policyHeaders: HeaderList;
  readonly flowQuota: FlowQuota | undefined;
  readonly bodyBytes: number;
  readonly milliseconds: number;
  readonly parseQuery: QueryParser | undefined;
  readonly parseBody: InputParser | undefined;
  readonly outputs: ReadonlyMap<number, CompiledOutput>;
  /** Whether some answer is JSON. */
  readonly answersJson: boolean;
  readonly lifecycleHeaders: HeaderList;
  readonly figures: EndpointFigures;
}

/** What is the same for all endpoints of an API. */
export interface CompileOptions {
  readonly headers: HeaderList;
  /** Headers of a document with its own content security policy. */
  readonly documentHeaders: (contentSecurityPolicy: string) => HeaderList;
  readonly mode: "production" | "test";
  readonly onViolation: (operationId: string, pointers: readonly string[]) => void;
}

/**
 * The stable name of an operation, made of method and path.
 *
 * @example
 * operationIdOf("GET", "/api/orders/:order_id"); // "get-api-orders-order_id"
 */
export function operationIdOf(method: string, path: string): string {
  const words = path.split("/").map((part) => part.replace(/^:/, "").replace(/[^\w-]+/g, "-"));
  return [method.toLowerCase(), ...words.filter((word) => word !== "")].join("-");
}

/** The `:names` of a path. */
export function parameterNamesOf(path: string): readonly string[] {
  return path
    .split("/")
    .filter((part) => part.startsWith(":"))
    .map((part) => part.slice(1));
}

/** The quota of an endpoint with nothing left to guess. */
export function quotaOf(endpoint: Endpoint): Required<QuotaDeclaration> {
  const given = typeof endpoint.quota === "string" ? { limit: endpoint.quota } : endpoint.quota;
  return {
    limit: given.limit,
    key: given.key ?? (takesPrincipal(endpoint.access) ? "principal" : "client-address"),
    sharedAs: given.sharedAs ?? operationIdOf(endpoint.method, endpoint.path),
    whenAway: given.whenAway ?? "degrade",
    disclosure: given.disclosure ?? "full",
  };
}

function takesPrincipal(access: AccessRule): boolean {
  return !isAnonymous(access) && webhookOf(access) === undefined;
}

function compileOutputs(
  endpoint: Endpoint,
  operationId: string,
  options: CompileOptions,
): ReadonlyMap<number, CompiledOutput> {
  const outputs = new Map<number, CompiledOutput>();
  for (const [text, declaration] of Object.entries(endpoint.output)) {
    const status = Number(text);
    if (isNoContent(declaration)) {
      outputs.set(status, {
        status,
        headers: options.headers,
        project: undefined,
        kind: "empty",
        maximumBytes: 0,
      });
    } else if (isDocument(declaration)) {
      const policy = declaration.contentSecurityPolicy;
      const headers = policy === undefined ? options.headers : options.documentHeaders(policy);
      outputs.set(status, {
        status,
        headers: [...headers, "content-type", declaration.mediaType],
        project: undefined,
        kind: "document",
        maximumBytes: declaration.maximumBytes,
      });
    } else {
      const project = compileOutput(declaration, {
        mode: options.mode,
        onViolation: (pointers) => options.onViolation(operationId, pointers),
      });
      outputs.set(status, {
        status,
        headers: [...options.headers, "content-type", "application/json; charset=utf-8"],
        project,
        kind: "json",
        maximumBytes: Number.POSITIVE_INFINITY,
      });
    }
  }
  return outputs;
}

/**
 * Compiles one endpoint.
 *
 * @throws TypeError when the declaration has faults that `faultsOf` would have named.
 */
export function compileEndpoint(endpoint: Endpoint, options: CompileOptions): CompiledEndpoint {
  const operationId = operationIdOf(endpoint.method, endpoint.path);
  const declaration = quotaOf(endpoint);
  const quota = parseQuota(declaration.limit);
  const lifecycle = lifecycleHeaders(endpoint.lifecycle).flat();
  const outputs = compileOutputs(endpoint, operationId, {
    ...options,
    headers: [...options.headers, ...lifecycle],
  });
  return {
    endpoint,
    operationId,
    parameterNames: parameterNamesOf(endpoint.path),
    anonymous: isAnonymous(endpoint.access),
    webhook: webhookOf(endpoint.access),
    quota,
    quotaDeclaration: declaration,
    policyHeaders:
      declaration.disclosure === "coarse" ? [] : ["ratelimit-policy", quotaPolicyHeader(quota)],
    flowQuota: endpoint.flowQuota === undefined ? undefined : parseFlowQuota(endpoint.flowQuota),
    bodyBytes: endpoint.limits.bodyBytes ?? defaultBodyBytes,
    milliseconds: endpoint.limits.milliseconds ?? defaultMilliseconds,
    parseQuery: endpoint.query === undefined ? undefined : compileQuery(endpoint.query),
    parseBody: endpoint.body === undefined ? undefined : compileInput(endpoint.body),
    outputs,
    answersJson: [...outputs.values()].some((output) => output.kind === "json"),
    lifecycleHeaders: lifecycle,
    figures: new EndpointFigures(),
  };
}
