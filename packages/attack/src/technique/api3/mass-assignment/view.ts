/**
 * What independent reads show of one object: names and values, whatever is around them.
 *
 * @module
 */

import { isNode, type Node } from "../../../document/node.ts";
import type { Exchange } from "../../../wire/exchange.ts";
import { plainName, plainText } from "../property-words.ts";

/** A property as the reads show it. */
export interface Shown {
  readonly name: string;
  /** Different readers may show different forms. */
  readonly values: readonly unknown[];
}

/** What reads show of an object. */
export interface View {
  /** By plain name: "isadmin" for `is_admin` and `isAdmin`. */
  readonly properties: ReadonlyMap<string, Shown>;
  readonly exchanges: readonly Exchange[];
}

/** A view of nothing. */
export const emptyView: View = { properties: new Map(), exchanges: [] };

const deepest = 4;

/** What successful reads show of the object that one of the keys names. */
export function viewOf(exchanges: readonly Exchange[], keys: readonly string[]): View {
  const properties = new Map<string, Shown>();
  const used: Exchange[] = [];
  for (const exchange of exchanges) {
    const items = itemsFor(exchange.answer?.json, keys);
    if (items.length > 0) used.push(exchange);
    for (const item of items) collect(item, properties, 0);
  }
  return { properties, exchanges: used };
}

/** The object that a key names inside a list; else the whole answer, when it is no list. */
function itemsFor(json: unknown, keys: readonly string[]): readonly Node[] {
  const inLists: Node[] = [];
  let lists = 0;
  const visit = (value: unknown, inList: boolean, depth: number): void => {
    if (depth > 12) return;
    if (Array.isArray(value)) {
      if (value.some(isNode)) lists += 1;
      for (const item of value) visit(item, true, depth + 1);
    } else if (isNode(value)) {
      const named = Object.values(value).some(
        (own) => (typeof own === "string" || typeof own === "number") && keys.includes(String(own)),
      );
      if (named && inList) inLists.push(value);
      else for (const below of Object.values(value)) visit(below, inList, depth + 1);
    }
  };
  visit(json, false, 0);
  if (inLists.length > 0) return inLists.slice(0, 3);
  const named =
    isNode(json) && keys.some((key) => JSON.stringify(json).includes(JSON.stringify(key)));
  return isNode(json) && (lists === 0 || named) ? [json] : [];
}

/** Names and values of an object and what it contains, lists of objects apart. */
function collect(object: Node, into: Map<string, Shown>, depth: number): void {
  if (depth > deepest) return;
  for (const [name, value] of Object.entries(object)) {
    if (isNode(value)) collect(value, into, depth + 1);
    if (Array.isArray(value) && value.some(isNode)) continue;
    const plain = plainName(name);
    if (plain === "") continue;
    const known = into.get(plain);
    into.set(plain, { name: known?.name ?? name, values: [...(known?.values ?? []), value] });
  }
}

/** Whether a view shows a value under a name, in whatever form the API keeps it. */
export function shows({ properties }: View, name: string, value: unknown): boolean {
  return properties.get(plainName(name))?.values.some((one) => isSame(one, value)) === true;
}

/** Whether a view has a property at all. */
export function has({ properties }: View, name: string): boolean {
  return properties.has(plainName(name));
}

/** Whether two values are the same but for their form: 1 and true, "7" and 7, instants. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (one === null || other === null || one === undefined || other === undefined) return false;
  if (typeof one === "boolean" || typeof other === "boolean")
    return truth(one) === truth(other) && truth(one) !== undefined;
  if (typeof one === "object" || typeof other === "object") {
    const left = JSON.stringify(asList(one));
    return left === JSON.stringify(asList(other));
  }
  if (plainText(one) === plainText(other)) return true;
  const [left, right] = [Number(one), Number(other)];
  if (Number.isFinite(left) && Number.isFinite(right)) return left === right;
  const [instant, same] = [instantOf(one), instantOf(other)];
  return instant !== undefined && instant === same;
}

function asList(value: unknown): unknown {
  return Array.isArray(value) || isNode(value) ? value : [value];
}

function truth(value: unknown): boolean | undefined {
  if (value === true || value === 1 || value === "true" || value === "1") return true;
  return value === false || value === 0 || value === "false" || value === "0" ? false : undefined;
}

function instantOf(value: unknown): number | undefined {
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\d/.test(value)) return undefined;
  const instant = Date.parse(value);
  return Number.isNaN(instant) ? undefined : Math.floor(instant / 1_000);
}
