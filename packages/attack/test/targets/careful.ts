/**
 * What the secure targets share: checked bodies, passwords that are compared in constant time, and
 * counters that slow callers down.
 *
 * @module
 */

import { createHash, timingSafeEqual } from "node:crypto";
import { json, type Answer, type Incoming } from "./serve.ts";

/** Says whether a value may stand in a property. */
export type Rule = (value: unknown) => boolean;

/** A text without control characters. */
export function words(most: number, least = 1): Rule {
  return (value) =>
    typeof value === "string" &&
    value.trim().length >= least &&
    value.length <= most &&
    !/\p{Cc}/u.test(value.replaceAll(/[\t\n\r]/g, ""));
}

/** A whole number in a range. */
export function whole(least: number, most: number): Rule {
  return (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
}

/** One of some values. */
export function oneOf(...values: readonly unknown[]): Rule {
  return (value) => values.includes(value);
}

/** Lets a property be absent. */
export function optional(rule: Rule): Rule {
  return (value) => value === undefined || rule(value);
}

/** The names of the properties that break their rules. */
export function broken(
  body: Readonly<Record<string, unknown>>,
  rules: Readonly<Record<string, Rule>>,
): readonly string[] {
  return Object.entries(rules).flatMap(([name, rule]) =>
    rule(Object.hasOwn(body, name) ? body[name] : undefined) ? [] : [name],
  );
}

/** The properties of a body that have no rule. */
export function unknown(
  body: Readonly<Record<string, unknown>>,
  rules: Readonly<Record<string, Rule>>,
): readonly string[] {
  return Object.keys(body).filter((name) => !Object.hasOwn(rules, name));
}

/** Compares secrets without telling how much of them was right. */
export function same(one: string, other: string): boolean {
  const digest = (value: string): Buffer => createHash("sha256").update(value).digest();
  return timingSafeEqual(digest(one), digest(other));
}

/** Refuses to change anything for pages of other origins; a cookie comes with those too. */
export function refuseForeignPage(request: Incoming): Answer | undefined {
  const page = request.header("origin") || request.header("referer");
  const own = `http://${request.header("host")}`;
  const foreign = page !== "" && page !== own && !page.startsWith(`${own}/`);
  return foreign && request.method !== "GET" ? json(403, { error: "foreign page" }) : undefined;
}

/** Counts events by key; says how many seconds a key has to wait. */
export class Counter {
  readonly #most: number;
  readonly #seconds: number;
  readonly #events = new Map<string, { count: number; until: number }>();

  constructor(most: number, seconds: number) {
    this.#most = most;
    this.#seconds = seconds;
  }

  /** Counts one event. A refusal when there were too many. */
  count(key: string): Answer | undefined {
    const now = Date.now();
    const known = this.#events.get(key);
    const event =
      known !== undefined && known.until > now
        ? known
        : { count: 0, until: now + this.#seconds * 1000 };
    event.count += 1;
    this.#events.set(key, event);
    if (event.count <= this.#most) return undefined;
    const wait = String(Math.ceil((event.until - now) / 1000));
    return json(429, { error: "too many requests" }, { "retry-after": wait });
  }

  forget(key: string): void {
    this.#events.delete(key);
  }
}
