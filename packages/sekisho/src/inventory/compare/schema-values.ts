/**
 * Which kinds of values and which single values a schema allows: type, const, enum, format, pattern,
 * default.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import type { JsonSchema } from "../endpoint-description.ts";
import { judge, note, type Effect, type Scope } from "./change.ts";
import { listOf } from "./document.ts";

const allTypes = ["array", "boolean", "integer", "null", "number", "object", "string"] as const;
type TypeName = (typeof allTypes)[number];

/**
 * Compares the types.
 *
 * @returns whether the two still have a type in common, so that going on makes sense.
 */
export function compareTypes(scope: Scope, before: JsonSchema, after: JsonSchema): boolean {
  const [old, now] = [typesOf(before), typesOf(after)];
  const lost = [...old].filter((type) => !accepts(now, type, scope.isText));
  const gained = [...now].filter((type) => !accepts(old, type, false));
  if (lost.length === 0 && gained.length === 0) return true;

  const text = `type ${nameOf(before, old)} → ${nameOf(after, now)}`;
  const onlyNull = (types: readonly TypeName[]): boolean => types.every((type) => type === "null");
  if (lost.length === 0)
    judge(scope, onlyNull(gained) ? "became-nullable" : "type-generalized", "widened", text);
  else if (gained.length === 0)
    judge(scope, onlyNull(lost) ? "became-not-nullable" : "type-specialized", "narrowed", text);
  else judge(scope, "type-changed", "replaced", text);
  return lost.length === 0 || gained.length === 0;
}

function typesOf(schema: JsonSchema): ReadonlySet<TypeName> {
  const named = [schema["type"]].flat().filter((type) => isTypeName(type));
  if (schema["nullable"] === true && named.length > 0) named.push("null");
  if (named.length > 0) return new Set(named);
  const values = valuesOf(schema);
  return new Set(values === undefined ? allTypes : values.map(typeOfValue));
}

function isTypeName(type: unknown): type is TypeName {
  return (allTypes as readonly unknown[]).includes(type);
}

function typeOfValue(value: unknown): TypeName {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return isTypeName(typeof value) ? (typeof value as TypeName) : "object";
}

function accepts(types: ReadonlySet<TypeName>, type: TypeName, isText: boolean): boolean {
  if (types.has(type) || (type === "integer" && types.has("number"))) return true;
  return (
    isText && types.has("string") && (type === "number" || type === "integer" || type === "boolean")
  );
}

function nameOf(schema: JsonSchema, types: ReadonlySet<TypeName>): string {
  return schema["type"] === undefined && types.size === allTypes.length
    ? "any"
    : [...types].toSorted().join("|");
}

/** The values that `const` or `enum` list; `undefined` when any value will do. */
function valuesOf(schema: JsonSchema): readonly unknown[] | undefined {
  if ("const" in schema) return [schema["const"]];
  return Array.isArray(schema["enum"]) ? (schema["enum"] as readonly unknown[]) : undefined;
}

/** Compares `const` and `enum`. */
export function compareValues(scope: Scope, before: JsonSchema, after: JsonSchema): void {
  const [old, now] = [valuesOf(before), valuesOf(after)];
  const isConst = "const" in before || "const" in after;
  if (old === undefined && now === undefined) return;
  if (old === undefined) {
    judge(scope, isConst ? "const-added" : "became-enum", "narrowed", `only ${list(now)}`);
    return;
  }
  if (now === undefined) {
    judge(scope, isConst ? "const-removed" : "enum-removed", "widened", `not only ${list(old)}`);
    return;
  }
  const lost = old.filter((value) => !includes(now, value));
  const gained = now.filter((value) => !includes(old, value));
  if (isConst && lost.length > 0 && gained.length > 0) {
    judge(scope, "const-changed", "replaced", `${list(old)} → ${list(now)}`);
    return;
  }
  if (lost.length > 0) judge(scope, "enum-value-removed", "narrowed", `without ${list(lost)}`);
  if (gained.length > 0) judge(scope, "enum-value-added", "widened", `also ${list(gained)}`);
}

function includes(values: readonly unknown[], value: unknown): boolean {
  return values.some((other) => isDeepStrictEqual(other, value));
}

function list(values: unknown): string {
  return listOf(values)
    .map((value) => JSON.stringify(value))
    .join(", ");
}

/** Number formats in which every value of the first is one of the second. */
const widerFormats: ReadonlySet<string> = new Set(["int32 → int64", "float → double"]);

/** Compares `pattern` and `format`; an empty text restricts nothing. */
export function compareTextForm(scope: Scope, before: JsonSchema, after: JsonSchema): void {
  for (const keyword of ["pattern", "format"] as const) {
    const [old, now] = [textOf(before[keyword]), textOf(after[keyword])];
    if (old === now) continue;
    if (old === undefined) judge(scope, `${keyword}-added`, "narrowed", `${keyword} ${now}`);
    else if (now === undefined)
      judge(scope, `${keyword}-removed`, "widened", `no ${keyword} ${old}`);
    else judge(scope, `${keyword}-changed`, formatEffect(old, now), `${keyword} ${old} → ${now}`);
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function formatEffect(old: string, now: string): Effect {
  if (widerFormats.has(`${old} → ${now}`)) return "widened";
  return widerFormats.has(`${now} → ${old}`) ? "narrowed" : "replaced";
}

/** Compares `default`: a request that leaves the value out means something else now. */
export function compareDefault(scope: Scope, before: JsonSchema, after: JsonSchema): void {
  const [old, now] = [before["default"], after["default"]];
  if (isDeepStrictEqual(old, now)) return;
  const how = old === undefined ? "added" : now === undefined ? "removed" : "changed";
  const text = `default ${JSON.stringify(old) ?? "none"} → ${JSON.stringify(now) ?? "none"}`;
  note(scope, `${scope.place}-default-value-${how}`, scope.direction === "request", text);
}
