/**
 * What stops the start: every fault of every declaration, in one report (F1, OWASP API9:2023).
 *
 * Promise: what got past the compiler does not serve a request. Limits: it judges declarations, not
 * what handlers do.
 *
 * @module
 */

import { accessFaults } from "./access-faults.ts";
import { isDocument, isNoContent, lintInput, lintOutput } from "../contract/index.ts";
import { parseFlowQuota } from "../flow/index.ts";
import { lifecycleFaults } from "../inventory/index.ts";
import { parseQuota } from "../quota/index.ts";
import { webhookOf } from "./access.ts";
import { completeEndpoint } from "./complete-endpoint.ts";
import { operationIdOf, parameterNamesOf } from "./compile-endpoint.ts";
import type { Endpoint } from "./define-endpoint.ts";
import { sharedQuotaFaults } from "./shared-quota-faults.ts";

/**
 * Thrown by `createApi`; `faults` has one sentence per fault.
 *
 * @example
 * const problem = await createApi(options).catch((error: unknown) => error);
 * if (problem instanceof ApiFaults) console.error(problem.faults.join("\n"));
 */
export class ApiFaults extends Error {
  override readonly name = "ApiFaults";
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(
      `the API does not start, ${faults.length} fault(s):\n${faults.map((fault) => `  - ${fault}`).join("\n")}`,
    );
    this.faults = faults;
  }
}

const methods: ReadonlySet<string> = new Set(["GET", "POST", "PUT", "PATCH", "DELETE"]);
const pathPattern = /^\/(?:[\w.~-]+|:[a-z][a-zA-Z0-9_]*)(?:\/(?:[\w.~-]+|:[a-z][a-zA-Z0-9_]*))*$/;

/** The faults of all endpoints together. */
export function faultsOf(endpoints: readonly Endpoint[]): readonly string[] {
  if (endpoints.length === 0) return ["no endpoint is declared"];
  const faults: string[] = [];
  const shapes = new Set<string>();
  const operations = new Set<string>();
  for (const [index, given] of endpoints.entries()) {
    if (typeof given !== "object" || given === null) {
      faults.push(`endpoint ${index} is no declaration`);
      continue;
    }
    const endpoint = completeEndpoint(given);
    const { path = "(no path)" } = endpoint as Partial<Endpoint>;
    const name = `${endpoint.method} ${path}`;
    const shape = `${endpoint.method} ${path.replaceAll(/:[^/]+/g, ":")}`;
    const operation = operationIdOf(endpoint.method, path);
    if (shapes.has(shape)) faults.push(`${name}: is declared twice`);
    else if (operations.has(operation))
      faults.push(`${name}: has the operation id ${operation} of another endpoint`);
    shapes.add(shape);
    operations.add(operation);
    faults.push(...endpointFaults(endpoint).map((fault) => `${name}: ${fault}`));
  }
  faults.push(...sharedQuotaFaults(endpoints.filter(isWhole).map(completeEndpoint)));
  return faults;
}

/** Whether a declaration has what its quota is counted by; what it lacks is named above. */
function isWhole(given: Partial<Endpoint> | null): boolean {
  return typeof given?.path === "string" && typeof given.access?.kind === "string";
}

function endpointFaults(endpoint: Endpoint): readonly string[] {
  const given = endpoint as Partial<Endpoint>;
  return [
    ...(methods.has(endpoint.method) ? [] : [`${endpoint.method} is not a method it can have`]),
    ...pathFaults(given.path),
    ...missing(given.summary, "has no summary"),
    ...missing(given.team, "has no team"),
    ...(given.access === undefined || given.path === undefined
      ? missing(given.access?.kind, "has no access rule")
      : accessFaults(endpoint)),
    ...(given.lifecycle === undefined ? ["has no lifecycle"] : lifecycleFaults(given.lifecycle)),
    ...outputFaults(given.output),
    ...inputFaults(endpoint),
    ...quotaFaults(endpoint),
    ...effectFaults(endpoint),
  ];
}

function pathFaults(path = ""): readonly string[] {
  if (path !== "/" && !pathPattern.test(path)) return ["the path is malformed"];
  const names = parameterNamesOf(path);
  return new Set(names).size === names.length ? [] : ["the path names a parameter twice"];
}

function missing(text: string | undefined, fault: string): readonly string[] {
  return text === undefined || text.trim() === "" ? [fault] : [];
}

function outputFaults(output: Endpoint["output"] | undefined): readonly string[] {
  const declared = Object.entries(output ?? {});
  if (declared.length === 0) return ["has no output"];
  return declared.flatMap(([status, declaration]) => {
    const code = Number(status);
    if (!Number.isInteger(code) || code < 200 || code > 299)
      return [`output ${status} is not a status of success; refusals are problems`];
    if (declaration === undefined || declaration === null)
      return [`status ${status} has no schema`];
    if (isDocument(declaration) || isNoContent(declaration)) return [];
    return lintOutput(declaration, `output ${status}`);
  });
}

function inputFaults(endpoint: Endpoint): readonly string[] {
  const { body, query, method } = endpoint;
  return [
    ...(body === undefined ? [] : lintInput(body, "body")),
    ...(query === undefined || Object.keys(query.shape).length === 0
      ? []
      : lintInput(query, "query")),
    ...(body !== undefined && (method === "GET" || method === "DELETE")
      ? [`a ${method} takes no body`]
      : []),
  ];
}

function attempt(parse: () => unknown): readonly string[] {
  try {
    parse();
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : "cannot be parsed"];
  }
}

function quotaFaults(endpoint: Endpoint): readonly string[] {
  const { flowQuota, limits, quota } = endpoint;
  const positive = [limits.bodyBytes, limits.milliseconds].every(
    (limit) => limit === undefined || (Number.isInteger(limit) && limit > 0),
  );
  return [
    ...attempt(() => parseQuota(typeof quota === "string" ? quota : quota.limit)),
    ...(flowQuota === undefined ? [] : attempt(() => parseFlowQuota(flowQuota))),
    ...(positive ? [] : ["a limit is not a positive whole number"]),
  ];
}

function effectFaults(endpoint: Endpoint): readonly string[] {
  const webhook = webhookOf(endpoint.access ?? { kind: "anonymous", reason: "" });
  const needsPrincipal = endpoint.idempotent || endpoint.flowQuota !== undefined;
  return [
    ...(endpoint.method !== "GET" && endpoint.audit === undefined
      ? ["changes something and says nothing about the audit trail"]
      : []),
    ...(webhook !== undefined && endpoint.acknowledge === undefined
      ? ["a webhook endpoint needs acknowledge"]
      : []),
    ...(webhook !== undefined && endpoint.body !== undefined
      ? ["the body of a webhook is its event; it declares no other"]
      : []),
    ...(needsPrincipal && (webhook !== undefined || endpoint.access?.kind === "anonymous")
      ? ["idempotency and flow quotas need a principal"]
      : []),
    ...(typeof endpoint.handle === "function" ? [] : ["has no handler"]),
  ];
}
