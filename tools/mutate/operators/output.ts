/**
 * Taking output contracts away and opening them (API3).
 *
 * @module
 */

import type { CallExpression } from "oxc-parser";
import type { Operator, Place } from "../mutant.ts";
import { bare, closedObject, endpointsOf } from "../source/declarations.ts";
import { remove, replace } from "../source/edit.ts";
import {
  callsIn,
  keyOf,
  propertiesOf,
  shopSources,
  textOf,
  type Project,
} from "../source/source-text.ts";

const risk = "API3";

function* deletedOutputs(project: Project): Iterable<Place> {
  for (const { source, name, own } of endpointsOf(project)) {
    const output = own("output");
    if (output === undefined) continue;
    const edits = [remove(source, output)];
    yield { subject: name, risk, source, position: output.start, edits };
  }
}

function* openedOutputs(project: Project): Iterable<Place> {
  const seen = new Set<CallExpression>();
  for (const { source, name, own } of endpointsOf(project)) {
    const declared = bare(own("output")?.value ?? source.program);
    if (declared.type !== "ObjectExpression") continue;
    for (const answer of propertiesOf(declared)) {
      const schema = bare(answer.value);
      // The item of a list, and the list itself.
      const [item] = schema.type === "CallExpression" ? schema.arguments : [];
      const isList = schema.type === "CallExpression" && textOf(source, schema.callee) === "pageOf";
      const closed = closedObject(project, source, isList && item !== undefined ? item : schema);
      if (closed === undefined || seen.has(closed.node)) continue;
      seen.add(closed.node);
      const { source: home, node } = closed;
      const edits = [replace(home, node.callee, "z.looseObject")];
      const variant = keyOf(answer) ?? "";
      yield { subject: name, variant, risk, source: home, position: node.start, edits };
    }
  }
}

function* droppedAudiences(project: Project): Iterable<Place> {
  for (const source of shopSources(project))
    for (const call of callsIn(source.program, "readableBy", "writableBy")) {
      const [schema] = call.arguments;
      if (schema === undefined) continue;
      const property = /(\w+): $/.exec(source.text.slice(0, call.start))?.[1] ?? "";
      const edits = [replace(source, call, textOf(source, schema))];
      yield { subject: property, risk, source, position: call.start, edits };
    }
}

/** Operators on output contracts. */
export const outputOperators: readonly Operator[] = [
  {
    name: "output-deleted",
    what: "takes the output contract of an endpoint away",
    find: deletedOutputs,
  },
  {
    name: "output-opened",
    what: "lets an answer have any further property",
    find: openedOutputs,
  },
  {
    name: "audience-dropped",
    what: "shows a property to everybody who may read the object",
    find: droppedAudiences,
  },
];
