/**
 * Changing, acting on and removing another's object by naming its id in the path.
 *
 * @module
 */

import type { Operation, Resource } from "../../document/operation.ts";
import type { Call } from "../../wire/exchange.ts";
import { isAccountResource } from "../../world/found-objects.ts";
import { shapeOfPath } from "../../world/objects.ts";
import type { OwnedObject, World } from "../../world/world.ts";
import { held, inconclusive, notApplicable } from "../outcomes.ts";
import { defineTechnique, type Outcome } from "../technique.ts";
import { tryChange, type ChangeAttempt } from "./change-attempt.ts";
import { changePassword, isPasswordChange } from "./password-of-another.ts";
import {
  callOn,
  callOnRandom,
  freshObject,
  isForCallers,
  mayCall,
  namesItem,
  newcomers,
  pairsOf,
  type Pair,
} from "./parties.ts";
import { varied } from "./varied-body.ts";

/** A1-02: PUT and PATCH of another's item. */
export const changeOfAnothersObject = defineTechnique({
  id: "A1-02",
  risk: "API1",
  title: "Write to another's object",
  severity: "high",
  phase: "write",
  needs: ["two principals of one role"],
  oracle: "O-WRITE",
  guards: ["G-POS", "G-SELF", "G-SOFT", "G-REPEAT", "G-CLEAN"],
  hole: "object-change",
  remedy: "Compare the owner of the object with the caller before changing anything.",
  run: (world) => changeAll(world, (operation) => isItemChange(operation)),
});

/** A1-03: DELETE of another's item. */
export const removalOfAnothersObject = defineTechnique({
  id: "A1-03",
  risk: "API1",
  title: "Delete of another's object",
  severity: "high",
  phase: "destructive",
  needs: ["two principals of one role"],
  oracle: "O-DEL",
  guards: ["G-POS", "G-SOFT", "G-REPEAT", "G-CLEAN"],
  hole: "object-change",
  remedy: "Compare the owner of the object with the caller before removing it.",
  run: (world) => changeAll(world, isRemoval),
});

/** A1-04: what acts on another's item, often without an answer that tells. */
export const actionOnAnothersObject = defineTechnique({
  id: "A1-04",
  risk: "API1",
  title: "Action on another's object, also a blind one",
  severity: "high",
  phase: "write",
  needs: ["two principals of one role"],
  oracle: "O-WRITE",
  guards: ["G-POS", "G-SELF", "G-SOFT", "G-REPEAT", "G-CLEAN"],
  hole: "object-change",
  remedy: "Check who owns the object in every action below it, not only in read and change.",
  run: (world) => changeAll(world, (one) => !isItemChange(one) && !isRemoval(one)),
});

function isItemChange({ method }: Operation): boolean {
  return method === "PUT" || method === "PATCH";
}

function isRemoval({ method, traits }: Operation): boolean {
  return method === "DELETE" || traits.has("removes");
}

async function* changeAll(
  world: World,
  wanted: (operation: Operation) => boolean,
): AsyncIterable<Outcome> {
  for (const operation of world.document.operations) {
    if (operation.method === "GET" || operation.method === "HEAD" || operation.method === "OPTIONS")
      continue;
    if (!namesItem(operation) || !isForCallers(operation) || !wanted(operation)) continue;
    yield await changeOne(world, operation);
  }
}

async function changeOne(world: World, operation: Operation): Promise<Outcome> {
  const about = { target: operation.key };
  const { access, traits } = operation;
  if (traits.has("destructive") && !world.limits.allowDestructive)
    return notApplicable(about, "it may destroy, and --allow-destructive was not given");
  if (access.kind === "anonymous") return held(about, "declared for everybody");
  const resource = world.resourceOf(operation);
  if (resource === undefined) return notApplicable(about, "its path names no object");
  const pair = pairsOf(world).find(({ attacker }) => mayCall(operation, attacker));
  if (pair === undefined)
    return notApplicable(about, "it is for another role, which is tried as a function");
  if (isAccountResource(resource)) return onAccount(world, operation, resource);
  return onObject(world, operation, resource);
}

async function onObject(world: World, operation: Operation, resource: Resource): Promise<Outcome> {
  for (const pair of pairsOf(world)) {
    if (!mayCall(operation, pair.attacker)) continue;
    const first = await preyFor(world, operation, resource, pair.victim);
    if (first === undefined) continue;
    const waiting = [first];
    return tryChange(world, {
      ...(await attemptOn(world, operation, pair)),
      prey: async () => waiting.shift() ?? preyFor(world, operation, resource, pair.victim),
    });
  }
  return inconclusive({ target: operation.key }, `no ${resource.name} could be made for a victim`);
}

/** An object in the state in which the operation works. */
async function preyFor(
  world: World,
  operation: Operation,
  resource: Resource,
  victim: Pair["victim"],
): Promise<OwnedObject | undefined> {
  const object = await freshObject(world, resource, victim);
  if (object === undefined) return undefined;
  return (await world.bringTo(object, operation)) ? object : undefined;
}

async function attemptOn(
  world: World,
  operation: Operation,
  { attacker, victim }: Pair,
): Promise<Omit<ChangeAttempt, "prey">> {
  // Learns what a valid request looks like, also from refusals.
  await world.works(operation, victim);
  let turn = 0;
  const vary = (call: Call): Call => (isItemChange(operation) ? varied(call, ++turn) : call);
  return {
    operation,
    attacker,
    variant: `fresh object of ${victim.name}`,
    spends: !isItemChange(operation),
    control: (object) => callOn(world, operation, victim, object),
    attack: (object) => vary(callOn(world, operation, attacker, object)),
    twin: (object) => callOnRandom(world, operation, attacker, object),
  };
}

/** Accounts are changed only when the run opened them. */
async function onAccount(world: World, operation: Operation, resource: Resource): Promise<Outcome> {
  const pair = await newcomers(world);
  if (pair === undefined)
    return inconclusive({ target: operation.key }, "no accounts can be opened to try it on");
  if (isPasswordChange(operation)) return changePassword(world, operation, resource, pair);
  const isItem = shapeOfPath(operation.path) === shapeOfPath(resource.itemPath);
  const spends = isRemoval(operation) && isItem;
  const waiting = [pair.victim];
  return tryChange(world, {
    ...(await attemptOn(world, operation, pair)),
    variant: "account against account, both opened by the run",
    spends,
    // An account can be removed once: the rightful removal takes one of its own.
    control: (object) => callOn(world, operation, object.owner, object),
    prey: async () => {
      const victim = spends ? (waiting.shift() ?? (await world.newcomer())) : pair.victim;
      return victim === undefined ? undefined : freshObject(world, resource, victim);
    },
  });
}
