/**
 * The values by which an API names a principal, and the names under which it takes them.
 *
 * @module
 */

import type { Principal } from "../../principal/principal.ts";
import { leavesOf } from "../../oracle/leaves.ts";
import { wordsOf } from "../../oracle/sensitive.ts";
import type { World } from "../../world/world.ts";

/** What kind of name of a person a value is. */
export type PersonalKind = "id" | "username" | "email" | "tenant";

/** A value that names a principal. */
export interface PersonalValue {
  readonly kind: PersonalKind;
  readonly value: string;
}

const ownerWords =
  /^(user|owner|account|customer|member|author|person|employee|client|patient|student|farmer|seller|buyer|holder|profile|creator|assignee|uid|sub|subject|principal)( ?(id|uuid|no|number|ref))?$|^(for|on behalf of|belongs to|owned by|created by|assigned to)( user)?( id)?$|^(user|owner)s$/;
const nameWords = /^((user|owner|login|author|member|account|customer) ?name|login|handle)$/;
const emailWords = /^((user|owner|account|customer|member|author) )?(e ?mail|mail)( address)?$/;
const tenantWords =
  /^(x )?(tenant|org|organi[sz]ation|company|workspace|customer group|realm|site|branch|shop|store|account group)( ?(id|uuid|name|slug|key|code))?$/;

/** What kind of person a parameter or property of this name names; `undefined` when none. */
export function personalKindOf(name: string): PersonalKind | undefined {
  const words = wordsOf(name).replace(/^(x|filter|q|where|by|for|current|acting|from) (?=\w)/, "");
  if (tenantWords.test(words)) return "tenant";
  if (emailWords.test(words)) return "email";
  if (nameWords.test(words)) return "username";
  return ownerWords.test(words) ? "id" : undefined;
}

/** Every value by which a principal is named, the best first. */
export async function valuesOfPerson(
  world: World,
  principal: Principal,
): Promise<readonly PersonalValue[]> {
  const found: PersonalValue[] = [];
  const add = (kind: PersonalKind, value: string | undefined): void => {
    const known = found.some((one) => one.kind === kind && one.value === value);
    if (value !== undefined && value !== "" && !known) found.push({ kind, value });
  };
  const { facts, tenant } = principal;
  add("id", facts["id"]);
  add("username", facts["username"]);
  add("email", facts["email"]);
  add("tenant", tenant);
  for (const [name, value] of Object.entries(facts)) {
    const kind = personalKindOf(name);
    if (kind !== undefined) add(kind, value);
  }
  const told =
    world.identity === undefined
      ? undefined
      : await world.works(world.identity.operation, principal);
  for (const { name, value } of leavesOf(told?.answer?.json)) {
    if (typeof value !== "string" && typeof value !== "number") continue;
    const words = wordsOf(name);
    const kind = words === "id" ? "id" : words === "name" ? "username" : personalKindOf(name);
    if (kind !== undefined) add(kind, String(value));
  }
  // Where only a name is known, it is what the API calls this one.
  if (!found.some(({ kind }) => kind === "id" || kind === "username"))
    add("username", principal.name);
  return found;
}

/** The values that suit a kind: an "id" may be a name in some APIs. */
export function fitting(values: readonly PersonalValue[], kind: PersonalKind): readonly string[] {
  const exact = values.filter((one) => one.kind === kind);
  const also = kind === "id" ? values.filter((one) => one.kind === "username") : [];
  return [...exact, ...also].map(({ value }) => value);
}
