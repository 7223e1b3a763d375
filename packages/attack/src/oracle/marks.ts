/**
 * Marks: values by which one party's data is recognised in an answer to another.
 *
 * A mark must be distinctive: a date, a state or a small number is shared by chance.
 *
 * @module
 */

import { leavesOf } from "./leaves.ts";

const everyday = /^(true|false|null|none|active|inactive|pending|user|admin|member|[a-z]{1,5})$/i;
const instant = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?$/;

/** Whether a value is distinctive enough to prove whose data it is. */
export function isDistinctive(value: string | number | boolean | null): boolean {
  if (typeof value === "number") return Number.isFinite(value) && Math.abs(value) >= 100_000;
  if (typeof value !== "string") return false;
  const text = value.trim();
  return text.length >= 6 && text.length <= 4_096 && !everyday.test(text) && !instant.test(text);
}

/**
 * The distinctive values of a body that none of the other texts holds.
 * Planted canaries come first: they prove the most.
 */
export function marksOf(
  body: unknown,
  others: readonly string[],
  canary = "cnry",
): readonly string[] {
  const values = leavesOf(body)
    .filter(({ value }) => isDistinctive(value))
    .map(({ value }) => String(value));
  const own = [...new Set(values)].filter((value) => !others.some((text) => holds(text, value)));
  const planted = own.filter((value) => value.includes(canary));
  return [...planted, ...own.filter((value) => !value.includes(canary))].slice(0, 200);
}

/** Whether a text holds a value, raw or as JSON writes it. */
export function holds(text: string, value: string): boolean {
  if (text.includes(value)) return true;
  const escaped = JSON.stringify(value).slice(1, -1);
  return escaped !== value && text.includes(escaped);
}

/** The marks that a text holds. */
export function marksIn(text: string, marks: readonly string[]): readonly string[] {
  return marks.filter((mark) => holds(text, mark));
}
