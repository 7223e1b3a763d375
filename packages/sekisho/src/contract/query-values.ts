/**
 * Values of query and path parameters, which arrive as text (OWASP API4:2023).
 *
 * Risk: `limit=1e9`, `limit=0x10`, `limit[]=5`: text that a lenient reader turns into a large
 * number. Promise: only decimal digits are numbers, and every number and text has its bounds.
 * Limits: for query and path only; a JSON body is never coerced.
 *
 * @module
 */

import { z } from "zod";
import { documentationMarks } from "./schema-tree.ts";

/** Bounds of a number, both included. */
export interface IntegerBounds {
  readonly minimum: number;
  readonly maximum: number;
}

/** Characters of the longest number that is read at all. */
const longestNumber = 400;
const strictInteger = /^(?:0|-?[1-9][0-9]{0,15})$/;
const anyInteger = /^-?[0-9]+$/;

type Refuse = (detail: string) => typeof z.NEVER;

/** A text of at most `longest` characters, turned into a value or refused. */
function fromText<Value>(
  longest: number,
  read: (text: string, refuse: Refuse) => Value,
): z.ZodType<Value, string> {
  return z
    .string()
    .max(longest)
    .transform((text, context) =>
      read(text, (detail) => {
        context.issues.push({ code: "custom", input: text, params: { detail } });
        return z.NEVER;
      }),
    );
}

function documented<T extends z.ZodType>(
  schema: T,
  documentation: Readonly<Record<string, unknown>>,
): T {
  documentationMarks.add(schema, { schema: documentation, isWhole: true });
  return schema;
}

function requireBounds({ minimum, maximum }: IntegerBounds): void {
  if (!Number.isSafeInteger(minimum) || !Number.isSafeInteger(maximum) || minimum > maximum)
    throw new TypeError(`${minimum} to ${maximum} are no bounds of an integer`);
}

/**
 * A whole number in plain decimal digits; anything else, or out of bounds, is refused.
 *
 * @throws TypeError when the bounds are no safe integers or the wrong way round.
 * @example
 * import { z } from "zod";
 * const Query = z.strictObject({ year: queryInteger({ minimum: 2000, maximum: 2100 }).optional() });
 */
export function queryInteger(bounds: IntegerBounds): z.ZodType<number, string> {
  requireBounds(bounds);
  const { minimum, maximum } = bounds;
  const detail = `must be an integer from ${minimum} to ${maximum}`;
  const schema = fromText(longestNumber, (text, refuse) => {
    const value = strictInteger.test(text) ? Number(text) : Number.NaN;
    return value >= minimum && value <= maximum ? value : refuse(detail);
  });
  return documented(schema, { type: "integer", minimum, maximum });
}

/**
 * A whole number that is brought within its bounds, and `fallback` when it is absent; text that is
 * no whole number is refused.
 *
 * @throws TypeError when the bounds are no safe integers, the wrong way round, or do not hold
 * `fallback`.
 * @example
 * import { z } from "zod";
 * const Query = z.strictObject({ limit: clampedInteger({ minimum: 1, maximum: 50, fallback: 20 }) });
 * // limit=1000 → 50, absent → 20, limit=abc → 422
 */
export function clampedInteger(
  bounds: IntegerBounds & { readonly fallback: number },
): z.ZodType<number, string | undefined> {
  requireBounds(bounds);
  const { minimum, maximum, fallback } = bounds;
  if (!Number.isSafeInteger(fallback) || fallback < minimum || fallback > maximum)
    throw new TypeError(`${fallback} is no integer from ${minimum} to ${maximum}`);
  const schema = fromText(longestNumber, (text, refuse) =>
    anyInteger.test(text)
      ? Math.min(Math.max(Number(text), minimum), maximum)
      : refuse("must be an integer"),
  ).default(fallback);
  return documented(schema, {
    type: "integer",
    default: fallback,
    description: `Brought within ${minimum} to ${maximum}.`,
  });
}

/**
 * A text that is cut after `maximum` code points, never inside a surrogate pair; a text of more
 * than `hardMaximum` code points is refused.
 *
 * @throws TypeError when the two are no positive integers or the wrong way round.
 * @example
 * import { z } from "zod";
 * const Query = z.strictObject({ q: cutString({ maximum: 128, hardMaximum: 2048 }).optional() });
 */
export function cutString(limits: {
  readonly maximum: number;
  readonly hardMaximum: number;
}): z.ZodType<string, string> {
  const { maximum, hardMaximum } = limits;
  if (!Number.isSafeInteger(maximum) || !Number.isSafeInteger(hardMaximum) || maximum < 1)
    throw new TypeError(`a text cannot be cut at ${maximum} of ${hardMaximum} characters`);
  if (maximum > hardMaximum)
    throw new TypeError(`a text of ${hardMaximum} characters is never cut at ${maximum}`);
  const detail = `must have at most ${hardMaximum} characters`;
  // A code point is one or two UTF-16 units, so that longer texts need not be counted.
  const schema = fromText(2 * hardMaximum, (text, refuse) => {
    if (text.length <= maximum) return text;
    if (text.length > hardMaximum && endOf(text, hardMaximum) < text.length) return refuse(detail);
    return text.slice(0, endOf(text, maximum));
  });
  return documented(schema, {
    type: "string",
    maxLength: hardMaximum,
    description: `Only the first ${maximum} characters count.`,
  });
}

/** Where the first `count` code points of a text end. */
function endOf(text: string, count: number): number {
  let end = 0;
  for (let left = count; left > 0 && end < text.length; left--)
    end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
  return end;
}
