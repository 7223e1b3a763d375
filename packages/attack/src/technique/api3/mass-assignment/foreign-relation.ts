/**
 * M-06: an object of one's own is tied to an object of somebody else, and shows it from then on.
 *
 * Promise: it is proven only by the victim's private values in a read of the attacker's own object; an
 * id that is merely kept is a suspicion.
 *
 * @module
 */

import { wordsOf } from "../../../oracle/sensitive.ts";
import type { Exchange } from "../../../wire/exchange.ts";
import { foreignMarks } from "../../../world/privacy.ts";
import type { OwnedObject, World } from "../../../world/world.ts";
import { held, inconclusive, notApplicable, suspected, vulnerable } from "../../outcomes.ts";
import { defineTechnique, type Outcome } from "../../technique.ts";
import { declaredBody } from "../declared-properties.ts";
import { beside } from "./carrying.ts";
import { evidenceOf, writingsOf } from "./probe.ts";
import { shows, type View } from "./view.ts";
import type { Writing } from "./writing.ts";

/** M-06. */
export const foreignRelation = defineTechnique({
  id: "M-06",
  risk: "API3",
  title: "An object can be tied to an object of somebody else",
  severity: "high",
  phase: "write",
  needs: ["two principals of one role"],
  oracle: "O-READ",
  guards: ["G-CTRL", "G-SHARED", "G-REPEAT"],
  hole: "mass-assignment",
  remedy: "Check for every id in a body that the caller may use the object that it names.",
  run: (world) => run(world),
});

/** A property that ties, and what it may be tied to. */
interface Tie {
  readonly name: string;
  readonly many: boolean;
  readonly object: OwnedObject;
}

async function* run(world: World): AsyncIterable<Outcome> {
  for (const writing of writingsOf(world)) yield await judge(world, writing);
}

async function judge(world: World, writing: Writing): Promise<Outcome> {
  const about = { target: writing.operation.key };
  const control = await writing.control();
  if (typeof control === "string") return inconclusive(about, control);
  const ties = await tiesOf(world, writing, control);
  if (ties.length === 0) return notApplicable(about, "it names nothing private of others");
  let hint: Outcome | undefined;
  for (const tie of ties) {
    const first = await tied(writing, tie);
    if (first === undefined) continue;
    const second = await tied(writing, tie);
    if (second === undefined) continue;
    const full = { ...about, variant: tie.name, evidence: [...first.evidence, ...second.evidence] };
    const what = `${tie.object.resource.name} of ${tie.object.owner.name}`;
    if (first.tells && second.tells)
      return vulnerable(full, `through ${tie.name} an own object shows the ${what}`);
    hint ??= suspected(full, `${tie.name} was tied to the ${what}, which shows nothing of it`);
  }
  return hint ?? held(about, `${ties.map(({ name }) => name).join(", ")} took nothing of others`);
}

async function tiesOf(
  world: World,
  { operation }: Writing,
  { properties }: View,
): Promise<readonly Tie[]> {
  const victim = world.peers?.victim;
  if (victim === undefined) return [];
  const names = [
    ...declaredBody(operation).writable,
    ...[...properties.values()].map(({ name }) => name),
  ];
  const ties: Tie[] = [];
  for (const name of new Set(names)) {
    const [, thing, plural] = /^(.+?) id(s?)$/.exec(wordsOf(name)) ?? [];
    if (thing === undefined) continue;
    const object = world
      .objectsOf(victim)
      .find(({ resource, origin }) => wordsOf(resource.name) === thing && origin === "created");
    if (object === undefined || object.marks.length === 0) continue;
    const { read } = object.resource;
    if (read === undefined || !(await world.privacyOf(read, object)).private) continue;
    ties.push({ name, many: plural === "s", object });
  }
  return ties.slice(0, 3);
}

async function tied(
  writing: Writing,
  { name, many, object }: Tie,
): Promise<{ readonly tells: boolean; readonly evidence: readonly Exchange[] } | undefined> {
  const id = /^\d+$/.test(object.id) ? Number(object.id) : object.id;
  const value = many ? [id] : id;
  const written = await writing.write(beside({ [name]: value }));
  if (written === undefined || !written.taken) return undefined;
  const { before, after, sent } = written;
  const request = typeof sent.call.body === "string" ? sent.call.body : "";
  const tells = ({ exchanges }: View): boolean =>
    exchanges.some(({ answer }) => foreignMarks(answer?.text ?? "", object, request).length > 0);
  if (tells(after) && !tells(before)) return { tells: true, evidence: evidenceOf(written) };
  const isKept = shows(after, name, value) && !shows(before, name, value);
  return isKept ? { tells: false, evidence: evidenceOf(written) } : undefined;
}
