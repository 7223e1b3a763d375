/**
 * The inventory that an OpenAPI document holds.
 *
 * Promise: what the document declares under `x-sekisho` is shown in its words; without it only what
 * the format itself says, and a note that nobody declared the rest.
 *
 * @module
 */

import { parse } from "yaml";
import { CommandFault, messageOf } from "../fault.ts";
import { sortRows, type Inventory, type InventoryRow } from "./inventory.ts";

type Properties = Readonly<Record<string, unknown>>;

const methods = ["get", "head", "post", "put", "patch", "delete", "options", "trace"] as const;

const isObject = (value: unknown): value is Properties =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const textIn = (object: Properties, key: string): string => {
  const value = object[key];
  return typeof value === "string" ? value : "";
};

/**
 * Reads a document in JSON or YAML.
 *
 * @throws CommandFault when it is no OpenAPI document.
 */
export function readDocument(text: string, place: string, now: number): Inventory {
  let document: unknown;
  try {
    document = text.trimStart().startsWith("{") ? JSON.parse(text) : parse(text);
  } catch (error) {
    throw new CommandFault(
      `${place} is neither JSON nor YAML: ${messageOf(error).split("\n")[0] ?? ""}`,
    );
  }
  if (!isObject(document) || !isObject(document["paths"]))
    throw new CommandFault(`${place} is no OpenAPI document: it has no paths`);
  const found = Object.entries(document["paths"]).flatMap(([path, item]) =>
    isObject(item) ? operationsOf(path, item) : [],
  );
  const rows = found.map(({ path, method, operation }) =>
    rowOf(path, method, operation, document["security"], now),
  );
  const undeclared = found.filter(({ operation }) => !isObject(operation["x-sekisho"])).length;
  return { rows: sortRows(rows), hatches: undefined, notes: notesOf(undeclared, found.length) };
}

interface Found {
  readonly path: string;
  readonly method: string;
  readonly operation: Properties;
}

function operationsOf(path: string, item: Properties): readonly Found[] {
  return methods.flatMap((method) => {
    const operation = item[method];
    return isObject(operation) ? [{ path, method: method.toUpperCase(), operation }] : [];
  });
}

function rowOf(
  path: string,
  method: string,
  operation: Properties,
  security: unknown,
  now: number,
): InventoryRow {
  const declared = operation["x-sekisho"];
  if (!isObject(declared))
    return {
      method,
      path,
      access: securityText(operation["security"] ?? security),
      quota: "",
      lifecycle: operation["deprecated"] === true ? "deprecated" : "",
      team: "",
    };
  const { quota, lifecycle } = declared;
  return {
    method,
    path,
    access: textIn(declared, "access"),
    quota: isObject(quota) ? textIn(quota, "limit") : "",
    lifecycle: isObject(lifecycle) ? lifecycleAt(lifecycle, now) : "",
    team: textIn(declared, "team"),
  };
}

/** What the format itself says about credentials. */
function securityText(security: unknown): string {
  if (!Array.isArray(security)) return "";
  const alternatives = security.filter(isObject).map((set) => Object.keys(set).join(" and "));
  if (alternatives.every((names) => names === "")) return "anonymous";
  return alternatives.map((names) => (names === "" ? "anonymous" : names)).join(" or ");
}

/** The state at this moment: a document says when an end is, not whether it has come. */
function lifecycleAt(lifecycle: Properties, now: number): string {
  const stage = textIn(lifecycle, "stage");
  if (stage !== "deprecated") return stage;
  if (Date.parse(textIn(lifecycle, "sunsetAt")) <= now) return "retired";
  return Date.parse(textIn(lifecycle, "deprecatedAt")) > now ? "production" : "deprecated";
}

function notesOf(undeclared: number, all: number): readonly string[] {
  if (undeclared === 0) return [];
  const subject = undeclared === all ? "The document" : `${undeclared} of them`;
  return [
    `${subject} ${undeclared === all || undeclared === 1 ? "declares" : "declare"} nothing under x-sekisho: shown is what \`security\` and \`deprecated\` say.`,
  ];
}
