/**
 * Decisions as values: every defence answers with `allow` or `deny` and a named reason.
 *
 * Promise: a reason is a member of a closed union, so that a new outcome cannot be forgotten in a
 * `switch`. Limits: a reason is for operators; it never reaches the wire (see `problem.ts`).
 *
 * @module
 */

/** The allowing half of a {@link Decision}, with what the defence found out (`Facts`). */
export type Allow<Facts extends object = object> = { readonly effect: "allow" } & Facts;

/** The refusing half of a {@link Decision}; `reason` is logged and never sent. */
export interface Deny<Reason extends string = string> {
  readonly effect: "deny";
  readonly reason: Reason;
}

/**
 * The answer of a defence.
 *
 * @example
 * function decideAge(age: number): Decision<"too-young"> {
 *   return age < 18 ? deny("too-young") : allow();
 * }
 */
export type Decision<Reason extends string = string, Facts extends object = object> =
  | Allow<Facts>
  | Deny<Reason>;

const plainAllow: Allow = Object.freeze({ effect: "allow" });

/**
 * The allowing decision without facts.
 *
 * @example
 * allow().effect; // "allow"
 */
export function allow(): Allow {
  return plainAllow;
}

/**
 * A refusing decision.
 *
 * @example
 * deny("expired"); // { effect: "deny", reason: "expired" }
 */
export function deny<const Reason extends string>(reason: Reason): Deny<Reason> {
  return { effect: "deny", reason };
}

/**
 * Ends an exhaustive `switch`; compiles only when nothing is left.
 *
 * @throws Error when it is reached all the same.
 * @example
 * switch (decision.effect) {
 *   case "allow": return;
 *   case "deny": return;
 *   default: unreachable(decision);
 * }
 */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${String(value)}`);
}
