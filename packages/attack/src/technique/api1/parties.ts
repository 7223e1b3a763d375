/**
 * Who attacks whose object: pairs of principals of one role, and the objects between them.
 *
 * @module
 */

import type { Operation, Resource } from "../../document/operation.ts";
import type { Principal } from "../../principal/principal.ts";
import type { Call } from "../../wire/exchange.ts";
import { isAccountResource, selfIdOf } from "../../world/found-objects.ts";
import { parametersOfPath } from "../../world/objects.ts";
import { renamed } from "../../world/seed.ts";
import type { Making, OwnedObject, World } from "../../world/world.ts";

/** One who attacks, and one whose objects are attacked. */
export interface Pair {
  readonly attacker: Principal;
  readonly victim: Principal;
}

/** Pairs of one role, the peers of the world first; of one tenant unless told otherwise. */
export function pairsOf({ principals, peers }: World, acrossTenants = false): readonly Pair[] {
  const ordinary = principals.filter(({ administrator }) => !administrator);
  const found = ordinary.flatMap((victim) =>
    ordinary
      .filter((attacker) => attacker !== victim && attacker.role === victim.role)
      .filter((attacker) => acrossTenants || attacker.tenant === victim.tenant)
      .map((attacker) => ({ attacker, victim })),
  );
  const isPeers = ({ attacker, victim }: Pair): boolean =>
    attacker === peers?.attacker && victim === peers.victim;
  return found.toSorted((left, right) => Number(isPeers(right)) - Number(isPeers(left)));
}

/** An object of a victim, and who goes for it. */
export interface Prey extends Pair {
  readonly object: OwnedObject;
}

const order: readonly OwnedObject["origin"][] = ["created", "told", "listed", "self"];

/** The object of a resource that suits an attack best; its attacker may call the operation. */
export function preyOf(world: World, resource: Resource, operation?: Operation): Prey | undefined {
  for (const pair of pairsOf(world)) {
    if (operation !== undefined && !mayCall(operation, pair.attacker)) continue;
    const objects = world.objectsOf(pair.victim, resource);
    const object = order
      .map((origin) => objects.find((one) => one.origin === origin))
      .find((one) => one !== undefined);
    if (object !== undefined) return { ...pair, object };
  }
  return undefined;
}

/** Whether the roles of an operation let somebody call it at all. */
export function mayCall(
  { access, traits }: Operation,
  { role, administrator }: Principal,
): boolean {
  if (access.roles.length > 0) return access.roles.includes(role);
  return administrator || !traits.has("administrative");
}

/** Whether an operation is for callers, not for machines, sign-ins or strangers. */
export function isForCallers({ access, traits }: Operation): boolean {
  if (access.kind === "webhook") return false;
  return !(
    [
      "webhook",
      "sign-in",
      "sign-out",
      "refresh",
      "register",
      "reset-password",
      "health",
      "documentation",
    ] as const
  ).some((trait) => traits.has(trait));
}

/** Whether an operation names an item in its path. */
export function namesItem({ path }: Operation): boolean {
  return path.includes("{");
}

/** The valid call of an operation on an object. */
export function callOn(
  world: World,
  operation: Operation,
  principal: Principal | undefined,
  object: OwnedObject,
  making: Making = {},
): Call {
  const values = { ...renamed(object.resource, operation, object.values), ...making.values };
  return world.make(operation, principal, { ...making, values });
}

/** The same call as somebody else, byte for byte. */
export function asCaller(call: Call, principal: Principal | undefined): Call {
  return { ...call, principal };
}

/** A random value of the same kind as an id: a UUID for a UUID, a number for a number. */
export function randomLike(id: string, random: () => number): string {
  const digit = (base: number): string => Math.floor(random() * base).toString(base);
  if (/^\d+$/.test(id))
    return `9${Array.from({ length: Math.max(7, id.length - 1) }, () => digit(10)).join("")}`.slice(
      0,
      9,
    );
  const hexadecimal = /^[\da-f-]+$/i.test(id) || /[\da-f]{12,}$/i.test(id);
  const prefix = /^([A-Za-z]{1,6}[-_])/.exec(id)?.[1] ?? "";
  const rest = id.slice(prefix.length);
  const long = rest.length < 6 ? rest.padEnd(10, "x") : rest;
  const replaced = long.split("").map((sign, index) => {
    if (/^[0-9a-f]{8}-/i.test(rest) && (index === 14 || sign === "-")) return sign;
    if (/\d/.test(sign)) return hexadecimal ? digit(16) : digit(10);
    if (!/[a-z]/i.test(sign)) return sign;
    const letter = hexadecimal ? digit(16) : String.fromCodePoint(97 + Math.floor(random() * 26));
    return sign === sign.toUpperCase() ? letter.toUpperCase() : letter;
  });
  return `${prefix}${replaced.join("")}`;
}

/** The call with a random id in place of the object's. */
export function callOnRandom(
  world: World,
  operation: Operation,
  principal: Principal,
  object: OwnedObject,
  making: Making = {},
): Call {
  const last = parametersOfPath(object.resource.itemPath).at(-1) ?? object.resource.parameter;
  const id = randomLike(object.id, () => world.random());
  const values = { ...object.values, [last]: id };
  return callOn(world, operation, principal, { ...object, id, values }, making);
}

/** A fresh object of a principal for the attack: made, or its own account when it is a newcomer. */
export async function freshObject(
  world: World,
  resource: Resource,
  principal: Principal,
): Promise<OwnedObject | undefined> {
  if (!isAccountResource(resource)) return world.create(resource, principal);
  const own = world.objectsOf(principal, resource).find(({ origin }) => origin === "self");
  if (own !== undefined) return own;
  const id = selfIdOf(resource, principal);
  const last = parametersOfPath(resource.itemPath).at(-1) ?? resource.parameter;
  if (id === undefined || parametersOfPath(resource.itemPath).length !== 1) return undefined;
  return {
    resource,
    owner: principal,
    id,
    values: { [last]: id },
    body: undefined,
    marks: [],
    origin: "self",
  };
}

/** Two accounts of the run's own, one against the other; they may be changed and removed. */
export async function newcomers(world: World): Promise<Pair | undefined> {
  const victim = await world.newcomer();
  const attacker = victim === undefined ? undefined : await world.newcomer();
  return victim === undefined || attacker === undefined ? undefined : { attacker, victim };
}
