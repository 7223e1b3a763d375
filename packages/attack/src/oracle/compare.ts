/**
 * Whether two answers say the same, with what changes each time left out.
 *
 * @module
 */

import type { Exchange } from "../wire/exchange.ts";
import { leavesOf } from "./leaves.ts";

const volatile = [
  /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi,
  /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?/g,
  /\b1[5-9]\d{8}(\d{3})?\b/g,
  /\b[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\b/g,
  /\b[0-9a-f]{16,}\b/gi,
];

/** A text with ids, times, tokens and long hexadecimal values replaced. */
export function masked(text: string): string {
  return volatile.reduce((rest, pattern) => rest.replaceAll(pattern, "<…>"), text);
}

/** Status and masked body: equal for answers that a person would call the same. */
export function signatureOf(exchange: Exchange): string {
  const { answer } = exchange;
  return answer === undefined
    ? `none ${exchange.failure ?? ""}`
    : `${answer.status} ${masked(answer.text)}`;
}

/** Whether two answers are the same but for what changes each time. */
export function sameAnswer(left: Exchange, right: Exchange): boolean {
  return signatureOf(left) === signatureOf(right);
}

/** The places of a JSON value, without values: two objects of one kind have the same. */
export function shapeOf(json: unknown): string {
  return [...new Set(leavesOf(json).map(({ pointer }) => pointer))].toSorted().join(" ");
}
