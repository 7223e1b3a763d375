/**
 * The kinds of objects that an API keeps, found in the shapes of its paths.
 *
 * Paths with a verb before the id, such as `/users/delete/{id}`, count to the resource that the verb
 * is about. Limits: objects that are named only in a query or a body are not seen.
 *
 * @module
 */

import type { Operation, Resource } from "./operation.ts";
import { isParameter, segmentsOf } from "./paths.ts";
import { isPlural, singular, singularName, wordsOf } from "./words.ts";

const verbs =
  /^(get|view|show|read|detail|details|info|find|fetch|by-?id|by-?name|update|edit|modify|change|save|delete|remove|destroy|id)$/i;
const frames = /^\{(version|api_?version|v|lang|language|locale|format)\}$/i;

/** An operation with its path in comparable form. */
interface Shaped {
  readonly operation: Operation;
  /** Segments with `{}` for parameters and without verbs before them. */
  readonly shape: readonly string[];
  /** The path up to each segment of the shape, as it is written. */
  readonly written: readonly string[];
  readonly names: readonly (string | undefined)[];
}

/** Finds the resources of a document, in the order of its paths. */
export function findResources(operations: readonly Operation[]): readonly Resource[] {
  const shaped = operations.map(shapeOf);
  const items = new Map<string, readonly string[]>();
  for (const { shape, names } of shaped)
    for (const [index, segment] of shape.entries())
      if (segment === "{}" && !frames.test(`{${names[index] ?? ""}}`)) {
        const item = shape.slice(0, index + 1);
        items.set(item.join("/"), item);
      }
  return [...items.values()].flatMap((item) => {
    const resource = resourceAt(item, shaped);
    return resource === undefined ? [] : [resource];
  });
}

function shapeOf(operation: Operation): Shaped {
  const segments = segmentsOf(operation.path);
  const shape: string[] = [];
  const written: string[] = [];
  const names: (string | undefined)[] = [];
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1] ?? "";
    const verb =
      verbs.test(segment) && index > 0 && isParameter(next) && index + 2 === segments.length;
    if (verb && !isParameter(segments[index - 1] ?? "")) continue;
    const parameter = isParameter(segment);
    shape.push(parameter ? "{}" : segment.toLowerCase());
    written.push(`/${segments.slice(0, index + 1).join("/")}`);
    names.push(parameter ? segment.slice(1, -1) : undefined);
  }
  return { operation, shape, written, names };
}

function startsWith(shape: readonly string[], start: readonly string[]): boolean {
  return start.every((segment, index) => shape[index] === segment);
}

function resourceAt(item: readonly string[], all: readonly Shaped[]): Resource | undefined {
  const inside = all.filter(({ shape }) => startsWith(shape, item));
  const exact = inside.filter(({ shape }) => shape.length === item.length);
  const last = item.length - 1;
  const reads = exact.filter(({ operation }) => operation.method === "GET");
  const leading =
    reads.find(({ operation }) => !hasVerb(operation)) ?? reads[0] ?? exact[0] ?? inside[0];
  const parameter = leading?.names[last];
  const itemPath = leading?.written[last];
  if (leading === undefined || parameter === undefined || itemPath === undefined) return undefined;
  const collection = item.slice(0, -1);
  const name = nameOf(collection, parameter);
  const collectionPath = leading.written[last - 1] ?? "/";
  const at = { item, collection, name };
  const changes = exact
    .filter(({ operation }) => isChange(operation))
    .map(({ operation }) => operation);
  const remove =
    exact.find(({ operation }) => operation.method === "DELETE") ??
    exact.find(({ operation }) => operation.traits.has("removes"));
  return {
    name,
    parameter,
    itemPath,
    collectionPath,
    create: createOf(at, all, changes),
    list: listOf(at, all),
    read: reads.length > 0 ? leading.operation : undefined,
    changes,
    remove: remove?.operation,
    below: inside
      .filter(({ shape }) => shape.length > item.length)
      .map(({ operation }) => operation),
  };
}

function hasVerb({ path }: Operation): boolean {
  return verbs.test(segmentsOf(path).at(-2) ?? "");
}

function isChange({ method, traits }: Operation): boolean {
  return method === "PUT" || method === "PATCH" || (method === "POST" && traits.has("changes"));
}

/** Named after the last word of the path that is no version: `/users/v1/{id}` holds users. */
function nameOf(before: readonly string[], parameter: string): string {
  const collection = before.findLast((segment) => !/^v\d[\d.]*$/.test(segment));
  const bare = wordsOf(parameter).filter((word) => !/^(id|uuid|guid|key)$/.test(word));
  if (collection !== undefined && collection !== "{}") return singularName(collection);
  return bare.length > 0 ? bare.join("-") : parameter.toLowerCase();
}

interface Place {
  readonly item: readonly string[];
  readonly collection: readonly string[];
  readonly name: string;
}

/** Whether a path is the collection, also in the other number: `/order` beside `/orders/{id}`. */
function isCollection(shape: readonly string[], { collection }: Place): boolean {
  const word = collection.at(-1) ?? "";
  return (
    shape.length === collection.length &&
    collection.length > 0 &&
    startsWith(shape, collection.slice(0, -1)) &&
    singular(shape.at(-1) ?? "") === singular(word)
  );
}

function below(shape: readonly string[], place: Place, words: RegExp): boolean {
  return isCollection(shape.slice(0, -1), place) && words.test(shape.at(-1) ?? "");
}

const account = ["sign-in", "sign-out", "refresh", "reset-password", "searches"] as const;

function createOf(
  place: Place,
  all: readonly Shaped[],
  changes: readonly Operation[],
): Operation | undefined {
  const posts = all.filter(
    ({ operation }) =>
      operation.method === "POST" && account.every((trait) => !operation.traits.has(trait)),
  );
  const verbLike = (shape: readonly string[]): boolean =>
    isCollection(shape.slice(0, -1), place) && isCreationOf(shape.at(-1) ?? "", place.name);
  const found =
    posts.find(({ shape }) => isCollection(shape, place)) ??
    posts.find(({ shape }) =>
      below(shape, place, /^(create|add|new|insert|register|signup|sign-up)$/),
    ) ??
    posts.find(({ shape }) => verbLike(shape)) ??
    posts.find(
      ({ shape }) =>
        shape.length === place.collection.length &&
        startsWith(shape, place.collection.slice(0, -1)) &&
        isCreationOf(shape.at(-1) ?? "", place.name),
    );
  const put = all.find(
    ({ shape, operation }) =>
      operation.method === "PUT" && operation.traits.has("creates") && isCollection(shape, place),
  );
  const creation = found ?? put;
  if (creation !== undefined) return creation.operation;
  return changes.find(
    ({ method, text, answers }) =>
      method === "PUT" &&
      (/\b(creates?|upserts?)\b/.test(text) || answers.some(({ status }) => status === "201")),
  );
}

/** `create-order`, `add_order`, `new-order`, and so on. */
function isCreationOf(segment: string, name: string): boolean {
  const [verb = "", ...rest] = wordsOf(segment);
  return (
    /^(create|add|new|make|place|register)$/.test(verb) && singularName(rest.join("-")) === name
  );
}

function listOf(place: Place, all: readonly Shaped[]): Operation | undefined {
  const gets = all.filter(({ operation }) => operation.method === "GET");
  const exact = gets.filter(({ shape }) => isCollection(shape, place));
  const found =
    exact.find(({ shape }) => shape.join("/") === place.collection.join("/")) ??
    exact[0] ??
    gets.find(
      ({ shape, operation }) =>
        operation.traits.has("lists") &&
        below(shape, place, /^(all|list|index|mine|my|me|own|recent)$/),
    ) ??
    gets.find(
      ({ shape, operation }) =>
        operation.traits.has("lists") &&
        !shape.includes("{}") &&
        singularName(shape.at(-1) ?? "") === place.name &&
        isPlural(shape.at(-1) ?? ""),
    );
  return found?.operation;
}
