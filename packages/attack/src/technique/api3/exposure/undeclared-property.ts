/**
 * answers with properties that the document does not declare for them.
 *
 * Promise: an open schema makes an undeclared property a hole only when it is a credential or tells
 * of somebody else. Limits: answers without a schema cannot be judged here and are said to be so.
 *
 * @module
 */

import { isNode } from "../../../document/node.ts";
import type { Operation } from "../../../document/operation.ts";
import type { World } from "../../../world/world.ts";
import { held, inconclusive, notApplicable, suspected, vulnerable } from "../../outcomes.ts";
import { defineTechnique, speakerOf, type Outcome } from "../../technique.ts";
import {
  answerSchemas,
  namesAnywhere,
  undeclaredIn,
  type UndeclaredProperty,
} from "../declared-properties.ts";
import { credentialKind } from "./credential-values.ts";
import { harmOf, othersData } from "./personal-values.ts";
import { answersByOperation, showsAgain, type SeenAnswer } from "./seen-answers.ts";
import { toldValues } from "./told-values.ts";
import { sensitivityOf } from "../../../oracle/sensitive.ts";

type Weight = "proof" | "hint" | "nothing";

interface Weighed {
  readonly property: UndeclaredProperty;
  readonly weight: Weight;
  readonly why: string;
}

/** */
export const undeclaredProperty = defineTechnique({
  id: "X-01",
  risk: "API3",
  title: "An answer holds a property that the document does not declare",
  severity: "high",
  phase: "read",
  needs: [],
  oracle: "O-SCHEMA",
  guards: ["G-MASK", "G-REPEAT", "G-SHARED"],
  hole: "exposure",
  remedy:
    "Write answers from a declared shape, property by property, and let nothing else out of the " +
    "record behind it.",
  run: (world) => run(world),
});

async function* run(world: World): AsyncIterable<Outcome> {
  for (const [operation, answers] of await answersByOperation(world)) {
    const about = { target: operation.key };
    if (answers.length === 0) {
      yield inconclusive(about, "it never answered with a success");
      continue;
    }
    const judged = answers.filter(
      ({ answer }) =>
        typeof answer.json === "object" && answerSchemas(operation, answer.status).length > 0,
    );
    if (judged.length === 0) {
      yield notApplicable(about, "the document has no schema for its answers");
      continue;
    }
    yield await judge(world, operation, judged);
  }
}

async function judge(
  world: World,
  operation: Operation,
  answers: readonly SeenAnswer[],
): Promise<Outcome> {
  let hint: Outcome | undefined;
  const names = new Set<string>();
  for (const seen of answers) {
    const weighed = weigh(world, seen);
    for (const { property } of weighed) names.add(property.name);
    const [best] = weighed.toSorted((one, other) => rank(one) - rank(other));
    if (best === undefined || best.weight === "nothing") continue;
    const told = [
      ...new Set(
        weighed
          .filter(({ weight }) => weight === best.weight)
          .map(({ property }) => property.pointer),
      ),
    ];
    const because = `${speakerOf(seen.reader)} gets ${told.slice(0, 8).join(", ")}, which the document does not declare: ${best.why}`;
    const about = { target: operation.key, variant: told.slice(0, 8).join(" ") };
    if (best.weight === "hint") {
      hint ??= suspected({ ...about, evidence: [seen.exchange] }, because);
      continue;
    }
    const again = await showsAgain(world, seen, answers, (other) =>
      weigh(world, other).some(
        ({ weight, property }) => weight === "proof" && property.pointer === best.property.pointer,
      ),
    );
    const evidence = [seen.exchange, again];
    if (again !== undefined) return vulnerable({ ...about, evidence }, because);
    hint ??= suspected({ ...about, evidence }, `${because}; it was seen once`);
  }
  if (hint !== undefined) return hint;
  const harmless =
    names.size === 0 ? "" : `; undeclared but harmless: ${[...names].slice(0, 5).join(", ")}`;
  return held(
    { target: operation.key },
    `${answers.length} answers hold what is declared${harmless}`,
  );
}

function rank({ weight }: Weighed): number {
  return weight === "proof" ? 0 : weight === "hint" ? 1 : 2;
}

function weigh(world: World, { operation, answer, reader }: SeenAnswer): readonly Weighed[] {
  const schemas = answerSchemas(operation, answer.status);
  const declared = namesAnywhere(schemas);
  const foreign = new Set(
    othersData(answer.json, reader, world.principals)
      .filter(({ harm }) => harm !== "slight")
      .map(({ pointer }) => pointer),
  );
  return undeclaredIn(answer.json, schemas).map((property) => {
    const { closed, value, pointer, within } = property;
    if (closed || world.document.declares)
      return { property, weight: "proof", why: "its schema is closed" };
    const inside = toldValues(
      isNode(value) || Array.isArray(value) ? value : { [property.name]: value },
    );
    const below = isNode(value) || Array.isArray(value) ? pointer : "";
    const leaves = inside.map((told) => ({
      ...told,
      place: below === "" ? pointer : `${below}${told.pointer}`,
      within: told.pointer.split("/").length <= 2 && below === "" ? within : told.within,
    }));
    const news = leaves.filter(({ name }) => !declared.has(name));
    const credential = news.find((told) => credentialKind(told) === "always");
    if (credential !== undefined)
      return { property, weight: "proof", why: `${credential.name} is a credential` };
    const other = news.find(({ place, name }) => foreign.has(place) && harmOf(name) !== undefined);
    if (other !== undefined)
      return { property, weight: "proof", why: `${other.name} is somebody else's` };
    const inner = news.find(
      ({ name }) =>
        sensitivityOf(name) === "internal" ||
        /\b(supplier|margin|internal)\b/.test(name.replaceAll("_", " ")),
    );
    if (inner !== undefined && reader?.administrator !== true)
      return { property, weight: "hint", why: `${inner.name} sounds internal` };
    return { property, weight: "nothing", why: "" };
  });
}

/** */
export const listTellsMore = defineTechnique({
  id: "X-05",
  risk: "API3",
  title: "A list tells more of its items than the item itself declares",
  severity: "medium",
  phase: "read",
  needs: [],
  oracle: "O-SCHEMA",
  guards: ["G-MASK", "G-REPEAT"],
  hole: "exposure",
  remedy: "Give lists and searches a declared shape of their own, no wider than that of the item.",
  run: (world) => runLists(world),
});

async function* runLists(world: World): AsyncIterable<Outcome> {
  const groups = new Map(
    await answersByOperation(world).then((all) =>
      all.map(([operation, answers]) => [operation.key, answers] as const),
    ),
  );
  for (const { list, read } of world.document.resources) {
    if (list === undefined || read === undefined || list === read) continue;
    const about = { target: list.key };
    const shapes = answerSchemas(read, 200);
    const seen = (groups.get(list.key) ?? []).filter(
      ({ answer }) => answerSchemas(list, answer.status).length === 0,
    );
    if (shapes.length === 0 || seen.length === 0) {
      yield notApplicable(about, "the list has a schema of its own, or the item has none");
      continue;
    }
    const found = seen.flatMap((one) => {
      const { json } = one.answer;
      const items = Array.isArray(json)
        ? json
        : Object.values(json ?? {}).find((value) => Array.isArray(value));
      const more = undeclaredIn(Array.isArray(items) ? items : [], [
        { type: "array", items: { anyOf: shapes } },
      ]);
      const proof = more.find(
        ({ name, value, within, pointer }) =>
          (typeof value === "string" || typeof value === "number") &&
          credentialKind({ name, value, within, pointer }) === "always",
      );
      return proof === undefined ? [] : [{ one, proof }];
    });
    const [first] = found;
    if (first === undefined) yield held(about, "its items hold what the item declares");
    else {
      const again = await showsAgain(world, first.one, seen, ({ answer }) =>
        answer.text.includes(`"${first.proof.name}"`),
      );
      const because = `its items hold ${first.proof.name}, which the item itself does not declare`;
      const evidence = [first.one.exchange, again];
      yield again === undefined
        ? suspected({ ...about, evidence }, because)
        : vulnerable({ ...about, evidence }, because);
    }
  }
}
