/**
 * Makes objects for principals, and finds those that they already have.
 *
 * @module
 */

import type { ApiDocument, Operation, Resource } from "../document/operation.ts";
import type { Principal } from "../principal/principal.ts";
import { marksOf } from "../oracle/marks.ts";
import { isSuccess } from "../oracle/refusal.ts";
import type { CallMaker } from "../value/make-call.ts";
import type { Exchange } from "../wire/exchange.ts";
import { createdId, idIn, itemsIn } from "./item-id.ts";
import { parametersOfPath, type ObjectStore } from "./objects.ts";
import { sendUntilValid } from "./reach.ts";
import type { OwnedObject, World } from "./world.ts";

/** What seeding needs. */
export interface SeedParts {
  readonly document: ApiDocument;
  readonly maker: CallMaker;
  readonly send: World["send"];
  readonly objects: ObjectStore;
  readonly note: (operation: Operation, principal: Principal, exchange: Exchange) => void;
}

/** Operations that make something other than an object of the caller. */
const noCreation = [
  "sign-in",
  "register",
  "refresh",
  "sign-out",
  "change-password",
  "reset-password",
  "webhook",
  "destructive",
] as const;

/** Whether the run may make objects of a resource as this principal. */
export function isCreatable({ create }: Resource, principal: Principal): boolean {
  if (create === undefined || noCreation.some((trait) => create.traits.has(trait))) return false;
  const { roles } = create.access;
  if (roles.length > 0) return roles.includes(principal.role) || principal.administrator;
  return !create.traits.has("administrative") || principal.administrator;
}

/** Makes one object as a principal; `undefined` when the API does not let it. */
export async function createObject(
  parts: SeedParts,
  resource: Resource,
  principal: Principal,
): Promise<OwnedObject | undefined> {
  const { create } = resource;
  if (create === undefined || !isCreatable(resource, principal)) return undefined;
  const parents = parts.objects.valuesFor(create, principal);
  const needed = parametersOfPath(create.path);
  if (needed.some((name) => parents[name] === undefined)) return undefined;
  const made = await sendUntilValid(parts, create, principal, { values: parents });
  if (!isSuccess(made)) return undefined;
  parts.note(create, principal, made);
  const id = createdId(made, resource) ?? (await newestId(parts, resource, principal, made));
  if (id === undefined) return undefined;
  return adopt(parts, { resource, principal, id, parents, made, origin: "created" });
}

/** When the answer names no id: the last item of the list that was sent just now. */
async function newestId(
  parts: SeedParts,
  resource: Resource,
  principal: Principal,
  { call }: Exchange,
): Promise<string | undefined> {
  if (resource.list === undefined || typeof call.body !== "string") return undefined;
  const list = await parts.send(parts.maker.make(resource.list, principal));
  const canaries = call.body.match(/cnry\w+/g) ?? [];
  const own = itemsIn(list.answer?.json).find((item) =>
    canaries.some((canary) => JSON.stringify(item).includes(canary)),
  );
  return idIn(own, resource);
}

/** What is known of an object that becomes known. */
interface Adoption {
  readonly resource: Resource;
  readonly principal: Principal;
  readonly id: string;
  readonly parents: Readonly<Record<string, string>>;
  readonly made: Exchange | undefined;
  readonly origin: OwnedObject["origin"];
}

/** Takes an object into the store, as its owner reads it. */
export async function adopt(parts: SeedParts, adoption: Adoption): Promise<OwnedObject> {
  const { resource, principal, id, parents, made, origin } = adoption;
  const values = valuesOf(resource, parents, id);
  const body = await bodyOf(parts, resource, principal, values, made);
  const unmarked: OwnedObject = { resource, owner: principal, id, values, body, marks: [], origin };
  const object = marked(parts, unmarked);
  parts.objects.add(object);
  return object;
}

/** The object with the marks that nobody else's object of its kind has. */
function marked(parts: SeedParts, object: OwnedObject): OwnedObject {
  const own = new Set([object.id, ...Object.values(object.values)]);
  const others = othersOf(parts, object.resource, object.owner);
  return { ...object, marks: marksOf(object.body, others).filter((mark) => !own.has(mark)) };
}

/**
 * Marks every object anew, now that those of others are known: what both ordered is the mark of
 * neither.
 */
export function markAnew(parts: SeedParts): void {
  parts.objects.rewrite((object) => marked(parts, object));
}

function valuesOf(
  resource: Resource,
  parents: Readonly<Record<string, string>>,
  id: string,
): Readonly<Record<string, string>> {
  const names = parametersOfPath(resource.itemPath);
  const known = Object.values(parents);
  return Object.fromEntries(
    names.map((name, index) => [
      name,
      index === names.length - 1 ? id : (parents[name] ?? known[index] ?? ""),
    ]),
  );
}

async function bodyOf(
  parts: SeedParts,
  resource: Resource,
  principal: Principal,
  values: Readonly<Record<string, string>>,
  made: Exchange | undefined,
): Promise<unknown> {
  if (resource.read !== undefined) {
    const named = renamed(resource, resource.read, values);
    const read = await parts.send(parts.maker.make(resource.read, principal, { values: named }));
    if (isSuccess(read)) {
      parts.note(resource.read, principal, read);
      parts.maker.learn(read);
      return read.answer?.json ?? read.answer?.text;
    }
  }
  return made?.answer?.json;
}

/** Values under the names that an operation uses for the same places. */
export function renamed(
  resource: Resource,
  operation: Operation,
  values: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const own = parametersOfPath(operation.path);
  const names = parametersOfPath(resource.itemPath);
  return Object.fromEntries(
    names.flatMap((name, index) => {
      const target = own[index];
      const value = values[name];
      return target === undefined || value === undefined ? [] : [[target, value]];
    }),
  );
}

/** What others have of the same kind: values in it are nobody's mark. */
function othersOf({ objects }: SeedParts, resource: Resource, owner: Principal): readonly string[] {
  return objects
    .everybody()
    .filter((object) => object.resource === resource && object.owner.name !== owner.name)
    .map(({ body }) => JSON.stringify(body) ?? "");
}

/** Makes what can be made for each principal, parents before what is below them. */
export async function seedObjects(
  parts: SeedParts,
  principals: readonly Principal[],
  each: number,
): Promise<void> {
  const { document, objects } = parts;
  const byDepth = document.resources.toSorted((left, right) => depthOf(left) - depthOf(right));
  for (let round = 0; round < 2; round++)
    for (const resource of byDepth)
      for (const principal of principals)
        while (isCreatable(resource, principal) && created(objects, principal, resource) < each)
          if ((await createObject(parts, resource, principal)) === undefined) break;
}

function depthOf({ itemPath }: Resource): number {
  return parametersOfPath(itemPath).length;
}

function created(objects: ObjectStore, principal: Principal, resource: Resource): number {
  return objects.of(principal, resource).filter(({ origin }) => origin === "created").length;
}
