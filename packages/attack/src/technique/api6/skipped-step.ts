/**
 * B-01: whether a step of a declared flow works in a state from which it is not declared.
 *
 * @module
 */

import type { Operation } from "../../document/operation.ts";
import { renamed } from "../../world/seed.ts";
import { stateIn } from "../../world/bring-to.ts";
import type { World } from "../../world/world.ts";
import { held, inconclusive, vulnerable } from "../outcomes.ts";
import { defineTechnique, type Outcome, type Technique } from "../technique.ts";

async function attempt(
  world: World,
  operation: Operation,
  steps: readonly Operation[],
): Promise<Outcome> {
  const { step } = operation;
  const resource = world.resourceOf(operation);
  const owner = world.peers?.victim ?? world.principals[0];
  const about = { target: operation.key, variant: "from the first state" };
  if (step === undefined || resource === undefined || owner === undefined)
    return inconclusive(about, "it has no object");
  const object = await world.create(resource, owner);
  if (object === undefined) return inconclusive(about, "no object can be made");
  const before = await world.readBack(object);
  const state = stateIn(before?.answer?.json, steps);
  if (state === undefined)
    return inconclusive({ ...about, evidence: [before] }, "the state cannot be read");
  if (step.from.includes(state))
    return held({ ...about, evidence: [before] }, `${state} is a legal start`);
  const tried = await world.send(
    world.make(operation, owner, { values: renamed(resource, operation, object.values) }),
  );
  const after = await world.readBack(object);
  const reached = stateIn(after?.answer?.json, steps);
  const evidence = [before, tried, after];
  return reached === step.to && reached !== state
    ? vulnerable(
        { ...about, evidence },
        `${step.name} took it from ${state} to ${reached}, declared only from ${step.from.join(" or ")}`,
      )
    : held({ ...about, evidence }, `${step.name} is refused in ${state}`);
}

async function* run(world: World): AsyncIterable<Outcome> {
  const flows = world.document.operations.filter(({ step }) => step !== undefined);
  for (const operation of flows) {
    const steps = flows.filter(({ step }) => step?.flow === operation.step?.flow);
    const first = await attempt(world, operation, steps);
    if (first.verdict !== "vulnerable") {
      yield first;
      continue;
    }
    const second = await attempt(world, operation, steps);
    yield second.verdict === "vulnerable" ? first : second;
  }
}

/** B-01: whether a step of a declared flow works in a state from which it is not declared. */
export const skippedStep: Technique = defineTechnique({
  id: "B-01",
  risk: "API6",
  title: "A step of the flow can be skipped",
  severity: "high",
  phase: "flow",
  needs: ["a principal", "a declared flow"],
  oracle: "O-EFFECT",
  guards: ["G-POS", "G-REPEAT"],
  hole: "flow-order",
  remedy:
    "Check the state in the same statement that changes it, and refuse every other state with 409.",
  run,
});
