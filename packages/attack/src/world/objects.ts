/**
 * The objects that principals own, as far as the run knows them.
 *
 * @module
 */

import type { Operation, Resource } from "../document/operation.ts";
import type { Principal } from "../principal/principal.ts";
import type { OwnedObject } from "./world.ts";

/** The objects of a run. */
export interface ObjectStore {
  /** Adds an object, unless the same one is known. The latest created comes first. */
  add(object: OwnedObject): void;
  /** Forgets the object that a successful removal named. */
  forget(removal: Operation, path: string): void;
  of(principal: Principal, resource?: Resource): readonly OwnedObject[];
  everybody(): readonly OwnedObject[];
  /** Puts another in the place of each object. */
  rewrite(change: (object: OwnedObject) => OwnedObject): void;
  /** Values of the path parameters of an operation, from objects of this principal. */
  valuesFor(operation: Operation, principal: Principal): Readonly<Record<string, string>>;
  readonly count: number;
}

/** A path with its parameters unnamed: two operations on one resource have the same. */
export function shapeOfPath(path: string): string {
  return path.replaceAll(/\{[^}]*\}/g, "{}").replace(/\/$/, "");
}

/** Names of the parameters of a path, in order. */
export function parametersOfPath(path: string): readonly string[] {
  return [...path.matchAll(/\{([^}]*)\}/g)].map(([, name]) => name ?? "");
}

/** The part of a path up to and with its n-th parameter. */
export function pathUpTo(path: string, index: number): string {
  let position = -1;
  for (let seen = 0; seen <= index; seen++) position = path.indexOf("}", position + 1);
  return path.slice(0, position + 1);
}

/** The resource whose items a path names last; parents when the item itself is none. */
export function resourceOfPath(resources: readonly Resource[], path: string): Resource | undefined {
  const { length } = parametersOfPath(path);
  for (let index = length - 1; index >= 0; index--) {
    const shape = shapeOfPath(pathUpTo(path, index));
    const found = resources.find(({ itemPath }) => shapeOfPath(itemPath) === shape);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A store of the objects of a run. */
export function createObjectStore(resources: readonly Resource[]): ObjectStore {
  const known = new Map<string, OwnedObject[]>();

  const of = (principal: Principal, resource?: Resource): readonly OwnedObject[] => {
    const own = known.get(principal.name) ?? [];
    return resource === undefined ? own : own.filter((one) => one.resource === resource);
  };

  return {
    add: (object) => {
      const own = known.get(object.owner.name) ?? [];
      const others = own.filter((one) => one.resource !== object.resource || one.id !== object.id);
      known.set(object.owner.name, [object, ...others]);
    },
    rewrite: (change) => {
      for (const [name, own] of known) known.set(name, own.map(change));
    },
    forget: (removal, path) => {
      const shape = shapeOfPath(removal.path);
      const bare = path.split("?")[0] ?? "";
      const isGone = ({ resource, id }: OwnedObject): boolean =>
        shapeOfPath(resource.itemPath) === shape && bare.endsWith(`/${encodeURIComponent(id)}`);
      for (const [name, own] of known)
        known.set(
          name,
          own.filter((one) => !isGone(one)),
        );
    },
    of,
    everybody: () => [...known.values()].flat(),
    valuesFor: (operation, principal) => {
      const names = parametersOfPath(operation.path);
      const resource = resourceOfPath(resources, operation.path);
      const object = resource === undefined ? undefined : of(principal, resource)[0];
      const values: Record<string, string> = {};
      const itemNames = object === undefined ? [] : parametersOfPath(object.resource.itemPath);
      // By position: operations may name the parameter of one resource differently.
      for (const [index, name] of itemNames.entries()) {
        const value = object?.values[name];
        const own = names[index];
        if (value !== undefined && own !== undefined) values[own] = value;
      }
      for (const [index, name] of names.entries()) {
        if (values[name] !== undefined) continue;
        const parent = resourceOfPath(resources, pathUpTo(operation.path, index));
        const found = parent === undefined ? undefined : of(principal, parent)[0];
        if (found !== undefined) values[name] = found.id;
      }
      return values;
    },
    get count() {
      return [...known.values()].reduce((sum, list) => sum + list.length, 0);
    },
  };
}
