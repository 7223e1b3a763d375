/**
 * How large, long and many: all keywords with a number.
 *
 * @module
 */

import type { JsonSchema } from "../endpoint-description.ts";
import { judge, type Scope } from "./change.ts";

interface Bound {
  readonly keyword: string;
  readonly name: string;
  readonly side: "upper" | "lower";
  /** What the absence of the keyword means, when it means a number. */
  readonly absent?: number;
}

const bounds: readonly Bound[] = [
  { keyword: "maxLength", name: "max-length", side: "upper" },
  { keyword: "minLength", name: "min-length", side: "lower", absent: 0 },
  { keyword: "maxItems", name: "max-items", side: "upper" },
  { keyword: "minItems", name: "min-items", side: "lower", absent: 0 },
  { keyword: "maxProperties", name: "max-properties", side: "upper" },
  { keyword: "minProperties", name: "min-properties", side: "lower", absent: 0 },
  { keyword: "maxContains", name: "max-contains", side: "upper" },
  { keyword: "minContains", name: "min-contains", side: "lower", absent: 1 },
];

/** Compares every bound. */
export function compareBounds(scope: Scope, before: JsonSchema, after: JsonSchema): void {
  for (const { keyword, name, side, absent } of bounds) {
    const old = numberOf(before[keyword]) ?? absent;
    const now = numberOf(after[keyword]) ?? absent;
    if (before[keyword] === undefined && old === now) continue;
    if (after[keyword] === undefined && old === now) continue;
    compareBound(scope, name, side, edge(old, before[keyword]), edge(now, after[keyword]));
  }
  compareBound(scope, "", "upper", rangeEdge(before, "upper"), rangeEdge(after, "upper"));
  compareBound(scope, "", "lower", rangeEdge(before, "lower"), rangeEdge(after, "lower"));
  compareSteps(scope, before, after);
  compareUnique(scope, before, after);
}

/** An end of a range; `value` is undefined when it is open. */
interface Edge {
  readonly value: number | undefined;
  readonly exclusive: boolean;
  /** The document says it, it is not a default. */
  readonly stated: boolean;
}

function edge(value: number | undefined, stated: unknown): Edge {
  return { value, exclusive: false, stated: stated !== undefined };
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** The stricter of the inclusive and the exclusive keyword; both may be there. */
function rangeEdge(schema: JsonSchema, side: "upper" | "lower"): Edge {
  const [plain, exclusive] =
    side === "upper" ? ["maximum", "exclusiveMaximum"] : ["minimum", "exclusiveMinimum"];
  const inclusive = numberOf(schema[plain]);
  // In OpenAPI 3.0 the exclusive keyword is a flag on the plain one.
  if (schema[exclusive] === true) return { value: inclusive, exclusive: true, stated: true };
  const open = numberOf(schema[exclusive]);
  if (open === undefined) return edge(inclusive, inclusive);
  const isStricter =
    inclusive === undefined || (side === "upper" ? open <= inclusive : open >= inclusive);
  return { value: isStricter ? open : inclusive, exclusive: isStricter, stated: true };
}

function compareBound(
  scope: Scope,
  name: string,
  side: "upper" | "lower",
  old: Edge,
  now: Edge,
): void {
  if (old.value === now.value && old.exclusive === now.exclusive) return;
  const short = side === "upper" ? "max" : "min";
  const label =
    name === "" ? `${old.exclusive || now.exclusive ? "exclusive-" : ""}${short}` : name;
  const text = `${label} ${show(old)} → ${show(now)}`;
  if (!old.stated || old.value === undefined) {
    judge(scope, `${label}-set`, "narrowed", text);
    return;
  }
  if (!now.stated || now.value === undefined) {
    judge(scope, `${label}-unset`, "widened", text);
    return;
  }
  const difference = now.value - old.value;
  const isHigher = difference === 0 ? now.exclusive === (side === "lower") : difference > 0;
  const effect = isHigher === (side === "upper") ? "widened" : "narrowed";
  judge(scope, `${label}-${isHigher ? "increased" : "decreased"}`, effect, text);
}

function show({ value, exclusive }: Edge): string {
  if (value === undefined) return "none";
  return exclusive ? `${value} (exclusive)` : String(value);
}

function compareSteps(scope: Scope, before: JsonSchema, after: JsonSchema): void {
  const [old, now] = [numberOf(before["multipleOf"]), numberOf(after["multipleOf"])];
  if (old === now) return;
  const text = `multipleOf ${old ?? "none"} → ${now ?? "none"}`;
  if (old === undefined) judge(scope, "multiple-of-set", "narrowed", text);
  else if (now === undefined) judge(scope, "multiple-of-unset", "widened", text);
  else if (old % now === 0) judge(scope, "multiple-of-changed", "widened", text);
  else judge(scope, "multiple-of-changed", now % old === 0 ? "narrowed" : "replaced", text);
}

function compareUnique(scope: Scope, before: JsonSchema, after: JsonSchema): void {
  const [old, now] = [before["uniqueItems"] === true, after["uniqueItems"] === true];
  if (!old && now) judge(scope, "unique-items-added", "narrowed", "items have to differ");
  if (old && !now) judge(scope, "unique-items-removed", "widened", "items may repeat");
}
