/**
 * Where ordinary users make and change objects of their own.
 *
 * @module
 */

import type { Operation, Resource } from "../../../document/operation.ts";
import type { Principal } from "../../../principal/principal.ts";
import { wordsOf } from "../../../oracle/sensitive.ts";
import type { Exchange } from "../../../wire/exchange.ts";
import { createdId } from "../../../world/item-id.ts";
import { isAccountResource } from "../../../world/found-objects.ts";
import { parametersOfPath } from "../../../world/objects.ts";
import { renamed } from "../../../world/seed.ts";
import type { OwnedObject, World } from "../../../world/world.ts";
import { unchanged } from "./carrying.ts";
import { emptyView, viewOf, type View } from "./view.ts";
import type { Alter, Writing, Written } from "./writing.ts";

const notObjects = [
  "sign-in",
  "register",
  "refresh",
  "sign-out",
  "change-password",
  "reset-password",
  "webhook",
  "destructive",
  "administrative",
] as const;

/** Every place where an ordinary user makes or changes an object. */
export function objectWritings(world: World): readonly Writing[] {
  const seen = new Set<Operation>();
  return world.document.resources.flatMap((resource) => {
    const writer = writerOf(world, resource);
    if (writer === undefined) return [];
    const { create } = resource;
    const isOwn = (operation: Operation): boolean =>
      !seen.has(operation) && !notObjects.some((trait) => operation.traits.has(trait));
    const writings: Writing[] = [];
    if (create !== undefined && isOwn(create)) {
      seen.add(create);
      writings.push(creation(world, resource, create, writer));
    }
    // What people do to accounts is looked at apart.
    if (isAccountResource(resource) && (create === undefined || !isOwnCreation(create)))
      return writings;
    const partial = resource.below.filter(({ method }) => method === "PUT" || method === "PATCH");
    for (const change of [...resource.changes, ...partial])
      if (change !== create && isOwn(change) && ownsLast(resource, change)) {
        seen.add(change);
        writings.push(alteration(world, resource, change, writer));
      }
    return writings;
  });
}

function isOwnCreation({ traits }: Operation): boolean {
  return !notObjects.some((trait) => traits.has(trait));
}

/** Whether the path of an operation names nothing beyond the item. */
function ownsLast({ itemPath }: Resource, { path }: Operation): boolean {
  return parametersOfPath(path).length === parametersOfPath(itemPath).length;
}

/** Who is no administrator and has, or can make, objects of this kind. */
function writerOf(world: World, resource: Resource): Principal | undefined {
  const { peers, principals } = world;
  const ordinary = [
    ...(peers === undefined ? [] : [peers.attacker, peers.victim]),
    ...principals.filter(({ administrator }) => !administrator),
  ];
  const rightful = resource.create === undefined ? undefined : world.rightful(resource.create);
  const allowed = ordinary.filter((one) => rightful === undefined || rightful.includes(one));
  return (
    allowed.find((one) =>
      world.objectsOf(one, resource).some(({ origin }) => origin === "created"),
    ) ?? allowed[0]
  );
}

interface Place {
  readonly resource: Resource;
  readonly writer: Principal;
  readonly values: Readonly<Record<string, string>>;
  readonly id: string;
}

/** Reads an object as its owner, from the list, and as an administrator where there is one. */
async function look(world: World, { resource, writer, values, id }: Place): Promise<View> {
  const { read, list } = resource;
  const exchanges: Exchange[] = [];
  const ask = async (
    operation: Operation | undefined,
    reader: Principal | undefined,
  ): Promise<boolean> => {
    if (operation === undefined) return false;
    const making = { values: renamed(resource, operation, values) };
    const exchange = await world.send(world.make(operation, reader, making));
    if (!world.succeeds(exchange)) return false;
    exchanges.push(exchange);
    return true;
  };
  const shown = await ask(read, writer);
  if (!shown || !exchanges.some(({ answer }) => typeof answer?.json === "object"))
    await ask(list, writer);
  return viewOf(exchanges, [id]);
}

function relatedOf({ create, read, list, changes }: Resource): readonly Operation[] {
  return [read, list, create, ...changes].filter((operation) => operation !== undefined);
}

function creation(
  world: World,
  resource: Resource,
  operation: Operation,
  writer: Principal,
): Writing {
  let control: Promise<View | string> | undefined;
  const names = parametersOfPath(resource.itemPath);
  const create = async (alter: Alter): Promise<Omit<Written, "before"> | undefined> => {
    const sample = world.objectsOf(writer, resource)[0];
    const parents = sample === undefined ? {} : renamed(resource, operation, sample.values);
    const isPut = parametersOfPath(operation.path).length === names.length;
    const making = isPut ? {} : { values: parents };
    const sent = await world.send(alter(world.make(operation, writer, making)));
    const taken = world.succeeds(sent);
    const base = { sent, taken, account: undefined };
    const id = taken ? createdId(sent, resource) : undefined;
    if (id === undefined) return { ...base, after: emptyView };
    const values = { ...sample?.values, [names.at(-1) ?? resource.parameter]: id };
    return { ...base, after: await look(world, { resource, writer, values, id }) };
  };
  const learn = async (): Promise<View | string> => {
    const made = await create(unchanged);
    if (made === undefined || !made.taken)
      return `an ordinary request was answered ${made?.sent.answer?.status ?? "nothing"}`;
    return made.after;
  };
  const writing: Writing = {
    operation,
    kind: "create",
    account: false,
    thing: wordsOf(resource.name),
    related: relatedOf(resource),
    writer,
    throwaway: true,
    control: () => (control ??= learn()),
    write: async (alter) => {
      const before = await writing.control();
      if (typeof before === "string") return undefined;
      const made = await create(alter);
      return made === undefined ? undefined : { ...made, before };
    },
  };
  return writing;
}

function alteration(
  world: World,
  resource: Resource,
  operation: Operation,
  writer: Principal,
): Writing {
  let current: OwnedObject | undefined;
  let control: Promise<View | string> | undefined;
  const subject = async (): Promise<OwnedObject | undefined> => {
    const isCreated = ({ origin }: OwnedObject): boolean => origin === "created";
    current ??=
      (await world.create(resource, writer)) ?? world.objectsOf(writer, resource).find(isCreated);
    return current;
  };
  const placeOf = ({ values, id }: OwnedObject): Place => ({ resource, writer, values, id });
  const callOf = ({ values }: OwnedObject): ReturnType<World["make"]> =>
    world.make(operation, writer, { values: renamed(resource, operation, values) });
  const learn = async (): Promise<View | string> => {
    const object = await subject();
    if (object === undefined) return "there is no object of the run's own to change";
    const sent = await world.send(callOf(object));
    if (!world.succeeds(sent))
      return `an ordinary change was answered ${sent.answer?.status ?? "nothing"}`;
    return look(world, placeOf(object));
  };
  const writing: Writing = {
    operation,
    kind: "change",
    account: false,
    thing: wordsOf(resource.name),
    related: relatedOf(resource),
    writer,
    throwaway: true,
    control: () => (control ??= learn()),
    write: async (alter) => {
      if (typeof (await writing.control()) === "string") return undefined;
      const object = await subject();
      if (object === undefined) return undefined;
      const before = await look(world, placeOf(object));
      const sent = await world.send(alter(callOf(object)));
      const after = await look(world, placeOf(object));
      const taken = world.succeeds(sent);
      // A changed state may forbid the next change: the next write has a fresh object.
      if (taken) current = undefined;
      return { sent, taken, before, after, account: undefined };
    },
  };
  return writing;
}
