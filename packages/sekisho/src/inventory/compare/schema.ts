/**
 * Compares two schemas as sets of values.
 *
 * Limits: keywords are compared one by one; that two differently written schemas allow the same is
 * noticed only for references, single `allOf` parts, alternatives in another order, and the like.
 *
 * @module
 */

import type { JsonSchema } from "../endpoint-description.ts";
import { note, quiet, type Scope } from "./change.ts";
import { compareAlternatives, compareConjuncts } from "./schema-compositions.ts";
import type { DocumentReader } from "./document.ts";
import { compareBounds } from "./schema-bounds.ts";
import {
  compareArrays,
  compareConditions,
  compareObjects,
  type SchemaComparer,
} from "./schema-parts.ts";
import { compareDefault, compareTextForm, compareTypes, compareValues } from "./schema-values.ts";

/** A comparer for the schemas of two documents. */
export function createSchemaComparer(
  before: DocumentReader,
  after: DocumentReader,
): SchemaComparer {
  /** Pairs that are being compared: what comes back to one of them is a recursion. */
  const open = new PairSets();
  const same = new PairSets();
  const different = new PairSets();

  function compare(scope: Scope, oldNode: unknown, newNode: unknown): void {
    const [old, now] = [before.schema(oldNode), after.schema(newNode)];
    const settled = `${scope.direction} ${scope.isText}`;
    // A component that is used in many places is compared once, and reported once in each body.
    const told = scope.isTrial ? settled : bodyOf(scope);
    if (open.has("", old, now) || same.has(settled, old, now)) return;
    if (different.has(told, old, now)) {
      if (scope.isTrial) note(scope, "changed", true, "differs");
      return;
    }
    open.add("", old, now);
    const reported = scope.changes.length;
    if (
      !compareConjuncts(scope, old, now, comparer) &&
      !compareAlternatives(scope, old, now, comparer)
    )
      compareKeywords(scope, old, now);
    open.delete("", old, now);
    if (scope.changes.length === reported) same.add(settled, old, now);
    else different.add(told, old, now);
  }

  function compareKeywords(scope: Scope, old: JsonSchema, now: JsonSchema): void {
    compareDefault(scope, old, now);
    if (!compareTypes(scope, old, now)) return;
    compareValues(scope, old, now);
    compareTextForm(scope, old, now);
    compareBounds(scope, old, now);
    compareArrays(scope, old, now, comparer);
    compareObjects(scope, old, now, comparer);
    compareConditions(scope, old, now, comparer);
  }

  function isSame(scope: Scope, oldNode: unknown, newNode: unknown): boolean {
    const trial = quiet(scope);
    compare(trial, oldNode, newNode);
    return trial.changes.length === 0;
  }

  const comparer: SchemaComparer = { before, after, compare, isSame };
  return comparer;
}

function bodyOf({ method, path, direction, location }: Scope): string {
  return `${method} ${path} ${direction} ${location.split("/")[0]}`;
}

/** Sets of pairs of schemas, each under a name. */
class PairSets {
  readonly #partners = new Map<string, Map<JsonSchema, Set<JsonSchema>>>();

  has(name: string, old: JsonSchema, now: JsonSchema): boolean {
    return this.#partners.get(name)?.get(old)?.has(now) === true;
  }

  add(name: string, old: JsonSchema, now: JsonSchema): void {
    const sets = this.#partners.get(name) ?? new Map<JsonSchema, Set<JsonSchema>>();
    this.#partners.set(name, sets);
    sets.set(old, (sets.get(old) ?? new Set()).add(now));
  }

  delete(name: string, old: JsonSchema, now: JsonSchema): void {
    this.#partners.get(name)?.get(old)?.delete(now);
  }
}
