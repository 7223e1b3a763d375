/**
 * Where in a request a complaint points: at what it names, else at names that stand in its message.
 *
 * @module
 */

import { isNode } from "../document/node.ts";
import type { BodyShape, Operation } from "../document/operation.ts";
import { plain } from "../document/words.ts";
import type { Complaint } from "./complaint.ts";
import { flatSchema } from "./shape.ts";

/** Part of a request. */
export type Part = "body" | "query" | "path" | "header";

/** A place that a request of an operation can have, such as "body:items/*\/id", and its last name. */
export interface Place {
  readonly key: string;
  readonly name: string;
}

/** The key of a place. */
export function placeKey(part: Part, path: string): string {
  return `${part}:${path}`;
}

/** All places that the document knows of an operation. */
export function placesIn(operation: Operation): readonly Place[] {
  const parameters = operation.parameters.flatMap(({ name, place }) =>
    place === "cookie" ? [] : [{ key: placeKey(place, name), name }],
  );
  return [...bodyPlaces(operation.body), ...parameters];
}

function bodyPlaces(body: BodyShape | undefined): readonly Place[] {
  const found: Place[] = [];
  const visit = (given: unknown, path: string, depth: number): void => {
    if (!isNode(given) || depth > 4) return;
    const schema = flatSchema(given);
    const properties = isNode(schema["properties"]) ? schema["properties"] : {};
    for (const [name, property] of Object.entries(properties)) {
      const below = path === "" ? name : `${path}/${name}`;
      found.push({ key: placeKey("body", below), name });
      visit(property, below, depth + 1);
    }
    if (isNode(schema["items"])) visit(schema["items"], path === "" ? "*" : `${path}/*`, depth + 1);
  };
  visit(body?.schema, "", 0);
  if (isNode(body?.example))
    for (const name of Object.keys(body.example))
      if (!found.some((known) => known.name === name))
        found.push({ key: placeKey("body", name), name });
  return found;
}

/** The places that a complaint is about; `mayBeNew` allows names that the document does not know. */
export function placesOf(
  { path, place, message }: Complaint,
  operation: Operation,
  mayBeNew: boolean,
): readonly string[] {
  const known = placesIn(operation);
  const mentioned = mentionedIn(message, known);
  if (path === undefined || path.length === 0) {
    if (mentioned.length > 0 || !mayBeNew) return mentioned;
    const fresh = newNameIn(message);
    return fresh === undefined ? [] : [placeKey(homeOf(operation), fresh)];
  }
  const written = path.join("/");
  const last = path.at(-1) ?? "";
  if (place === undefined || place === "body") {
    // Some name the object and leave the missing property to the message.
    const deeper = mentioned.filter((key) => key.startsWith(`body:${written}/`));
    if (mayBeNew && deeper.length > 0) return deeper;
    const exact = known.find(({ key }) => plain(key) === plain(placeKey("body", written)));
    if (exact !== undefined) return [exact.key];
    const byName = known.filter(({ name }) => plain(name) === plain(last));
    if (byName.length > 0) return byName.map(({ key }) => key);
  }
  const part = place ?? homeOf(operation);
  return [placeKey(part, part === "body" ? written : last)];
}

/** Where an unknown name belongs. */
function homeOf({ body, method }: Operation): Part {
  return body === undefined && (method === "GET" || method === "HEAD" || method === "DELETE")
    ? "query"
    : "body";
}

/** Known places whose names are spoken of; the longest name wins over its parts. */
function mentionedIn(message: string, known: readonly Place[]): readonly string[] {
  const words = message.match(/[A-Za-z_][\w-]*/g) ?? [];
  const pairs = words.slice(1).map((word, index) => `${words[index] ?? ""}${word}`);
  const spoken = new Set([...words, ...pairs].map(plain));
  const found = known.filter(({ name }) => spoken.has(plain(name)));
  const names = [...new Set(found.map(({ name }) => plain(name)))];
  const isPart = (name: string): boolean =>
    names.some((other) => other.length > name.length && other.endsWith(name));
  return found.filter(({ name }) => !isPart(plain(name))).map(({ key }) => key);
}

const nobody =
  /^(this|it|that|these|field|fields|value|values|body|request|input|data|parameter|parameters|property|properties|argument|arguments|all|some|one|which|is|are|json|error|and|or|be|by|in|for|to|not|no|valid|the|a|an|you|user|please|must|should|required|missing|payload|content|header|token|authorization|authentication|login|bearer)$/i;

/** A name that only the message knows, as in "missing field: nickname". */
function newNameIn(message: string): string | undefined {
  const quoted = /['"`‘“[]([A-Za-z_][\w-]{0,40})['"`’”\]]/.exec(message)?.[1];
  const before =
    /^\W*(?:the |a |an |field |parameter |property |missing )*([a-z_]\w{1,40}) (?:field |parameter |property )?(?:is|are|was|must|should|can|may)\b/i.exec(
      message,
    )?.[1];
  const after =
    /\b(?:missing|required|provide|enter|specify)\b(?: (?:required|a|an|the|your|field|parameter|property|valid|key))*:? ([a-z_]\w{1,40})/i.exec(
      message,
    )?.[1];
  return [quoted, before, after].find((word) => word !== undefined && !nobody.test(word));
}
