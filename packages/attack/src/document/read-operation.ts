/**
 * One operation of a document, read into the engine's form.
 *
 * @module
 */

import { readAccess } from "./access.ts";
import { readAnswers, readBody } from "./bodies.ts";
import { cluesOf, isPasswordName, type Described } from "./clues.ts";
import { isDeprecated, readStep, sunsetOf } from "./lifecycle.ts";
import { listOf, textOf, textsOf, type Node } from "./node.ts";
import type { CredentialScheme, Method, Operation, Trait } from "./operation.ts";
import { declaredParameters, readParameters } from "./parameters.ts";
import type { Template } from "./paths.ts";
import { readQuota } from "./quota.ts";
import { inferTraits } from "./traits.ts";

/** Where an operation stands in its document. */
export interface OperationSource {
  readonly document: Node;
  readonly schemes: readonly CredentialScheme[];
  readonly pathItem: Node;
  readonly template: Template;
  readonly method: Method;
  readonly operation: Node;
  readonly hasItem: (collectionPath: string) => boolean;
}

/** Whoever may create something with a name and a password without being known opens an account. */
function opensAccount(described: Described, traits: ReadonlySet<Trait>): boolean {
  const { method, path, bodyNames: names } = cluesOf(described);
  if (method !== "POST" || !traits.has("creates") || traits.has("administrative")) return false;
  const named = names.some((name) => /name|e-?mail|login|phone/i.test(name));
  return !path.includes("{") && named && names.some(isPasswordName);
}

const privileged =
  /^(super)?(admin|administrator|root|superuser|staff|moderator|manager|owner|operator|system)s?$/i;

/** Reads one operation. */
export function readOperation(source: OperationSource): Operation {
  const { document, operation, pathItem, template, method, schemes } = source;
  const declared = declaredParameters(pathItem, operation);
  const parameters = readParameters(declared, template);
  const body = readBody(document, operation, declared);
  const answers = readAnswers(document, operation);
  const operationId = textOf(operation["operationId"]) || undefined;
  const tags = Array.isArray(operation["tags"])
    ? listOf(operation["tags"]).map(textOf)
    : textsOf(operation["tags"]);
  const text = [operation["summary"], operation["description"], ...tags, operationId]
    .map(textOf)
    .filter((part) => part !== "")
    .join("\n")
    .toLowerCase();
  const extensions = Object.fromEntries(
    Object.entries({ ...pathItem, ...operation }).filter(([key]) => key.startsWith("x-")),
  );
  const described = {
    method,
    path: template.path,
    operationId,
    text,
    tags,
    parameters,
    body,
    answers,
    extensions,
  };
  const inferred = inferTraits(described, source.hasItem);
  const proves = (["sign-in", "register", "refresh", "reset-password", "webhook"] as const).some(
    (trait) => inferred.has(trait),
  );
  const access = readAccess({
    document,
    pathItem,
    operation,
    parameters,
    answers,
    schemes,
    proves,
  });
  const traits = new Set<Trait>(inferred);
  const { roles, kind } = access;
  if (roles.length > 0 && roles.every((role) => privileged.test(role)))
    traits.add("administrative");
  if (kind !== "credential" && opensAccount(described, inferred)) traits.add("register");
  return {
    key: `${method} ${template.path}`,
    ...described,
    access,
    quota: readQuota(operation, access.kind === "anonymous" || access.kind === "webhook"),
    step: readStep(operation),
    deprecated: isDeprecated(operation),
    sunsetAt: sunsetOf(operation),
    traits,
  };
}
