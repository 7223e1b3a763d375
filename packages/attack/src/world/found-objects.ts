/**
 * Objects that principals had before the run: told by the file, their own accounts, and what only
 * their lists hold.
 *
 * @module
 */

import type { Resource } from "../document/operation.ts";
import type { Principal } from "../principal/principal.ts";
import { wordsOf } from "../oracle/sensitive.ts";
import { isSuccess } from "../oracle/refusal.ts";
import { idIn, itemsIn } from "./item-id.ts";
import { parametersOfPath } from "./objects.ts";
import { adopt, type SeedParts } from "./seed.ts";

const accountNames =
  /^(user|account|profile|member|customer|person|people|farmer|employee|client|patient|student)$/;

/** Whether the items of a resource are the accounts of people. */
export function isAccountResource({ name, parameter }: Resource): boolean {
  return accountNames.test(wordsOf(name)) || /^user(_?name|_?id)$/i.test(parameter);
}

/** The value that names a principal in the paths of an account resource. */
export function selfIdOf(resource: Resource, { facts }: Principal): string | undefined {
  const parameter = parametersOfPath(resource.itemPath).at(-1) ?? resource.parameter;
  const words = wordsOf(parameter);
  const direct = Object.entries(facts).find(([name]) => wordsOf(name) === words)?.[1];
  if (direct !== undefined) return direct;
  if (/name$|^login$/.test(words)) return facts["username"];
  if (/mail/.test(words)) return facts["email"];
  return /id$|^user$|^account$/.test(words) ? facts["id"] : undefined;
}

/** Adopts the principal's own account wherever a resource keeps accounts. */
export async function adoptSelf(parts: SeedParts, principal: Principal): Promise<void> {
  for (const resource of parts.document.resources) {
    if (!isAccountResource(resource) || parametersOfPath(resource.itemPath).length !== 1) continue;
    const id = selfIdOf(resource, principal);
    if (id === undefined) continue;
    await adopt(parts, { resource, principal, id, parents: {}, made: undefined, origin: "self" });
  }
}

/** Adopts what the file says that a principal owns. */
export async function adoptTold(parts: SeedParts, principal: Principal): Promise<void> {
  for (const [name, ids] of Object.entries(principal.owns))
    for (const resource of parts.document.resources) {
      const parameter = parametersOfPath(resource.itemPath).at(-1) ?? resource.parameter;
      if (parameter !== name && wordsOf(name) !== `${wordsOf(resource.name)} id`) continue;
      for (const id of ids)
        await adopt(parts, {
          resource,
          principal,
          id,
          parents: {},
          made: undefined,
          origin: "told",
        });
    }
}

/** Adopts items that the lists of one principal hold and those of nobody else. */
export async function adoptListed(
  parts: SeedParts,
  resource: Resource,
  principals: readonly Principal[],
): Promise<void> {
  const { list } = resource;
  if (list === undefined || parametersOfPath(resource.itemPath).length !== 1) return;
  const seen = new Map<string, Set<string>>();
  const lists: { readonly principal: Principal; readonly items: readonly unknown[] }[] = [];
  for (const principal of principals) {
    const exchange = await parts.send(parts.maker.make(list, principal));
    if (!isSuccess(exchange)) continue;
    parts.note(list, principal, exchange);
    const items = itemsIn(exchange.answer?.json);
    lists.push({ principal, items });
    for (const item of items) {
      const id = idIn(item, resource);
      if (id !== undefined) seen.set(id, (seen.get(id) ?? new Set()).add(principal.name));
    }
  }
  for (const { principal, items } of lists)
    for (const item of items.slice(0, 5)) {
      const id = idIn(item, resource);
      const alone = id !== undefined && lists.length > 1 && seen.get(id)?.size === 1;
      const own = parts.objects.of(principal, resource).some((object) => object.id === id);
      if (id === undefined || own || !(alone || names(item, principal))) continue;
      await adopt(parts, {
        resource,
        principal,
        id,
        parents: {},
        made: undefined,
        origin: "listed",
      });
    }
}

/** Whether an item says that it belongs to a principal. */
function names(item: unknown, { facts }: Principal): boolean {
  if (typeof item !== "object" || item === null) return false;
  return Object.entries(item).some(([name, value]) => {
    if (!/\b(owner|user|author|customer|created by|account|member)\b/.test(wordsOf(name)))
      return false;
    const text = typeof value === "object" ? JSON.stringify(value) : String(value);
    return [facts["id"], facts["username"], facts["email"]].some(
      (fact) => fact !== undefined && (text === fact || text.includes(`"${fact}"`)),
    );
  });
}
