/**
 * Values that a schema allows, as a well-meaning client would send them.
 *
 * Promise: the same context gives the same value; a schema that contains itself ends. Limits: what a
 * schema forbids by `not` or by conditions is not seen.
 *
 * @module
 */

import { isNode, nodeOf, textOf } from "../document/node.ts";
import type { Schema } from "../document/operation.ts";
import { wordsOf } from "../document/words.ts";
import { inside, type SampleContext } from "./sample-context.ts";
import { sampleNumber } from "./sample-number.ts";
import { sampleText } from "./sample-text.ts";
import { flatSchema, requiredNames, schemaOfExample, typeOf } from "./shape.ts";
import { booleanByName, isFreeText, isIdName, isBareId, isUniqueName } from "./values-by-name.ts";

const deepest = 7;

/** A value for a schema. */
export function sampleValue(given: Schema, context: SampleContext): unknown {
  const patch = context.patchAt(context.path);
  const schema = { ...weakened(flatSchema(given), context.example), ...patch?.schema };
  if (schema["const"] !== undefined) return schema["const"];
  const chosen = chosenOf(schema, context);
  if (chosen !== undefined) return chosen;
  const refused = patch?.refused ?? [];
  const known = knownFor(schema, context, refused);
  if (known !== undefined) return known;
  const value = valueOf(schema, context, refused.length > 0);
  return context.style.numbersAsStrings && typeof value === "number" ? String(value) : value;
}

/** A schema that says nothing gives way to what the example shows. */
function weakened(schema: Schema, example: unknown): Schema {
  const shown = schema["example"] ?? example;
  if (shown === undefined || typeOf(schema) !== undefined) {
    const empty = typeOf(schema) === "object" && schema["properties"] === undefined;
    return empty && isNode(shown) ? { ...schemaOfExample(shown), ...schema } : schema;
  }
  return { ...schemaOfExample(shown), ...schema };
}

/** One of the listed values: the example if it is among them, else the first that says something. */
function chosenOf(schema: Schema, { example, style }: SampleContext): unknown {
  const values = schema["enum"];
  if (!Array.isArray(values) || values.length === 0) return undefined;
  const shown = [schema["example"], example, schema["default"]].find(
    (value) => value !== undefined && values.includes(value),
  );
  if (shown !== undefined && !style.verbatim) return shown;
  return shown ?? values.find((value) => value !== null && value !== "") ?? values[0];
}

function knownFor(schema: Schema, context: SampleContext, refused: readonly string[]): unknown {
  const { name, path } = context;
  const type = typeOf(schema);
  if (type === "object" || type === "array" || path === "") return undefined;
  const refers =
    (isIdName(name) && !(isBareId(name) && context.depth <= 1)) ||
    (context.refers(name) && !isFreeText(name) && textOf(schema["format"]) === "");
  const reference = textOf(schema["format"]) === "uuid";
  if (!refers && !reference && !isUniqueName(name)) return undefined;
  return context
    .known(name)
    .map((value) => fitted(value, type))
    .find((value) => value !== undefined && !refused.includes(textOf(value)));
}

/** A known value in the type of the schema; `undefined` when it cannot be brought there. */
function fitted(value: unknown, type: string | undefined): unknown {
  if (value === undefined || type === undefined) return value;
  if (type === "string")
    return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
  if (type !== "integer" && type !== "number") return undefined;
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && !Number.isNaN(number) ? number : undefined;
}

function valueOf(schema: Schema, context: SampleContext, renewed: boolean): unknown {
  switch (typeOf(schema) ?? guessedType(context.name)) {
    case "string":
      return sampleText(schema, context, renewed);
    case "integer":
    case "number":
      return sampleNumber(schema, context.name, context.example);
    case "boolean":
      return sampleBoolean(schema, context);
    case "array":
      return sampleArray(schema, context);
    case "object":
      return sampleObject(schema, context);
    case "null":
      return null;
    default:
      return sampleText(schema, context, renewed);
  }
}

/** The type of a property that was found missing and that no document describes. */
function guessedType(name: string): string {
  const last = wordsOf(name).at(-1) ?? "";
  if (/^(quantity|qty|amount|price|count|total|age|year|page|limit|rating|score)$/.test(last))
    return "number";
  return /^(is|has|can|accept|agree)[A-Z_]/.test(name) ? "boolean" : "string";
}

function sampleBoolean(schema: Schema, { example, name }: SampleContext): boolean {
  const given = [schema["example"], example, schema["default"]].find(
    (value) => typeof value === "boolean",
  );
  return typeof given === "boolean" ? given : booleanByName(name);
}

function sampleArray(schema: Schema, context: SampleContext): readonly unknown[] {
  const least = numberIn(schema["minItems"]) ?? 0;
  const most = numberIn(schema["maxItems"]) ?? Math.max(1, least);
  const count = Math.min(Math.max(1, least), most, 50);
  const shown = schema["example"] ?? context.example;
  const examples: readonly unknown[] = Array.isArray(shown) ? shown : [];
  const items = isNode(schema["items"]) ? schema["items"] : schemaOfExample(examples[0]);
  if (context.depth > deepest || (Object.keys(items).length === 0 && least === 0)) return [];
  const list: unknown[] = [];
  const seen = new Set<string>();
  for (let tries = 0; list.length < count && tries < count * 4; tries += 1) {
    const value = sampleValue(items, inside(context, "*", examples[tries]));
    const key = JSON.stringify(value) ?? "";
    if (schema["uniqueItems"] === true && seen.has(key)) continue;
    seen.add(key);
    list.push(value);
  }
  return list;
}

function numberIn(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function sampleObject(schema: Schema, context: SampleContext): Readonly<Record<string, unknown>> {
  // A schema that requires itself has no end: nothing is valid, so the least is sent.
  if (context.depth > deepest + 1) return {};
  const properties = nodeOf(schema["properties"]);
  const example = nodeOf(schema["example"] ?? context.example);
  const required = new Set(requiredNames(schema));
  const object: Record<string, unknown> = {};
  const names = new Set([
    ...Object.keys(properties),
    ...required,
    ...context.addedAt(context.path),
  ]);
  for (const name of names) {
    if (name === "__proto__") continue;
    const property = nodeOf(properties[name]);
    const below = inside(context, name, example[name]);
    if (
      !isWanted(name, property, below, {
        required,
        closed: required.size > 0,
        shown: name in example,
      })
    )
      continue;
    object[name] = sampleValue(property, below);
  }
  repeatPasswords(object);
  const filled = isNode(schema["additionalProperties"]) && Object.keys(object).length === 0;
  if (filled && context.depth < deepest && (numberIn(schema["minProperties"]) ?? 0) > 0)
    object["key"] = sampleValue(
      nodeOf(schema["additionalProperties"]),
      inside(context, "key", undefined),
    );
  return object;
}

/** A password that is asked for twice must come twice. */
function repeatPasswords(object: Record<string, unknown>): void {
  const names = Object.keys(object);
  const isRepetition = (name: string): boolean =>
    /pass|pwd/i.test(name) && /confirm|repeat|again|retype|verif|match|2$/i.test(name);
  const original =
    names.find((name) => /new.*(pass|pwd)/i.test(name) && !isRepetition(name)) ??
    names.find(
      (name) => /pass|pwd/i.test(name) && !/old|current/i.test(name) && !isRepetition(name),
    );
  if (original === undefined) return;
  for (const name of names) if (isRepetition(name)) object[name] = object[original];
}

interface Choice {
  readonly required: ReadonlySet<string>;
  /** Whether the schema says at all what is required. */
  readonly closed: boolean;
  /** Whether an example has it. */
  readonly shown: boolean;
}

/** Names whose values the server gives, or that give powers. */
const served =
  /^(_?id|uuid|_v|__v|created_?(at|on|by|date)?|updated_?(at|on|by|date)?|deleted_?(at|on)?|modified_?(at|on)?|roles?|is_?admin|admin|is_?staff|is_?superuser|permissions?|verified|is_?verified|_links|href|etag)$/i;

function isWanted(name: string, property: Schema, context: SampleContext, choice: Choice): boolean {
  const patch = context.patchAt(context.path);
  if (patch?.omit === true) return false;
  if (patch?.add === true) return true;
  const flat = flatSchema(property);
  if (flat["readOnly"] === true) return false;
  if (choice.required.has(name)) return true;
  if (context.depth > deepest - 3 || context.style.optional === "none") return false;
  if (context.style.optional === "all") return !served.test(name) || choice.shown;
  if (flat["deprecated"] === true) return false;
  if (choice.shown) return true;
  if (served.test(name)) return false;
  if (!choice.closed) return !isIdName(name) || context.known(name).length > 0;
  const type = typeOf(flat);
  return (
    isFreeText(name) && (type === "string" || type === undefined) && flat["enum"] === undefined
  );
}
