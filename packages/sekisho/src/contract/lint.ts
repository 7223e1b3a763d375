/**
 * Faults of contracts, found before the first request (OWASP API3:2023, API4.P2, F6).
 *
 * Promise: every node is looked at; a schema on which nothing could be looked at is a fault itself.
 * Limits: what a refinement does is not seen; a limit that is too generous is still a limit.
 *
 * @module
 */

import { isForbiddenName, unreachable } from "../kernel/index.ts";
import { audiencesOf } from "./audience.ts";
import { stringLimitOf } from "./close-schema.ts";
import { recordLimitOf } from "./limited-record.ts";
import { pointerStep } from "./pointer.ts";
import {
  checksOf,
  childrenOf,
  definitionOf,
  documentationMarks,
  encodeOf,
  innerOf,
  isSchema,
  lengthLimitOf,
  type Schema,
} from "./schema-tree.ts";

type Direction = "input" | "output";

/**
 * Faults of a schema for what is sent to us; empty when there are none. `where` begins every text.
 *
 * @example
 * import { z } from "zod";
 * lintInput(z.strictObject({ name: z.string() }), "POST /api/users body");
 * // ["POST /api/users body #/name: a string without a maximum"]
 */
export function lintInput(schema: unknown, where: string): string[] {
  return lint(schema, where, "input");
}

/**
 * Faults of a schema for what we send; empty when there are none. `where` begins every text.
 *
 * @example
 * import { z } from "zod";
 * lintOutput(z.strictObject({ data: z.any() }), "GET /api/users 200");
 * // ["GET /api/users 200 #/data: any lets everything through"]
 */
export function lintOutput(schema: unknown, where: string): string[] {
  return lint(schema, where, "output");
}

interface Walk {
  readonly direction: Direction;
  readonly note: (pointer: string, text: string) => void;
  /** Schemas that are being looked at, to see a schema within itself. */
  readonly open: Set<Schema>;
}

function lint(schema: unknown, where: string, direction: Direction): string[] {
  if (!isSchema(schema)) return [`${where}: no schema was looked at`];
  const faults = new Set<string>();
  const note = (pointer: string, text: string): void => {
    faults.add(`${where} ${pointer}: ${text}`);
  };
  walk(schema, "#", false, { direction, note, open: new Set() });
  return [...faults];
}

function walk(schema: Schema, pointer: string, isProperty: boolean, context: Walk): void {
  if (context.open.has(schema)) {
    context.note(pointer, "a schema within itself has no bound; write its levels out");
    return;
  }
  const audiences = audiencesOf(schema);
  if (!isProperty && Object.keys(audiences).length > 0)
    context.note(pointer, "an audience restricts a property of an object and nothing else");
  // A value of the library that says itself what it accepts.
  if (context.direction === "input" && documentationMarks.get(schema)?.isWhole === true) return;

  for (const fault of faultsOf(schema, context.direction)) context.note(pointer, fault);
  context.open.add(schema);
  const isObject = definitionOf(schema).type === "object";
  for (const { step, schema: child } of childrenOf(schema)) {
    if (isOffTheWire(schema, child)) continue;
    const below = step === "" ? pointer : pointer + (step === "*" ? "/*" : pointerStep(step));
    const isOwn = isObject && step !== "*";
    if (isOwn) noteProperty(step, child, below, context);
    // Wrappers carry the audience of the property that they wrap.
    const carries = step === "" && isProperty && isCarrier(schema);
    walk(child, below, isOwn || carries, context);
  }
  context.open.delete(schema);
}

function isCarrier(schema: Schema): boolean {
  return innerOf(schema) !== undefined || definitionOf(schema).type === "pipe";
}

/** The side of a pipe that is not on the wire, and what has a fault of its own already. */
function isOffTheWire(parent: Schema, child: Schema): boolean {
  const definition = definitionOf(parent);
  if (definition.type === "object") return child === definition.catchall;
  if (definition.type !== "pipe") return false;
  return child === definition.out || definitionOf(child).type === "transform";
}

function noteProperty(name: string, property: Schema, pointer: string, context: Walk): void {
  if (isForbiddenName(name) && (context.direction === "input" || name === "__proto__"))
    context.note(pointer, "a name that reaches a prototype is never accepted");
  if (
    context.direction === "input" &&
    audiencesOf(property).writableBy !== undefined &&
    property._zod.optout !== "optional"
  )
    context.note(pointer, "only some audiences may write it, so it must be optional");
}

function faultsOf(schema: Schema, direction: Direction): readonly string[] {
  const definition = definitionOf(schema);
  if ("coerce" in definition && definition.coerce)
    return ["coercion accepts values of other types"];
  switch (definition.type) {
    case "string":
      return stringLimitOf(schema) === undefined ? ["a string without a maximum"] : [];
    case "template_literal":
      return direction === "input" ? ["a template literal has no maximum"] : [];
    case "number":
      return direction === "input" ? numberFaults(schema) : [];
    case "array":
      return lengthLimitOf(schema) === undefined ? ["an array without a maximum"] : [];
    case "tuple":
      return definition.rest ? ["a tuple with a rest has no maximum"] : [];
    case "object":
      return definition.catchall !== undefined && definitionOf(definition.catchall).type !== "never"
        ? ["an open object"]
        : [];
    case "record":
      return recordFaults(schema);
    case "any":
    case "unknown":
      return [`${definition.type} lets everything through`];
    case "pipe":
      return pipeFaults(schema, direction);
    case "catch":
      return direction === "input" ? ["catch hides what is wrong"] : [];
    case "date":
      return direction === "input" ? ["JSON has no dates; use z.iso.datetime()"] : [];
    case "intersection":
      return ["an intersection cannot be closed; use one object"];
    case "boolean":
    case "null":
    case "never":
    case "enum":
    case "literal":
    case "union":
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "readonly":
    case "nonoptional":
    case "lazy":
      return [];
    case "bigint":
    case "custom":
    case "file":
    case "function":
    case "map":
    case "nan":
    case "promise":
    case "set":
    case "success":
    case "symbol":
    case "transform":
    case "undefined":
    case "void":
      return [`JSON has no value of kind ${definition.type}`];
    default:
      return unreachable(definition);
  }
}

function numberFaults(schema: Schema): readonly string[] {
  let hasMinimum = false;
  let hasMaximum = false;
  for (const check of checksOf(schema)) {
    const definition = check._zod.def;
    if (definition.check === "less_than") hasMaximum = true;
    if (definition.check === "greater_than") hasMinimum = true;
    // The integer formats have the bounds of their width.
    if (definition.check === "number_format" && !definition.format.startsWith("float"))
      hasMinimum = hasMaximum = true;
  }
  return [
    ...(hasMinimum ? [] : ["a number without a minimum"]),
    ...(hasMaximum ? [] : ["a number without a maximum"]),
  ];
}

function recordFaults(schema: Schema): readonly string[] {
  const definition = definitionOf(schema);
  if (definition.type !== "record") return [];
  if ("mode" in definition && definition.mode === "loose") return ["an open object"];
  const key = definitionOf(definition.keyType).type;
  const isBounded = key === "enum" || key === "literal" || recordLimitOf(schema) !== undefined;
  return isBounded ? [] : ["a record without a limit on its names; use limitedRecord"];
}

function pipeFaults(schema: Schema, direction: Direction): readonly string[] {
  const definition = definitionOf(schema);
  if (definition.type !== "pipe" || encodeOf(schema) !== undefined) return [];
  if (definitionOf(definition.in).type === "transform")
    return ["a preprocess changes a value before it is judged"];
  return direction === "output" && definitionOf(definition.out).type === "transform"
    ? ["a one-way transform cannot be sent; use z.codec"]
    : [];
}
