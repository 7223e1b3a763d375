/**
 * what the document keeps for one role is in the answer to another.
 *
 * Limits: without a declaration nothing says what only administrators see; such differences are
 * looked at only where a schema has them apart.
 *
 * @module
 */

import { isNode, nodeOf, textsOf, type Node } from "../../../document/node.ts";
import type { Operation, Schema } from "../../../document/operation.ts";
import { isMasked } from "../../../oracle/sensitive.ts";
import type { World } from "../../../world/world.ts";
import { held, inconclusive, notApplicable, suspected, vulnerable } from "../../outcomes.ts";
import { defineTechnique, speakerOf, type Outcome } from "../../technique.ts";
import { answerSchemas, propertiesAnywhere } from "../declared-properties.ts";
import { answersByOperation, showsAgain, type SeenAnswer } from "./seen-answers.ts";
import { toldValues } from "./told-values.ts";

/** */
export const otherRolesView = defineTechnique({
  id: "X-08",
  risk: "API3",
  title: "A property for another role is in the answer",
  severity: "high",
  phase: "read",
  needs: ["a principal"],
  oracle: "O-SCHEMA",
  guards: ["G-ADMIN", "G-REPEAT"],
  hole: "exposure",
  remedy: "Choose the shape of an answer by the role of whoever reads it.",
  run: (world) => run(world),
});

async function* run(world: World): AsyncIterable<Outcome> {
  let some = false;
  for (const [operation, answers] of await answersByOperation(world)) {
    const readers = readersOf(operation);
    if (readers.size === 0) continue;
    some = true;
    yield await judge(world, operation, answers, readers);
  }
  if (!some) yield notApplicable({ target: "" }, "the document keeps no property for a role");
}

/** Roles by the name of the property that is kept for them. */
type Readers = ReadonlyMap<string, readonly string[]>;

function readersOf(operation: Operation): Readers {
  const own = nodeOf(operation.extensions["x-sekisho"]);
  const declared = [own["readable_by"], own["readableBy"], own["readable-by"]].find(isNode) ?? {};
  const readers = new Map<string, readonly string[]>();
  for (const [name, roles] of Object.entries(declared)) readers.set(nameOf(name), textsOf(roles));
  const schemas = answerSchemas(operation, 200);
  for (const [name, all] of propertiesAnywhere(schemas))
    for (const schema of all) {
      const roles = rolesOf(schema);
      if (roles.length > 0) readers.set(name, roles);
    }
  return readers;
}

function rolesOf(schema: Schema): readonly string[] {
  const given: Node = schema;
  const sekisho = nodeOf(given["x-sekisho"]);
  const found = [
    given["x-visible-to"],
    given["x-readable-by"],
    given["x-roles"],
    sekisho["readable_by"],
    sekisho["readableBy"],
  ];
  return textsOf(found.find((one) => one !== undefined));
}

function nameOf(pointer: string): string {
  return pointer.split("/").at(-1) ?? pointer;
}

async function judge(
  world: World,
  { key }: Operation,
  answers: readonly SeenAnswer[],
  readers: Readers,
): Promise<Outcome> {
  const about = { target: key };
  if (answers.length === 0) return inconclusive(about, "it never answered with a success");
  const shown = ({ answer, reader }: SeenAnswer): string | undefined =>
    toldValues(answer.json).find(({ name, value }) => {
      const roles = readers.get(name);
      return roles !== undefined && !isMasked(value) && !mayRead(roles, reader?.role);
    })?.name;
  for (const seen of answers) {
    const name = shown(seen);
    if (name === undefined) continue;
    const again = await showsAgain(world, seen, answers, (other) => shown(other) === name);
    const because = `${speakerOf(seen.reader)} reads ${name}, which is for ${readers.get(name)?.join(", ") ?? "others"}`;
    const full = { ...about, variant: name, evidence: [seen.exchange, again] };
    return again === undefined ? suspected(full, because) : vulnerable(full, because);
  }
  return held(about, `${[...readers.keys()].join(", ")} reached nobody else`);
}

function mayRead(roles: readonly string[], role: string | undefined): boolean {
  return (
    role !== undefined &&
    roles.some(
      (one) => one === role || one === "*" || one === `role(${role})` || /owner|self/.test(one),
    )
  );
}
