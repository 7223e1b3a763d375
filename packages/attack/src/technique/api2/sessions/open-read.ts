/**
 * Reads without a credential: whether what comes back is what only the rightful should get.
 *
 * @module
 */

import type { Operation } from "../../../document/operation.ts";
import { sameAnswer } from "../../../oracle/compare.ts";
import { leavesOf } from "../../../oracle/leaves.ts";
import { marksIn, marksOf } from "../../../oracle/marks.ts";
import { sensitiveLeaves } from "../../../oracle/sensitive.ts";
import type { Principal } from "../../../principal/principal.ts";
import type { Exchange } from "../../../wire/exchange.ts";
import type { OwnedObject, World } from "../../../world/world.ts";
import { speaksOfOwn } from "../../api1/words.ts";
import { held, inconclusive, suspected, vulnerable, type About } from "../../outcomes.ts";
import type { Outcome } from "../../technique.ts";
import { asksItself } from "./declared-security.ts";

/** Tries a read without a credential. */
export async function tryOpenRead(world: World, operation: Operation): Promise<Outcome> {
  const target = operation.key;
  const reached = await rightfulRead(world, operation);
  if (reached === undefined)
    return inconclusive({ target }, `no rightful call works: ${whyNot(world, operation)}`);
  const { principal, exchange } = reached;
  const control = await world.send({ ...exchange.call, principal });
  const attack = await world.send({ ...exchange.call, principal: undefined });
  const about: About = { target, variant: "no credential", evidence: [control, attack] };
  if (!world.succeeds(control))
    return inconclusive(about, "the rightful call does not work any more");
  const status = attack.answer?.status ?? 0;
  if (!world.succeeds(attack))
    return status === 0 || status === 400 || status === 429 || status >= 500
      ? inconclusive(about, `answered ${status}, which is no refusal`)
      : held(about, `answered ${status}`);
  if (!tellsTheSame(control, attack))
    return held(about, "without a credential it answers something else");
  return judge(world, operation, principal, { control, attack, about });
}

/** The exchange by which a rightful principal reached an operation. */
export async function rightfulRead(
  world: World,
  operation: Operation,
): Promise<{ readonly principal: Principal; readonly exchange: Exchange } | undefined> {
  for (const principal of world.rightful(operation).slice(0, 4)) {
    const exchange = principal === undefined ? undefined : await world.works(operation, principal);
    if (principal !== undefined && exchange !== undefined)
      return { principal: exchange.call.principal ?? principal, exchange };
  }
  return undefined;
}

function whyNot(world: World, operation: Operation): string {
  const [first] = world.rightful(operation);
  return world.whyNot(operation, first);
}

function tellsTheSame(control: Exchange, attack: Exchange): boolean {
  const { json, text = "" } = control.answer ?? {};
  if (text.length < 3 || leavesOf(json).length === 0)
    return text.length >= 3 && sameAnswer(control, attack);
  return (
    sameAnswer(control, attack) || marksIn(attack.answer?.text ?? "", marksOf(json, [])).length > 0
  );
}

interface Shown {
  readonly control: Exchange;
  readonly attack: Exchange;
  readonly about: About;
}

async function judge(
  world: World,
  operation: Operation,
  principal: Principal,
  { control, attack, about }: Shown,
): Promise<Outcome> {
  const again = await world.send(attack.call);
  const shown = { ...about, evidence: [...(about.evidence ?? []), again] };
  if (!world.succeeds(again) || !tellsTheSame(control, again))
    return inconclusive(shown, "it answered once without a credential and not again");
  const reason = await reasonOf(world, operation, principal, attack);
  const words = `without a credential it answers as to ${principal.name}`;
  if (operation.access.kind === "credential") {
    if (reason !== undefined)
      return vulnerable(
        shown,
        `${words}, though declared ${operation.access.words}; ${reason.because}`,
      );
    return asksItself(world.document, operation)
      ? vulnerable(shown, `${words}, though declared ${operation.access.words}`)
      : suspected(
          shown,
          `${words}; the document asks for a credential everywhere, but nothing private is shown`,
        );
  }
  if (reason === undefined) return held(shown, "nothing says that it is not public");
  return reason.certain
    ? vulnerable(shown, `${words}; ${reason.because}`)
    : suspected(
        shown,
        `${words}; ${reason.because}, but the document does not say who may call it`,
      );
}

interface Reason {
  readonly because: string;
  readonly certain: boolean;
}

/** Why what is shown is not for everybody. */
async function reasonOf(
  world: World,
  operation: Operation,
  principal: Principal,
  attack: Exchange,
): Promise<Reason | undefined> {
  const text = attack.answer?.text ?? "";
  const resource = world.resourceOf(operation);
  const objects = world.objectsOf(principal).filter(({ marks }) => marksIn(text, marks).length > 0);
  const related = objects.filter((one) => resource === undefined || one.resource === resource);
  for (const object of related.slice(0, 2)) {
    const privacy = await world.privacyOf(operation, readable(object, attack));
    if (privacy.private)
      return {
        because: `it holds the ${object.resource.name} of ${principal.name}, and ${privacy.because}`,
        certain: privacy.from !== "named" || speaksOfOwn(operation),
      };
  }
  const leaves = sensitiveLeaves(attack.answer?.json);
  const secret = leaves.find(({ kind }) => kind === "credential");
  if (secret !== undefined) return { because: `it holds ${secret.name}`, certain: true };
  const personal = leaves.find(({ kind }) => kind === "personal" || kind === "money");
  const administrative = operation.traits.has("administrative");
  if (personal !== undefined)
    return { because: `it holds ${personal.name}`, certain: administrative };
  return administrative
    ? { because: "it is a matter of administration", certain: false }
    : undefined;
}

function readable(object: OwnedObject, { answer }: Exchange): OwnedObject {
  return { ...object, body: object.body ?? answer?.json };
}
