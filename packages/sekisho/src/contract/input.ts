/**
 * Strict input (OWASP API3:2023, ASVS 15.3.3, F6).
 *
 * Risk: mass assignment: `{"role":"admin"}` in an update, bound to the record by a helpful
 * framework. Promise: a name that the contract does not have for this audience refuses the whole
 * value, at every depth; nothing is dropped, coerced or invented. Limits: checks must be
 * synchronous and pure, since a refused value is looked at twice.
 *
 * @module
 */

import { z } from "zod";
import type { FieldError } from "../kernel/index.ts";
import { closeInput, isWritable } from "./close-schema.ts";
import { fieldErrorsOf } from "./field-errors.ts";
import { audienceNames, maskOf, type Schema } from "./schema-tree.ts";

/** A value that does not meet the contract. */
export interface InvalidInput {
  readonly effect: "deny";
  readonly reason: "invalid";
  /** At most 32, with constant texts. */
  readonly errors: readonly FieldError[];
  /** Whether names were sent that the contract does not have for this audience: a probe, often. */
  readonly unknownNames: boolean;
}

/** The answer of a parser. */
export type InputDecision<Value = unknown> =
  | { readonly effect: "allow"; readonly value: Value }
  | InvalidInput;

/** Judges a parsed value for a caller who belongs to `audiences`. */
export type InputParser<Value = unknown> = (
  value: unknown,
  audiences: ReadonlySet<string>,
) => InputDecision<Value>;

/** Parsers that are kept for one schema; each set of audiences that matters has one. */
const maximumParsers = 64;

/**
 * Compiles a schema to a parser. Objects are closed whether or not the schema says `strictObject`.
 *
 * @throws TypeError when the schema names more than 30 audiences.
 * @example
 * import { z } from "zod";
 * const parse = compileInput(z.object({ name: z.string().max(64) }));
 * parse({ name: "Ada", role: "admin" }, new Set());
 * // { effect: "deny", errors: [{ pointer: "#/role", detail: "is not a known name" }], … }
 */
export function compileInput<T extends z.ZodType>(schema: T): InputParser<z.output<T>> {
  const names = audienceNames(schema, "writableBy");
  const parsers = new Map<number, z.ZodType>();

  function parserFor(mask: number): z.ZodType {
    const known = parsers.get(mask);
    if (known !== undefined) return known;
    const audiences = new Set(names.filter((_, index) => (mask & (1 << index)) !== 0));
    const parser = compileClosed(schema, audiences);
    if (parsers.size >= maximumParsers) parsers.clear();
    parsers.set(mask, parser);
    return parser;
  }
  parserFor(0);

  return (value, audiences) =>
    judge(parserFor(maskOf(names, audiences)), value) as InputDecision<z.output<T>>;
}

/** The parser of one set of audiences. */
export function compileClosed(schema: Schema, audiences: ReadonlySet<string>): z.ZodType {
  return z.compile(closeInput(schema, (property) => isWritable(property, audiences)) as z.ZodType);
}

/** Runs a compiled parser. */
export function judge(parser: z.ZodType, value: unknown): InputDecision {
  const result = parser.safeParse(value);
  if (result.success) return { effect: "allow", value: result.data };
  return { effect: "deny", reason: "invalid", ...fieldErrorsOf(result.error.issues, value) };
}
