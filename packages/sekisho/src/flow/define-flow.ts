/**
 * State machines of business flows, as data (OWASP API6:2023, F15).
 *
 * Promise: a flow with a state that is unknown, unreachable or a forgotten dead end cannot be
 * declared; all faults are named at once. Limits: one state column on one table.
 *
 * @module
 */

import { flowFaults } from "./flow-faults.ts";

/** One step: from which states, to which. */
export interface StepDeclaration<State extends string = string> {
  readonly from: readonly State[];
  readonly to: State;
  /** Type of the event it leaves; the name of the step unless said. */
  readonly event?: string;
}

/** Where the events of a flow are kept. */
export interface EventsDeclaration {
  readonly table: string;
  /** Its column that holds the id of the row. */
  readonly streamColumn: string;
}

/** What {@link defineFlow} is told. */
export interface FlowDeclaration<State extends string = string, Step extends string = string> {
  readonly name: string;
  readonly table: string;
  /** Column of the id (`uuid`); `"id"` unless said. */
  readonly key?: string;
  readonly stateColumn: string;
  readonly states: readonly State[];
  readonly initial: NoInfer<State>;
  /** States that no step needs to leave. */
  readonly final: readonly NoInfer<State>[];
  readonly steps: Readonly<Record<Step, StepDeclaration<NoInfer<State>>>>;
  readonly events: EventsDeclaration;
}

/** A declared flow. */
export interface Flow<State extends string = string, Step extends string = string> {
  readonly name: string;
  readonly table: string;
  readonly key: string;
  readonly stateColumn: string;
  readonly states: readonly State[];
  readonly initial: State;
  readonly final: readonly State[];
  readonly steps: Readonly<Record<string, StepDeclaration>>;
  readonly events: EventsDeclaration;
  /**
   * Names one step, for an endpoint.
   *
   * @throws TypeError when the flow has no such step.
   */
  step<Name extends Step>(name: Name): FlowStep<Name>;
}

/** One step of one flow. */
export interface FlowStep<Name extends string = string> {
  readonly flow: Omit<Flow, "step">;
  readonly name: Name;
}

/**
 * Declares a flow.
 *
 * @throws TypeError naming every fault of the declaration.
 * @example
 * const OrderFlow = defineFlow({
 *   name: "order",
 *   table: "orders",
 *   stateColumn: "status",
 *   states: ["draft", "validated", "executed"],
 *   initial: "draft",
 *   final: ["executed"],
 *   steps: {
 *     validate: { from: ["draft"], to: "validated" },
 *     execute: { from: ["validated"], to: "executed" },
 *   },
 *   events: { table: "order_events", streamColumn: "order_id" },
 * });
 * OrderFlow.step("execute");
 */
export function defineFlow<const State extends string, const Step extends string>(
  declaration: FlowDeclaration<State, Step>,
): Flow<State, Step> {
  const { key = "id", ...rest } = declaration;
  const faults = flowFaults({ ...rest, key });
  if (faults.length > 0)
    throw new TypeError(`flow ${JSON.stringify(declaration.name)}: ${faults.join("; ")}`);
  // Without a prototype, so that no inherited name is taken for a step.
  const steps: Readonly<Record<string, StepDeclaration>> = Object.freeze(
    Object.assign(Object.create(null), declaration.steps),
  );
  const data = Object.freeze({ ...rest, key, steps });
  return Object.freeze({
    ...data,
    step: <Name extends Step>(name: Name): FlowStep<Name> => {
      if (steps[name] === undefined) throw new TypeError(`flow ${data.name} has no step ${name}`);
      return Object.freeze({ flow: data, name });
    },
  });
}
