/**
 * What a place keeps of properties that nobody asked for: one probe that several techniques read.
 *
 * All at once first; then, with what was kept, once more on something fresh. Where the API refuses the
 * whole, the properties are tried in parts and by themselves.
 *
 * @module
 */

import type { Exchange } from "../../../wire/exchange.ts";
import type { World } from "../../../world/world.ts";
import { isHighRole } from "../property-words.ts";
import { accountWritings } from "./account-writings.ts";
import { candidatesFor, type Candidate } from "./candidates.ts";
import { beside, type Properties } from "./carrying.ts";
import { objectWritings } from "./object-writings.ts";
import { openedFor } from "./opened-functions.ts";
import { has, shows, type View } from "./view.ts";
import type { Alter, Writing, Written } from "./writing.ts";

/** A property that was kept, twice. */
export interface Kept {
  readonly candidate: Candidate;
  readonly value: unknown;
  /** Whether it was there before, with another value. */
  readonly known: boolean;
  /** How the attack was carried: control, attack, read-back. */
  readonly evidence: readonly Exchange[];
  /** An operation for administrators that works since then. */
  readonly opened: Exchange | undefined;
}

/** What a probe showed. */
export type Probe =
  | { readonly kind: "unclear"; readonly because: string; readonly evidence: readonly Exchange[] }
  | {
      readonly kind: "done";
      readonly kept: readonly Kept[];
      readonly tried: readonly Candidate[];
      /** What became of a property that no API knows. */
      readonly stranger: "kept" | "taken" | "refused";
      readonly control: View;
      readonly evidence: readonly Exchange[];
    };

const writings = new WeakMap<World, readonly Writing[]>();
const probes = new WeakMap<Writing, Promise<Probe>>();

/** Every place where an ordinary user writes. */
export function writingsOf(world: World): readonly Writing[] {
  const known = writings.get(world) ?? [...accountWritings(world), ...objectWritings(world)];
  writings.set(world, known);
  return known;
}

/** What a place keeps; learnt once for all techniques. */
export function probeOf(world: World, writing: Writing): Promise<Probe> {
  const known = probes.get(writing) ?? probe(world, writing);
  probes.set(writing, known);
  return known;
}

/** A property that no API knows. */
export const strangerName = "zz_unknown_member";

/** Most requests that may write in parts, after the whole was refused. */
const mostParts = 12;

async function probe(world: World, writing: Writing): Promise<Probe> {
  const control = await writing.control();
  if (typeof control === "string") return { kind: "unclear", because: control, evidence: [] };
  const tried = await candidatesFor(world, writing, control);
  const stranger = `zz${Math.floor(world.random() * 36 ** 8).toString(36)}`;
  const whole = await attempt(world, writing, tried, { [strangerName]: stranger });
  if (whole === undefined)
    return { kind: "unclear", because: "it could not be written to", evidence: [] };
  const parts = whole.written.taken ? [whole] : await inParts(world, writing, tried);
  const taken = parts.filter(({ written }) => written.taken);
  const kept: Kept[] = [];
  for (const part of taken) kept.push(...(await confirmed(world, writing, part)));
  const further = await otherValues(world, writing, tried, kept, taken.length > 0);
  return {
    kind: "done",
    kept: [...kept, ...further],
    tried,
    stranger: !whole.written.taken
      ? "refused"
      : shows(whole.written.after, strangerName, stranger)
        ? "kept"
        : "taken",
    control,
    evidence: evidenceOf(whole.written),
  };
}

interface Attempt {
  readonly candidates: readonly Candidate[];
  readonly written: Written;
  readonly opened: Exchange | undefined;
}

async function attempt(
  world: World,
  writing: Writing,
  candidates: readonly Candidate[],
  more: Properties = {},
  alter: (properties: Properties) => Alter = beside,
): Promise<Attempt | undefined> {
  const properties = { ...valuesOf(candidates), ...more };
  const written = await writing.write(alter(properties));
  if (written === undefined) return undefined;
  const mayRise = candidates.some(({ power }) => power === "privilege");
  const opened = written.taken && mayRise ? await openedFor(world, written) : undefined;
  return { candidates, written, opened };
}

/** Names and first values of candidates. */
export function valuesOf(candidates: readonly Candidate[]): Properties {
  return Object.fromEntries(candidates.map(({ name, values }) => [name, values[0]]));
}

/** Control, attack and read-back, for the report. */
export function evidenceOf({ sent, before, after }: Written): readonly Exchange[] {
  return [...before.exchanges.slice(0, 1), sent, ...after.exchanges.slice(0, 2)];
}

/** When the whole is refused: what grants power by itself, and the rest in halves. */
async function inParts(
  world: World,
  writing: Writing,
  candidates: readonly Candidate[],
): Promise<readonly Attempt[]> {
  const powerful = candidates.filter(({ power }) => power !== undefined);
  const rest = candidates.filter(({ power }) => power === undefined);
  const shown = powerful.filter(({ origin }) => origin !== "usual");
  const usual = powerful.filter(({ origin }) => origin === "usual");
  const queue = [shown, usual, rest].filter((group) => group.length > 0);
  const attempts: Attempt[] = [];
  for (let tries = 0; tries < mostParts; tries++) {
    const group = queue.shift();
    if (group === undefined) break;
    const made = await attempt(world, writing, group);
    if (made === undefined) break;
    attempts.push(made);
    if (made.written.taken || group.length === 1) continue;
    const middle = Math.ceil(group.length / 2);
    queue.push(group.slice(0, middle), group.slice(middle));
  }
  return attempts;
}

/** What one attempt kept, if a second one keeps it too. */
async function confirmed(
  world: World,
  writing: Writing,
  first: Attempt,
  alter: (properties: Properties) => Alter = beside,
): Promise<readonly Kept[]> {
  const hits = first.candidates.filter((candidate) => isKept(candidate, first.written));
  const rising =
    first.opened === undefined ? [] : first.candidates.filter(({ power }) => power === "privilege");
  const suspects = [...new Set([...hits, ...rising])];
  if (suspects.length === 0) return [];
  const second = await attempt(world, writing, suspects, {}, alter);
  if (second === undefined || !second.written.taken) return [];
  const kept = suspects.filter(
    (candidate) => hits.includes(candidate) && isKept(candidate, second.written),
  );
  const evidence = [...evidenceOf(first.written), ...second.written.after.exchanges.slice(0, 1)];
  const opened = first.opened === undefined ? undefined : second.opened;
  const known = ({ name }: Candidate): boolean => has(first.written.before, name);
  const causes = opened === undefined ? [] : await causesOf(world, writing, kept, rising, known);
  const all = [...new Set([...kept, ...causes])];
  return all.map((candidate) => {
    const effect = causes.includes(candidate) ? opened : undefined;
    return {
      candidate,
      value: candidate.values[0],
      known: known(candidate),
      evidence: effect === undefined ? evidence : [...evidence, effect],
      opened: effect,
    };
  });
}

/** Which properties opened what is for administrators: the one that was there, else by trying. */
async function causesOf(
  world: World,
  writing: Writing,
  kept: readonly Candidate[],
  rising: readonly Candidate[],
  known: (candidate: Candidate) => boolean,
): Promise<readonly Candidate[]> {
  const there = kept.filter((candidate) => candidate.power === "privilege" && known(candidate));
  return there.length > 0 ? there : culprit(world, writing, rising);
}

/** Which of several properties opens what is for administrators. */
async function culprit(
  world: World,
  writing: Writing,
  suspects: readonly Candidate[],
): Promise<readonly Candidate[]> {
  for (const candidate of suspects.slice(0, 8)) {
    const made = await attempt(world, writing, [candidate]);
    if (made?.opened !== undefined) return [candidate];
  }
  return [];
}

/** Whether reads show what was sent, and did not before. */
export function isKept(
  { name, values: [value] }: Candidate,
  { before, after, taken }: Written,
): boolean {
  return taken && shows(after, name, value) && !shows(before, name, value);
}

/** Roles and states have values of their own: what was ignored may have been the wrong word. */
async function otherValues(
  world: World,
  writing: Writing,
  tried: readonly Candidate[],
  kept: readonly Kept[],
  taken: boolean,
): Promise<readonly Kept[]> {
  if (kept.some(({ candidate }) => candidate.power === "privilege")) return [];
  const found: Kept[] = [];
  const open = tried.filter(
    ({ name, power, values, origin }) =>
      (power === "privilege" || power === "state") &&
      values.length > 1 &&
      (taken || origin !== "usual") &&
      !kept.some(({ candidate }) => candidate.name === name),
  );
  for (const candidate of open.slice(0, 3))
    for (const value of candidate.values.slice(1)) {
      const other = { ...candidate, values: [value] };
      const made = await attempt(world, writing, [other]);
      if (made === undefined) return found;
      const again = await confirmed(world, writing, made);
      found.push(...again);
      if (again.length > 0) break;
    }
  return found;
}

/** Tries properties carried in another way; what is kept twice. */
export async function keptBy(
  world: World,
  writing: Writing,
  candidates: readonly Candidate[],
  alter: (properties: Properties) => Alter,
): Promise<{ readonly kept: readonly Kept[]; readonly sent: Exchange | undefined }> {
  const made = await attempt(world, writing, candidates, {}, alter);
  if (made === undefined) return { kept: [], sent: undefined };
  return { kept: await confirmed(world, writing, made, alter), sent: made.written.sent };
}

/** Whether a value that was kept raises its holder. */
export function raises({ candidate, value, opened }: Kept, world: World): boolean {
  if (opened !== undefined) return true;
  const administrators = world.principals.filter(({ administrator }) => administrator);
  return (
    candidate.power === "privilege" &&
    (isHighRole(value) ||
      [value].flat().some((one) => administrators.some(({ role }) => role === one)))
  );
}
