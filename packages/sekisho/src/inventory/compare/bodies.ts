/**
 * What goes over the wire: request body, responses, header fields, media types.
 *
 * @module
 */

import { note, type Direction, type Scope } from "./change.ts";
import { entriesOf, type Node } from "./document.ts";
import type { SchemaComparer } from "./schema-parts.ts";

/** Compares the request bodies; `writer` is who writes them (the API, for a webhook). */
export function compareRequestBodies(
  scope: Scope,
  before: Node,
  after: Node,
  comparer: SchemaComparer,
  writer: Direction = "request",
): void {
  const [had, has] = ["requestBody" in before, "requestBody" in after];
  const old = comparer.before.object(before["requestBody"]);
  const now = comparer.after.object(after["requestBody"]);
  const [was, is] = [old["required"] === true, now["required"] === true];
  const part: Scope = {
    ...scope,
    direction: writer,
    place: `${writer}-body`,
    location: "request body",
  };
  if (had && !has) note(part, "request-body-removed", true, "is no longer taken");
  else if (!had && has)
    note(part, `request-body-added-${is ? "required" : "optional"}`, is, "is new");
  if (!had || !has) return;
  if (!was && is)
    note(part, "request-body-became-required", writer === "request", "has to be there");
  if (was && !is)
    note(part, "request-body-became-optional", writer === "response", "may be left out");
  compareContents(part, old["content"], now["content"], comparer);
}

/** Compares the responses by status; `writer` is who writes them (the receiver, for a webhook). */
export function compareResponses(
  scope: Scope,
  before: Node,
  after: Node,
  comparer: SchemaComparer,
  writer: Direction = "response",
): void {
  const now = new Map(entriesOf(after["responses"]));
  const old = new Map(entriesOf(before["responses"]));
  for (const [status, node] of old) {
    const location = `response ${status}`;
    const part: Scope = { ...scope, direction: writer, place: `${writer}-body`, location };
    const successor = now.get(status) ?? now.get(`${status.charAt(0)}XX`);
    if (successor === undefined) {
      const kind = isSuccess(status) ? "success" : "non-success";
      note(part, `response-${kind}-status-removed`, kind === "success", "is no longer given");
      continue;
    }
    const [was, is] = [comparer.before.object(node), comparer.after.object(successor)];
    compareHeaders(part, was, is, comparer);
    compareContents(part, was["content"], is["content"], comparer);
  }
  for (const status of now.keys()) {
    if (old.has(status) || old.has(`${status.charAt(0)}XX`)) continue;
    const kind = isSuccess(status) ? "success" : "non-success";
    const part = { ...scope, location: `response ${status}` };
    note(part, `response-${kind}-status-added`, false, "is new");
  }
}

function isSuccess(status: string): boolean {
  return status.startsWith("2");
}

function compareHeaders(scope: Scope, before: Node, after: Node, comparer: SchemaComparer): void {
  const byName = (map: unknown): Map<string, unknown> =>
    new Map(entriesOf(map).map(([name, header]) => [name.toLowerCase(), header]));
  const [old, now] = [byName(before["headers"]), byName(after["headers"])];
  for (const [name, node] of old) {
    const part: Scope = {
      ...scope,
      place: `${scope.direction}-header`,
      location: `${scope.location} header ${name}`,
      isText: true,
    };
    const header = comparer.before.object(node);
    const wasRequired = header["required"] === true;
    if (!now.has(name)) {
      const kind = wasRequired ? "required" : "optional";
      note(part, `${kind}-response-header-removed`, wasRequired, "is no longer there");
      continue;
    }
    const successor = comparer.after.object(now.get(name));
    if (wasRequired && successor["required"] !== true)
      note(part, "response-header-became-optional", true, "may be left out");
    if (!wasRequired && successor["required"] === true)
      note(part, "response-header-became-required", false, "is always there");
    comparer.compare(part, header["schema"], successor["schema"]);
  }
  for (const name of now.keys())
    if (!old.has(name)) note(scope, "response-header-added", false, `header ${name} is new`);
}

function compareContents(
  scope: Scope,
  before: unknown,
  after: unknown,
  comparer: SchemaComparer,
): void {
  const [old, now] = [mediaTypesOf(before), mediaTypesOf(after)];
  // Request bodies lose a type that clients send, responses one that they read.
  const prefix = scope.direction === "request" ? "request-body" : "response";
  for (const [type, media] of old) {
    const successor = now.get(type) ?? now.get(`${type.split("/")[0]}/*`) ?? now.get("*/*");
    if (successor === undefined) {
      note(scope, `${prefix}-media-type-removed`, true, `no longer ${type}`);
      continue;
    }
    const [was, is] = [comparer.before.object(media), comparer.after.object(successor)];
    comparer.compare(scope, was["schema"], is["schema"]);
  }
  for (const type of now.keys())
    if (!old.has(type)) note(scope, `${prefix}-media-type-added`, false, `also ${type}`);
}

/** Media types without their parameters: `charset` is no other type. */
function mediaTypesOf(content: unknown): ReadonlyMap<string, unknown> {
  return new Map(
    entriesOf(content).map(([type, media]) => [
      (type.split(";")[0] ?? type).trim().toLowerCase(),
      media,
    ]),
  );
}
