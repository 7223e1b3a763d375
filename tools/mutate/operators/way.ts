/**
 * Leaving a guard of the way of a request out (API1 to API10).
 *
 * The way is one function that calls one guard after the other; a mutant calls one guard less.
 *
 * @module
 */

import type { Operator, Place, Risk } from "../mutant.ts";
import { replace } from "../source/edit.ts";
import { calleeName, functionNamed, nodesIn, type Project } from "../source/source-text.ts";

/** The guards, by what they defend against. What is not named is no guard, but the work itself. */
const guards: Readonly<Record<string, Risk>> = {
  refuseOverload: "API4",
  takeSourceQuota: "API4",
  requireHost: "API8",
  requireLife: "API9",
  requireAcceptable: "API8",
  authenticate: "API2",
  permitFunction: "API5",
  takePrincipalQuota: "API4",
  verifySignature: "API10",
  findObjects: "API1",
  beginOnce: "API6",
  takeDeclaredStep: "API6",
  takeFlowAllowance: "API6",
  finishOnce: "API6",
};

/** What a permission says when it was not asked. */
const permitted =
  '({ effect: "allow", objects: [], alternatives: [[]], webhook: undefined, disagreements: [], trials: [] } as ReturnType<typeof permitFunction>)';

function* withoutGuard(project: Project): Iterable<Place> {
  const source = project.source("packages/sekisho/src/http/way.ts");
  for (const node of nodesIn(functionNamed(source, "pass"))) {
    if (node.type !== "CallExpression" || node.callee.type !== "Identifier") continue;
    const subject = calleeName(node);
    const risk = guards[subject];
    if (risk === undefined) continue;
    const nothing = subject === "permitFunction" ? permitted : "undefined";
    yield { subject, risk, source, position: node.start, edits: [replace(source, node, nothing)] };
  }
}

/** Operators on the way of a request. */
export const wayOperators: readonly Operator[] = [
  { name: "guard-skipped", what: "leaves a guard of the way of a request out", find: withoutGuard },
];
