/**
 * `allOf`, `oneOf` and `anyOf`: parts are paired by what they allow, then by name.
 *
 * @module
 */

import { isObject } from "../embed-schema.ts";
import type { JsonSchema } from "../endpoint-description.ts";
import { judge, type Scope } from "./change.ts";
import { entriesOf, hasAssertions, listOf, type DocumentReader } from "./document.ts";
import type { SchemaComparer } from "./schema-parts.ts";

/**
 * Compares schemas of which one has an `allOf`.
 *
 * @returns whether that was the case.
 */
export function compareConjuncts(
  scope: Scope,
  before: JsonSchema,
  after: JsonSchema,
  comparer: SchemaComparer,
): boolean {
  if (!("allOf" in before) && !("allOf" in after)) return false;
  const pairs = pairUp(
    conjunctsOf(before, comparer.before),
    conjunctsOf(after, comparer.after),
    (a, b) => comparer.isSame(scope, a, b),
  );
  for (const [old, now] of pairs.paired) comparer.compare(scope, old, now);
  for (const old of pairs.removed)
    judge(scope, "all-of-removed", "widened", `no longer ${labelOf(old)}`);
  for (const now of pairs.added) judge(scope, "all-of-added", "narrowed", `also ${labelOf(now)}`);
  return true;
}

/** What has to hold together: the schema's own keywords and the parts of its `allOf`. */
function conjunctsOf(schema: JsonSchema, reader: DocumentReader): readonly unknown[] {
  const { allOf, ...own } = schema;
  const parts = listOf(allOf).filter((part) => hasAssertions(reader.schema(part)));
  return hasAssertions(own) ? [own, ...parts] : parts;
}

const alternativeKeywords = ["oneOf", "anyOf"] as const;

/**
 * Compares schemas of which one has alternatives.
 *
 * @returns whether nothing else is left to compare.
 */
export function compareAlternatives(
  scope: Scope,
  before: JsonSchema,
  after: JsonSchema,
  comparer: SchemaComparer,
): boolean {
  const keyword = alternativeKeywords.find((name) => name in before || name in after);
  if (keyword === undefined) return false;
  const [old, now] = [alternativesOf(before), alternativesOf(after)];
  const name = keyword === "oneOf" ? "one-of" : "any-of";
  if (old === undefined && now === undefined) return false;
  if (old === undefined && now !== undefined) {
    // A plain schema that is still one of the alternatives lost nothing.
    const kept =
      hasOnlyAlternatives(after) && now.some((part) => comparer.isSame(scope, before, part));
    if (kept && now.length === 1) return true;
    judge(
      scope,
      `${name}-added`,
      kept ? "widened" : "narrowed",
      `one of ${now.length} alternatives`,
    );
    return kept || hasOnlyAlternatives(after);
  }
  if (old !== undefined && now === undefined) {
    const kept =
      hasOnlyAlternatives(before) && old.some((part) => comparer.isSame(scope, part, after));
    if (kept && old.length === 1) return true;
    judge(scope, `${name}-removed`, kept ? "narrowed" : "widened", `of ${old.length} alternatives`);
    return kept || hasOnlyAlternatives(before);
  }
  const pairs = pairUp(old ?? [], now ?? [], (a, b) => comparer.isSame(scope, a, b));
  for (const [was, is] of pairs.paired) comparer.compare(scope, was, is);
  for (const was of pairs.removed)
    judge(scope, `${name}-removed`, "narrowed", `no longer ${labelOf(was)}`);
  for (const is of pairs.added) judge(scope, `${name}-added`, "widened", `or ${labelOf(is)}`);
  return hasOnlyAlternatives(before) && hasOnlyAlternatives(after);
}

function alternativesOf(schema: JsonSchema): readonly unknown[] | undefined {
  const keyword = alternativeKeywords.find((name) => Array.isArray(schema[name]));
  return keyword === undefined ? undefined : listOf(schema[keyword]);
}

function hasOnlyAlternatives(schema: JsonSchema): boolean {
  const { oneOf: _one, anyOf: _any, ...rest } = schema;
  return !hasAssertions(rest);
}

interface Pairs {
  readonly paired: readonly (readonly [unknown, unknown])[];
  readonly removed: readonly unknown[];
  readonly added: readonly unknown[];
}

/** Pairs parts that allow the same (nothing to compare), then parts that are meant to be the same. */
function pairUp(
  before: readonly unknown[],
  after: readonly unknown[],
  isSame: (before: unknown, after: unknown) => boolean,
): Pairs {
  let removed = [...before];
  let added = [...after];
  const take = (fits: (before: unknown, after: unknown) => boolean): [unknown, unknown][] => {
    const taken: [unknown, unknown][] = [];
    removed = removed.filter((old) => {
      const index = added.findIndex((now) => fits(old, now));
      if (index === -1) return true;
      taken.push([old, added[index]]);
      added = added.toSpliced(index, 1);
      return false;
    });
    return taken;
  };
  take(isSame);
  const paired = take((old, now) => {
    const name = nameOf(old);
    return name !== undefined && name === nameOf(now);
  });
  // One on each side, and nothing else to tell them apart by: it is the same part, changed.
  if (removed.length === 1 && added.length === 1) paired.push(...take(() => true));
  return { paired, removed, added };
}

/** What makes a part recognisable: its reference, its title, or its constant properties. */
function nameOf(part: unknown): string | undefined {
  if (!isObject(part)) return undefined;
  if (typeof part["$ref"] === "string") return part["$ref"];
  if (typeof part["title"] === "string") return part["title"];
  const constants = entriesOf(part["properties"]).flatMap(([name, property]) =>
    isObject(property) && "const" in property
      ? [`${name}=${JSON.stringify(property["const"])}`]
      : [],
  );
  return constants.length === 0 ? undefined : constants.join(",");
}

function labelOf(part: unknown): string {
  const text = nameOf(part) ?? JSON.stringify(part) ?? "";
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
