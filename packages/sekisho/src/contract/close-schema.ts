/**
 * A contract as one audience may use it: closed objects, without the properties it may not write.
 *
 * Promise: no object of the result accepts a name that it does not declare, and long strings are
 * refused before a pattern sees them. Limits: internal.
 *
 * @module
 */

import { z } from "zod";
import { audiencesOf } from "./audience.ts";
import { cloneWith, rewriteSchema } from "./rewrite-schema.ts";
import {
  checksOf,
  definitionOf,
  documentationMarks,
  lengthLimitOf,
  type Schema,
} from "./schema-tree.ts";

/** Whether a property of the original tree stays. */
export type KeepProperty = (property: Schema) => boolean;

/** Closes every object; properties that are not kept become unknown names. */
export function closeSchema(schema: Schema, keep: KeepProperty): Schema {
  return rewriteSchema(schema, (node, original) => closeNode(node, original, keep));
}

/** Closes a schema for input: as {@link closeSchema}, and lengths are judged before patterns. */
export function closeInput(schema: Schema, keep: KeepProperty): Schema {
  return rewriteSchema(schema, (node, original) => {
    if (definitionOf(node).type === "string") return limitFirst(node);
    return closeNode(node, original, keep);
  });
}

function closeNode(node: Schema, original: Schema, keep: KeepProperty): Schema {
  const definition = definitionOf(node);
  const before = definitionOf(original);
  if (definition.type === "record" && "mode" in definition)
    return cloneWith(node, { ...definition, mode: undefined });
  if (definition.type !== "object" || before.type !== "object") return node;
  const shape = Object.fromEntries(
    Object.entries(definition.shape).filter(([name]) => {
      const property = before.shape[name];
      return property !== undefined && keep(property);
    }),
  );
  return cloneWith(node, { ...definition, shape, catchall: z.never() });
}

/** A property that one of the audiences in `mask` may write, or that everybody may. */
export function isWritable(property: Schema, audiences: ReadonlySet<string>): boolean {
  const { writableBy } = audiencesOf(property);
  return writableBy === undefined || writableBy.some((name) => audiences.has(name));
}

/** Lengths beyond which no value of a format is sensible, where the format itself has no limit. */
const formatLimits: Readonly<Record<string, number>> = {
  uuid: 36,
  guid: 36,
  datetime: 48,
  date: 10,
  time: 32,
  ipv4: 15,
  ipv6: 45,
  cidrv4: 18,
  cidrv6: 49,
  mac: 23,
  nanoid: 21,
  ulid: 26,
  xid: 20,
  ksuid: 27,
  e164: 16,
};

/** Characters that a string may have: as declared, else by the nature of its format. */
export function stringLimitOf(schema: Schema): number | undefined {
  const declared = lengthLimitOf(schema);
  if (declared !== undefined) return declared;
  for (const check of checksOf(schema)) {
    const definition = check._zod.def;
    if (definition.check !== "string_format") continue;
    const limit = formatLimits[definition.format];
    if (limit !== undefined) return limit;
  }
  return undefined;
}

/** Puts the limit of a string in front of its patterns, unless something cuts it to size before. */
function limitFirst(node: Schema): Schema {
  const limit = stringLimitOf(node);
  const checks = checksOf(node).map((check) => check._zod.def.check);
  if (limit === undefined || checks.includes("overwrite") || documentationMarks.has(node))
    return node;
  const hasMore = checks.some((check) => check !== "max_length" && check !== "min_length");
  return hasMore
    ? z
        .string()
        .max(limit)
        .pipe(node as z.ZodString)
    : node;
}
