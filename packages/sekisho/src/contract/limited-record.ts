/**
 * Maps from free names to values, with a limit on the number of names.
 *
 * Promise: names and their number are bounded, in the parser and in the document. Limits: prefer an
 * object with declared properties; a free name cannot have an audience.
 *
 * @module
 */

import { z } from "zod";
import { documentationMarks, type Schema } from "./schema-tree.ts";

const limits = new WeakMap<object, number>();

/** Says how many names a {@link limitedRecord} may have; found again on clones by its check. */
export function recordLimitOf(schema: Schema): number | undefined {
  for (const check of schema._zod.def.checks ?? []) {
    const limit = limits.get(check);
    if (limit !== undefined) return limit;
  }
  return undefined;
}

/**
 * A record with at most `maximum` names, each of which meets `name`.
 *
 * @throws TypeError when `maximum` is not a positive integer.
 * @example
 * import { z } from "zod";
 * const Labels = limitedRecord({ name: z.string().max(32), value: z.string().max(128), maximum: 16 });
 */
export function limitedRecord<Name extends z.ZodString, Value extends z.ZodType>(options: {
  readonly name: Name;
  readonly value: Value;
  readonly maximum: number;
}): z.ZodRecord<Name, Value> {
  const { name, value, maximum } = options;
  if (!Number.isSafeInteger(maximum) || maximum < 1)
    throw new TypeError(`a record with at most ${maximum} names`);
  const check = z.check<Record<string, unknown>>((payload) => {
    if (Object.keys(payload.value).length > maximum)
      payload.issues.push({
        code: "custom",
        input: payload.value,
        params: { detail: `must have at most ${maximum} names` },
      });
  });
  limits.set(check, maximum);
  const schema = z.record(name, value).check(check);
  documentationMarks.add(schema, { schema: { maxProperties: maximum }, isWhole: false });
  return schema;
}
