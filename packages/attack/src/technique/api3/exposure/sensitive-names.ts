/**
 * passwords, keys, and what is personal of others, in answers to whoever asked.
 *
 * Promise: a reader's own key is no finding, nor is a token that a sign-in hands out, nor personal
 * data where the document declares it or speaks of sharing (that is at most suspected, unless it is
 * grave or open to everybody).
 *
 * @module
 */

import type { Operation } from "../../../document/operation.ts";
import type { World } from "../../../world/world.ts";
import { held, inconclusive, suspected, vulnerable } from "../../outcomes.ts";
import { defineTechnique, speakerOf, type Outcome } from "../../technique.ts";
import { answerSchemas, namesAnywhere } from "../declared-properties.ts";
import { credentialKind, handsOut } from "./credential-values.ts";
import { knownSecrets, secretsIn, type KnownSecret } from "./known-secrets.ts";
import { othersData, speaksOfSharing, type PersonalValue } from "./personal-values.ts";
import { answersByOperation, showsAgain, type SeenAnswer } from "./seen-answers.ts";
import { namesOf, personIn, toldValues } from "./told-values.ts";

interface Sighting {
  readonly what: string;
  readonly proof: boolean;
}

/** */
export const sensitiveNames = defineTechnique({
  id: "X-03",
  risk: "API3",
  title: "An answer holds credentials or personal data of others",
  severity: "critical",
  phase: "read",
  needs: [],
  oracle: "O-LEAK",
  guards: ["G-MASK", "G-SHARED", "G-REPEAT"],
  hole: "exposure",
  remedy:
    "Never put passwords, hashes or keys into an answer, and give strangers only what they must " +
    "know of a person.",
  run: (world) => run(world),
});

async function* run(world: World): AsyncIterable<Outcome> {
  const secrets = knownSecrets(world);
  for (const [operation, answers] of await answersByOperation(world)) {
    const about = { target: operation.key };
    if (answers.length === 0) yield inconclusive(about, "it never answered with a success");
    else yield await judge(world, operation, answers, secrets);
  }
}

async function judge(
  world: World,
  { key }: Operation,
  answers: readonly SeenAnswer[],
  secrets: readonly KnownSecret[],
): Promise<Outcome> {
  let hint: Outcome | undefined;
  const look = (seen: SeenAnswer): Sighting | undefined =>
    credentials(seen, secrets, world) ?? people(seen, world);
  for (const seen of answers) {
    const sighting = look(seen);
    if (sighting === undefined) continue;
    const because = `${speakerOf(seen.reader)} gets ${sighting.what}`;
    const about = { target: key, variant: sighting.what };
    if (!sighting.proof) {
      hint ??= suspected({ ...about, evidence: [seen.exchange] }, because);
      continue;
    }
    const again = await showsAgain(world, seen, answers, (other) => look(other)?.proof === true);
    const evidence = [seen.exchange, again];
    if (again !== undefined) return vulnerable({ ...about, evidence }, because);
    hint ??= suspected({ ...about, evidence }, `${because}; it was seen once`);
  }
  return hint ?? held({ target: key }, `${answers.length} answers hold nothing of that kind`);
}

/** Known secrets first: they prove it under any name. */
function credentials(
  { operation, answer, reader }: SeenAnswer,
  secrets: readonly KnownSecret[],
  world: World,
): Sighting | undefined {
  const known = secretsIn(answer.text, secrets).find(
    ({ kind, holder }) =>
      kind === "password" || (holder.name !== reader?.name && !handsOut(operation)),
  );
  if (known !== undefined)
    return { what: `the ${known.kind} of ${known.holder.name}`, proof: true };
  const handed = handsOut(operation);
  const own = reader === undefined ? [] : namesOf(reader);
  for (const told of toldValues(answer.json)) {
    const kind = credentialKind(told);
    if (kind === "always" && !(handed && !/pass|hash/i.test(told.name)))
      return { what: told.pointer, proof: true };
    if (kind !== "others" || handed) continue;
    const person = personIn(told.within, world.principals);
    const foreign =
      person !== undefined &&
      person.name !== reader?.name &&
      !namesOf(person).some((name) => own.includes(name));
    if (foreign)
      return { what: `${told.pointer} of ${person.name}`, proof: reader?.administrator !== true };
  }
  return undefined;
}

function people({ operation, answer, reader }: SeenAnswer, world: World): Sighting | undefined {
  // Who may call what is for administrators is asked elsewhere.
  if (reader?.administrator === true || operation.traits.has("administrative")) return undefined;
  if (operation.path.includes("{") || operation.method !== "GET") return undefined;
  const found = othersData(answer.json, reader, world.principals);
  const [worst] = found.toSorted((one, other) => weightOf(other) - weightOf(one));
  if (worst === undefined || worst.harm === "slight") return undefined;
  const what = `${[...new Set(found.map(({ pointer }) => pointer))].slice(0, 5).join(", ")} of ${worst.person.name}`;
  const schemas = answerSchemas(operation, answer.status);
  const declared = schemas.length > 0 && namesAnywhere(schemas).has(worst.name);
  if (speaksOfSharing(operation))
    return worst.harm === "grave" ? { what, proof: false } : undefined;
  return { what, proof: !declared || worst.harm === "grave" || reader === undefined };
}

function weightOf({ harm }: PersonalValue): number {
  return harm === "grave" ? 2 : harm === "contact" ? 1 : 0;
}
