/**
 * Numbers within what a schema allows.
 *
 * @module
 */

import type { Schema } from "../document/operation.ts";
import { numberByName } from "./values-by-name.ts";

/** A number for a schema of type integer or number; the example comes first if it is allowed. */
export function sampleNumber(schema: Schema, name: string, example: unknown): number {
  const whole =
    schema["type"] === "integer" ||
    (Array.isArray(schema["type"]) && schema["type"].includes("integer"));
  const { lowest, highest } = boundsOf(schema, whole);
  const multiple = numeric(schema["multipleOf"]);
  const fits = (value: number): boolean =>
    value >= lowest &&
    value <= highest &&
    (!whole || Number.isInteger(value)) &&
    (multiple === undefined || Math.abs(value / multiple - Math.round(value / multiple)) < 1e-9);
  const given = [schema["example"], example, schema["default"]]
    .map(numeric)
    .filter((value) => value !== undefined);
  const plausible = numberByName(name);
  const found = [...given, plausible, Math.round(plausible), 1].find(fits);
  if (found !== undefined) return found;
  const step = multiple ?? (whole ? 1 : 0);
  const start = Math.max(lowest, Math.min(highest, plausible));
  if (step === 0) return start;
  const above = Math.ceil(start / step - 1e-9) * step;
  const rounded = above <= highest ? above : Math.floor(highest / step + 1e-9) * step;
  return Number(rounded.toPrecision(15));
}

function boundsOf(schema: Schema, whole: boolean): { lowest: number; highest: number } {
  const small = whole ? 1 : 0.01;
  let lowest = numeric(schema["minimum"]) ?? Number.NEGATIVE_INFINITY;
  let highest = numeric(schema["maximum"]) ?? Number.POSITIVE_INFINITY;
  const above = schema["exclusiveMinimum"];
  const below = schema["exclusiveMaximum"];
  if (above === true) lowest += small;
  if (below === true) highest -= small;
  if (typeof above === "number") lowest = Math.max(lowest, above + small);
  if (typeof below === "number") highest = Math.min(highest, below - small);
  return { lowest, highest };
}

function numeric(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" && value.trim() !== "" && !Number.isNaN(Number(value))
    ? Number(value)
    : undefined;
}
