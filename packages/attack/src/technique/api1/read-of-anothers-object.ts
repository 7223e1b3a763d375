/**
 * Reading another's object, or what is below it, by naming its id in the path.
 *
 * @module
 */

import type { Operation } from "../../document/operation.ts";
import type { World } from "../../world/world.ts";
import { held, inconclusive, notApplicable } from "../outcomes.ts";
import { defineTechnique, type Outcome } from "../technique.ts";
import {
  asCaller,
  callOn,
  callOnRandom,
  isForCallers,
  mayCall,
  namesItem,
  pairsOf,
  preyOf,
} from "./parties.ts";
import { tryRead } from "./read-attempt.ts";

/** A1-01: the same URL, another's credential. */
export const readOfAnothersObject = defineTechnique({
  id: "A1-01",
  risk: "API1",
  title: "Read of another's object",
  severity: "high",
  phase: "read",
  needs: ["two principals of one role"],
  oracle: "O-READ",
  guards: ["G-POS", "G-NEG", "G-PUB", "G-SHARED", "G-SELF", "G-REPEAT"],
  hole: "object-access",
  remedy: "Compare the owner of the object with the caller before answering; answer 404 to others.",
  run: (world) => readAll(world, (operation) => !isSubList(operation)),
});

/** A1-06: what is listed below another's item. */
export const readBelowAnothersItem = defineTechnique({
  id: "A1-06",
  risk: "API1",
  title: "Parent allowed, child not checked",
  severity: "high",
  phase: "read",
  needs: ["two principals of one role"],
  oracle: "O-READ",
  guards: ["G-POS", "G-NEG", "G-PUB", "G-SHARED", "G-REPEAT"],
  hole: "object-access",
  remedy: "Check who owns the parent for everything below it, also for lists.",
  run: (world) => readAll(world, isSubList),
});

function isSubList({ path, traits }: Operation): boolean {
  return traits.has("lists") && !path.endsWith("}");
}

/** The reads that name an item and that are for callers of the attacker's kind. */
export function itemReads(world: World): readonly Operation[] {
  return world.document.operations.filter(
    (operation) => operation.method === "GET" && namesItem(operation) && isForCallers(operation),
  );
}

async function* readAll(
  world: World,
  wanted: (operation: Operation) => boolean,
): AsyncIterable<Outcome> {
  for (const operation of itemReads(world).filter(wanted)) yield await readOne(world, operation);
}

async function readOne(world: World, operation: Operation): Promise<Outcome> {
  const about = { target: operation.key };
  const { access } = operation;
  if (access.kind === "anonymous" && !world.document.declares)
    return held(about, "declared for everybody");
  const resource = world.resourceOf(operation);
  if (resource === undefined) return notApplicable(about, "its path names no object");
  if (!pairsOf(world).some(({ attacker }) => mayCall(operation, attacker)))
    return notApplicable(about, "it is for another role, which is tried as a function");
  const prey = preyOf(world, resource, operation);
  if (prey === undefined)
    return inconclusive(about, `no ${resource.name} is known that belongs to one of two peers`);
  const { attacker, victim, object } = prey;
  const control = callOn(world, operation, victim, object);
  const [ownObject] = world.objectsOf(attacker, resource);
  return tryRead(world, {
    operation,
    object,
    variant: `${object.origin} object of ${victim.name}`,
    control,
    attack: asCaller(control, attacker),
    twin: callOnRandom(world, operation, attacker, object),
    own: ownObject === undefined ? undefined : callOn(world, operation, attacker, ownObject),
  });
}
