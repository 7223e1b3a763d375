/**
 * Strict query strings and path parameters (OWASP API3:2023, API4:2023; ASVS 1.1.1, 1.5.3, 15.3.7).
 *
 * Risk: parameter pollution: of `?user=1&user=2` the check reads the first and the query the last;
 * `%2527` decoded twice. Promise: decoded exactly once, one value per name, no unknown names, no
 * malformed encodings, no NUL. Limits: a name has one text; there are no arrays and no nesting.
 *
 * @module
 */

import type { z } from "zod";
import { isForbiddenName, type FieldError } from "../kernel/index.ts";
import { maximumErrors } from "./field-errors.ts";
import { compileClosed, judge, type InputDecision } from "./input.ts";
import { pointerTo } from "./pointer.ts";

/** Judges the part of a target behind `?`. */
export type QueryParser<Value = unknown> = (search: string) => InputDecision<Value>;

/** Judges the parameters of a path, decoded once. */
export type ParameterParser<Value = unknown> = (
  parameters: Readonly<Record<string, string>>,
) => InputDecision<Value>;

const nobody: ReadonlySet<string> = new Set();

/**
 * Compiles an object schema to a parser of query strings. Every value is text; see
 * {@link queryInteger}, {@link clampedInteger} and {@link cutString} for more than text.
 *
 * @example
 * import { z } from "zod";
 * const parse = compileQuery(z.strictObject({ q: z.string().max(64) }));
 * parse("q=caf%C3%A9"); // { effect: "allow", value: { q: "café" } }
 * parse("q=a&q=b"); // { effect: "deny", errors: [{ pointer: "#/q", detail: "is repeated" }], … }
 */
export function compileQuery<T extends z.ZodObject>(schema: T): QueryParser<z.output<T>> {
  const known: ReadonlySet<string> = new Set(Object.keys(schema.def.shape));
  const parser = compileClosed(schema, nobody);
  return (search) => {
    const { fields, errors, unknownNames } = readFields(search, known);
    return (
      errors.length > 0 ? invalid(errors, unknownNames) : judge(parser, fields)
    ) as InputDecision<z.output<T>>;
  };
}

/**
 * Compiles an object schema to a parser of path parameters.
 *
 * @example
 * import { z } from "zod";
 * const parse = compileParams(z.strictObject({ order_id: z.uuid() }));
 * parse({ order_id: "7" }); // { effect: "deny", reason: "invalid", … }
 */
export function compileParams<T extends z.ZodObject>(schema: T): ParameterParser<z.output<T>> {
  const parser = compileClosed(schema, nobody);
  return (parameters) => {
    const errors = Object.entries(parameters)
      .filter(([, text]) => !isCleanText(text))
      .map(([name]) => ({ pointer: pointerTo([name]), detail: uncleanDetail }));
    return (
      errors.length > 0 ? invalid(errors, false) : judge(parser, parameters)
    ) as InputDecision<z.output<T>>;
  };
}

interface ReadQuery {
  readonly fields: Readonly<Record<string, string>>;
  readonly errors: readonly FieldError[];
  readonly unknownNames: boolean;
}

function invalid(errors: readonly FieldError[], unknownNames: boolean): InputDecision {
  return {
    effect: "deny",
    reason: "invalid",
    errors: errors.slice(0, maximumErrors),
    unknownNames,
  };
}

/** Names and texts, decoded, and what is wrong with them. */
function readFields(search: string, known: ReadonlySet<string>): ReadQuery {
  const fields: Record<string, string> = {};
  const errors: FieldError[] = [];
  let unknownNames = false;
  if (search === "") return { fields, errors, unknownNames };
  for (const part of search.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    const name = decode(equals < 0 ? part : part.slice(0, equals));
    if (name === undefined) {
      errors.push({ pointer: "#", detail: "has a malformed name" });
    } else if (!known.has(name) || isForbiddenName(name)) {
      unknownNames = true;
      errors.push({ pointer: pointerTo([name]), detail: "is not a known name" });
    } else if (Object.hasOwn(fields, name)) {
      errors.push({ pointer: pointerTo([name]), detail: "is repeated" });
    } else {
      const text = equals < 0 ? "" : decode(part.slice(equals + 1));
      if (text === undefined) errors.push({ pointer: pointerTo([name]), detail: uncleanDetail });
      fields[name] = text ?? "";
    }
  }
  return { fields, errors, unknownNames };
}

const uncleanDetail = "must be well-formed, percent-encoded UTF-8 without NUL";
// RFC 3986 lets nothing but printable ASCII into a target.
const printable = /^[\x21-\x7e]*$/;
// The same without % and +: nothing to decode.
const plain = /^[\x21-\x24\x26-\x2a\x2c-\x7e]*$/;

/** The text behind one layer of percent-encoding; `undefined` when it is malformed. */
function decode(encoded: string): string | undefined {
  if (plain.test(encoded)) return encoded;
  if (!printable.test(encoded)) return undefined;
  let text: string;
  try {
    text = decodeURIComponent(encoded.replaceAll("+", " "));
  } catch {
    return undefined;
  }
  return isCleanText(text) ? text : undefined;
}

function isCleanText(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}
