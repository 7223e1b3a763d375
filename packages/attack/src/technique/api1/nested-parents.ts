/**
 * A child under the wrong parent: the parent in the path is the attacker's own, the child is not.
 *
 * @module
 */

import { parametersOfPath } from "../../world/objects.ts";
import { renamed } from "../../world/seed.ts";
import type { OwnedObject, World } from "../../world/world.ts";
import type { Operation } from "../../document/operation.ts";
import type { Principal } from "../../principal/principal.ts";
import { held, inconclusive, notApplicable } from "../outcomes.ts";
import { defineTechnique, type Outcome } from "../technique.ts";
import { callOn, preyOf, randomLike } from "./parties.ts";
import { itemReads } from "./read-of-anothers-object.ts";
import { tryRead } from "./read-attempt.ts";

/** A1-05: own parent with a foreign child, and the other way round. */
export const nestedParents = defineTechnique({
  id: "A1-05",
  risk: "API1",
  title: "Nested resource under the wrong parent",
  severity: "high",
  phase: "read",
  needs: ["two principals of one role"],
  oracle: "O-READ",
  guards: ["G-POS", "G-NEG", "G-REPEAT"],
  hole: "object-access",
  remedy: "Look the child up below its parent, and check the owner of both.",
  run: nest,
});

async function* nest(world: World): AsyncIterable<Outcome> {
  const nested = itemReads(world).filter(({ path }) => parametersOfPath(path).length >= 2);
  for (const operation of nested) {
    const about = { target: operation.key };
    const resource = world.resourceOf(operation);
    const prey = resource === undefined ? undefined : preyOf(world, resource, operation);
    if (resource === undefined || parametersOfPath(resource.itemPath).length < 2)
      yield notApplicable(about, "its path names one object only");
    else if (prey === undefined)
      yield inconclusive(about, `no ${resource.name} is known that belongs to one of two peers`);
    else yield await underOwnParent(world, operation, prey.object, prey.attacker);
  }
}

async function underOwnParent(
  world: World,
  operation: Operation,
  object: OwnedObject,
  attacker: Principal,
): Promise<Outcome> {
  const about = { target: operation.key };
  const names = parametersOfPath(object.resource.itemPath);
  const last = names.at(-1) ?? object.resource.parameter;
  const parents = parentsOf(world, operation, object, attacker);
  if (parents === undefined)
    return inconclusive(about, `${attacker.name} has no parent of its own`);
  const sameParent = names.slice(0, -1).every((name) => parents[name] === object.values[name]);
  if (sameParent) return held(about, "both have the same parent");
  const wrong = { ...object.values, ...parents, [last]: object.id };
  const nothing = { ...wrong, [last]: randomLike(object.id, () => world.random()) };
  const [own] = world.objectsOf(attacker, object.resource);
  return tryRead(world, {
    operation,
    object,
    variant: "own parent, foreign child",
    control: callOn(world, operation, object.owner, object),
    attack: world.make(operation, attacker, { values: renamed(object.resource, operation, wrong) }),
    twin: world.make(operation, attacker, { values: renamed(object.resource, operation, nothing) }),
    own: own === undefined ? undefined : callOn(world, operation, attacker, own),
  });
}

/** Values of the parents' parameters that are the attacker's own. */
function parentsOf(
  world: World,
  operation: Operation,
  { resource }: OwnedObject,
  attacker: Principal,
): Readonly<Record<string, string>> | undefined {
  const names = parametersOfPath(resource.itemPath).slice(0, -1);
  const [own] = world.objectsOf(attacker, resource);
  if (own !== undefined)
    return Object.fromEntries(names.map((name) => [name, own.values[name] ?? ""]));
  // Without a child of its own: the made path of the attacker has the attacker's parents.
  const made = world.make(operation, attacker).path.split("?")[0]?.split("/") ?? [];
  const template = `${world.basePath}${operation.path}`.split("/");
  const values = parametersOfPath(operation.path).map((name) => {
    const index = template.findIndex((segment) => segment.includes(`{${name}}`));
    return index === -1 ? undefined : made[index];
  });
  const found = names.map((name, index) => [name, values[index]] as const);
  if (found.some(([, value]) => value === undefined || value === "")) return undefined;
  return Object.fromEntries(found.map(([name, value]) => [name, decodeURIComponent(value ?? "")]));
}
