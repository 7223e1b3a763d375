/**
 * Bodies that differ from one call to the next where a canary does not make them differ.
 *
 * @module
 */

import { isNode, nodeOf } from "../../document/node.ts";
import { wordsOf } from "../../oracle/sensitive.ts";
import type { Call } from "../../wire/exchange.ts";
import { sentJson } from "../../world/item-id.ts";

/** Whether a call's body holds something that is new in each call. */
export function isMarked({ body }: Call): boolean {
  return typeof body === "string" && body.includes("cnry");
}

const kept = /\b(id|uuid|version|date|time|at|currency|country|type|from|to)\b/;

/** The same call with other numbers, choices and truths; `turn` says how far off. */
export function varied(call: Call, turn: number): Call {
  const body = sentJson(call);
  if (!isNode(body) || isMarked(call)) return call;
  const properties = nodeOf(call.operation?.body?.schema["properties"]);
  const entries = Object.entries(body).map(([name, value]) => [
    name,
    kept.test(wordsOf(name)) ? value : another(value, nodeOf(properties[name])["enum"], turn),
  ]);
  return { ...call, body: JSON.stringify(Object.fromEntries(entries)) };
}

function another(value: unknown, choices: unknown, turn: number): unknown {
  if (Array.isArray(choices) && choices.length > 1) return choices[turn % choices.length];
  if (typeof value === "number") return value + turn;
  if (typeof value === "boolean") return turn % 2 === 0 ? value : !value;
  return value;
}
