/**
 * Taking the order of a business flow away (API6).
 *
 * @module
 */

import type { ObjectExpression } from "oxc-parser";
import type { Operator, Place } from "../mutant.ts";
import { endpointsOf } from "../source/declarations.ts";
import { remove, replace } from "../source/edit.ts";
import {
  callsIn,
  keyOf,
  literalText,
  propertiesOf,
  propertyOf,
  shopSources,
  textOf,
  type Project,
  type SourceText,
} from "../source/source-text.ts";
import { raised } from "./quota.ts";

const risk = "API6";

interface DeclaredFlow {
  readonly source: SourceText;
  readonly name: string;
  readonly object: ObjectExpression;
}

function flowsOf(project: Project): readonly DeclaredFlow[] {
  return shopSources(project).flatMap((source) =>
    callsIn(source.program, "defineFlow").flatMap(({ arguments: [object] }) =>
      object?.type === "ObjectExpression"
        ? [{ source, object, name: literalText(propertyOf(object, "name")?.value) ?? "flow" }]
        : [],
    ),
  );
}

function* statesOfSteps(project: Project, change: "widen" | "delete"): Iterable<Place> {
  for (const { source, name, object } of flowsOf(project)) {
    const steps = propertyOf(object, "steps")?.value;
    const states = propertyOf(object, "states")?.value;
    if (steps?.type !== "ObjectExpression" || states === undefined) continue;
    for (const step of propertiesOf(steps)) {
      const from =
        step.value.type === "ObjectExpression" ? propertyOf(step.value, "from") : undefined;
      if (from === undefined) continue;
      const edit =
        change === "widen"
          ? replace(source, from.value, textOf(source, states))
          : remove(source, from);
      const subject = `${name}.${keyOf(step) ?? ""}`;
      yield { subject, risk, source, position: from.start, edits: [edit] };
    }
  }
}

function* deletedFrom(project: Project, property: string): Iterable<Place> {
  for (const { source, name, own } of endpointsOf(project)) {
    const found = own(property);
    if (found === undefined) continue;
    // What a refused step answers is said beside the step, and means nothing without it.
    const beside = property === "step" ? own("stepProblem") : undefined;
    const edits = [found, ...(beside === undefined ? [] : [beside])].map((one) =>
      remove(source, one),
    );
    yield { subject: name, risk, source, position: found.start, edits };
  }
}

function* raisedFlowQuotas(project: Project): Iterable<Place> {
  for (const { source, name, own } of endpointsOf(project)) {
    const quota = own("flowQuota");
    const text = literalText(quota?.value);
    if (quota === undefined || text === undefined) continue;
    const edits = [replace(source, quota.value, `"${raised(text)}"`)];
    yield { subject: name, risk, source, position: quota.start, edits };
  }
}

/** Operators on flows. */
export const flowOperators: readonly Operator[] = [
  {
    name: "step-states-widened",
    what: "lets a step be taken from every state",
    find: (project) => statesOfSteps(project, "widen"),
  },
  {
    name: "step-states-deleted",
    what: "takes the states away from which a step may be taken",
    find: (project) => statesOfSteps(project, "delete"),
  },
  {
    name: "step-deleted",
    what: "lets an endpoint act without taking its step",
    find: (project) => deletedFrom(project, "step"),
  },
  {
    name: "idempotency-deleted",
    what: "carries a repeated request out again",
    find: (project) => deletedFrom(project, "idempotent"),
  },
  {
    name: "flow-quota-deleted",
    what: "takes the allowance of a flow away",
    find: (project) => deletedFrom(project, "flowQuota"),
  },
  {
    name: "flow-quota-raised",
    what: "makes the allowance of a flow a hundred times as large",
    find: raisedFlowQuotas,
  },
];
