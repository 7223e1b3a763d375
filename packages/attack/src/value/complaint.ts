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
  /^(errors?|field_?errors|fields?|invalid|validation|validation_?errors|violations|issues|details?|messages?|properties|children|invalid_?params)$/i;
/** What stands beside a message and is none. */
const structuralKeys =
  /^(loc|path|field|param|parameter|property|propertyPath|instancePath|dataPath|pointer|source|options|keys|codes|code|arguments|allowed_?values|values|params|ctx|context|objectName|target|name|in)$/i;
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
    if (own.known && structuralKeys.test(key)) continue;
    const inner = placeKeys[key.toLowerCase()];
    if (inner !== undefined && isNode(value)) visit(value, inner, [], complaints, depth + 1);
    else if (key === "constraints")
      visit(Object.values(nodeOf(value)), own.place, own.path, complaints, depth + 1);
    else if (messageKeys.test(key) || containerKeys.test(key))
      visit(value, own.place, own.path, complaints, depth + 1);
    else if (isFieldEntry(value, field, depth))
      visit(value, own.place, [...(own.path ?? []), ...tokensOf(key)], complaints, depth + 1);
  }
  const allowed = allowedIn(node);
  if (allowed.length === 0) return;
  for (const [index, complaint] of complaints.entries())
    if (index >= first && complaint.allowed.length === 0)
      complaints[index] = { ...complaint, allowed };
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

const locationKeys = [
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

/** Where an entry says that the fault is. */
function located(
  node: Node,
  place: Complaint["place"],
  field: readonly string[] | undefined,
): Location {
  const source = nodeOf(node["source"]);
  const written =
    source["pointer"] ??
    source["parameter"] ??
    locationKeys
      .filter((key) => !isOfRequest(key, node))
      .map((key) => node[key])
      .find(isPlace);
  const says = placeKeys[textOf(node["location"] ?? node["in"]).toLowerCase()];
  const named = says ?? (source["parameter"] === undefined ? place : "query");
  if (written === undefined || !hasMessage(node))
    return { place: named, path: field, known: false };
  const tokens = tokensOf(written);
  const leads = Array.isArray(written) || tokens.length > 1;
  const first = leads ? placeKeys[(tokens[0] ?? "").toLowerCase()] : undefined;
  const path = [...(first === undefined ? tokens : tokens.slice(1)), ...namedBeside(node)];
  return { place: first ?? named, path, known: true };
}

/** Spring and others tell the path of the URL beside the status. */
function isOfRequest(key: string, node: Node): boolean {
  if (key !== "path" && key !== "name") return false;
  const whole = ["status", "statusCode", "timestamp", "stack"].some(
    (one) => node[one] !== undefined,
  );
  return whole && !Array.isArray(node[key]);
}

/** The property that an entry names apart from its path. */
function namedBeside(node: Node): readonly string[] {
  const params = nodeOf(node["params"]);
  const extra = textOf(params["missingProperty"] ?? params["additionalProperty"]);
  if (extra !== "") return [extra];
  return node["code"] === "unrecognized_keys" ? listOf(node["keys"]).map(textOf).slice(0, 1) : [];
}

function isPlace(value: unknown): boolean {
  return (
    (typeof value === "string" && value.length < 120 && !/\s/.test(value.trim())) ||
    (Array.isArray(value) && value.length > 0)
  );
}

function hasMessage(node: Node): boolean {
  return Object.keys(node).some((key) => messageKeys.test(key) || key === "constraints");
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
