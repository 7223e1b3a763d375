/**
 * Writers of values that hold no other values, and what all writers share.
 *
 * Promise: a value is written as it is or not at all; nothing is coerced. Limits: internal.
 *
 * @module
 */

import type { Violation } from "./contract-violation.ts";
import type { Schema } from "./schema-tree.ts";

/** What the writers of one value share. */
export interface Writing {
  /** Audiences of the reader as bits. */
  readonly mask: number;
  /** Found so far; pointers lack the `#` and grow while the writers return. */
  violations: Violation[];
}

/** Gives the JSON text of a value, or `undefined` when the value is not of the type. */
export type Writer = (value: unknown, writing: Writing) => string | undefined;

/** Gives the writer of a schema below the one that is being compiled. */
export type Compile = (schema: Schema) => Writer;

// Everything that JSON.stringify would escape.
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const escaped = /["\\\u0000-\u001f\ud800-\udfff]/;

/** A text in quotes. */
export function quote(text: string): string {
  return escaped.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** Texts. */
export const writeString: Writer = (value) =>
  typeof value === "string" ? quote(value) : undefined;
/** Finite numbers. */
export const writeNumber: Writer = (value) =>
  Number.isFinite(value) ? JSON.stringify(value) : undefined;
/** Integers that every reader holds exactly. */
export const writeInteger: Writer = (value) =>
  Number.isSafeInteger(value) ? JSON.stringify(value) : undefined;
/** `true` and `false`. */
export const writeBoolean: Writer = (value) =>
  value === true ? "true" : value === false ? "false" : undefined;
/** `null`. */
export const writeNull: Writer = (value) => (value === null ? "null" : undefined);
/** Valid dates, as RFC 3339 in UTC. */
export const writeDate: Writer = (value) =>
  value instanceof Date && !Number.isNaN(value.getTime()) ? `"${value.toISOString()}"` : undefined;

/** Whether a schema has one of the integer formats. */
export function isIntegerSchema(schema: Schema): boolean {
  const formats = [
    schema._zod.def,
    ...(schema._zod.def.checks ?? []).map((check) => check._zod.def),
  ];
  return formats.some((definition) => {
    const { check, format } = definition as { readonly check?: string; readonly format?: string };
    return check === "number_format" && format !== "float32" && format !== "float64";
  });
}

/** The writer of an enum or of literals. */
export function constantWriter(schema: Schema): Writer {
  const texts = new Map<unknown, string>();
  for (const value of schema._zod.values ?? []) {
    if (value === undefined || typeof value === "bigint" || typeof value === "symbol")
      throw new TypeError(`an answer cannot hold the constant ${String(value)}`);
    texts.set(value, JSON.stringify(value));
  }
  return (value) => texts.get(value);
}
