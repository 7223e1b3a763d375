/**
 * Changing or removing what is another's, from the rightful change to the verdict.
 *
 * Only what the owner reads afterwards counts, never the status: before the attack it is read twice,
 * so that what moves by itself is known; after it, twice again. All of it happens on objects of the
 * run's own, and a hit happens twice.
 *
 * @module
 */

import type { Operation } from "../../document/operation.ts";
import { wordsOf } from "../../oracle/sensitive.ts";
import type { Principal } from "../../principal/principal.ts";
import type { Call, Exchange } from "../../wire/exchange.ts";
import { foreignMarks } from "../../world/privacy.ts";
import type { OwnedObject, World } from "../../world/world.ts";
import { held, inconclusive, suspected, vulnerable, type About } from "../outcomes.ts";
import type { Outcome } from "../technique.ts";
import { callOn } from "./parties.ts";
import { requestText, statusOf } from "./read-attempt.ts";
import { changesBetween, inWords, stateOf, type Change } from "./state.ts";
import { isSocial, speaksOfAll, speaksOfOwn } from "./words.ts";

/** One way to change what is another's. */
export interface ChangeAttempt {
  readonly operation: Operation;
  readonly attacker: Principal;
  readonly variant: string;
  readonly target?: string;
  /** An object of the victim on which it may be done; asked for again where it is spent. */
  readonly prey: () => Promise<OwnedObject | undefined>;
  /** Whether doing it once makes a second time impossible: removals, actions. */
  readonly spends: boolean;
  /** What the owner sends; `undefined` when no rightful call is possible. */
  readonly control: ((object: OwnedObject) => Call) | undefined;
  readonly attack: (object: OwnedObject) => Call;
  /** The attack on something random. */
  readonly twin?: ((object: OwnedObject) => Call) | undefined;
  /** How the state is read; by default as the owner reads the object. */
  readonly look?: (object: OwnedObject) => Promise<Exchange | undefined>;
  /** Says whether it would be right for the attacker; by default from document and names. */
  readonly judge?: (object: OwnedObject) => Promise<Right>;
}

/** Whether a change by somebody else is wrong. */
export interface Right {
  readonly kind: "foreign" | "doubtful" | "allowed";
  readonly because: string;
}

interface Round {
  readonly object: OwnedObject;
  readonly attack: Exchange;
  readonly before: Exchange | undefined;
  readonly after: Exchange | undefined;
  readonly changes: readonly Change[];
}

/** Tries one way to change what is another's. */
export async function tryChange(world: World, attempt: ChangeAttempt): Promise<Outcome> {
  const target = attempt.target ?? attempt.operation.key;
  const about = (...evidence: readonly (Exchange | undefined)[]): About => ({
    target,
    variant: attempt.variant,
    evidence,
  });
  const object = await attempt.prey();
  if (object === undefined)
    return inconclusive(about(), "no object of the run's own could be made to try it on");
  const control = await doRightly(world, attempt, object);
  if (control.kind === "failed")
    return inconclusive(
      about(control.exchange),
      `the owner's own call was answered ${control.why}`,
    );
  const first = await round(world, attempt, attempt.spends ? undefined : object);
  if (first === undefined)
    return inconclusive(about(control.exchange), "no second object of the run's own could be made");
  const evidence = [control.exchange, first.attack, first.before, first.after];
  if (!isEffect(world, first))
    return withoutEffect(world, attempt, first, control, about(...evidence));
  const second = await round(world, attempt, attempt.spends ? undefined : first.object);
  if (second === undefined || !isEffect(world, second))
    return inconclusive(about(...evidence, second?.attack), "it had an effect once and not again");
  const right = await (attempt.judge ?? ((one) => rightOf(world, attempt.operation, one)))(
    first.object,
  );
  return judged(about(...evidence), right, first, attempt);
}

function judged(about: About, right: Right, first: Round, { attacker }: ChangeAttempt): Outcome {
  const { resource, owner } = first.object;
  const words = `${attacker.name} changed the ${resource.name} of ${owner.name}: ${inWords(first.changes)}`;
  switch (right.kind) {
    case "foreign":
      return vulnerable(about, `${words}; ${right.because}`);
    case "doubtful":
      return suspected(about, `${words}; ${right.because}`);
    case "allowed":
      return held(about, `others may do this on purpose: ${right.because}`);
  }
}

type Control =
  | { readonly kind: "failed"; readonly exchange: Exchange | undefined; readonly why: string }
  | { readonly kind: "done"; readonly exchange: Exchange | undefined; readonly visible: boolean };

/** The owner's own call, and whether its effect can be seen. */
async function doRightly(
  world: World,
  attempt: ChangeAttempt,
  object: OwnedObject,
): Promise<Control> {
  if (attempt.control === undefined) return { kind: "done", exchange: undefined, visible: true };
  const before = await stateOf(world, object, looker(world, attempt, object));
  const exchange = await world.send(attempt.control(object));
  if (!world.succeeds(exchange)) return { kind: "failed", exchange, why: statusOf(exchange) };
  const after = await stateOf(world, object, looker(world, attempt, object));
  return { kind: "done", exchange, visible: changesBetween(before, after).length > 0 };
}

function looker(
  world: World,
  { look }: ChangeAttempt,
  object: OwnedObject,
): () => Promise<Exchange | undefined> {
  return look === undefined ? () => world.readBack(object) : () => look(object);
}

async function round(
  world: World,
  attempt: ChangeAttempt,
  kept: OwnedObject | undefined,
): Promise<Round | undefined> {
  const object = kept ?? (await attempt.prey());
  if (object === undefined) return undefined;
  const look = looker(world, attempt, object);
  const earlier = await stateOf(world, object, look);
  const before = await stateOf(world, object, look);
  const attack = await world.send(attempt.attack(object));
  const after = await stateOf(world, object, look);
  const found = changesBetween(before, after);
  const later = found.length === 0 ? after : await stateOf(world, object, look);
  const restless = new Set(
    [...changesBetween(earlier, before), ...changesBetween(after, later)].map(
      ({ pointer }) => pointer,
    ),
  );
  const changes = found.filter(({ pointer }) => !restless.has(pointer));
  return { object, attack, before: before.exchange, after: after.exchange, changes };
}

/** A change counts when the call was not refused, or when what was sent is found in it. */
function isEffect(world: World, { attack, changes }: Round): boolean {
  if (changes.length === 0 || attack.answer === undefined) return false;
  if (world.succeeds(attack)) return true;
  const request = requestText(attack.call);
  const sent = changes.some(({ after }) => after.length >= 6 && request.includes(after));
  return sent || changes.some(({ pointer }) => pointer === "") || attack.answer.status >= 500;
}

async function withoutEffect(
  world: World,
  attempt: ChangeAttempt,
  first: Round,
  control: Extract<Control, { kind: "done" }>,
  about: About,
): Promise<Outcome> {
  const { attack, object } = first;
  if (!world.succeeds(attack))
    return held(about, `answered ${statusOf(attack)}, and nothing changed`);
  const told = foreignMarks(attack.answer?.text ?? "", object, requestText(attack.call));
  const right = await (attempt.judge ?? ((one) => rightOf(world, attempt.operation, one)))(object);
  if (told.length > 0 && right.kind === "foreign")
    return vulnerable(
      about,
      `nothing changed, but the answer shows what is ${object.owner.name}'s ("${(told[0] ?? "").slice(0, 40)}")`,
    );
  if (control.visible || attempt.twin === undefined)
    return held(about, "answered with success, but the owner sees no change");
  const twin = await world.send(attempt.twin(object));
  const shown = { ...about, evidence: [...(about.evidence ?? []), twin] };
  if (world.succeeds(twin))
    return held(shown, "a random id is answered the same: the id is ignored");
  return right.kind === "foreign"
    ? suspected(shown, "answered as its owner is, a random id is refused; nothing shows the effect")
    : held(shown, `others may do this on purpose: ${right.because}`);
}

const ownerNames =
  /^(owner|author|user|customer|seller|account|member|employee|farmer|buyer|creator)( (id|name|email|uuid))?$|^(owned|posted|written) by$|^username$/;

/** Whether it is wrong that somebody else changes an object by an operation. */
export async function rightOf(
  world: World,
  operation: Operation,
  object: OwnedObject,
): Promise<Right> {
  const { access, method, path } = operation;
  const { resource, owner, origin } = object;
  if (access.ownerParameter !== undefined || access.selfParameter !== undefined)
    return { kind: "foreign", because: `declared ${access.words}` };
  if (access.shared || access.kind === "anonymous")
    return { kind: "allowed", because: "declared for everybody" };
  if (speaksOfAll(operation) && !speaksOfOwn(operation))
    return { kind: "allowed", because: "its words say so" };
  const onItem =
    method === "PUT" || method === "PATCH" || method === "DELETE" || path.endsWith("}");
  if (!onItem && isSocial(operation))
    return { kind: "allowed", because: "it is something that people do to what others have" };
  if (origin === "self") return { kind: "foreign", because: "it is another's account" };
  if (speaksOfOwn(operation))
    return { kind: "foreign", because: "its words speak of the caller's own" };
  const privacy = await world.privacyOf(resource.read ?? operation, object);
  if (privacy.private) return { kind: "foreign", because: privacy.because };
  if (await othersRefused(world, operation, object))
    return { kind: "foreign", because: "other changes of the same object are refused to others" };
  const named = namesOwner(object, owner);
  if (named !== undefined && onItem)
    return { kind: "foreign", because: `its ${named} is somebody else` };
  return { kind: "doubtful", because: `nothing says that only the owner may (${privacy.because})` };
}

function namesOwner({ body }: OwnedObject, { facts, name }: Principal): string | undefined {
  const values = new Set([facts["id"], facts["username"], facts["email"], name]);
  const entries = typeof body === "object" && body !== null ? Object.entries(body) : [];
  for (const [property, value] of entries) {
    if (!ownerNames.test(wordsOf(property))) continue;
    const inside = typeof value === "object" && value !== null ? Object.values(value) : [value];
    if (inside.some((one) => values.has(String(one)))) return property;
  }
  return undefined;
}

/** Whether another verb on the same item is refused to strangers: then the owner matters here. */
async function othersRefused(
  world: World,
  operation: Operation,
  object: OwnedObject,
): Promise<boolean> {
  const { changes, remove } = object.resource;
  const stranger = world.principals.find(
    (one) => one.name !== object.owner.name && one.role === object.owner.role,
  );
  const others = [...changes, ...(remove === undefined ? [] : [remove])].filter(
    (one) => one !== operation,
  );
  if (stranger === undefined || object.origin !== "created") return false;
  for (const other of others) {
    const exchange = await world.send(callOn(world, other, stranger, object));
    const status = exchange.answer?.status ?? 0;
    if (world.refuses(exchange) && (status === 401 || status === 403 || status === 404))
      return true;
  }
  return false;
}
