/**
 * Walking and rewriting Zod schemas; the only file that knows how Zod keeps its definitions.
 *
 * Promise: what a rewrite replaces keeps the audiences and the documentation of what it replaces.
 * Limits: written for Zod 4.6; kinds that Zod adds later are leaves until they are named here.
 *
 * @module
 */

import { z } from "zod";

/** A schema of any kind. */
export type Schema = z.core.$ZodType;
/** A schema whose kind can be told by `_zod.def.type`. */
export type Node = z.core.$ZodTypes;
/** A check of any kind, told by `_zod.def.check`. */
export type Check = z.core.$ZodChecks;

/** Audiences of a schema: who may read it, who may write it. */
export interface Audiences {
  readonly readableBy?: readonly string[];
  readonly writableBy?: readonly string[];
}

/** Audiences by schema; schemas derived by Zod's own methods inherit them. */
export const audienceMarks: z.core.$ZodRegistry<Audiences> = z.registry();

/** What the JSON Schema of a value says beyond its type, or instead of it. */
export interface Documentation {
  readonly schema: Readonly<Record<string, unknown>>;
  /** Whether `schema` is the whole JSON Schema. */
  readonly isWhole: boolean;
}

/** Documentation by schema, for values that are described by more than their type. */
export const documentationMarks: z.core.$ZodRegistry<Documentation> = z.registry();

/** Whether a value is a Zod schema. */
export function isSchema(value: unknown): value is z.ZodType {
  return typeof value === "object" && value !== null && "_zod" in value;
}

/** The definition, told apart by `type`. */
export function definitionOf(schema: Schema): Node["_zod"]["def"] {
  return (schema as Node)._zod.def;
}

/** The checks of a schema; a format such as `z.uuid()` is a check of its own. */
export function checksOf(schema: Schema): readonly Check[] {
  const own = schema._zod.traits.has("$ZodCheck") ? [schema as unknown as Check] : [];
  return [...own, ...((schema._zod.def.checks ?? []) as Check[])];
}

/** The largest length that a string or an array may have. */
export function lengthLimitOf(schema: Schema): number | undefined {
  let limit: number | undefined;
  for (const check of checksOf(schema)) {
    const definition = check._zod.def;
    const found =
      definition.check === "max_length"
        ? definition.maximum
        : definition.check === "length_equals"
          ? definition.length
          : undefined;
    if (found !== undefined && (limit === undefined || found < limit)) limit = found;
  }
  return limit;
}

/** The codec's way back from the value of a handler to the value on the wire. */
export type Encode = (value: unknown, payload: z.core.ParsePayload) => unknown;

/** The encoding half of a codec; `undefined` for a plain pipe. */
export function encodeOf(schema: Schema): Encode | undefined {
  const definition = definitionOf(schema);
  if (definition.type !== "pipe") return undefined;
  return (definition as { readonly reverseTransform?: Encode }).reverseTransform;
}

/** The one schema that a wrapper such as `optional` wraps; `undefined` for everything else. */
export function innerOf(schema: Schema): Schema | undefined {
  const definition = definitionOf(schema);
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- every other kind is a leaf
  switch (definition.type) {
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "catch":
    case "readonly":
    case "nonoptional":
      return definition.innerType;
    case "lazy":
      return (schema as z.core.$ZodLazy)._zod.innerType;
    default:
      return undefined;
  }
}

/** A schema inside another one, and the step of the pointer that leads there (`""`: none). */
export interface Child {
  readonly step: string;
  readonly schema: Schema;
}

/** What a schema is made of. */
export function childrenOf(schema: Schema): readonly Child[] {
  const definition = definitionOf(schema);
  const here = (child: Schema): Child => ({ step: "", schema: child });
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- every other kind is a leaf
  switch (definition.type) {
    case "object": {
      const named = Object.entries(definition.shape).map(([step, child]) => ({
        step,
        schema: child,
      }));
      return definition.catchall === undefined
        ? named
        : [...named, { step: "*", schema: definition.catchall }];
    }
    case "array":
      return [{ step: "*", schema: definition.element }];
    case "tuple":
      return [...definition.items, ...(definition.rest ? [definition.rest] : [])].map(
        (item, index) => ({ step: String(index), schema: item }),
      );
    case "record":
    case "map":
      return [here(definition.keyType), { step: "*", schema: definition.valueType }];
    case "set":
      return [{ step: "*", schema: definition.valueType }];
    case "union":
      return definition.options.map((option) => here(option));
    case "intersection":
      return [here(definition.left), here(definition.right)];
    case "pipe":
      return [here(definition.in), here(definition.out)];
    default: {
      const inner = innerOf(schema);
      return inner === undefined ? [] : [here(inner)];
    }
  }
}

/** Every audience that the tree names on one side, sorted. */
export function audienceNames(schema: Schema, side: keyof Audiences): readonly string[] {
  const names = new Set<string>();
  const seen = new Set<Schema>();
  const waiting = [schema];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    for (const name of audienceMarks.get(next)?.[side] ?? []) names.add(name);
    for (const child of childrenOf(next)) waiting.push(child.schema);
  }
  if (names.size > 30) throw new TypeError(`a contract names ${names.size} audiences; 30 at most`);
  return [...names].toSorted();
}

/** The audiences of a set as bits, in the order of `names`. */
export function maskOf(names: readonly string[], audiences: ReadonlySet<string>): number {
  let mask = 0;
  for (let index = 0; index < names.length; index++)
    if (audiences.has(names[index] ?? "")) mask |= 1 << index;
  return mask;
}
