/**
 * The state of an object as its owner reads it, and what changed between two readings.
 *
 * @module
 */

import { leavesOf } from "../../oracle/leaves.ts";
import { wordsOf } from "../../oracle/sensitive.ts";
import type { Exchange } from "../../wire/exchange.ts";
import { idIn, itemsIn } from "../../world/item-id.ts";
import type { OwnedObject, World } from "../../world/world.ts";

/** What a reading showed. */
export interface State {
  readonly exchange: Exchange | undefined;
  /** Whether the object is there; `undefined` when nothing shows it. */
  readonly present: boolean | undefined;
  /** Values by place. */
  readonly values: ReadonlyMap<string, string>;
}

/** One place that changed. */
export interface Change {
  readonly pointer: string;
  readonly before: string;
  readonly after: string;
}

/** Counters and times that move by themselves or by being looked at. */
const moving =
  /\b(views?|view count|hits|reads?|last (seen|viewed|read|accessed|login|active)|accessed|attempts|failures|age|now|server time|timestamp|request id|trace id|expires? in|ttl|uptime|etag)\b/;

/** Reads an object as its owner. */
export async function stateOf(
  world: World,
  object: OwnedObject,
  look: () => Promise<Exchange | undefined> = () => world.readBack(object),
): Promise<State> {
  return stateIn(world, object, await look());
}

/** What a reading shows of an object: itself, or its item in a list. */
export function stateIn(world: World, object: OwnedObject, exchange: Exchange | undefined): State {
  if (exchange === undefined) return { exchange, present: undefined, values: new Map() };
  if (!world.succeeds(exchange)) {
    const status = exchange.answer?.status ?? 0;
    // A quota, a fault or an outage says nothing about the object.
    const unknown = status === 0 || status === 429 || status >= 500;
    return { exchange, present: unknown ? undefined : false, values: new Map() };
  }
  const json = exchange.answer?.json;
  const listed = object.resource.read === undefined && object.origin !== "self";
  const item = listed ? itemsIn(json).find((one) => isItem(one, object)) : json;
  const present = listed ? item !== undefined : true;
  const values = new Map<string, string>();
  for (const { pointer, name, value } of leavesOf(item)) {
    if (moving.test(wordsOf(name))) continue;
    values.set(
      pointer,
      [values.get(pointer), String(value)].filter((one) => one !== undefined).join("\n"),
    );
  }
  return { exchange, present, values };
}

function isItem(item: unknown, { resource, id }: OwnedObject): boolean {
  return idIn(item, resource) === id || leavesOf(item).some(({ value }) => String(value) === id);
}

/** What changed between two readings; a place for "it is gone" when it is. */
export function changesBetween(before: State, after: State): readonly Change[] {
  if (before.present === true && after.present === false)
    return [{ pointer: "", before: "there", after: "gone" }];
  if (before.present !== true || after.present !== true) return [];
  const pointers = new Set([...before.values.keys(), ...after.values.keys()]);
  return [...pointers].flatMap((pointer) => {
    const [old = "absent", now = "absent"] = [
      before.values.get(pointer),
      after.values.get(pointer),
    ];
    return old === now ? [] : [{ pointer, before: old, after: now }];
  });
}

/** The changes in words, for the report. */
export function inWords(changes: readonly Change[]): string {
  const [first] = changes;
  if (first === undefined) return "nothing changed";
  if (first.pointer === "") return "it is gone";
  const shown = (text: string): string => JSON.stringify(text.slice(0, 40));
  return `${first.pointer} went from ${shown(first.before)} to ${shown(first.after)}`;
}
