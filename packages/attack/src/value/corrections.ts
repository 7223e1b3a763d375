/**
 * What refusals taught about the requests of each operation.
 *
 * Complaints that are understood change the place that they name. When nothing is understood,
 * alternatives are offered one after the other: examples word for word, all optional properties, the
 * other media type, numbers as strings, none of the optional ones.
 *
 * @module
 */

import { isNode } from "../document/node.ts";
import type { BodyShape, Operation } from "../document/operation.ts";
import { plain } from "../document/words.ts";
import type { Exchange } from "../wire/exchange.ts";
import { readComplaints, type Complaint } from "./complaint.ts";
import { meaningsOf, type Meaning } from "./meaning.ts";
import { usualStyle, type Patch, type SampleStyle } from "./sample-context.ts";
import { flatSchema } from "./shape.ts";
import { isIdName, isUniqueName } from "./values-by-name.ts";

/** Part of a request that patches apply to. */
export type Part = "body" | "query" | "path" | "header";

/** What was learnt about the requests of one operation. */
export interface OperationMemory {
  readonly patches: Map<string, Patch>;
  mediaType: string | undefined;
  style: SampleStyle;
  /** How many of the alternatives were offered. */
  offered: number;
}

/** What was learnt about all operations. */
export interface Corrections {
  memoryOf(operation: Operation): OperationMemory;
  /** Learns from a refusal; whether the next request will differ. */
  correct(exchange: Exchange): boolean;
}

/** Nothing learnt yet. */
export function createCorrections(): Corrections {
  const memories = new Map<string, OperationMemory>();
  const memoryOf = ({ key }: Operation): OperationMemory => {
    const known = memories.get(key) ?? emptyMemory();
    memories.set(key, known);
    return known;
  };
  return {
    memoryOf,
    correct: ({ answer, call }) => {
      const { operation } = call;
      if (answer === undefined || operation === undefined || answer.status < 400) return false;
      if ([401, 403, 405, 410, 429].includes(answer.status)) return false;
      const memory = memoryOf(operation);
      const before = remembered(memory);
      if (answer.status === 415) nextMediaType(memory, operation);
      else if (answer.status === 404) passOver(memory, operation);
      else
        for (const complaint of readComplaints(answer.json, answer.text))
          for (const meaning of meaningsOf(complaint.message, complaint.allowed))
            apply(meaning, complaint, memory, operation);
      return remembered(memory) !== before || offer(memory, operation, answer.status);
    },
  };
}

function emptyMemory(): OperationMemory {
  return { patches: new Map(), mediaType: undefined, style: usualStyle, offered: 0 };
}

function remembered({ patches, mediaType, style }: OperationMemory): string {
  return JSON.stringify([[...patches], mediaType, style]);
}

/** The key of a place in {@link OperationMemory.patches}. */
export function placeKey(part: Part, path: string): string {
  return `${part}:${path}`;
}

function apply(
  meaning: Meaning,
  complaint: Complaint,
  memory: OperationMemory,
  operation: Operation,
): void {
  if (meaning.kind === "media-type") {
    nextMediaType(memory, operation);
    return;
  }
  const places = placesOf(complaint, meaning, operation);
  if (
    places.length === 0 &&
    (meaning.kind === "taken" || meaning.kind === "absent" || meaning.kind === "too-much")
  )
    for (const key of likelyPlaces(meaning.kind, operation)) patch(memory, key, meaning);
  for (const key of places) patch(memory, key, meaning);
}

function patch({ patches }: OperationMemory, key: string, meaning: Meaning): void {
  const known = patches.get(key) ?? {};
  switch (meaning.kind) {
    case "required":
      // Asked for again although it was sent: what was sent is empty to them.
      patches.set(key, { ...known, add: true, omit: false });
      return;
    case "unknown":
      patches.set(key, { ...known, omit: true, add: false });
      return;
    case "taken":
    case "absent":
      patches.set(key, { ...known, skip: Math.min((known.skip ?? 0) + 1, 30) });
      return;
    case "too-much":
      patches.set(key, { ...known, schema: { ...known.schema, enum: [1] } });
      return;
    case "schema":
      patches.set(key, { ...known, omit: false, schema: { ...known.schema, ...meaning.schema } });
      return;
    case "media-type":
      return;
  }
}

/** The names that a request of an operation can have, with their places. */
function namesOf(operation: Operation): readonly (readonly [key: string, name: string])[] {
  const parameters = operation.parameters.flatMap(({ name, place }) =>
    place === "cookie" ? [] : [[placeKey(place, name), name] as const],
  );
  return [...bodyNames(operation.body), ...parameters];
}

function bodyNames(body: BodyShape | undefined): readonly (readonly [key: string, name: string])[] {
  const found: (readonly [string, string])[] = [];
  const visit = (given: unknown, path: string, depth: number): void => {
    if (!isNode(given) || depth > 4) return;
    const schema = flatSchema(given);
    const properties = isNode(schema["properties"]) ? schema["properties"] : {};
    for (const [name, property] of Object.entries(properties)) {
      const below = path === "" ? name : `${path}/${name}`;
      found.push([placeKey("body", below), name]);
      visit(property, below, depth + 1);
    }
    if (isNode(schema["items"])) visit(schema["items"], path === "" ? "*" : `${path}/*`, depth + 1);
  };
  visit(body?.schema, "", 0);
  if (isNode(body?.example))
    for (const name of Object.keys(body.example))
      if (!found.some(([, known]) => known === name)) found.push([placeKey("body", name), name]);
  return found;
}

/** Where a complaint points: at what it names, else at names that stand in its message. */
function placesOf(complaint: Complaint, meaning: Meaning, operation: Operation): readonly string[] {
  const { path, message } = complaint;
  const known = namesOf(operation);
  const mentioned = mentionedIn(message, known, meaning.kind === "required");
  if (path === undefined || path.length === 0) return mentioned;
  const written = path.join("/");
  const last = path.at(-1) ?? "";
  const inBody = known.find(([key]) => plain(key) === plain(placeKey("body", written)));
  if (complaint.place === undefined || complaint.place === "body") {
    // Ajv names the object and leaves the missing property to the message.
    const deeper = known.filter(
      ([key]) => mentioned.includes(key) && key.startsWith(`body:${written}/`),
    );
    if (meaning.kind === "required" && deeper.length > 0) return deeper.map(([key]) => key);
    if (inBody !== undefined) return [inBody[0]];
    const byName = known.filter(([, name]) => plain(name) === plain(last)).map(([key]) => key);
    if (byName.length > 0) return byName;
  }
  const part = complaint.place ?? (operation.body === undefined ? "query" : "body");
  return [placeKey(part, part === "body" ? written : last)];
}

function mentionedIn(
  message: string,
  known: readonly (readonly [key: string, name: string])[],
  mayBeNew: boolean,
): readonly string[] {
  const quoted = [...message.matchAll(/['"`‘“[]([A-Za-z_][\w.-]{0,60})['"`’”\]]/g)].map(
    (one) => one[1] ?? "",
  );
  const words = message.match(/[A-Za-z_][\w-]*/g) ?? [];
  const pairs = words.slice(1).map((word, index) => `${words[index] ?? ""}${word}`);
  const spoken = new Set([...quoted, ...words, ...pairs].map(plain));
  const found = known.filter(([, name]) => spoken.has(plain(name))).map(([key]) => key);
  const named = new Set(
    known.filter(([key]) => found.includes(key)).map(([, name]) => plain(name)),
  );
  // "email address is required" names `email`; "user id is required" must not name `id` too.
  const precise = found.filter((key) => {
    const name = plain(key.slice(key.search(/[^:/]*$/)));
    return ![...named].some(
      (other) => other !== name && other.endsWith(name) && other.length > name.length,
    );
  });
  if (precise.length > 0 || !mayBeNew) return precise;
  const before =
    /^\W*(?:the |a |field |parameter |property |missing )?['"`]?([a-z_]\w{1,40})['"`]? (?:field |parameter |property )?(?:is|are|was|must|should|can|may)\b/i.exec(
      message,
    )?.[1];
  const after =
    /\b(?:missing|required|provide|enter|specify)\b(?: (?:required|a|an|the|your|field|parameter|property|valid|key))*:? ['"`]?([a-z_]\w{1,40})['"`]?/i.exec(
      message,
    )?.[1];
  const fresh =
    quoted[0] ??
    [before, after].find(
      (word) =>
        word !== undefined &&
        !/^(this|it|that|field|fields|value|values|body|request|input|data|parameter|parameters|property|all|which|is|are|json|error|and|or|be|by|in|for|to)$/i.test(
          word,
        ),
    );
  return fresh === undefined ? [] : [placeKey("body", fresh)];
}

function likelyPlaces(
  kind: "taken" | "absent" | "too-much",
  operation: Operation,
): readonly string[] {
  const fits = {
    taken: (name: string) => isUniqueName(name),
    absent: (name: string) => isIdName(name),
    "too-much": (name: string) => /amount|quantity|qty|price|count|total/i.test(name),
  };
  return namesOf(operation)
    .filter(([, name]) => fits[kind](name))
    .map(([key]) => key);
}

/** After a 404 the ids that were sent may be of nothing; the next known ones are tried. */
function passOver(memory: OperationMemory, operation: Operation): void {
  for (const [key, name] of namesOf(operation)) {
    if (key.startsWith("body:") ? !isIdName(name) : !key.startsWith("path:")) continue;
    const known = memory.patches.get(key) ?? {};
    if ((known.skip ?? 0) < 3) memory.patches.set(key, { ...known, skip: (known.skip ?? 0) + 1 });
  }
}

const mediaTypes = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"];

function nextMediaType(memory: OperationMemory, { body }: Operation): void {
  const declared = body?.mediaType ?? "";
  const order = [...new Set([declared, ...mediaTypes])].filter((one) => one !== "");
  const at = order.indexOf(memory.mediaType ?? declared);
  const next = order[at + 1];
  if (next !== undefined) memory.mediaType = next;
}

/** The alternatives when nothing was understood; whether there was one left. */
function offer(memory: OperationMemory, operation: Operation, status: number): boolean {
  if (status === 404 && operation.body === undefined) return false;
  const { body, parameters } = operation;
  const optional = parameters.some(({ place, required }) => place === "query" && !required);
  const alternatives: readonly (readonly [boolean, () => void])[] = [
    [body !== undefined || optional, () => (memory.style = { ...usualStyle, verbatim: true })],
    [body !== undefined || optional, () => (memory.style = { ...usualStyle, optional: "all" })],
    [body !== undefined, () => (memory.style = { ...usualStyle, optional: "none" })],
    [
      body !== undefined,
      () => {
        memory.style = usualStyle;
        nextMediaType(memory, operation);
      },
    ],
    [
      body !== undefined,
      () => {
        memory.mediaType = undefined;
        memory.style = { ...usualStyle, numbersAsStrings: true };
      },
    ],
    [
      body === undefined && operation.method !== "GET",
      () => (memory.mediaType = "application/json"),
    ],
  ];
  for (let index = memory.offered; index < alternatives.length; index += 1) {
    memory.offered = index + 1;
    const [possible, take] = alternatives[index] ?? [false, () => undefined];
    if (!possible) continue;
    take();
    return true;
  }
  // What did not help must not stay.
  memory.style = usualStyle;
  return false;
}
