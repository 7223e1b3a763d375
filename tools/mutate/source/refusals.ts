/**
 * The refusals of a decision: `if (…) return deny("…")`, by their reason.
 *
 * @module
 */

import type { IfStatement, Node, ReturnStatement } from "oxc-parser";
import { callsIn, literalText, nodesIn } from "./source-text.ts";

/** One refusal. */
export interface Refusal {
  readonly node: IfStatement;
  readonly reason: string;
}

function returnIn(statement: IfStatement): ReturnStatement | undefined {
  const { consequent, alternate } = statement;
  if (alternate !== null) return undefined;
  const last = consequent.type === "BlockStatement" ? consequent.body.at(-1) : consequent;
  return last?.type === "ReturnStatement" ? last : undefined;
}

function reasonOf(statement: ReturnStatement): string | undefined {
  const { argument } = statement;
  if (argument === null) return undefined;
  const direct = literalText(argument);
  if (direct !== undefined) return direct;
  const [denial] = callsIn(argument, "deny");
  if (denial !== undefined) return literalText(denial.arguments[0]);
  for (const node of nodesIn(argument))
    if (node.type === "Property" && node.key.type === "Identifier" && node.key.name === "reason")
      return literalText(node.value);
  return undefined;
}

/** The refusals under a node, in the order of the text. */
export function refusalsIn(node: Node): readonly Refusal[] {
  return [...nodesIn(node)].flatMap((found) => {
    if (found.type !== "IfStatement") return [];
    const statement = returnIn(found);
    const reason = statement === undefined ? undefined : reasonOf(statement);
    return reason === undefined ? [] : [{ node: found, reason }];
  });
}
