/**
 * Whether a step may be taken in a state (OWASP API6:2023).
 *
 * Promise: pure. Limits: the answer is stale as soon as it is given; `take-step.ts` decides and
 * acts in one statement.
 *
 * @module
 */

import type { Decision } from "../kernel/index.ts";
import type { FlowStep, StepDeclaration } from "./define-flow.ts";

/** Answer of {@link decideStep}; `to` is the state after the step. */
export type StepDecision = Decision<"unknown-step" | "illegal-step", { readonly to: string }>;

type Steps = Pick<FlowStep["flow"], "steps">;

function stepOf(flow: Steps, name: string): StepDeclaration | undefined {
  return Object.hasOwn(flow.steps, name) ? flow.steps[name] : undefined;
}

/**
 * Decides whether the step leads on from the state.
 *
 * @example
 * decideStep(OrderFlow, "draft", "execute"); // { effect: "deny", reason: "illegal-step" }
 */
export function decideStep(flow: Steps, state: string, stepName: string): StepDecision {
  const step = stepOf(flow, stepName);
  if (step === undefined) return { effect: "deny", reason: "unknown-step" };
  if (!step.from.includes(state)) return { effect: "deny", reason: "illegal-step" };
  return { effect: "allow", to: step.to };
}

/**
 * The steps that lead on from a state, in the order of their declaration.
 *
 * @example
 * allowedSteps(OrderFlow, "draft"); // ["validate"]
 */
export function allowedSteps(flow: Steps, state: string): readonly string[] {
  return Object.entries(flow.steps)
    .filter(([, step]) => step.from.includes(state))
    .map(([name]) => name);
}
