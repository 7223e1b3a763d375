/**
 * The parts of objects and arrays: properties, items, and the rules between them.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { isObject } from "../embed-schema.ts";
import type { JsonSchema } from "../endpoint-description.ts";
import { inside, judge, note, type Scope } from "./change.ts";
import { entriesOf, isSubset, listOf, textsOf, type DocumentReader } from "./document.ts";

/** Compares two schema nodes, each of its own document. */
export interface SchemaComparer {
  readonly before: DocumentReader;
  readonly after: DocumentReader;
  compare(scope: Scope, before: unknown, after: unknown): void;
  /** Whether the two allow the same values, as far as can be seen. */
  isSame(scope: Scope, before: unknown, after: unknown): boolean;
}

/** Compares everything about properties. */
export function compareObjects(
  scope: Scope,
  before: JsonSchema,
  after: JsonSchema,
  comparer: SchemaComparer,
): void {
  compareProperties(scope, before, after, comparer);
  compareRest(scope, before, after, comparer);
  compareMaps(scope, "patternProperties", "pattern-property", before, after, comparer);
  compareMaps(scope, "dependentSchemas", "dependent-schema", before, after, comparer);
  compareSingle(scope, "propertyNames", "property-names", before, after, comparer);
  compareSingle(scope, "unevaluatedProperties", "unevaluated-properties", before, after, comparer);
  compareDependentRequired(scope, before, after);
}

/** Compares everything about items. */
export function compareArrays(
  scope: Scope,
  before: JsonSchema,
  after: JsonSchema,
  comparer: SchemaComparer,
): void {
  if ("items" in before || "items" in after)
    comparer.compare(inside(scope, "items"), before["items"], after["items"]);
  const [old, now] = [listOf(before["prefixItems"]), listOf(after["prefixItems"])];
  for (let index = 0; index < Math.max(old.length, now.length); index++)
    comparer.compare(
      inside(scope, String(index)),
      index < old.length ? old[index] : before["items"],
      index < now.length ? now[index] : after["items"],
    );
  compareSingle(scope, "contains", "contains", before, after, comparer);
  compareSingle(scope, "unevaluatedItems", "unevaluated-items", before, after, comparer);
}

/** Compares `not` and `if`/`then`/`else`, which are judged as wholes. */
export function compareConditions(
  scope: Scope,
  before: JsonSchema,
  after: JsonSchema,
  comparer: SchemaComparer,
): void {
  for (const keyword of ["not", "if", "then", "else"]) {
    if (judgePresence(scope, keyword, keyword, before[keyword], after[keyword])) continue;
    if (!comparer.isSame(scope, before[keyword], after[keyword]))
      judge(scope, `${keyword}-changed`, "replaced", keyword);
  }
}

/** Judges what only one of the two has; `false` when both have it or none. */
function judgePresence(
  scope: Scope,
  name: string,
  text: string,
  before: unknown,
  after: unknown,
): boolean {
  if ((before === undefined) === (after === undefined)) return false;
  if (before === undefined) judge(scope, `${name}-added`, "narrowed", text);
  else judge(scope, `${name}-removed`, "widened", text);
  return true;
}

/** The properties that the writer of this direction may send. */
function propertiesOf(
  schema: JsonSchema,
  reader: DocumentReader,
  direction: Scope["direction"],
): ReadonlyMap<string, unknown> {
  const hidden = direction === "request" ? "readOnly" : "writeOnly";
  const visible = entriesOf(schema["properties"]).filter(
    ([, property]) => reader.object(property)[hidden] !== true,
  );
  return new Map(visible);
}

function requiredOf(schema: JsonSchema): ReadonlySet<string> {
  return new Set(textsOf(schema["required"]));
}

function isClosed(schema: JsonSchema): boolean {
  return schema["additionalProperties"] === false || schema["unevaluatedProperties"] === false;
}

function compareProperties(
  scope: Scope,
  before: JsonSchema,
  after: JsonSchema,
  comparer: SchemaComparer,
): void {
  const old = propertiesOf(before, comparer.before, scope.direction);
  const now = propertiesOf(after, comparer.after, scope.direction);
  const [oldRequired, nowRequired] = [requiredOf(before), requiredOf(after)];
  for (const [name, property] of old) {
    if (!now.has(name)) {
      removedProperty(inside(scope, name), oldRequired.has(name), isClosed(after));
      continue;
    }
    const part = inside(scope, name);
    if (!oldRequired.has(name) && nowRequired.has(name))
      judge(part, "became-required", "narrowed", "has to be there");
    if (oldRequired.has(name) && !nowRequired.has(name))
      judge(part, "became-optional", "widened", "may be left out");
    comparer.compare(part, property, now.get(name));
  }
  for (const name of now.keys())
    if (!old.has(name)) addedProperty(inside(scope, name), nowRequired.has(name));
  // What is named as a property was judged above, or is not this writer's to send.
  const named = new Set(
    [before, after].flatMap((schema) => entriesOf(schema["properties"]).map(([name]) => name)),
  );
  for (const name of nowRequired)
    if (!named.has(name) && !oldRequired.has(name))
      judge(inside(scope, name), "became-required", "narrowed", "has to be there");
  for (const name of oldRequired)
    if (!named.has(name) && !nowRequired.has(name))
      judge(inside(scope, name), "became-optional", "widened", "may be left out");
}

function removedProperty(scope: Scope, wasRequired: boolean, isClosedNow: boolean): void {
  if (scope.direction === "request") {
    // An open object goes on taking what it no longer looks at; a closed one refuses it.
    note(scope, `${scope.place}-removed`, isClosedNow, "is no longer there");
    return;
  }
  const kind = wasRequired ? "required" : "optional";
  const id = scope.place.replace(/property$/, `${kind}-property-removed`);
  note(scope, id, wasRequired, "is no longer there");
}

function addedProperty(scope: Scope, isRequired: boolean): void {
  const kind = isRequired ? "required" : "optional";
  if (scope.direction === "request")
    note(scope, `new-${kind}-${scope.place}`, isRequired, `is new and ${kind}`);
  else note(scope, scope.place.replace(/property$/, `${kind}-property-added`), false, "is new");
}

/** Compares `additionalProperties`; clients ignore what they do not know in an answer. */
function compareRest(
  scope: Scope,
  before: JsonSchema,
  after: JsonSchema,
  comparer: SchemaComparer,
): void {
  const [old, now] = [before["additionalProperties"], after["additionalProperties"]];
  if ((old === false) !== (now === false)) {
    const closes = now === false;
    const breaking = closes && scope.direction === "request";
    const text = closes ? "no further properties" : "further properties";
    note(
      scope,
      `${scope.place}-additional-properties-${closes ? "refused" : "allowed"}`,
      breaking,
      text,
    );
    return;
  }
  if (isObject(old) || isObject(now)) comparer.compare(inside(scope, "*"), old, now);
}

function compareMaps(
  scope: Scope,
  keyword: string,
  name: string,
  before: JsonSchema,
  after: JsonSchema,
  comparer: SchemaComparer,
): void {
  const [old, now] = [new Map(entriesOf(before[keyword])), new Map(entriesOf(after[keyword]))];
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const [was, is] = [old.get(key), now.get(key)];
    if (!judgePresence(scope, name, key, was, is)) comparer.compare(inside(scope, key), was, is);
  }
}

function compareSingle(
  scope: Scope,
  keyword: string,
  name: string,
  before: JsonSchema,
  after: JsonSchema,
  comparer: SchemaComparer,
): void {
  const [was, is] = [before[keyword], after[keyword]];
  if (!judgePresence(scope, name, keyword, was, is) && was !== undefined)
    comparer.compare(inside(scope, keyword), was, is);
}

function compareDependentRequired(scope: Scope, before: JsonSchema, after: JsonSchema): void {
  const [old, now] = [
    new Map(entriesOf(before["dependentRequired"])),
    new Map(entriesOf(after["dependentRequired"])),
  ];
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const [was, is] = [new Set(textsOf(old.get(key))), new Set(textsOf(now.get(key)))];
    if (isDeepStrictEqual(was, is)) continue;
    const how = !old.has(key) ? "added" : !now.has(key) ? "removed" : "changed";
    const effect = isSubset(was, is) ? "narrowed" : isSubset(is, was) ? "widened" : "replaced";
    judge(scope, `dependent-required-${how}`, effect, `with ${key}: ${[...is].join(", ")}`);
  }
}
