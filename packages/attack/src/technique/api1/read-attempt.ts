/**
 * Reading what is another's, from the rightful read to the verdict.
 *
 * A hit needs: the owner's read works; the attacker's answer holds distinctive values of the owner's
 * answer, or is the same answer; neither a random id nor the attacker's own data gives them; the
 * object is private; and all of it happens twice.
 *
 * @module
 */

import type { Operation } from "../../document/operation.ts";
import { masked } from "../../oracle/compare.ts";
import { leavesOf } from "../../oracle/leaves.ts";
import { holds, isDistinctive, marksIn, marksOf } from "../../oracle/marks.ts";
import { sensitiveLeaves } from "../../oracle/sensitive.ts";
import type { Call, Exchange } from "../../wire/exchange.ts";
import type { OwnedObject, World } from "../../world/world.ts";
import { held, inconclusive, suspected, vulnerable, type About } from "../outcomes.ts";
import type { Outcome } from "../technique.ts";
import { speaksOfOwn } from "./words.ts";
import { asCaller } from "./parties.ts";

/** One way to read what is another's. */
export interface ReadAttempt {
  readonly operation: Operation;
  readonly object: OwnedObject;
  readonly variant: string;
  /** The rightful read by the owner. */
  readonly control: Call;
  readonly attack: Call;
  /** The attack with something random in place of the victim's. */
  readonly twin?: Call | undefined;
  /** What the attacker rightly reads by the same operation; its values prove nothing. */
  readonly own?: Call | undefined;
  /** Where the hole is, when the attack goes somewhere else than to the operation. */
  readonly target?: string;
}

/** What an attacker's answer shows of the owner's. */
interface Proof {
  readonly marks: readonly string[];
  readonly same: boolean;
}

/** Tries one way to read what is another's. */
export async function tryRead(world: World, attempt: ReadAttempt): Promise<Outcome> {
  const { operation, variant } = attempt;
  const target = attempt.target ?? operation.key;
  const about = (...evidence: readonly (Exchange | undefined)[]): About => ({
    target,
    variant,
    evidence,
  });
  const control = await world.send(attempt.control);
  if (!world.succeeds(control))
    return inconclusive(about(control), `the owner's own read was answered ${statusOf(control)}`);
  const attack = await world.send(attempt.attack);
  if (attack.answer === undefined)
    return inconclusive(about(control, attack), `no answer: ${attack.failure ?? "?"}`);
  const first = proofOf(world, attempt, control, attack);
  if (first === undefined) return nothingShown(world, attempt, control, attack);

  const twin = attempt.twin === undefined ? undefined : await world.send(attempt.twin);
  const own = attempt.own === undefined ? undefined : await world.send(attempt.own);
  const proof = lessened(world, first, attack, [twin, own]);
  if (proof === undefined)
    return held(
      about(control, attack, twin ?? own),
      "what it shows is not the other's: a random id or the caller's own data gives the same",
    );
  const anonymous = await world.send(asCaller(attempt.attack, undefined));
  const open =
    world.succeeds(anonymous) && lessened(world, proof, attack, [anonymous]) === undefined;
  const again = await world.send(attempt.attack);
  const repeated = proofOf(world, attempt, control, again);
  if (repeated === undefined)
    return inconclusive(about(control, attack, again), "it showed once and not again");
  return judged(
    world,
    attempt,
    { control, attack, anonymous: open ? anonymous : undefined, proof },
    about,
  );
}

function nothingShown(
  world: World,
  { operation, variant, target, object }: ReadAttempt,
  control: Exchange,
  attack: Exchange,
): Outcome {
  const evidence = [control, attack];
  const about: About = { target: target ?? operation.key, variant, evidence };
  if (!world.succeeds(attack)) return held(about, `answered ${statusOf(attack)} to the other`);
  const tells = leavesOf(control.answer?.json).some(
    ({ value }) => value !== null && String(value) !== object.id,
  );
  return tells || control.answer?.json === undefined
    ? held(about, "the answer to the other shows nothing of the owner's")
    : inconclusive(about, "the owner's own answer holds nothing by which it could be recognised");
}

/** What the attack's answer holds of the owner's answer, beyond what was sent. */
function proofOf(
  world: World,
  { object, attack: call }: ReadAttempt,
  control: Exchange,
  attack: Exchange,
): Proof | undefined {
  const text = attack.answer?.text ?? "";
  const request = requestText(call);
  const body = control.answer?.json ?? control.answer?.text ?? "";
  const own = new Set([object.id, ...Object.values(object.values)]);
  const known = [
    ...marksOf(body, []),
    ...object.marks.filter((mark) => holds(control.answer?.text ?? "", mark)),
  ];
  const marks = [...new Set(marksIn(text, known))].filter(
    (mark) => !own.has(mark) && !holds(request, mark),
  );
  if (!world.succeeds(attack)) {
    const planted = marks.filter((mark) => mark.includes("cnry"));
    return planted.length > 0 ? { marks: planted, same: false } : undefined;
  }
  const same = tellsMuch(control) && masked(text) === masked(control.answer?.text ?? "");
  return marks.length > 0 || same ? { marks, same } : undefined;
}

function tellsMuch({ answer }: Exchange): boolean {
  return leavesOf(answer?.json).filter(({ value }) => value !== null && value !== "").length >= 2;
}

/** What is left of a proof when others' answers hold a part of it. */
function lessened(
  world: World,
  { marks, same }: Proof,
  attack: Exchange,
  others: readonly (Exchange | undefined)[],
): Proof | undefined {
  const answered = others.filter((one) => one !== undefined && world.succeeds(one));
  const texts = answered.map((one) => one?.answer?.text ?? "");
  const left = marks.filter((mark) => !texts.some((text) => holds(text, mark)));
  const alone = same && !texts.some((text) => masked(text) === masked(attack.answer?.text ?? ""));
  return left.length > 0 || alone ? { marks: left, same: alone } : undefined;
}

interface Seen {
  readonly control: Exchange;
  readonly attack: Exchange;
  /** The answer without a credential, when it shows the same. */
  readonly anonymous: Exchange | undefined;
  readonly proof: Proof;
}

async function judged(
  world: World,
  { operation, object }: ReadAttempt,
  { control, attack, anonymous, proof }: Seen,
  about: (...evidence: readonly (Exchange | undefined)[]) => About,
): Promise<Outcome> {
  const privacy = await world.privacyOf(operation, withBody(object, control));
  const shown = shownWords(proof, attack, object);
  const { access } = operation;
  if (anonymous !== undefined) {
    const here = about(control, attack, anonymous);
    const ruled =
      access.ownerParameter !== undefined ||
      access.selfParameter !== undefined ||
      (privacy.private && (privacy.from === "shown" || speaksOfOwn(operation)));
    if (ruled)
      return vulnerable(
        here,
        `${shown}, and so does anybody without a credential (${privacy.because})`,
      );
    if (privacy.private && access.kind === "unsaid")
      return suspected(
        here,
        `${shown}, and so does anybody without a credential; ${privacy.because}`,
      );
    return held(
      here,
      `anybody gets it without a credential: it is public, or a matter of authentication`,
    );
  }
  if (privacy.private) return vulnerable(about(control, attack), `${shown}; ${privacy.because}`);
  const sensitive = sensitiveLeaves(control.answer?.json).find(
    ({ kind, value }) =>
      (kind === "personal" || kind === "credential") && proof.marks.includes(String(value)),
  );
  if (privacy.from !== "declared" && sensitive !== undefined && !/sharing/.test(privacy.because))
    return suspected(
      about(control, attack),
      `${shown}, with ${sensitive.name}, but ${privacy.because}`,
    );
  return held(about(control, attack), `it is readable by others on purpose: ${privacy.because}`);
}

/** What the read itself tells counts for privacy too: a location tells more than the car's model. */
function withBody(object: OwnedObject, control: Exchange): OwnedObject {
  const body = control.answer?.json;
  if (body === undefined) return object;
  return { ...object, body: object.body === undefined ? body : [object.body, body] };
}

function shownWords(
  { marks }: Proof,
  { call }: Exchange,
  { resource, owner }: OwnedObject,
): string {
  const who = call.principal?.name ?? "anonymous";
  const what = `the ${resource.name} of ${owner.name}`;
  const [first] = marks;
  return first === undefined
    ? `${who} gets the same answer about ${what} as its owner`
    : `${who} reads ${what}: the answer holds "${first.slice(0, 60)}"`;
}

/** Everything that a call sends, as a text. */
export function requestText({ path, body, headers }: Call): string {
  const sent = typeof body === "string" ? body : "";
  return `${path} ${decoded(path)} ${sent} ${headers.map(([, value]) => value).join(" ")}`;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** What an exchange was answered, in words. */
export function statusOf({ answer, failure }: Exchange): string {
  return answer === undefined ? `nothing (${failure ?? "?"})` : String(answer.status);
}

/** Whether an answer has any value that is distinctive. */
export function hasMarks({ answer }: Exchange): boolean {
  return leavesOf(answer?.json).some(({ value }) => isDistinctive(value));
}
