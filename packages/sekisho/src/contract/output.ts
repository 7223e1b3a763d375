/**
 * Projected output (OWASP API3:2023, ASVS 15.3.1, F5).
 *
 * Risk: a handler returns the row, and the row has gained a column. Promise: what is sent is built
 * from the declared properties that this audience may read, never from what the value happens to
 * hold; in tests an answer off its contract fails, in production it is cut and reported. Limits:
 * bounds and patterns of an answer are judged in tests only.
 *
 * @module
 */

import { z } from "zod";
import { closeSchema } from "./close-schema.ts";
import { ContractViolation, type Violation } from "./contract-violation.ts";
import { fieldErrorsOf, maximumErrors } from "./field-errors.ts";
import { audienceNames, maskOf } from "./schema-tree.ts";
import type { Writing } from "./write-scalar.ts";
import { compileWriter } from "./write-value.ts";

/** How a projection treats an answer off its contract. */
export interface OutputOptions {
  /** `test`: any deviation throws. `production`: surplus is dropped and reported. */
  readonly mode: "production" | "test";
  /** Told where an answer deviated, before anything is thrown; pointers as in `#/items/0`. */
  readonly onViolation?: (pointers: readonly string[]) => void;
}

/** Turns values of handlers into the JSON texts that are sent. */
export interface OutputProjector {
  /** Every audience that the schema names. */
  readonly audiences: readonly string[];
  /**
   * The JSON text of `value` for a reader who belongs to `audiences`.
   *
   * @throws ContractViolation when a required property is missing or of the wrong type; in test
   * mode for every deviation.
   */
  project(value: unknown, audiences: ReadonlySet<string>): string;
}

/**
 * Compiles a schema to a projection. Properties the schema does not have, or the audience may not
 * read, are left out at every depth; values are encoded by `z.codec`, never coerced.
 *
 * @throws TypeError for schemas without a closed JSON form: `any`, `bigint`, one-way transforms.
 * @example
 * import { z } from "zod";
 * const User = z.strictObject({ id: z.uuid(), salary: readableBy(z.int(), "admin") });
 * const output = compileOutput(User, { mode: "production" });
 * const row = { id: "019ab3c4-5d6e-7f80-9123-456789abcdef", salary: 1, password_hash: "…" };
 * output.project(row, new Set()); // {"id":"019ab3c4-5d6e-7f80-9123-456789abcdef"}
 */
export function compileOutput(schema: z.ZodType, options: OutputOptions): OutputProjector {
  const { mode, onViolation } = options;
  const audiences = audienceNames(schema, "readableBy");
  const write = compileWriter(schema, audiences);
  const closed = mode === "test" ? (closeSchema(schema, () => true) as z.ZodType) : undefined;

  return {
    audiences,
    project(value, readers) {
      const writing: Writing = { mask: maskOf(audiences, readers), violations: [] };
      const text = write(value, writing);
      if (text !== undefined && writing.violations.length === 0 && closed === undefined)
        return text;

      const violations = violationsOf(text, writing, closed, value);
      if (violations.length > 0) onViolation?.(violations.map(({ pointer }) => pointer));
      if (text === undefined || (closed !== undefined && violations.length > 0))
        throw new ContractViolation(violations);
      return text;
    },
  };
}

/** What is wrong with an answer, each place once, 32 places at most. */
function violationsOf(
  text: string | undefined,
  writing: Writing,
  closed: z.ZodType | undefined,
  value: unknown,
): readonly Violation[] {
  const found = new Map<string, Violation>();
  for (const { pointer, detail } of writing.violations)
    found.set(`#${pointer}`, { pointer: `#${pointer}`, detail });
  if (text === undefined && found.size === 0)
    found.set("#", { pointer: "#", detail: "has the wrong type" });
  if (closed !== undefined)
    for (const violation of judge(closed, value))
      if (!found.has(violation.pointer)) found.set(violation.pointer, violation);
  return [...found.values()].slice(0, maximumErrors);
}

/** Judges bounds, patterns and refinements as well. */
function judge(closed: z.ZodType, value: unknown): readonly Violation[] {
  const result = z.safeEncode(closed, value);
  return result.success ? [] : fieldErrorsOf(result.error.issues, value).errors;
}
