/**
 * From the findings of Zod to the `errors` of a problem (RFC 9457 §3, API8.P9).
 *
 * Promise: a detail is made of the contract alone, never of what was sent; the list is bounded.
 * Limits: the message of a refinement is not shown, since it could repeat the input; a constant
 * text goes into `params: { detail }`.
 *
 * @module
 */

import type { z } from "zod";
import { unreachable, type FieldError } from "../kernel/index.ts";
import { longestName, pointerTo } from "./pointer.ts";

/** Errors that one refusal lists at most. */
export const maximumErrors = 32;

/** What is wrong with a value. */
export interface FieldErrors {
  readonly errors: readonly FieldError[];
  /** Whether names were used that the contract does not have for this audience. */
  readonly unknownNames: boolean;
}

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Describes the findings on `value`; at most 32 of them. */
export function fieldErrorsOf(issues: readonly Issue[], value: unknown): FieldErrors {
  const collected: Collected = { errors: [], unknownNames: false };
  for (const issue of issues) collect(issue, [], value, collected);
  return collected;
}

interface Collected {
  errors: FieldError[];
  unknownNames: boolean;
}

function collect(issue: Issue, base: Path, value: unknown, collected: Collected): void {
  const path = [...base, ...issue.path];
  switch (issue.code) {
    case "unrecognized_keys":
      collected.unknownNames = true;
      for (const name of issue.keys.slice(0, maximumErrors))
        add(collected, [...path, name], unknownDetail(name));
      return;
    case "invalid_key":
      collected.unknownNames = true;
      add(collected, path, unknownDetail(path.at(-1)));
      return;
    case "invalid_union": {
      const closest = closestOption(issue.errors);
      if (closest === undefined) add(collected, path, unionDetail(issue));
      else for (const inner of closest) collect(inner, path, value, collected);
      return;
    }
    case "custom":
    case "invalid_element":
    case "invalid_format":
    case "invalid_type":
    case "invalid_value":
    case "not_multiple_of":
    case "too_big":
    case "too_small":
      add(collected, path, detailOf(issue, valueAt(value, path) === undefined));
      return;
    default:
      unreachable(issue);
  }
}

function add(collected: Collected, path: Path, detail: string): void {
  if (collected.errors.length < maximumErrors)
    collected.errors.push({ pointer: pointerTo(path), detail });
}

/** A name that is too long to be shown is told at the object that holds it. */
function unknownDetail(name: PropertyKey | undefined): string {
  return typeof name === "string" && name.length > longestName
    ? "has an unknown name"
    : "is not a known name";
}

/** The option that the value was probably meant for: of the right kind, with the fewest faults. */
function closestOption(options: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  let closest: readonly Issue[] | undefined;
  let lowest = Infinity;
  for (const issues of options) {
    if (issues.some((issue) => issue.path.length === 0 && isOfOtherKind(issue))) continue;
    // A wrong literal is what tells options apart.
    const score = issues.reduce((sum, issue) => sum + (isOfOtherKind(issue) ? 100 : 1), 0);
    if (score < lowest) [closest, lowest] = [issues, score];
  }
  return closest;
}

function isOfOtherKind(issue: Issue): boolean {
  return (
    issue.code === "invalid_value" || (issue.code === "invalid_type" && issue.path.length === 0)
  );
}

function unionDetail(issue: z.core.$ZodIssueInvalidUnion): string {
  return "discriminator" in issue
    ? "must be one of the documented values"
    : "must match one of the documented alternatives";
}

type Describable = Exclude<
  Issue,
  { readonly code: "unrecognized_keys" | "invalid_key" | "invalid_union" }
>;

function detailOf(issue: Describable, isMissing: boolean): string {
  switch (issue.code) {
    case "invalid_type":
      return isMissing ? "is missing" : `must be ${withArticle(issue.expected)}`;
    case "too_big":
      return `must ${limitDetail(issue.origin, issue.inclusive === false ? "less than" : "at most", issue.maximum)}`;
    case "too_small":
      return `must ${limitDetail(issue.origin, issue.inclusive === false ? "more than" : "at least", issue.minimum)}`;
    case "invalid_format":
      return issue.format === "regex"
        ? "must match the documented pattern"
        : `must be in the format ${issue.format}`;
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    case "invalid_value":
      return isMissing ? "is missing" : valuesDetail(issue.values);
    case "custom":
      return typeof issue.params?.["detail"] === "string"
        ? issue.params["detail"]
        : "does not meet the contract";
    case "invalid_element":
      return "does not meet the contract";
    default:
      return unreachable(issue);
  }
}

function withArticle(kind: string): string {
  if (kind === "null") return "null";
  return /^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`;
}

function limitDetail(origin: string, relation: string, limit: number | bigint): string {
  switch (origin) {
    case "string":
      return `have ${relation} ${limit} characters`;
    case "array":
    case "set":
      return `have ${relation} ${limit} items`;
    case "object":
    case "record":
    case "map":
      return `have ${relation} ${limit} names`;
    default:
      return `be ${relation} ${limit}`;
  }
}

function valuesDetail(values: readonly unknown[]): string {
  const shown = values.map((value) => (typeof value === "string" ? `"${value}"` : String(value)));
  if (shown.length === 1) return `must be ${shown[0]}`;
  return shown.length > 12
    ? "must be one of the documented values"
    : `must be one of ${shown.join(", ")}`;
}

function valueAt(value: unknown, path: Path): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name))
      return undefined;
    found = (found as Readonly<Record<PropertyKey, unknown>>)[name];
  }
  return found;
}
