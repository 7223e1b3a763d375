/**
 * How long to wait after a 429 or 503 before a request is sent again.
 *
 * Promise: a target that asks for more than the engine can give costs one short wait, and no
 * technique waits longer than its budget in all.
 *
 * @module
 */

import { headerOf } from "./answer-body.ts";
import type { Answer, HeaderLine } from "./exchange.ts";

const longestWait = 3000;
const mostTries = 3;
const budget = 15_000;

/** Waits within bounds. */
export interface Patience {
  /** Milliseconds to wait before the try that follows number `tries`; `undefined`: take the answer. */
  next(answer: Answer, tries: number): number | undefined;
  /** Begins a new budget. */
  enter(): void;
}

/** Milliseconds that an answer asks for; `undefined` when it says nothing. */
export function askedWait(headers: readonly HeaderLine[], now: number): number | undefined {
  const after = headerOf(headers, "retry-after")?.trim();
  if (after !== undefined && /^\d+(\.\d+)?$/.test(after)) return Number(after) * 1000;
  const date = after === undefined ? Number.NaN : Date.parse(after);
  if (!Number.isNaN(date)) return Math.max(0, date - now);
  const seconds =
    /\bt=(\d+)/.exec(headerOf(headers, "ratelimit") ?? "")?.[1] ??
    /^(\d{1,6})$/.exec((headerOf(headers, "ratelimit-reset") ?? "").trim())?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

/** A patience with a budget per technique. */
export function createPatience(now: () => number): Patience {
  let spent = 0;
  return {
    next(answer, tries) {
      if (answer.status !== 429 && answer.status !== 503) return undefined;
      const asked = askedWait(answer.headers, now());
      // A failing upstream says 503 for long and without a date; a quota says 429 for a moment.
      const hopeless =
        (asked ?? 0) > longestWait * mostTries || (answer.status === 503 && asked === undefined);
      if (tries >= (hopeless ? 1 : mostTries)) return undefined;
      // Whole seconds round down on some servers; a little more saves a try.
      const wait = Math.min(longestWait, (asked ?? 1000) + 50);
      if (spent + wait > budget) return undefined;
      spent += wait;
      return wait;
    },
    enter() {
      spent = 0;
    },
  };
}
