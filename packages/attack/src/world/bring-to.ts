/**
 * Takes an object to where an operation on it is legal: along the declared flow, or by trying the
 * other actions below the item.
 *
 * @module
 */

import type { Operation } from "../document/operation.ts";
import { objectsIn } from "../oracle/leaves.ts";
import { isSuccess } from "../oracle/refusal.ts";
import type { CallMaker } from "../value/make-call.ts";
import { renamed } from "./seed.ts";
import type { OwnedObject, World } from "./world.ts";

/** What it needs. */
export interface BringToParts {
  readonly operations: readonly Operation[];
  readonly maker: CallMaker;
  readonly send: World["send"];
}

/** Takes an object through the steps that an operation needs first; whether all of them worked. */
export async function bringTo(
  parts: BringToParts,
  object: OwnedObject,
  operation: Operation,
): Promise<boolean> {
  const { step } = operation;
  if (step === undefined) return true;
  const steps = parts.operations.filter((one) => one.step?.flow === step.flow);
  const state = stateIn(object.body, steps) ?? firstState(steps);
  const way = state === undefined ? undefined : wayTo(steps, state, step.from);
  if (way === undefined) return false;
  for (const one of way) {
    const values = renamed(object.resource, one, object.values);
    if (!isSuccess(await parts.send(parts.maker.make(one, object.owner, { values })))) return false;
  }
  return true;
}

/** The state that a body shows, among the states of a flow. */
export function stateIn(body: unknown, steps: readonly Operation[]): string | undefined {
  const states = new Set(steps.flatMap(({ step }) => [...(step?.from ?? []), step?.to ?? ""]));
  for (const object of objectsIn(body))
    for (const name of ["status", "state", "stage", "phase"]) {
      const value = object[name];
      if (typeof value === "string" && states.has(value)) return value;
    }
  return undefined;
}

/** A state that no step leads to: where objects begin. */
function firstState(steps: readonly Operation[]): string | undefined {
  const reached = new Set(steps.map(({ step }) => step?.to));
  return steps.flatMap(({ step }) => step?.from ?? []).find((state) => !reached.has(state));
}

/** The shortest way of steps from a state to one of the wanted; empty when already there. */
export function wayTo(
  steps: readonly Operation[],
  start: string,
  wanted: readonly string[],
): readonly Operation[] | undefined {
  const ways: { readonly state: string; readonly way: readonly Operation[] }[] = [
    { state: start, way: [] },
  ];
  const seen = new Set([start]);
  for (let here = ways.shift(); here !== undefined; here = ways.shift()) {
    const { state, way } = here;
    if (wanted.includes(state)) return way;
    for (const one of steps) {
      const { step } = one;
      if (step === undefined || !step.from.includes(state) || seen.has(step.to)) continue;
      seen.add(step.to);
      ways.push({ state: step.to, way: [...way, one] });
    }
  }
  return undefined;
}
