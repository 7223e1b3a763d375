/**
 * the answer to a registration or change repeats the password, or shows its hash.
 *
 * @module
 */

import { isNode } from "../../../document/node.ts";
import type { Operation } from "../../../document/operation.ts";
import { isMasked, wordsOf } from "../../../oracle/sensitive.ts";
import type { Exchange } from "../../../wire/exchange.ts";
import { sentJson } from "../../../world/item-id.ts";
import type { World } from "../../../world/world.ts";
import { held, inconclusive, suspected, vulnerable } from "../../outcomes.ts";
import { defineTechnique, type Outcome } from "../../technique.ts";
import { credentialKind } from "./credential-values.ts";
import { answersByOperation, showsAgain, type SeenAnswer } from "./seen-answers.ts";
import { toldValues } from "./told-values.ts";

/** */
export const echoedPassword = defineTechnique({
  id: "X-12",
  risk: "API3",
  title: "The answer repeats the password that was sent",
  severity: "high",
  phase: "write",
  needs: [],
  oracle: "O-LEAK",
  guards: ["G-MASK", "G-REPEAT"],
  hole: "exposure",
  remedy: "Answer registrations and changes from a shape without any credential in it.",
  run: (world) => run(world),
});

async function* run(world: World): AsyncIterable<Outcome> {
  for (const [operation, answers] of await answersByOperation(world)) {
    if (operation.method === "GET" || !takesPassword(operation, answers)) continue;
    const about = { target: operation.key };
    if (answers.length === 0) yield inconclusive(about, "it never answered with a success");
    else yield await judge(world, operation, answers);
  }
}

function takesPassword({ body }: Operation, answers: readonly SeenAnswer[]): boolean {
  const declared = Object.keys(body?.schema["properties"] ?? {});
  const sent = answers.flatMap(({ exchange }) => sentPasswords(exchange));
  return sent.length > 0 || declared.some((name) => /pass|pwd/.test(wordsOf(name)));
}

function sentPasswords({ call }: Exchange): readonly string[] {
  const sent = sentJson(call);
  const entries = isNode(sent)
    ? Object.entries(sent)
    : typeof call.body === "string" && /^[\w.%-]+=/.test(call.body)
      ? [...new URLSearchParams(call.body)]
      : [];
  return entries.flatMap(([name, value]) =>
    /\b(password|passwd|pwd|passphrase|pin)\b|pass$/.test(wordsOf(name)) &&
    typeof value === "string" &&
    value.length >= 4
      ? [value]
      : [],
  );
}

function echoIn({ exchange, answer }: SeenAnswer): string | undefined {
  const sent = sentPasswords(exchange);
  const told = toldValues(answer.json);
  const echo = told.find(({ value }) => typeof value === "string" && sent.includes(value));
  if (echo !== undefined) return echo.pointer;
  return told.find(
    (one) =>
      /pass|pwd|hash/i.test(one.name) && credentialKind(one) === "always" && !isMasked(one.value),
  )?.pointer;
}

async function judge(
  world: World,
  { key }: Operation,
  answers: readonly SeenAnswer[],
): Promise<Outcome> {
  for (const seen of answers) {
    const pointer = echoIn(seen);
    if (pointer === undefined) continue;
    const because = `the answer holds the password that was sent, or its hash, at ${pointer}`;
    const again = await showsAgain(world, seen, answers, (other) => echoIn(other) !== undefined);
    const about = { target: key, variant: pointer, evidence: [seen.exchange, again] };
    return again === undefined ? suspected(about, because) : vulnerable(about, because);
  }
  return held({ target: key }, `${answers.length} answers hold no password`);
}
