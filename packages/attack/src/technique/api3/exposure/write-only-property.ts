/**
 * a property that the document lets callers only write comes back.
 *
 * @module
 */

import { isMasked } from "../../../oracle/sensitive.ts";
import type { Operation } from "../../../document/operation.ts";
import type { World } from "../../../world/world.ts";
import { held, inconclusive, notApplicable, suspected, vulnerable } from "../../outcomes.ts";
import { defineTechnique, speakerOf, type Outcome } from "../../technique.ts";
import { answerSchemas, declaredBody, declaredObject } from "../declared-properties.ts";
import { answersByOperation, showsAgain, type SeenAnswer } from "./seen-answers.ts";
import { toldValues, type ToldValue } from "./told-values.ts";

/** */
export const writeOnlyProperty = defineTechnique({
  id: "X-02",
  risk: "API3",
  title: "A write-only property comes back in an answer",
  severity: "high",
  phase: "read",
  needs: [],
  oracle: "O-SCHEMA",
  guards: ["G-MASK", "G-REPEAT"],
  hole: "exposure",
  remedy: "Leave properties that are only written out of every answer, masked forms apart.",
  run: (world) => run(world),
});

async function* run(world: World): AsyncIterable<Outcome> {
  const names = writeOnlyNames(world.document.operations);
  if (names.size === 0) {
    yield notApplicable({ target: "" }, "the document declares no write-only property");
    return;
  }
  for (const [operation, answers] of await answersByOperation(world)) {
    const about = { target: operation.key };
    if (answers.length === 0) yield inconclusive(about, "it never answered with a success");
    else yield await judge(world, operation, answers, names);
  }
}

async function judge(
  world: World,
  operation: Operation,
  answers: readonly SeenAnswer[],
  names: ReadonlySet<string>,
): Promise<Outcome> {
  const about = { target: operation.key };
  const shown = ({ answer, operation: { traits } }: SeenAnswer): ToldValue | undefined =>
    toldValues(answer.json).find(
      ({ name, value }) =>
        names.has(name) && typeof value !== "boolean" && !isMasked(value) && !traits.has("sign-in"),
    );
  for (const seen of answers) {
    const told = shown(seen);
    if (told === undefined) continue;
    const because = `${speakerOf(seen.reader)} gets ${told.pointer}, which is declared write-only`;
    const again = await showsAgain(world, seen, answers, (other) => shown(other) !== undefined);
    const full = { ...about, variant: told.name, evidence: [seen.exchange, again] };
    return again === undefined ? suspected(full, because) : vulnerable(full, because);
  }
  return held(about, `none of ${[...names].slice(0, 5).join(", ")} came back`);
}

/** Names that are write-only wherever they are declared, and never declared as an answer beside. */
function writeOnlyNames(operations: readonly Operation[]): ReadonlySet<string> {
  const names = new Set<string>();
  const readable = new Set<string>();
  for (const operation of operations) {
    const answers = operation.answers.flatMap(({ schema }) =>
      schema === undefined ? [] : [schema],
    );
    for (const [name, schemas] of [
      ...declaredBody(operation).schemas,
      ...declaredObject(answers).properties,
    ])
      if (schemas.some((schema) => schema["writeOnly"] === true)) names.add(name);
    for (const [name, schemas] of declaredObject(answerSchemas(operation, 200)).properties)
      if (schemas.every((schema) => schema["writeOnly"] !== true)) readable.add(name);
  }
  return new Set([...names].filter((name) => !readable.has(name)));
}
