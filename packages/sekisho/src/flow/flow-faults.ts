/**
 * What is wrong with the declaration of a flow.
 *
 * Promise: every fault is found, not only the first. Limits: internal.
 *
 * @module
 */

import type { FlowDeclaration, StepDeclaration } from "./define-flow.ts";

const namePattern = /^[a-z_][a-z0-9_]{0,62}$/;
const wordPattern = /^[a-z][a-z0-9_-]{0,62}$/;

function nameFaults(declaration: FlowDeclaration): readonly string[] {
  const columns = {
    table: declaration.table,
    key: declaration.key ?? "id",
    "state column": declaration.stateColumn,
    "events table": declaration.events.table,
    "stream column": declaration.events.streamColumn,
  };
  const words = [declaration.name, ...declaration.states, ...Object.keys(declaration.steps)];
  return [
    ...Object.entries(columns)
      .filter(([, name]) => !namePattern.test(name))
      .map(([what, name]) => `${what} ${JSON.stringify(name)} is not a plain lower-case SQL name`),
    ...words
      .filter((word) => !wordPattern.test(word))
      .map((word) => `name ${JSON.stringify(word)} is not made of a-z 0-9 _ -`),
  ];
}

function repeated(values: readonly string[]): readonly string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}

function stepFaults(
  name: string,
  step: StepDeclaration,
  known: ReadonlySet<string>,
): readonly string[] {
  const event = step.event ?? name;
  return [
    ...(step.from.length === 0 ? [`step ${name} starts from no state`] : []),
    ...[...step.from, step.to]
      .filter((state) => !known.has(state))
      .map((state) => `step ${name} names the unknown state ${state}`),
    ...repeated(step.from).map((state) => `step ${name} starts twice from ${state}`),
    ...(wordPattern.test(event)
      ? []
      : [`event ${JSON.stringify(event)} is not made of a-z 0-9 _ -`]),
  ];
}

function reachableStates(declaration: FlowDeclaration): ReadonlySet<string> {
  const reached = new Set([declaration.initial]);
  // A Set visits what is added during the walk, which makes this a breadth-first search.
  for (const state of reached)
    for (const step of Object.values(declaration.steps))
      if (step.from.includes(state)) reached.add(step.to);
  return reached;
}

/** Every fault of the declaration, one sentence each. */
export function flowFaults(declaration: FlowDeclaration): readonly string[] {
  const { final, initial, states } = declaration;
  const known = new Set(states);
  const steps = Object.entries<StepDeclaration>(declaration.steps);
  const reached = reachableStates(declaration);
  const left = new Set(steps.flatMap(([, step]) => step.from));
  return [
    ...nameFaults(declaration),
    ...(steps.length === 0 ? ["there are no steps"] : []),
    ...repeated(states).map((state) => `state ${state} is listed twice`),
    ...(known.has(initial) ? [] : [`the initial state ${initial} is unknown`]),
    ...final
      .filter((state) => !known.has(state))
      .map((state) => `the final state ${state} is unknown`),
    ...steps.flatMap(([name, step]) => stepFaults(name, step, known)),
    ...[...known]
      .filter((state) => !reached.has(state))
      .map((state) => `state ${state} is unreachable`),
    ...[...known]
      .filter((state) => !left.has(state) && !final.includes(state))
      .map((state) => `state ${state} is a dead end that is not final`),
    ...final
      .filter((state) => left.has(state))
      .map((state) => `the final state ${state} is left by a step`),
  ];
}
