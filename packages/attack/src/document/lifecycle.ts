/**
 * What a document declares about the life of an operation: its step in a flow, its last day.
 *
 * @module
 */

import { isNode, nodeOf, textOf, textsOf, type Node } from "./node.ts";
import type { DeclaredStep } from "./operation.ts";

/** The step of a state machine that an operation declares. */
export function readStep(operation: Node): DeclaredStep | undefined {
  const own = nodeOf(operation["x-sekisho"])["step"];
  if (isNode(own)) return stepOf(own, {});
  const flow = operation["x-flow"];
  const states = nodeOf(operation["x-states"]);
  if (isNode(flow)) return stepOf(flow, states);
  return typeof flow === "string" ? stepOf({ flow }, states) : undefined;
}

function stepOf(declared: Node, states: Node): DeclaredStep | undefined {
  const flow = textOf(declared["flow"] ?? declared["id"]);
  const name = textOf(declared["name"] ?? declared["step"] ?? states["step"]);
  const to = textOf(declared["to"] ?? declared["state"] ?? states["to"]) || name;
  const from = textsOf(declared["from"] ?? states["from"] ?? declared["requires"]);
  return flow === "" || to === "" ? undefined : { flow, name: name || to, from, to };
}

/** Whether the operation is on its way out. */
export function isDeprecated(operation: Node): boolean {
  const stage = textOf(nodeOf(nodeOf(operation["x-sekisho"])["lifecycle"])["stage"]);
  return operation["deprecated"] === true || /deprecated|retired|sunset/.test(stage);
}

/** The instant after which the operation must not answer. */
export function sunsetOf(operation: Node): number | undefined {
  const declared =
    nodeOf(nodeOf(operation["x-sekisho"])["lifecycle"])["sunsetAt"] ?? operation["x-sunset"];
  const text = textOf(isNode(declared) ? (declared["date"] ?? declared["at"]) : declared);
  const instant = text === "" ? Number.NaN : Date.parse(text);
  return Number.isNaN(instant) ? undefined : instant;
}
