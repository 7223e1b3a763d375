/**
 * What a principal would put into a parameter or property: its own ids and facts.
 *
 * @module
 */

import type { ApiDocument, Operation } from "../document/operation.ts";
import type { Principal } from "../principal/principal.ts";
import { wordsOf } from "../oracle/sensitive.ts";
import type { ObjectStore } from "./objects.ts";

/** The value for a name at an operation; `undefined` when nothing is known. */
export type KnownValue = (
  name: string,
  operation: Operation,
  principal: Principal | undefined,
  place: "path" | "query" | "body",
) => unknown;

/** Looks names up among objects and facts of the caller. */
export function createKnownValues(document: ApiDocument, objects: ObjectStore): KnownValue {
  return (name, operation, principal, place) => {
    if (principal === undefined) return undefined;
    if (place === "path") {
      const own = objects.valuesFor(operation, principal)[name];
      if (own !== undefined) return own;
    }
    const told = principal.owns[name]?.[0];
    if (told !== undefined) return told;
    const { resources } = document;
    const words = wordsOf(name);
    for (const resource of resources) {
      const owned = objects.of(principal, resource)[0];
      if (owned === undefined || place === "path") continue;
      const { name: kind } = resource;
      if (
        words === `${wordsOf(kind)} id` ||
        (words === wordsOf(resource.parameter) && words !== "id")
      )
        return numeric(owned.id);
    }
    // New accounts and new names must not repeat the caller's own.
    if (operation.traits.has("register") || (place === "body" && operation.traits.has("creates")))
      return undefined;
    return factOf(words, place, operation, principal);
  };
}

const userWords =
  /\b(users?|accounts?|profiles?|members?|customers?|people|persons?|farmers?|employees?|owners?)\b/;

function factOf(
  words: string,
  place: "path" | "query" | "body",
  operation: Operation,
  { facts }: Principal,
): unknown {
  const direct = Object.entries(facts).find(([fact]) => wordsOf(fact) === words);
  if (direct !== undefined && words !== "id") return numeric(direct[1]);
  const names = /^(user|account|customer|owner|member) ?(id|name)?$/.exec(words);
  if (names !== null) return numeric(names[2] === "name" ? facts["username"] : facts["id"]);
  if (place !== "path" || words !== "id" || facts["id"] === undefined) return undefined;
  // {id} is the caller's own only below a collection of accounts.
  const before = operation.path.slice(0, operation.path.indexOf("{"));
  return userWords.test(wordsOf(before.split("/").filter(Boolean).at(-1) ?? ""))
    ? facts["id"]
    : undefined;
}

function numeric(value: string | undefined): unknown {
  return value !== undefined && /^(0|[1-9]\d{0,14})$/.test(value) ? Number(value) : value;
}
