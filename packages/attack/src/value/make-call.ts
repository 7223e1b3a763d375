/**
 * Makes valid requests from a document and from what the API showed and refused before.
 *
 * Promise: everything is decided by `random`, so a seed repeats a run. Limits: requests are valid as
 * far as schemas, examples and learnt values tell; signatures of webhooks are not made here.
 *
 * @module
 */

import { isCredentialName } from "../document/access.ts";
import { isNode, textOf } from "../document/node.ts";
import type { ApiDocument, Operation, Parameter } from "../document/operation.ts";
import type { Principal } from "../principal/principal.ts";
import type { Call, Exchange, HeaderLine } from "../wire/exchange.ts";
import type { Making } from "../world/world.ts";
import { createCorrections, type OperationMemory } from "./corrections.ts";
import { encodeBody, type EncodedBody } from "./encode-body.ts";
import { placeKey, type Part } from "./places.ts";
import { createPools, isOwnPassword, poolNames, type Pools } from "./pools.ts";
import { createReferences, isCounterpart, type References } from "./references.ts";
import type { SampleContext } from "./sample-context.ts";
import { sampleValue } from "./sample.ts";
import { sentBody } from "./sent.ts";
import { schemaOfExample } from "./shape.ts";

/** What a maker of calls needs. */
export interface CallMakerParts {
  readonly document: ApiDocument;
  /** Path prefix of every operation, "" or "/v1". */
  readonly basePath: string;
  readonly random: () => number;
  /** A short word that marks what this run made. */
  readonly runId: string;
  /** What a principal would put under a name; `undefined` when nothing is known. */
  readonly known: (
    name: string,
    operation: Operation,
    principal: Principal | undefined,
    place: "path" | "query" | "body",
  ) => unknown;
}

/** Makes valid requests and learns from answers. */
export interface CallMaker {
  /** A valid request, as far as is known by now. */
  make(operation: Operation, principal: Principal | undefined, making?: Making): Call;
  /** Takes in the values of a successful answer. */
  learn(exchange: Exchange): void;
  /** Learns from a refusal; whether the next request of the operation will differ. */
  correct(exchange: Exchange): boolean;
  /** Values learnt for a name, in whatever spelling. */
  poolOf(name: string): readonly unknown[];
}

/** One request in the making. */
interface Draft {
  readonly parts: CallMakerParts;
  readonly pools: Pools;
  readonly references: References;
  readonly memory: OperationMemory;
  readonly operation: Operation;
  readonly principal: Principal | undefined;
  readonly making: Making;
  readonly serial: number;
  readonly next: () => number;
}

/** A maker that knows nothing but the document yet. */
export function createCallMaker(parts: CallMakerParts): CallMaker {
  const pools = createPools();
  const references = createReferences(parts.document);
  const corrections = createCorrections();
  let count = 0;
  const next = (): number => {
    count += 1;
    return count;
  };
  return {
    make: (operation, principal, making = {}) => {
      const memory = corrections.memoryOf(operation);
      const learnt = { pools, references, memory };
      return callOf({ parts, ...learnt, operation, principal, making, next, serial: next() });
    },
    learn: ({ answer, call }) => {
      if (answer === undefined || answer.status < 200 || answer.status > 299) return;
      const name = call.principal?.name;
      if (call.operation !== undefined) corrections.confirm(call.operation);
      pools.learn(answer.json, call.operation, name);
      if (call.operation?.traits.has("creates") === true)
        pools.learn(creationOf(call, parts.runId), call.operation, name);
    },
    correct: (exchange) => corrections.correct(exchange),
    poolOf: (name) => pools.of(name, undefined),
  };
}

/** What a successful creation was sent, without passwords: the answer often does not repeat it. */
function creationOf({ body }: Call, runId: string): unknown {
  const sent = sentBody(body);
  if (!isNode(sent)) return undefined;
  const shown = Object.entries(sent).filter(([, value]) => !isOwnPassword(value, runId));
  return Object.fromEntries(shown);
}

function callOf(draft: Draft): Call {
  const { operation, principal, making } = draft;
  const encoded = bodyOf(draft);
  return {
    method: making.method ?? operation.method,
    path: making.path ?? pathOf(draft),
    headers: headersOf(draft, encoded?.contentType),
    body: encoded?.body,
    principal,
    operation,
  };
}

function pathOf(draft: Draft): string {
  const { operation, making, parts } = draft;
  const byName = new Map(
    operation.parameters.filter(({ place }) => place === "path").map((one) => [one.name, one]),
  );
  const path = operation.path.replaceAll(/\{([^{}]+)\}/g, (whole, name: string) => {
    const parameter = byName.get(name);
    if (parameter === undefined) return whole;
    return encodeSegment(valueFor(parameter, draft));
  });
  const query = [...queryOf(draft), ...(making.query ?? [])];
  const written = query.map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  );
  const whole = `${parts.basePath}${path}`;
  return written.length === 0 ? whole : `${whole}?${written.join("&")}`;
}

function encodeSegment(value: unknown): string {
  const encoded = encodeURIComponent(plainText(value));
  return /^\.{1,2}$/.test(encoded) ? encoded.replaceAll(".", "%2E") : encoded;
}

function plainText(value: unknown): string {
  if (Array.isArray(value)) return value.map(plainText).join(",");
  return isNode(value) ? JSON.stringify(value) : textOf(value);
}

function queryOf(draft: Draft): readonly (readonly [string, string])[] {
  const { operation, making, memory } = draft;
  const declared = operation.parameters.filter(({ place }) => place === "query");
  const pairs = declared
    .filter((one) => isSent(one, draft))
    .flatMap((one) => {
      const value = valueFor(one, draft);
      const values = Array.isArray(value) ? value : [value];
      return values.map((item) => [one.name, plainText(item)] as const);
    });
  const added = addedNames(memory, "query", "")
    .filter((name) => !declared.some((one) => one.name === name))
    .map(
      (name) => [name, plainText(sampleValue({}, contextFor(draft, "query", name, name)))] as const,
    );
  const replaced = new Set((making.query ?? []).map(([name]) => name));
  // A parameter that the caller writes out itself is not sent twice, unless it is required.
  return [...pairs, ...added].filter(
    ([name]) => !replaced.has(name) || declared.some((one) => one.name === name && one.required),
  );
}

function isSent(
  { name, place, required }: Parameter,
  { making, memory, operation }: Draft,
): boolean {
  if (isCredentialName(name, place)) return false;
  const patch = memory.patches.get(placeKey(place === "cookie" ? "header" : place, name));
  if (patch?.omit === true) return false;
  if (required || patch?.add === true || making.values?.[name] !== undefined) return true;
  return memory.style.optional === "all" && place === "query" && operation.method === "GET";
}

/** The value of a parameter: told, known, learnt, the example, sampled. */
function valueFor(parameter: Parameter, draft: Draft): unknown {
  const { making, operation, principal, parts, pools, memory } = draft;
  const { name, place, schema, example } = parameter;
  const told = making.values?.[name];
  if (told !== undefined) return told;
  if (place === "header" || place === "cookie")
    return sampleValue(schema, { ...contextFor(draft, "header", name, name), example });
  if (place === "path") {
    const refused = memory.patches.get(placeKey(place, name))?.refused ?? [];
    const known = parts.known(name, operation, principal, place);
    const learnt = poolNames(name, operation).flatMap((one) => pools.of(one, principal?.name));
    const candidates = [known, ...learnt, example].filter((value) => value !== undefined);
    const found = candidates.find((value) => !refused.includes(textOf(value))) ?? candidates[0];
    if (found !== undefined) return found;
  }
  const value = sampleValue(schema, { ...contextFor(draft, place, name, name), example });
  return value === "" || value === null ? "1" : value;
}

function contextFor(draft: Draft, part: Part, name: string, path: string): SampleContext {
  const { parts, memory, serial, next } = draft;
  const place = part === "header" ? "query" : part;
  return {
    random: parts.random,
    next,
    runId: parts.runId,
    serial,
    name,
    path,
    example: undefined,
    known: (wanted) => knownValues(draft, wanted, place),
    refers: (wanted) => draft.references(wanted).length > 0,
    patchAt: (at) => memory.patches.get(placeKey(part, at)),
    addedAt: (at) => addedNames(memory, part, at),
    style: memory.style,
    depth: 0,
  };
}

/** What is known for a name: the caller's own, then what the API showed. */
function knownValues(
  { parts, pools, references, operation, principal }: Draft,
  wanted: string,
  place: "path" | "query" | "body",
): readonly unknown[] {
  const names = [wanted, ...references(wanted)];
  const own = names
    .map((name) => parts.known(name, operation, principal, place))
    .filter((value) => value !== undefined);
  const learnt = isLearntUseful(wanted, operation)
    ? names.flatMap((name) => pools.of(name, principal?.name))
    : [];
  if (!isCounterpart(wanted)) return [...new Set([...own, ...learnt])];
  const others = learnt.filter((value) => !own.some((one) => textOf(one) === textOf(value)));
  return [...new Set([...others, ...own])];
}

/** Names and addresses of accounts that exist are no use for something new. */
function isLearntUseful(name: string, operation: Operation): boolean {
  return !(
    /mail|user_?name|login|phone/i.test(name) &&
    (operation.traits.has("register") || operation.traits.has("creates"))
  );
}

function addedNames({ patches }: OperationMemory, part: Part, at: string): readonly string[] {
  const start = placeKey(part, at === "" ? "" : `${at}/`);
  return [...patches].flatMap(([key, patch]) => {
    const rest = key.startsWith(start) ? key.slice(start.length) : "";
    return patch.add === true && rest !== "" && !rest.includes("/") && rest !== "*" ? [rest] : [];
  });
}

function bodyOf(
  draft: Draft,
): { body: string | Uint8Array; contentType: string | undefined } | undefined {
  const { operation, making, memory } = draft;
  const declared = operation.body;
  const mediaType = making.mediaType ?? memory.mediaType ?? declared?.mediaType;
  if (making.rawBody !== undefined)
    return {
      body: making.rawBody,
      contentType:
        making.mediaType ?? memory.mediaType ?? declared?.mediaType ?? "application/json",
    };
  const wanted =
    making.body !== undefined ||
    memory.mediaType !== undefined ||
    addedNames(memory, "body", "").length > 0;
  const carries = operation.method !== "GET" && operation.method !== "HEAD";
  if (!wanted && (declared === undefined || !carries)) return undefined;
  const encoded: EncodedBody = encodeBody(
    contentOf(draft),
    mediaType ?? "application/json",
    declared?.schema ?? {},
  );
  return encoded;
}

function contentOf(draft: Draft): unknown {
  const { operation, making } = draft;
  const declared = operation.body;
  const context = { ...contextFor(draft, "body", "", ""), example: declared?.example };
  const described = declared !== undefined && Object.keys(declared.schema).length > 0;
  const schema = described
    ? declared.schema
    : { type: "object", ...schemaOfExample(declared?.example) };
  const sampled = sampleValue(schema, context);
  if (making.body === undefined) return sampled;
  const joined = isNode(sampled) ? { ...sampled, ...making.body } : making.body;
  return Object.fromEntries(Object.entries(joined).filter(([, value]) => value !== undefined));
}

const ownHeaders =
  /^(accept|content-type|content-length|host|connection|transfer-encoding|user-agent)$/i;

function headersOf(draft: Draft, contentType: string | undefined): readonly HeaderLine[] {
  const { operation, making } = draft;
  const replaced = new Set((making.headers ?? []).map(([name]) => name.toLowerCase()));
  const declared = operation.parameters
    .filter((one) => one.place === "header" && !ownHeaders.test(one.name) && isSent(one, draft))
    .map((one): HeaderLine => [one.name.toLowerCase(), headerText(valueFor(one, draft))]);
  const cookies = operation.parameters
    .filter((one) => one.place === "cookie" && isSent(one, draft))
    .map((one) => `${one.name}=${encodeURIComponent(plainText(valueFor(one, draft)))}`);
  const lines: HeaderLine[] = [
    ["accept", "application/json, */*;q=0.5"],
    ...(contentType === undefined ? [] : [["content-type", contentType] as const]),
    ...declared,
    ...(cookies.length === 0 ? [] : [["cookie", cookies.join("; ")] as const]),
  ];
  return [...lines.filter(([name]) => !replaced.has(name)), ...(making.headers ?? [])];
}

function headerText(value: unknown): string {
  return plainText(value).replaceAll(/[^\t\x20-\x7E]/g, "");
}
