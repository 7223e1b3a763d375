/**
 * M-16: what must never change, or never be chosen, can be: the id, whose it is, when it was made.
 *
 * Promise: a new owner is proven by the other user's own read, a new id by a read under it.
 *
 * @module
 */

import type { Principal } from "../../../principal/principal.ts";
import type { Operation, Resource } from "../../../document/operation.ts";
import type { Call, Exchange } from "../../../wire/exchange.ts";
import { createdId } from "../../../world/item-id.ts";
import { parametersOfPath } from "../../../world/objects.ts";
import type { World } from "../../../world/world.ts";
import { held, inconclusive, notApplicable, suspected, vulnerable } from "../../outcomes.ts";
import { defineTechnique, type Outcome } from "../../technique.ts";
import { declaredBody } from "../declared-properties.ts";
import { plainName, powerOf, type Power } from "../property-words.ts";
import { beside } from "./carrying.ts";
import { writingsOf } from "./probe.ts";
import { shows, viewOf, type View } from "./view.ts";
import type { Writing, Written } from "./writing.ts";

/** M-16. */
export const immutableProperty = defineTechnique({
  id: "M-16",
  risk: "API3",
  title: "The id, the owner or the time of creation can be set",
  severity: "high",
  phase: "write",
  needs: [],
  oracle: "O-PERSIST",
  guards: ["G-CTRL", "G-ECHO", "G-REPEAT"],
  hole: "mass-assignment",
  remedy: "Set ids, owners and times on the server only, and leave them out of what is taken over.",
  run: (world) => run(world),
});

interface Attempt {
  readonly name: string;
  readonly power: Power;
  readonly value: unknown;
}

async function* run(world: World): AsyncIterable<Outcome> {
  for (const writing of writingsOf(world)) {
    if (writing.account) continue;
    yield await judge(world, writing);
  }
}

async function judge(world: World, writing: Writing): Promise<Outcome> {
  const about = { target: writing.operation.key };
  const control = await writing.control();
  if (typeof control === "string") return inconclusive(about, control);
  const attempts = attemptsFor(world, writing, control);
  if (attempts.length === 0) return notApplicable(about, "it shows neither owner nor time");
  let hint: Outcome | undefined;
  for (const attempt of attempts) {
    const first = await tryIt(world, writing, attempt);
    const second = first === undefined ? undefined : await tryIt(world, writing, attempt);
    if (first === undefined || second === undefined) continue;
    const because = `${attempt.name} can be set by whoever writes, and independent reads show it`;
    const full = { ...about, variant: attempt.name, evidence: [...first, ...second] };
    const { closed } = declaredBody(writing.operation);
    if (attempt.power !== "time" || closed || world.document.declares)
      return vulnerable(full, because);
    hint ??= suspected(full, because);
  }
  return hint ?? held(about, `nothing was kept of ${attempts.map(({ name }) => name).join(", ")}`);
}

function attemptsFor(
  world: World,
  { operation, kind }: Writing,
  { properties }: View,
): readonly Attempt[] {
  const writable = new Set([...declaredBody(operation).writable].map(plainName));
  const found = new Map<Power, Attempt>();
  for (const [plain, { name, values }] of properties) {
    const power = powerOf(name);
    if (power === undefined || writable.has(plain) || found.has(power)) continue;
    const [current] = values;
    if (power === "time") found.set(power, { name, power, value: "2001-02-03T04:05:06.000Z" });
    if (power === "ownership" && typeof current !== "object") {
      const value = sameOfVictim(world, operation.path, name, current);
      if (value !== undefined) found.set(power, { name, power, value });
    }
    if (power === "identity" && kind === "change") {
      const value =
        typeof current === "number"
          ? current + 7_000_000 + Math.floor(world.random() * 1e6)
          : freshId(world);
      found.set(power, { name, power, value });
    }
  }
  return [...found.values()];
}

function freshId(world: World): string {
  const digits = (count: number): string =>
    Array.from({ length: count }, () => Math.floor(world.random() * 16).toString(16)).join("");
  return `${digits(8)}-${digits(4)}-4${digits(3)}-a${digits(3)}-${digits(12)}`;
}

/** What stands under the name at the victim's object, or the victim's id where the writer's own stands. */
function sameOfVictim(world: World, path: string, name: string, current: unknown): unknown {
  const { peers } = world;
  if (peers === undefined) return undefined;
  const resource = world.document.resources.find(
    ({ itemPath, collectionPath }) => path.startsWith(itemPath) || path === collectionPath,
  );
  if (resource === undefined) return undefined;
  for (const { body } of world.objectsOf(peers.victim, resource)) {
    const shown = viewOf([{ answer: { json: body } } as unknown as Exchange], []).properties.get(
      plainName(name),
    );
    const value = shown?.values[0];
    if ((typeof value === "string" || typeof value === "number") && value !== current) return value;
  }
  const mine = Object.entries(peers.attacker.facts).find(
    ([, fact]) => fact === String(current),
  )?.[0];
  return mine === undefined ? undefined : peers.victim.facts[mine];
}

/** The exchanges that prove it, if it was kept. */
async function tryIt(
  world: World,
  writing: Writing,
  { name, power, value }: Attempt,
): Promise<readonly Exchange[] | undefined> {
  const written = await writing.write(beside({ [name]: value }));
  if (written === undefined || !written.taken) return undefined;
  const { before, after, sent } = written;
  const start = [...before.exchanges.slice(0, 1), sent];
  if (shows(after, name, value) && !shows(before, name, value))
    return [...start, ...after.exchanges.slice(0, 1)];
  if (power === "time") return undefined;
  const isNewId = power === "identity";
  const reader = isNewId ? writing.writer : world.peers?.victim;
  if (reader === undefined) return undefined;
  const newId = isNewId ? String(value) : undefined;
  const read = await readElsewhere(world, written, reader, newId);
  if (read === undefined) return undefined;
  const old = before.properties.get(plainName(name))?.values[0];
  if (writing.kind === "change") await giveBack(world, sent.call, reader, { [name]: old }, newId);
  return [...start, read];
}

/** Later techniques take the object for its first owner's, under its first id. */
async function giveBack(
  world: World,
  call: Call,
  owner: Principal,
  old: Readonly<Record<string, unknown>>,
  newId: string | undefined,
): Promise<void> {
  const [name] = Object.keys(old);
  const oldId = String(old[name ?? ""]);
  const path = newId === undefined ? call.path : call.path.replace(oldId, newId);
  await world.send({ ...beside(old)(call), path, principal: owner });
}

/** Reads the object as its new owner, or under its new id. */
async function readElsewhere(
  world: World,
  { sent }: Written,
  reader: Principal,
  newId: string | undefined,
): Promise<Exchange | undefined> {
  const { operation } = sent.call;
  const resource = world.document.resources.find(
    ({ create, changes, below }) =>
      operation !== undefined &&
      (create === operation || changes.includes(operation) || below.includes(operation)),
  );
  const read = resource?.read;
  const id = newId ?? (resource === undefined ? undefined : createdId(sent, resource));
  const name = parametersOfPath(read?.path ?? "").at(-1);
  if (resource === undefined || read === undefined || id === undefined || name === undefined)
    return undefined;
  const call = world.make(read, reader, { values: { [name]: id } });
  const exchange = await world.send(call);
  if (!world.succeeds(exchange) || (await world.looksAbsent(exchange))) return undefined;
  const own = viewOf([exchange], [id]);
  if (newId !== undefined)
    return shows(own, "id", id) || shows(own, name, id) ? exchange : undefined;
  // Where strangers read it anyway, this proves nothing.
  return (await isOpenTo(world, read, resource, reader, [name, id])) ? undefined : exchange;
}

/** Whether somebody also reads what still belongs to another. */
async function isOpenTo(
  world: World,
  read: Operation,
  resource: Resource,
  reader: Principal,
  [name, id]: readonly [string, string],
): Promise<boolean> {
  const others = world.principals.flatMap((owner) =>
    owner.name === reader.name || owner.administrator ? [] : world.objectsOf(owner, resource),
  );
  for (const object of others.filter((one) => one.id !== id).slice(0, 4)) {
    const call = world.make(read, object.owner, {
      values: { ...object.values, [name]: object.id },
    });
    if (!world.succeeds(await world.send(call))) continue;
    return world.succeeds(await world.send({ ...call, principal: reader }));
  }
  return true;
}
