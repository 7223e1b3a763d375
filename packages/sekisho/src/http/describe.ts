/**
 * From a declaration to its description for documents and inventory (OWASP API9:2023, F12).
 *
 * Promise: what the description says is read off what is enforced. Limits: texts are for people.
 *
 * @module
 */

import { describeAccess, rolesOf, type AccessRule } from "../authorization/index.ts";
import { isDocument, isNoContent, restrictedProperties, toJsonSchema } from "../contract/index.ts";
import type {
  EndpointDescription,
  PropertyAudiences,
  ResponseDescription,
} from "../inventory/index.ts";
import { problemTypes } from "../kernel/index.ts";
import { webhookOf } from "./access.ts";
import { operationIdOf, parameterNamesOf, quotaOf } from "./compile-endpoint.ts";
import type { Endpoint, Outputs } from "./define-endpoint.ts";

const successTexts: Readonly<Record<number, string>> = {
  200: "Success",
  201: "Created",
  202: "Accepted",
  204: "Done; no content",
};

/** Describes one endpoint. */
export function describeEndpoint(endpoint: Endpoint): EndpointDescription {
  const { access, query, body, step, method, path } = endpoint;
  const webhook = webhookOf(access);
  const quota = quotaOf(endpoint);
  return {
    method,
    path,
    operationId: operationIdOf(method, path),
    summary: endpoint.summary,
    team: endpoint.team,
    lifecycle: endpoint.lifecycle,
    access: {
      text: describeAccess(access),
      anonymous: access.kind === "anonymous",
      security: securityOf(access),
      roles: rolesOf(access),
      ...(webhook?.scheme.headerSets === undefined
        ? {}
        : { signatureHeaders: webhook.scheme.headerSets }),
    },
    quota: { text: quota.limit, key: quota.key },
    ...(step === undefined
      ? {}
      : {
          step: {
            flow: step.flow.name,
            name: step.name,
            from: step.flow.steps[step.name]?.from ?? [],
            to: step.flow.steps[step.name]?.to ?? "",
          },
        }),
    ...(endpoint.idempotent ? { idempotent: true } : {}),
    ...(typeof endpoint.audit === "string" ? { audit: endpoint.audit } : {}),
    parameters: {
      path: Object.fromEntries(
        parameterNamesOf(path).map((name) => [name, { type: "string", maxLength: 64 }]),
      ),
      ...(query === undefined ? {} : { query: toJsonSchema(query, "input") }),
    },
    ...(body === undefined && webhook === undefined
      ? {}
      : {
          requestBody: {
            mediaType: "application/json",
            schema: toJsonSchema(body ?? webhook?.event ?? never(), "input"),
            required: true as const,
            ...(endpoint.example === undefined ? {} : { example: endpoint.example }),
          },
        }),
    responses: responsesOf(endpoint.output),
    problems: problemsOf(endpoint),
    ...restrictionsOf(endpoint),
    unsafe: endpoint.asSystem === undefined ? [] : [`asSystem: ${endpoint.asSystem}`],
  };
}

function never(): never {
  throw new Error("an endpoint with a body has a schema for it");
}

function securityOf(access: AccessRule): "none" | "bearer" | "webhook" {
  if (access.kind === "anonymous") return "none";
  return access.kind === "webhook" ? "webhook" : "bearer";
}

function responsesOf(output: Outputs): Readonly<Record<number, ResponseDescription>> {
  const responses: Record<number, ResponseDescription> = {};
  for (const [text, declaration] of Object.entries(output)) {
    const status = Number(text);
    const description = successTexts[status] ?? "Success";
    const headers = status === 201 ? { location: { type: "string" } } : undefined;
    if (isNoContent(declaration)) responses[status] = { description };
    else if (isDocument(declaration))
      responses[status] = {
        description,
        mediaType: declaration.mediaType,
        schema: declaration.schema,
      };
    else
      responses[status] = {
        description,
        mediaType: "application/json",
        schema: toJsonSchema(declaration, "output"),
        ...(headers === undefined ? {} : { headers }),
      };
  }
  return responses;
}

/** Properties that not everybody may read or write; absent where there is none. */
function restrictionsOf(
  endpoint: Endpoint,
): Pick<EndpointDescription, "readableBy" | "writableBy"> {
  const readableBy: Record<string, readonly string[]> = {};
  for (const declaration of Object.values(endpoint.output))
    if (!isDocument(declaration) && !isNoContent(declaration))
      Object.assign(readableBy, restrictedProperties(declaration, "readableBy"));
  const writableBy: PropertyAudiences =
    endpoint.body === undefined ? {} : restrictedProperties(endpoint.body, "writableBy");
  return {
    ...(Object.keys(readableBy).length > 0 && { readableBy }),
    ...(Object.keys(writableBy).length > 0 && { writableBy }),
  };
}

/** Everywhere: a query parameter or a body that nobody asked for is refused like a wrong one. */
const anywhere: readonly number[] = [400, 406, 413, 415, 422, 429, 500, 503];

/** The statuses of refusal that can occur, from what the endpoint declares. */
function problemsOf(endpoint: Endpoint): readonly number[] {
  const { access } = endpoint;
  const statuses = new Set(anywhere);
  if (access.kind !== "anonymous") statuses.add(401);
  if (mayForbid(access)) statuses.add(403);
  if (endpoint.path.includes(":")) statuses.add(404);
  if (endpoint.step !== undefined || endpoint.idempotent) statuses.add(409);
  if (endpoint.lifecycle.stage === "deprecated") statuses.add(410);
  for (const problem of endpoint.problems)
    statuses.add(typeof problem === "string" ? problemTypes[problem].status : problem.status);
  return [...statuses].toSorted((a, b) => a - b);
}

function mayForbid(access: AccessRule): boolean {
  switch (access.kind) {
    case "role":
    case "self":
      return true;
    case "any-of":
    case "all-of":
      return access.rules.some(mayForbid);
    case "step-up":
      return mayForbid(access.rule);
    case "shadow":
      return mayForbid(access.enforced);
    case "authenticated":
      return access.party !== "any";
    case "anonymous":
    case "owner":
    case "webhook":
      return false;
  }
}
