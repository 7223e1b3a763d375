/**
 * M-14: a creation under the id of an object that is there already overwrites it.
 *
 * Promise: the object that may be overwritten was made by the run, in the victim's name.
 *
 * @module
 */

import type { Resource } from "../../../document/operation.ts";
import { holds } from "../../../oracle/marks.ts";
import { leavesOf } from "../../../oracle/leaves.ts";
import type { Exchange } from "../../../wire/exchange.ts";
import { idNames, sentJson } from "../../../world/item-id.ts";
import { renamed } from "../../../world/seed.ts";
import type { OwnedObject, World } from "../../../world/world.ts";
import { held, inconclusive, notApplicable, vulnerable } from "../../outcomes.ts";
import { defineTechnique, type Outcome } from "../../technique.ts";
import { beside } from "./carrying.ts";

/** M-14. */
export const overwritingCreate = defineTechnique({
  id: "M-14",
  risk: "API3",
  title: "A creation under a known id overwrites somebody else's object",
  severity: "critical",
  phase: "write",
  needs: ["two principals of one role"],
  oracle: "O-PERSIST",
  guards: ["G-CTRL", "G-CLEAN", "G-REPEAT"],
  hole: "mass-assignment",
  remedy: "Choose ids on the server, and let a creation fail when its id is taken.",
  run: (world) => run(world),
});

async function* run(world: World): AsyncIterable<Outcome> {
  for (const resource of world.document.resources) {
    const { create } = resource;
    if (create?.method !== "POST") continue;
    const about = { target: create.key };
    const isOurs = !create.traits.has("register") && !create.traits.has("administrative");
    if (isOurs) yield await judge(world, resource);
    else yield notApplicable(about, "accounts are not overwritten");
  }
}

async function judge(world: World, resource: Resource): Promise<Outcome> {
  const target = resource.create?.key ?? "";
  const victim = world.peers?.victim;
  const evidence: Exchange[] = [];
  for (let round = 0; round < 2; round++) {
    const object = victim === undefined ? undefined : await world.create(resource, victim);
    if (object === undefined)
      return inconclusive({ target }, "the victim has no object of the run's own");
    const seen = await overwrite(world, resource, object);
    if (seen === undefined) return inconclusive({ target }, "nothing shows the victim's object");
    evidence.push(...seen.evidence);
    if (!seen.changed) return held({ target, evidence }, "the victim's object is as it was");
  }
  const because =
    "a creation under the id of the victim's object put the attacker's values in its place";
  return vulnerable({ target, variant: "the id of another's object", evidence }, because);
}

async function overwrite(
  world: World,
  resource: Resource,
  object: OwnedObject,
): Promise<{ readonly changed: boolean; readonly evidence: readonly Exchange[] } | undefined> {
  const attacker = world.peers?.attacker;
  const { create } = resource;
  if (attacker === undefined || create === undefined) return undefined;
  const before = await world.readBack(object);
  if (before === undefined || !world.succeeds(before)) return undefined;
  const shown = Object.keys(object.body ?? {});
  const names = idNames(resource)
    .filter((name) => shown.includes(name))
    .slice(0, 2);
  const id = /^\d+$/.test(object.id) ? Number(object.id) : object.id;
  const ids = Object.fromEntries((names.length > 0 ? names : ["id"]).map((name) => [name, id]));
  const parents = world.objectsOf(attacker, resource)[0]?.values ?? {};
  const call = beside(ids)(
    world.make(create, attacker, { values: renamed(resource, create, parents) }),
  );
  const attack = await world.send(call);
  const after = await world.readBack(object);
  const sent = leavesOf(sentJson(call)).map(({ value }) => String(value));
  const fresh = sent.filter(
    (value) => value.length >= 6 && value !== object.id && !holds(before.answer?.text ?? "", value),
  );
  const text = after?.answer?.text ?? "";
  const changed =
    world.succeeds(attack) && fresh.some((value) => holds(text, value)) && holds(text, object.id);
  return { changed, evidence: [before, attack, ...(after === undefined ? [] : [after])] };
}
