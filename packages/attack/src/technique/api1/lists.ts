/**
 * Lists that show what is another's: scoped by a parameter of the client, or not at all.
 *
 * @module
 */

import type { Operation, Parameter } from "../../document/operation.ts";
import { holds } from "../../oracle/marks.ts";
import { sensitiveLeaves } from "../../oracle/sensitive.ts";
import type { Call, Exchange } from "../../wire/exchange.ts";
import { isAccountResource } from "../../world/found-objects.ts";
import { foreignMarks } from "../../world/privacy.ts";
import type { OwnedObject, World } from "../../world/world.ts";
import { held, inconclusive, notApplicable, suspected, vulnerable } from "../outcomes.ts";
import { defineTechnique, type Outcome } from "../technique.ts";
import { asCaller, callOn, isForCallers, mayCall, pairsOf, type Pair } from "./parties.ts";
import { requestText, statusOf } from "./read-attempt.ts";
import { tryScopes, type Scope } from "./scope-attempt.ts";
import { fitting, personalKindOf, valuesOfPerson } from "./values-of-people.ts";
import { speaksOfAll, speaksOfOwn } from "./words.ts";

/** A1-07: the parameter that says whose list it is. */
export const listScopedByClient = defineTechnique({
  id: "A1-07",
  risk: "API1",
  title: "List scoped by a client parameter",
  severity: "high",
  phase: "read",
  needs: ["two principals of one role"],
  oracle: "O-READ",
  guards: ["G-POS", "G-NEG", "G-PUB", "G-SHARED", "G-REPEAT"],
  hole: "object-list",
  remedy:
    "Take the owner of a list from the credential, or check that the parameter names the caller.",
  run: scopedByClient,
});

/** A1-08: the list of everybody. */
export const listNotScoped = defineTechnique({
  id: "A1-08",
  risk: "API1",
  title: "List not scoped at all",
  severity: "high",
  phase: "read",
  needs: ["two principals of one role"],
  oracle: "O-READ",
  guards: ["G-POS", "G-PUB", "G-SHARED", "G-REPEAT"],
  hole: "object-list",
  remedy: "Select only the caller's own objects in the query of the list.",
  run: notScoped,
});

async function* scopedByClient(world: World): AsyncIterable<Outcome> {
  for (const operation of world.document.operations) {
    if (operation.method !== "GET" || !isForCallers(operation)) continue;
    const parameters = operation.parameters.filter(
      ({ name, place }) =>
        (place === "query" || place === "header") && personalKindOf(name) !== undefined,
    );
    if (parameters.length === 0) continue;
    yield await byParameters(world, operation, parameters);
  }
}

async function byParameters(
  world: World,
  operation: Operation,
  parameters: readonly Parameter[],
): Promise<Outcome> {
  const about = { target: operation.key };
  if (operation.access.kind === "anonymous") return held(about, "declared for everybody");
  const tenants = parameters.some(({ name }) => personalKindOf(name) === "tenant");
  let last: Outcome | undefined;
  for (const pair of pairsOf(world, tenants).slice(0, 4)) {
    if (!mayCall(operation, pair.attacker)) continue;
    const scopes = await scopesOf(world, parameters, pair);
    last = await tryScopes(world, operation, pair, scopes);
    if (last.verdict === "vulnerable") return last;
  }
  return last ?? notApplicable(about, "it is for another role, which is tried as a function");
}

async function scopesOf(
  world: World,
  parameters: readonly Parameter[],
  { victim }: Pair,
): Promise<readonly Scope[]> {
  const values = await valuesOfPerson(world, victim);
  return parameters.flatMap(({ name, place }) => {
    const kind = personalKindOf(name);
    if (kind === undefined) return [];
    return fitting(values, kind)
      .slice(0, 3)
      .map((value) => ({
        name,
        value,
        kind,
        place: place === "header" ? ("header" as const) : ("query" as const),
      }));
  });
}

async function* notScoped(world: World): AsyncIterable<Outcome> {
  for (const resource of world.document.resources) {
    const { list } = resource;
    if (list === undefined || !isForCallers(list)) continue;
    const pair = pairsOf(world).find(
      ({ attacker, victim }) =>
        mayCall(list, attacker) && world.objectsOf(victim, resource).length > 0,
    );
    const about = { target: list.key };
    if (list.access.kind === "anonymous") yield held(about, "declared for everybody");
    else if (list.path.includes("{")) continue;
    else if (pair === undefined)
      yield inconclusive(about, `no ${resource.name} is known that belongs to one of two peers`);
    else yield await lookAtList(world, list, pair, world.objectsOf(pair.victim, resource));
  }
}

async function lookAtList(
  world: World,
  list: Operation,
  { attacker, victim }: Pair,
  objects: readonly OwnedObject[],
): Promise<Outcome> {
  const about = (...evidence: readonly Exchange[]) => ({ target: list.key, evidence });
  const call = world.make(list, victim);
  const control = await world.send(call);
  if (!world.succeeds(control))
    return inconclusive(about(control), `the owner's list was answered ${statusOf(control)}`);
  const object = objects.find((one) => marksOfIn(one, control, call).length > 0);
  if (object === undefined)
    return inconclusive(about(control), "the owner's list holds nothing by which it is recognised");
  const attack = await world.send(asCaller(call, attacker));
  const shown = world.succeeds(attack) ? marksOfIn(object, attack, call) : [];
  const [mark] = shown;
  if (mark === undefined) return held(about(control, attack), "the other's list does not hold it");
  const again = await world.send(asCaller(call, attacker));
  if (marksOfIn(object, again, call).length === 0)
    return inconclusive(about(control, attack, again), "it showed once and not again");
  const words = `the list of ${attacker.name} holds the ${object.resource.name} of ${victim.name} ("${mark.slice(0, 40)}")`;
  return weighed(world, list, object, words, [control, attack], attacker);
}

/** A list for all is common: only what is clearly private makes it a finding. */
async function weighed(
  world: World,
  list: Operation,
  object: OwnedObject,
  words: string,
  evidence: readonly Exchange[],
  attacker: Pair["attacker"],
): Promise<Outcome> {
  const about = { target: list.key, evidence };
  const privacy = await world.privacyOf(list, object);
  if (!privacy.private || speaksOfAll(list))
    return held(
      about,
      `it lists for all on purpose: ${privacy.private ? "its words say so" : privacy.because}`,
    );
  const anonymous = await world.send(asCaller(world.make(list, attacker), undefined));
  const open =
    world.succeeds(anonymous) &&
    object.marks.some((mark) => holds(anonymous.answer?.text ?? "", mark));
  const secret = sensitiveLeaves(object.body).some(
    ({ kind, value }) =>
      kind === "credential" && holds(evidence[1]?.answer?.text ?? "", String(value)),
  );
  const certain =
    privacy.from === "declared" || secret || (speaksOfOwn(list) && list.access.kind !== "unsaid");
  if (open && !certain) return held(about, "anybody gets it without a credential");
  if (certain) return vulnerable(about, `${words}; ${privacy.because}`);
  if (isAccountResource(object.resource)) return suspected(about, `${words}; ${privacy.because}`);
  const refused = await itemRefused(world, object, attacker);
  return refused
    ? vulnerable(about, `${words}, while the item itself is refused to ${attacker.name}`)
    : suspected(about, `${words}; ${privacy.because}`);
}

async function itemRefused(
  world: World,
  object: OwnedObject,
  attacker: Pair["attacker"],
): Promise<boolean> {
  const { read } = object.resource;
  if (read === undefined) return false;
  return world.refuses(await world.send(callOn(world, read, attacker, object)));
}

function marksOfIn(object: OwnedObject, { answer }: Exchange, call: Call): readonly string[] {
  return foreignMarks(answer?.text ?? "", object, requestText(call));
}
