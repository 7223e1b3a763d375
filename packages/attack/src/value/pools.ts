/**
 * Values that the API itself showed, by name: what a later request refers to.
 *
 * Limits: at most 60 values of a name and 4,000 values of one answer are kept.
 *
 * @module
 */

import { isNode } from "../document/node.ts";
import type { Operation } from "../document/operation.ts";
import { isParameter, segmentsOf } from "../document/paths.ts";
import { plain, singularName } from "../document/words.ts";
import { isBareId, passwordOf } from "./values-by-name.ts";

/** A value and who saw it. */
interface Learnt {
  readonly value: unknown;
  readonly seenBy: string | undefined;
}

/** What was learnt so far. */
export interface Pools {
  /** Takes in a JSON value that an operation answered, or accepted, from or by a principal. */
  learn(value: unknown, operation: Operation | undefined, principal: string | undefined): void;
  /** Values of a name: first those that the principal saw, then those of nobody, then the rest. */
  of(name: string, principal: string | undefined): readonly unknown[];
}

const mostOfOneName = 60;
const mostOfOneAnswer = 4_000;

/** Empty pools. */
export function createPools(): Pools {
  const pools = new Map<string, Learnt[]>();

  const add = (name: string, value: unknown, seenBy: string | undefined): void => {
    const key = plain(name);
    const pool = pools.get(key) ?? [];
    if (pool.some((one) => one.value === value && one.seenBy === seenBy)) return;
    pool.push({ value, seenBy });
    // The first ones stay, as they are what the API shows first; the latest push out the middle.
    if (pool.length > mostOfOneName) pool.splice(20, 1);
    pools.set(key, pool);
  };

  return {
    learn: (value, operation, principal) => {
      let left = mostOfOneAnswer;
      const visit = (node: unknown, kind: string | undefined, depth: number): void => {
        if (depth > 8 || left <= 0) return;
        if (Array.isArray(node)) {
          for (const item of node.slice(0, 100)) visit(item, kind, depth + 1);
          return;
        }
        if (!isNode(node)) return;
        for (const [name, property] of Object.entries(node)) {
          if (isKept(property)) {
            left -= 1;
            for (const one of namesFor(name, kind)) add(one, property, principal);
          } else if (Array.isArray(property) && property.every(isKept)) {
            for (const item of property.slice(0, 20)) add(singularName(name), item, principal);
          } else visit(property, isEnvelope(name) ? kind : singularName(name), depth + 1);
        }
      };
      visit(value, operation === undefined ? undefined : kindOf(operation), 0);
    },
    of: (name, principal) => {
      const pool = pools.get(plain(name)) ?? [];
      const rank = ({ seenBy }: Learnt): number =>
        seenBy === principal ? 0 : seenBy === undefined ? 1 : 2;
      const sorted = pool.toSorted((one, other) => rank(one) - rank(other));
      return [...new Set(sorted.map(({ value }) => value))];
    },
  };
}

function isKept(value: unknown): boolean {
  if (typeof value === "number") return true;
  return typeof value === "string" && value !== "" && value.length <= 300;
}

/** The names under which a property is found again: `id` of an order is `order_id` and `order`. */
function namesFor(name: string, kind: string | undefined): readonly string[] {
  if (!isBareId(name)) return kind === undefined ? [name] : [name, `${kind}${name}`];
  return kind === undefined ? ["id"] : ["id", `${kind}id`, kind];
}

function isEnvelope(name: string): boolean {
  return /^(data|items|results?|rows|records|list|content|payload|response|value|values|entries|docs|hits|body|_embedded|edges|node|nodes)$/i.test(
    name,
  );
}

/** The kind of thing that an operation's path speaks of last. */
export function kindOf({ path }: Pick<Operation, "path">): string | undefined {
  const fixed = segmentsOf(path).filter((segment) => !isParameter(segment));
  const verb = /^(all|list|recent|mine|my|me|search|new|create|add|latest|index|find|v\d[\d.]*)$/i;
  const last = fixed.findLast((segment) => !verb.test(segment));
  return last === undefined ? undefined : singularName(last);
}

/** Names under which a parameter of a path may have been learnt. */
export function poolNames(name: string, { path }: Pick<Operation, "path">): readonly string[] {
  const segments = segmentsOf(path);
  const at = segments.indexOf(`{${name}}`);
  const before = at > 0 ? segments.slice(0, at).findLast(isNoun) : undefined;
  const kind = before === undefined ? undefined : singularName(before);
  if (kind === undefined) return isBareId(name) ? [] : [name];
  if (isBareId(name)) return [`${kind}id`];
  return [`${kind}${name}`, name, ...(/id$/i.test(name) ? [`${kind}id`] : [])];
}

function isNoun(segment: string): boolean {
  return !isParameter(segment) && !/^v\d[\d.]*$/i.test(segment);
}

/** Whether a value is one that this run must not hand on. */
export function isOwnPassword(value: unknown, runId: string): boolean {
  return value === passwordOf(runId);
}
