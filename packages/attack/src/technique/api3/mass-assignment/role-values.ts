/**
 * Values that raise whoever has them: seen at an administrator, named by the document, or usual.
 *
 * @module
 */

import type { Schema } from "../../../document/operation.ts";
import { isHighRole, plainName, plainText } from "../property-words.ts";
import type { World } from "../../../world/world.ts";
import { viewOf } from "./view.ts";

const mostValues = 4;

/** Values for a property that says what its holder may do, the most telling first. */
export async function roleValues(
  world: World,
  name: string,
  schemas: readonly Schema[],
  current: unknown,
): Promise<readonly unknown[]> {
  const declared = enumOf(schemas);
  const high = declared.filter(isHighRole);
  const seen = await seenAtAdministrators(world, name);
  const roles = world.principals
    .toSorted((one, other) => Number(other.administrator) - Number(one.administrator))
    .map(({ role }) => role);
  const own = new Set([current].flat().map((value) => plainText(value).toLowerCase()));
  const single = [...seen, ...high, ...roles, ...declared.toReversed(), "admin", "ADMIN"].flat();
  const values = single.filter(
    (value) => value !== null && !own.has(plainText(value).toLowerCase()),
  );
  const fitting = values.filter((value) => isOfKind(value, current));
  const list = Array.isArray(current) || /[^su]s$/.test(plainName(name));
  const unique = [...new Set(fitting)].slice(0, mostValues);
  return list && !(typeof current === "string" || typeof current === "number")
    ? unique.map((value) => [value])
    : unique;
}

function isOfKind(value: unknown, current: unknown): boolean {
  if (typeof current === "number") return typeof value === "number";
  if (typeof current === "boolean") return typeof value === "boolean";
  return typeof value === "string" || current === undefined || current === null;
}

/** The values that schemas allow. */
export function enumOf(schemas: readonly Schema[]): readonly unknown[] {
  return schemas.flatMap((schema) => {
    const own: readonly unknown[] = Array.isArray(schema["enum"]) ? schema["enum"] : [];
    const { items } = schema;
    const inner = typeof items === "object" && items !== null ? enumOf([items as Schema]) : [];
    return [...own, ...inner];
  });
}

/** What administrators have under a name, as the operation that tells who calls shows it. */
async function seenAtAdministrators(world: World, name: string): Promise<readonly unknown[]> {
  const { identity, administrator } = world;
  if (identity === undefined || administrator === undefined) return [];
  const exchange = await world.works(identity.operation, administrator);
  if (exchange === undefined) return [];
  return viewOf([exchange], []).properties.get(plainName(name))?.values.flat() ?? [];
}
