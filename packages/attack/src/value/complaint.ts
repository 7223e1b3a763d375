/**
 * What an API says is wrong with a request, in the shapes that frameworks use.
 *
 * @module
 */

import { isNode, listOf, nodeOf, textOf, type Node } from "../document/node.ts";

/** One thing that is wrong. */
export interface Complaint {
  readonly place: "body" | "query" | "path" | "header" | undefined;
  /** Property names from the top, "*" for items; `undefined` when only the message may tell. */
  readonly path: readonly string[] | undefined;
  readonly message: string;
  /** The values that it says are allowed. */
  readonly allowed: readonly unknown[];
}

const messageKeys =
  /^(message|messages|msg|error|errors|error_?message|error_?description|detail|details|description|reason|reasons|title|hint|info|text|default_?message|user_?message|_errors|form_?errors|non_field_errors|cause|fault|problem)$/i;
const quietKeys =
  /^(type|code|status|status_?code|trace|trace_?id|request_?id|instance|path|timestamp|stack|input|ctx|url|received|value|success|ok|method|documentation_?url|help|link|rejected_?value|object|name)$/i;
const containerKeys =
  /^(errors?|field_?errors|fields?|invalid|validation|validation_?errors|violations|issues|details?|messages?|properties|params|invalid_?params)$/i;
const placeKeys: Readonly<Record<string, Complaint["place"]>> = {
  body: "body",
  json: "body",
  form: "body",
  data: "body",
  requestbody: "body",
  query: "query",
  querystring: "query",
  params: "path",
  path: "path",
  header: "header",
  headers: "header",
};

/** Everything that an answer complains of, in its order; at most 50. */
export function readComplaints(json: unknown, text: string): readonly Complaint[] {
  const complaints: Complaint[] = [];
  if (json === undefined) {
    const message = text
      .replaceAll(/<[^>]*>/g, " ")
      .replaceAll(/\s+/g, " ")
      .trim()
      .slice(0, 500);
    if (message !== "")
      complaints.push({ place: undefined, path: undefined, message, allowed: [] });
  } else visit(json, undefined, undefined, complaints, 0);
  return complaints.slice(0, 50);
}

function visit(
  value: unknown,
  place: Complaint["place"],
  field: readonly string[] | undefined,
  complaints: Complaint[],
  depth: number,
): void {
  if (depth > 8 || complaints.length >= 50) return;
  if (typeof value === "string") {
    if (value.trim() !== "")
      complaints.push({ place, path: field, message: value.slice(0, 500), allowed: [] });
    return;
  }
  if (Array.isArray(value)) {
    for (const item of value) visit(item, place, field, complaints, depth + 1);
    return;
  }
  if (isNode(value)) visitNode(value, place, field, complaints, depth);
}

function visitNode(
  node: Node,
  place: Complaint["place"],
  field: readonly string[] | undefined,
  complaints: Complaint[],
  depth: number,
): void {
  const own = located(node, place, field);
  const first = complaints.length;
  for (const [key, value] of Object.entries(node)) {
    if (quietKeys.test(key) && typeof value !== "object") continue;
    const inner = placeKeys[key.toLowerCase()];
    if (inner !== undefined && isNode(value)) visit(value, inner, [], complaints, depth + 1);
    else if (messageKeys.test(key) || containerKeys.test(key)) {
      const holds = !/^(params|path|loc|location)$/i.test(key);
      if (holds) visit(value, own.place, own.path, complaints, depth + 1);
    } else if (isFieldEntry(value, field, depth))
      visit(value, own.place, [...(own.path ?? []), key], complaints, depth + 1);
  }
  const allowed = allowedIn(node);
  if (allowed.length > 0 || own.known)
    for (let index = first; index < complaints.length; index += 1) {
      const complaint = complaints[index];
      if (complaint !== undefined && complaint.allowed.length === 0)
        complaints[index] = { ...complaint, allowed };
    }
}

/** Whether a value under an unknown key tells what is wrong with the property of that name. */
function isFieldEntry(
  value: unknown,
  field: readonly string[] | undefined,
  depth: number,
): boolean {
  if (Array.isArray(value))
    return value.length > 0 && value.every((one) => typeof one === "string" || isNode(one));
  if (isNode(value)) return depth < 6;
  return typeof value === "string" && (field !== undefined || depth > 0) && /\s/.test(value.trim());
}

interface Location {
  readonly place: Complaint["place"];
  readonly path: readonly string[] | undefined;
  readonly known: boolean;
}

/** Where an entry says that the fault is. */
function located(
  node: Node,
  place: Complaint["place"],
  field: readonly string[] | undefined,
): Location {
  const keys = [
    "pointer",
    "instancePath",
    "dataPath",
    "loc",
    "path",
    "field",
    "fieldName",
    "field_name",
    "param",
    "parameter",
    "property",
    "attribute",
    "propertyPath",
    "key",
    "name",
    "in",
  ];
  const source = nodeOf(node["source"]);
  const written =
    source["pointer"] ??
    source["parameter"] ??
    keys.map((key) => node[key]).find((value) => isPlace(value));
  const says = textOf(node["location"] ?? node["in"]).toLowerCase();
  const named = placeKeys[says] ?? (source["parameter"] === undefined ? undefined : "query");
  if (written === undefined || !hasMessage(node))
    return { place: named ?? place, path: field, known: false };
  const tokens = tokensOf(written);
  const first = placeKeys[(tokens[0] ?? "").toLowerCase()];
  const leads = Array.isArray(written) || tokens.length > 1;
  const path = first !== undefined && leads ? tokens.slice(1) : tokens;
  const params = nodeOf(node["params"]);
  const extra = textOf(params["missingProperty"] ?? params["additionalProperty"]);
  const unknown = listOf(node["keys"]).map(textOf).slice(0, 1);
  const full = [
    ...path,
    ...(extra === "" ? [] : [extra]),
    ...(node["code"] === "unrecognized_keys" ? unknown : []),
  ];
  return { place: (leads ? first : undefined) ?? named ?? place, path: full, known: true };
}

function isPlace(value: unknown): boolean {
  return (
    (typeof value === "string" && value.length < 120 && !/\s/.test(value.trim())) ||
    (Array.isArray(value) && value.length > 0)
  );
}

function hasMessage(node: Node): boolean {
  return Object.keys(node).some((key) => messageKeys.test(key));
}

/** Tokens of a pointer, of `a.b[0].c` or of a list. */
function tokensOf(written: unknown): readonly string[] {
  const raw = Array.isArray(written)
    ? written.map(textOf)
    : textOf(written)
        .replace(/^#/, "")
        .replaceAll(/\[(\w+)\]/g, ".$1")
        .replaceAll(/\["?'?([^\]"']+)"?'?\]/g, ".$1")
        .split(/[/.]/);
  return raw
    .filter((token) => token !== "" && token !== "$")
    .map((token) => (/^\d+$/.test(token) ? "*" : token));
}

function allowedIn(node: Node): readonly unknown[] {
  const params = nodeOf(node["params"]);
  const context = nodeOf(node["ctx"] ?? node["context"]);
  const found =
    params["allowedValues"] ??
    node["allowedValues"] ??
    node["options"] ??
    context["valids"] ??
    context["enum_values"] ??
    node["values"] ??
    params["allowedValue"];
  return Array.isArray(found) ? found : [];
}
