/**
 * What an answer tells, value by value, with the object in which each stands.
 *
 * @module
 */

import { isNode, type Node } from "../../../document/node.ts";
import type { Principal } from "../../../principal/principal.ts";
import { wordsOf } from "../../../oracle/sensitive.ts";

/** A value with its place. */
export interface ToldValue {
  readonly name: string;
  /** JSON pointer with array positions as `*`. */
  readonly pointer: string;
  readonly value: string | number | boolean;
  /** The object that holds it, itself or in a list of values. */
  readonly within: Node;
}

const mostValues = 20_000;

/** Every value of a JSON answer. */
export function toldValues(json: unknown): readonly ToldValue[] {
  const told: ToldValue[] = [];
  const visit = (
    value: unknown,
    name: string,
    pointer: string,
    within: Node,
    depth: number,
  ): void => {
    if (told.length >= mostValues || depth > 30) return;
    if (Array.isArray(value)) {
      for (const item of value) visit(item, name, `${pointer}/*`, within, depth + 1);
    } else if (isNode(value)) {
      for (const [key, below] of Object.entries(value))
        visit(below, key, `${pointer}/${key}`, value, depth + 1);
    } else if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
      told.push({ name, pointer, value, within });
  };
  visit(json, "", "", {}, 0);
  return told;
}

const naming =
  /^(user ?name|login|e ?mail|mail|email address|nick ?name|handle|user|customer|owner|author)$/;

/** Whether an object is the account of a person: it has a name to sign in with. */
export function isAccountLike(object: Node): boolean {
  return Object.keys(object).some((name) =>
    /^(user ?name|login|e ?mails?|email address)$/.test(wordsOf(name)),
  );
}

/** The names under which a principal is known to the API. */
export function namesOf({ facts }: Principal): readonly string[] {
  const long = [facts["id"] ?? ""].filter((id) => id.length >= 6);
  return [...new Set([facts["username"], facts["email"], ...long])].filter(
    (name): name is string => name !== undefined && name.length >= 3,
  );
}

/** The principal whom an object names as a person, by user name, address or a long id. */
export function personIn(object: Node, principals: readonly Principal[]): Principal | undefined {
  return principals.find((principal) => {
    const names = namesOf(principal);
    return Object.entries(object).some(
      ([name, value]) =>
        typeof value === "string" &&
        names.includes(value) &&
        (naming.test(wordsOf(name)) ||
          wordsOf(name).endsWith("id") ||
          value.includes("@") ||
          wordsOf(name) === "name"),
    );
  });
}
