/**
 * Changing another's password: the proof is with which password the other signs in afterwards.
 *
 * @module
 */

import type { Operation, Resource } from "../../document/operation.ts";
import { wordsOf } from "../../oracle/sensitive.ts";
import type { Principal } from "../../principal/principal.ts";
import { sentJson } from "../../world/item-id.ts";
import { passwordOf } from "../../world/prepare.ts";
import type { World } from "../../world/world.ts";
import { held, inconclusive, suspected, vulnerable } from "../outcomes.ts";
import type { Outcome } from "../technique.ts";
import { callOn, callOnRandom, freshObject, type Pair } from "./parties.ts";
import { statusOf } from "./read-attempt.ts";

/** Whether an operation sets a password. */
export function isPasswordChange({ traits, body, path }: Operation): boolean {
  if (traits.has("change-password")) return true;
  const properties = Object.keys((body?.schema["properties"] as object | undefined) ?? {});
  return (
    /pass(word|wd)/i.test(path.split("/").at(-1) ?? "") ||
    (properties.length === 1 && isPassword(properties[0] ?? ""))
  );
}

function isPassword(name: string): boolean {
  return /\bpass ?(word|wd)?\b|\bpwd\b/.test(wordsOf(name));
}

/** Tries to set the password of a newcomer as another newcomer. */
export async function changePassword(
  world: World,
  operation: Operation,
  resource: Resource,
  { attacker, victim }: Pair,
): Promise<Outcome> {
  const about = {
    target: operation.key,
    variant: "account against account, both opened by the run",
  };
  const object = await freshObject(world, resource, victim);
  if (object === undefined) return inconclusive(about, "the account's id is not known");
  const passwords = ["Cnry-taken-7481!Aa", "Cnry-taken-9265!Bb"];
  const evidence = [];
  for (const password of passwords) {
    const body = bodyWith(world, operation, attacker, password);
    const attack = await world.send(callOn(world, operation, attacker, object, { body }));
    evidence.push(attack);
    if (victim.recipe === undefined) {
      if (!world.succeeds(attack))
        return held({ ...about, evidence }, `answered ${statusOf(attack)}`);
      const twin = await world.send(callOnRandom(world, operation, attacker, object, { body }));
      evidence.push(twin);
      return world.succeeds(twin)
        ? held({ ...about, evidence }, "a random account is answered the same: the id is ignored")
        : suspected({ ...about, evidence }, "it was accepted, but there is no sign-in to prove it");
    }
    const taken = await world.signInAgain(withPassword(victim, password));
    if (taken === undefined) {
      const still = await world.signInAgain(victim);
      return still === undefined
        ? inconclusive({ ...about, evidence }, "the account signs in with neither password")
        : held(
            { ...about, evidence },
            `answered ${statusOf(attack)}, and the old password still works`,
          );
    }
  }
  return vulnerable(
    { ...about, evidence },
    `${attacker.name} set the password of ${victim.name}, which signs in with the new one`,
  );
}

/** The body with a new password, and the attacker's own where the old one is asked for. */
function bodyWith(
  world: World,
  operation: Operation,
  attacker: Principal,
  password: string,
): Readonly<Record<string, unknown>> {
  const made = sentJson(world.make(operation, attacker));
  const names = typeof made === "object" && made !== null ? Object.keys(made) : ["password"];
  const secrets = names.filter(isPassword);
  return Object.fromEntries(
    (secrets.length === 0 ? ["password"] : secrets).map((name) => {
      const old = /\b(old|current|existing|previous)\b/.test(wordsOf(name));
      return [name, old ? passwordOf(attacker) : password];
    }),
  );
}

function withPassword(principal: Principal, password: string): Principal {
  const { recipe } = principal;
  if (recipe === undefined || typeof recipe.body !== "object" || recipe.body === null)
    return principal;
  const entries = Object.entries(recipe.body).map(([name, value]) => [
    name,
    isPassword(name) ? password : value,
  ]);
  return { ...principal, recipe: { ...recipe, body: Object.fromEntries(entries) } };
}
