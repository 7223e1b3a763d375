/**
 * a private value of one principal in what another, or nobody, reads without naming the object.
 *
 * Promise: only values of sensitive properties count, and only where the object is private; what an
 * owner shows to all is no finding. Limits: reads that name the object belong to API1.
 *
 * @module
 */

import { isDistinctive, holds } from "../../../oracle/marks.ts";
import { sensitiveLeaves } from "../../../oracle/sensitive.ts";
import type { Operation } from "../../../document/operation.ts";
import type { OwnedObject, World } from "../../../world/world.ts";
import { held, inconclusive, vulnerable } from "../../outcomes.ts";
import { defineTechnique, speakerOf, type Outcome } from "../../technique.ts";
import { speaksOfSharing } from "./personal-values.ts";
import { answersByOperation, showsAgain, type SeenAnswer } from "./seen-answers.ts";
import { namesOf } from "./told-values.ts";

interface PrivateValue {
  readonly object: OwnedObject;
  readonly name: string;
  readonly value: string;
}

/** */
export const strangersCanary = defineTechnique({
  id: "X-04",
  risk: "API3",
  title: "A private value reaches a stranger",
  severity: "high",
  phase: "read",
  needs: ["an owned object"],
  oracle: "O-READ",
  guards: ["G-SHARED", "G-MASK", "G-REPEAT"],
  hole: "exposure",
  remedy: "Decide for every property who may read it, and leave it out of answers to anybody else.",
  run: (world) => run(world),
});

async function* run(world: World): AsyncIterable<Outcome> {
  const values = privateValues(world);
  for (const [operation, answers] of await answersByOperation(world)) {
    if (operation.path.includes("{") || operation.method !== "GET") continue;
    const about = { target: operation.key };
    if (answers.length === 0) yield inconclusive(about, "it never answered with a success");
    else if (values.length === 0)
      yield inconclusive(about, "no private value is known to look for");
    else yield await judge(world, operation, answers, values);
  }
}

function privateValues(world: World): readonly PrivateValue[] {
  return world.principals.flatMap((owner) =>
    world.objectsOf(owner).flatMap((object) =>
      sensitiveLeaves(object.body)
        .filter(({ kind, value }) => kind !== "privilege" && isDistinctive(value))
        .map(({ name, value }) => ({ object, name, value: String(value) }))
        .filter(({ value }) => !namesOf(owner).includes(value)),
    ),
  );
}

async function judge(
  world: World,
  operation: Operation,
  answers: readonly SeenAnswer[],
  values: readonly PrivateValue[],
): Promise<Outcome> {
  const about = { target: operation.key };
  if (speaksOfSharing(operation)) return held(about, "its description speaks of sharing");
  for (const seen of answers) {
    const { reader, answer, exchange } = seen;
    if (reader?.administrator === true) continue;
    const foreign = values.filter(
      ({ object, value }) => isStranger(world, object, reader?.name) && holds(answer.text, value),
    );
    for (const { object, name, value } of foreign.slice(0, 5)) {
      const readers = values.filter(
        (one) => one.value === value && one.object.owner.name === reader?.name,
      );
      if (readers.length > 0 || !(await world.privacyOf(operation, object)).private) continue;
      const again = await showsAgain(world, seen, answers, (other) =>
        holds(other.answer.text, value),
      );
      if (again === undefined) continue;
      const because = `${speakerOf(reader)} gets the ${name} of a ${object.resource.name} of ${object.owner.name}`;
      return vulnerable({ ...about, variant: name, evidence: [exchange, again] }, because);
    }
  }
  return held(about, `none of ${values.length} private values is in its answers to strangers`);
}

/** Whether somebody has nothing to do with an object: of the same role, or nobody. */
function isStranger(
  { principals }: World,
  { owner }: OwnedObject,
  reader: string | undefined,
): boolean {
  if (reader === undefined) return true;
  const found = principals.find(({ name }) => name === reader);
  return found !== undefined && found.name !== owner.name && found.role === owner.role;
}
