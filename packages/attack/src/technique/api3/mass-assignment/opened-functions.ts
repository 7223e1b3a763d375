/**
 * Whether an account may since do what only administrators may: the effect of a role that was taken.
 *
 * @module
 */

import type { Operation } from "../../../document/operation.ts";
import type { Exchange } from "../../../wire/exchange.ts";
import type { World } from "../../../world/world.ts";
import type { Written } from "./writing.ts";

const effects = new WeakMap<World, Promise<readonly Operation[]>>();

/** Reads for administrators that an ordinary user is refused. */
function guardedReads(world: World): Promise<readonly Operation[]> {
  const known = effects.get(world) ?? learnGuarded(world);
  effects.set(world, known);
  return known;
}

async function learnGuarded(world: World): Promise<readonly Operation[]> {
  const plain =
    world.peers?.attacker ?? world.principals.find(({ administrator }) => !administrator);
  const found: Operation[] = [];
  for (const operation of world.document.operations) {
    const { method, path, traits } = operation;
    if (method !== "GET" || path.includes("{") || !traits.has("administrative")) continue;
    if (plain === undefined || !world.refuses(await world.send(world.make(operation, plain))))
      continue;
    found.push(operation);
    if (found.length >= 3) break;
  }
  return found;
}

/** An answer for administrators that the account gets. */
export async function openedFor(world: World, { account }: Written): Promise<Exchange | undefined> {
  if (account === undefined || account.administrator) return undefined;
  for (const operation of await guardedReads(world)) {
    const exchange = await world.send(world.make(operation, account));
    if (world.succeeds(exchange) && !(await world.looksAbsent(exchange))) return exchange;
  }
  return undefined;
}
