/**
 * Paths, their operations, and webhooks.
 *
 * @module
 */

import { lifecycleState } from "../lifecycle.ts";
import { compareRequestBodies, compareResponses } from "./bodies.ts";
import { note, type OpenApiChange, type Scope } from "./change.ts";
import { entriesOf, type DocumentReader, type Node } from "./document.ts";
import { compareParameters, parametersOf } from "./parameters.ts";
import type { SchemaComparer } from "./schema-parts.ts";
import { compareSecurity, securityOf } from "./security.ts";

const methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"] as const;

/** One operation with the item and the template it stands under. */
interface Operation {
  readonly template: string;
  readonly item: Node;
  readonly node: Node;
}

/** Compares all operations; `now` judges whether a removed one had passed its sunset. */
export function compareOperations(
  changes: OpenApiChange[],
  comparer: SchemaComparer,
  now: number | undefined,
): void {
  const [old, current] = [operationsOf(comparer.before), operationsOf(comparer.after)];
  for (const [key, { method, operation }] of old) {
    const scope = scopeOf(changes, operation.template, method);
    const successor = current.get(key)?.operation;
    if (successor === undefined) removed(scope, operation.node, now);
    else compareOperation(scope, operation, successor, comparer);
  }
  for (const [key, { method, operation }] of current)
    if (!old.has(key))
      note(scopeOf(changes, operation.template, method), "endpoint-added", false, "is new");
}

/** Compares webhooks: there the API is the client, so the directions are exchanged. */
export function compareWebhooks(changes: OpenApiChange[], comparer: SchemaComparer): void {
  const [old, current] = [webhooksOf(comparer.before), webhooksOf(comparer.after)];
  for (const [key, { name, method, node }] of old) {
    const scope = scopeOf(changes, name, method);
    const successor = current.get(key)?.node;
    if (successor === undefined) {
      note(scope, "webhook-removed", true, "is no longer sent");
      continue;
    }
    compareRequestBodies(scope, node, successor, comparer, "response");
    compareResponses(scope, node, successor, comparer, "request");
  }
  for (const [key, { name, method }] of current)
    if (!old.has(key)) note(scopeOf(changes, name, method), "webhook-added", false, "is new");
}

function scopeOf(changes: OpenApiChange[], path: string, method: string): Scope {
  return {
    changes,
    path,
    method: method.toUpperCase(),
    direction: "request",
    place: "",
    location: "",
    isText: false,
    isTrial: false,
  };
}

function compareOperation(
  scope: Scope,
  old: Operation,
  now: Operation,
  comparer: SchemaComparer,
): void {
  const { before, after } = comparer;
  if (old.node["deprecated"] !== true && now.node["deprecated"] === true)
    note(scope, "endpoint-deprecated", false, "is deprecated");
  if (old.node["deprecated"] === true && now.node["deprecated"] !== true)
    note(scope, "endpoint-reactivated", false, "is no longer deprecated");
  compareSecurity(scope, securityOf(before, old.node), securityOf(after, now.node));
  compareParameters(
    scope,
    parametersOf(before, old.item, old.node, old.template),
    parametersOf(after, now.item, now.node, now.template),
    comparer,
  );
  compareRequestBodies(scope, old.node, now.node, comparer);
  compareResponses(scope, old.node, now.node, comparer);
}

function removed(scope: Scope, operation: Node, now: number | undefined): void {
  const sunset = sunsetOf(operation);
  const wasDue =
    sunset !== undefined &&
    now !== undefined &&
    lifecycleState(
      { stage: "deprecated", since: sunset, deprecatedAt: sunset, sunsetAt: sunset },
      now,
    ) === "retired";
  if (wasDue) note(scope, "endpoint-retired", false, `passed its sunset ${sunset}`);
  else note(scope, "endpoint-removed", true, "is no longer there");
}

/** The announced end of a deprecated operation, in our notation or in the common one. */
function sunsetOf(operation: Node): string | undefined {
  if (operation["deprecated"] !== true) return undefined;
  const lifecycle = (operation["x-sekisho"] as Node | undefined)?.["lifecycle"] as Node | undefined;
  const sunset = lifecycle?.["sunsetAt"] ?? operation["x-sunset"];
  return typeof sunset === "string" ? sunset : undefined;
}

/** Operations by method and path shape: the name of a path parameter is not on the wire. */
function operationsOf(
  reader: DocumentReader,
): ReadonlyMap<string, { readonly method: string; readonly operation: Operation }> {
  const found = new Map<string, { method: string; operation: Operation }>();
  for (const [template, itemNode] of entriesOf(reader.root["paths"])) {
    const item = reader.object(itemNode);
    for (const method of methods) {
      if (!(method in item)) continue;
      const node = reader.object(item[method]);
      const key = `${method} ${template.replaceAll(/\{[^}]*\}/g, "{}")}`;
      found.set(key, { method, operation: { template, item, node } });
    }
  }
  return found;
}

function webhooksOf(
  reader: DocumentReader,
): ReadonlyMap<string, { readonly name: string; readonly method: string; readonly node: Node }> {
  const found = new Map<string, { name: string; method: string; node: Node }>();
  for (const [name, itemNode] of entriesOf(reader.root["webhooks"])) {
    const item = reader.object(itemNode);
    for (const method of methods)
      if (method in item)
        found.set(`${method} ${name}`, { name, method, node: reader.object(item[method]) });
  }
  return found;
}
