/**
 * Making bounds of size and time a hundred times as large (API4, API8).
 *
 * @module
 */

import type { CallExpression, Node } from "oxc-parser";
import type { Operator, Place } from "../mutant.ts";
import { closedObject, endpointsOf } from "../source/declarations.ts";
import { replace } from "../source/edit.ts";
import {
  calleeName,
  callsIn,
  keyOf,
  nodesIn,
  propertiesIn,
  shopSources,
  textOf,
  type Project,
  type SourceText,
} from "../source/source-text.ts";

const risk = "API4";
const factor = 100;

/** The number behind a literal; `undefined` for everything else. */
function numberOf(node: Node | undefined): number | undefined {
  return node?.type === "Literal" && typeof node.value === "number" ? node.value : undefined;
}

function isListBound(source: SourceText, call: CallExpression): boolean {
  return /\.array\(|^Roles/.test(textOf(source, call.callee));
}

/** Lists in request bodies: `z.array(…).max(n)`. */
function* longerLists(project: Project): Iterable<Place> {
  const seen = new Set<Node>();
  for (const { source, name, own } of endpointsOf(project)) {
    const body = own("body");
    const closed = body && closedObject(project, source, body.value);
    if (closed === undefined) continue;
    for (const call of callsIn(closed.node, "max")) {
      const [bound] = call.arguments;
      const most = numberOf(bound);
      if (bound === undefined || most === undefined || seen.has(bound)) continue;
      if (!isListBound(closed.source, call)) continue;
      seen.add(bound);
      const edits = [replace(closed.source, bound, String(most * factor))];
      yield { subject: name, risk, source: closed.source, position: bound.start, edits };
    }
  }
}

/** Pages and texts that are cut to a bound. */
function* widerCuts(project: Project): Iterable<Place> {
  for (const source of shopSources(project))
    for (const call of callsIn(source.program, "clampedInteger", "cutString"))
      for (const node of propertiesIn(call)) {
        const most = numberOf(node.value);
        const name = keyOf(node) ?? "";
        if (most === undefined || !name.toLowerCase().includes("maximum")) continue;
        const edits = [replace(source, node.value, String(most * factor))];
        const subject = calleeName(call);
        yield { subject, variant: name, risk, source, position: node.start, edits };
      }
}

/** What one request may bring and take when its endpoint says nothing. */
function* largerRequests(project: Project): Iterable<Place> {
  const source = project.source("packages/sekisho/src/http/compile-endpoint.ts");
  for (const node of nodesIn(source.program)) {
    if (node.type !== "VariableDeclarator" || node.init === null) continue;
    const most = numberOf(node.init);
    if (most === undefined || node.id.type !== "Identifier") continue;
    const edits = [replace(source, node.init, String(most * factor))];
    yield { subject: node.id.name, risk, source, position: node.start, edits };
  }
}

/** Operators on bounds. */
export const boundOperators: readonly Operator[] = [
  { name: "list-bound-raised", what: "lets a list of a body be longer", find: longerLists },
  { name: "cut-raised", what: "cuts pages and texts later", find: widerCuts },
  {
    name: "request-bound-raised",
    what: "lets requests be larger and longer",
    find: largerRequests,
  },
];
