/**
 * What refusals taught about the requests of each operation.
 *
 * Complaints that are understood change the place that they name. When nothing is understood,
 * alternatives are offered one after the other: examples word for word, all optional properties, none
 * of them, another media type, numbers as strings. What worked once is kept.
 *
 * @module
 */

import { textOf } from "../document/node.ts";
import type { Operation } from "../document/operation.ts";
import type { Call, Exchange } from "../wire/exchange.ts";
import { readComplaints, type Complaint } from "./complaint.ts";
import { meaningsOf, type Meaning } from "./meaning.ts";
import { placesIn, placesOf } from "./places.ts";
import { usualStyle, type Patch, type SampleStyle } from "./sample-context.ts";
import { sentValue } from "./sent.ts";
import { isIdName, isUniqueName } from "./values-by-name.ts";

/** What was learnt about the requests of one operation. */
export interface OperationMemory {
  /** By place, as {@link placeKey} writes it. */
  patches: Map<string, Patch>;
  mediaType: string | undefined;
  style: SampleStyle;
}

/** What was learnt about all operations. */
export interface Corrections {
  memoryOf(operation: Operation): OperationMemory;
  /** Learns from a refusal; whether the next request will differ. */
  correct(exchange: Exchange): boolean;
  /** Takes note that the requests of an operation are right as they are. */
  confirm(operation: Operation): void;
}

interface Record extends OperationMemory {
  /** How many of the alternatives were offered since the last success. */
  offered: number;
  proven: OperationMemory | undefined;
}

const hopeless: ReadonlySet<number> = new Set([401, 403, 405, 410, 429, 501]);

/** Nothing learnt yet. */
export function createCorrections(): Corrections {
  const records = new Map<string, Record>();
  const recordOf = ({ key }: Operation): Record => {
    const known = records.get(key) ?? emptyRecord();
    records.set(key, known);
    return known;
  };
  return {
    memoryOf: recordOf,
    correct: ({ answer, call }) => {
      const { operation } = call;
      if (answer === undefined || operation === undefined || answer.status < 400) return false;
      if (hopeless.has(answer.status)) return false;
      const record = recordOf(operation);
      const before = remembered(record);
      if (answer.status === 415) takeNextMediaType(record, operation);
      else if (answer.status === 404) refuseIds(record, operation, call);
      else
        for (const complaint of readComplaints(answer.json, answer.text))
          for (const meaning of meaningsOf(complaint.message, complaint.allowed))
            apply(meaning, complaint, record, operation, call);
      if (remembered(record) !== before) return true;
      return answer.status !== 404 && offer(record, operation);
    },
    confirm: (operation) => {
      const record = recordOf(operation);
      const { patches, mediaType, style } = record;
      record.offered = 0;
      record.proven = { patches: new Map(patches), mediaType, style };
    },
  };
}

function emptyRecord(): Record {
  return {
    patches: new Map(),
    mediaType: undefined,
    style: usualStyle,
    offered: 0,
    proven: undefined,
  };
}

function remembered({ patches, mediaType, style }: OperationMemory): string {
  return JSON.stringify([[...patches], mediaType, style]);
}

function apply(
  meaning: Meaning,
  complaint: Complaint,
  record: Record,
  operation: Operation,
  call: Call,
): void {
  if (meaning.kind === "media-type") {
    takeNextMediaType(record, operation);
    return;
  }
  const named = placesOf(complaint, operation, meaning.kind === "required");
  const places = named.length > 0 ? named : likelyPlaces(meaning, operation);
  for (const key of places) {
    const sent = sentValue(call, operation, key);
    const asked = meaning.kind === "required" && sent !== undefined && sent !== "";
    // What was sent and is still missed was not read: the body is in the wrong form.
    if (asked && key.startsWith("body:")) takeNextMediaType(record, operation);
    else patch(record, key, meaning, sent);
  }
}

function patch({ patches }: Record, key: string, meaning: Meaning, sent: unknown): void {
  const known = patches.get(key) ?? {};
  switch (meaning.kind) {
    case "required":
      patches.set(key, { ...known, add: true, omit: false });
      return;
    case "unknown":
      patches.set(key, { ...known, omit: true, add: false });
      return;
    case "taken":
    case "absent":
      patches.set(key, refusing(known, sent));
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

const mostRefused = 12;

function refusing(known: Patch, sent: unknown): Patch {
  const refused = known.refused ?? [];
  if (typeof sent === "object" || refused.length >= mostRefused) return known;
  const text = textOf(sent);
  return refused.includes(text) ? known : { ...known, refused: [...refused, text] };
}

/** The places that a complaint without a name is likely to be about. */
function likelyPlaces(meaning: Meaning, operation: Operation): readonly string[] {
  const fits = (name: string): boolean => {
    if (meaning.kind === "taken") return isUniqueName(name);
    if (meaning.kind === "absent") return isIdName(name);
    return meaning.kind === "too-much" && /amount|quantity|qty|price|count|total/i.test(name);
  };
  const places = placesIn(operation);
  const likely = places.filter(({ name }) => fits(name));
  const first = meaning.kind === "taken" && likely.length === 0 ? places.slice(0, 1) : likely;
  return first.map(({ key }) => key);
}

/** After a 404 the ids that were sent may be of nothing; the next known ones are tried. */
function refuseIds(record: Record, operation: Operation, call: Call): void {
  for (const { key, name } of placesIn(operation)) {
    if (key.startsWith("body:") ? !isIdName(name) : !key.startsWith("path:")) continue;
    const sent = sentValue(call, operation, key);
    const known = record.patches.get(key) ?? {};
    if (sent !== undefined && (known.refused?.length ?? 0) < 3)
      record.patches.set(key, refusing(known, sent));
  }
}

const mediaTypes = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"];

function takeNextMediaType(memory: OperationMemory, { body }: Operation): void {
  const declared = body?.mediaType ?? "";
  const order = [...new Set([declared, ...mediaTypes])].filter((one) => one !== "");
  const at = order.indexOf(memory.mediaType ?? declared);
  const next = order[at + 1];
  if (next !== undefined) memory.mediaType = next;
}

/** An alternative: whether it makes a difference, and what it is. */
interface Alternative {
  readonly possible: boolean;
  readonly style: SampleStyle;
  readonly otherMediaType?: boolean;
}

function alternativesOf({ body, parameters, method }: Operation): readonly Alternative[] {
  const optional = parameters.some(({ place, required }) => place === "query" && !required);
  const carries = body !== undefined;
  return [
    { possible: carries || optional, style: { ...usualStyle, verbatim: true } },
    { possible: carries || optional, style: { ...usualStyle, optional: "all" } },
    { possible: carries, style: { ...usualStyle, optional: "none" } },
    { possible: carries || method !== "GET", style: usualStyle, otherMediaType: true },
    { possible: carries, style: { ...usualStyle, numbersAsStrings: true } },
  ];
}

/** Takes the next alternative; whether there was one left. */
function offer(record: Record, operation: Operation): boolean {
  const alternatives = alternativesOf(operation);
  while (record.offered < alternatives.length) {
    const next = alternatives[record.offered];
    record.offered += 1;
    if (next?.possible !== true) continue;
    const { proven } = record;
    record.style = next.style;
    record.mediaType = proven?.mediaType;
    if (next.otherMediaType === true) takeNextMediaType(record, operation);
    return true;
  }
  // What did not help must not stay.
  record.patches = new Map(record.proven?.patches ?? record.patches);
  record.mediaType = record.proven?.mediaType;
  record.style = record.proven?.style ?? usualStyle;
  return false;
}
