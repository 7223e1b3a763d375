/**
 * One request in the making: what is known for its names, and the value of each parameter.
 *
 * @module
 */

import { isCredentialName } from "../document/access.ts";
import { isNode, textOf } from "../document/node.ts";
import type { ApiDocument, Operation, Parameter } from "../document/operation.ts";
import type { Principal } from "../principal/principal.ts";
import type { Making } from "../world/world.ts";
import type { OperationMemory } from "./corrections.ts";
import { placeKey, type Part } from "./places.ts";
import { poolNames, type Pools } from "./pools.ts";
import { isCounterpart, type References } from "./references.ts";
import type { SampleContext } from "./sample-context.ts";
import { sampleValue } from "./sample.ts";

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

/** One request in the making. */
export interface Draft {
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

/** Whether a parameter goes with the request. */
export function isSent(
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
export function valueFor(parameter: Parameter, draft: Draft): unknown {
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

/** The context in which the values of a part are sampled. */
export function contextFor(draft: Draft, part: Part, name: string, path: string): SampleContext {
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
  const named = isLearntUseful(wanted, operation)
    ? names.flatMap((name) => pools.of(name, principal?.name))
    : [];
  // A search shows products under a name of its own: any id is better than an invented one, and one
  // that everybody sees is likelier than the caller's own.
  const isUnknownReference = own.length + named.length === 0 && /[a-z]_?id$/i.test(wanted);
  const learnt = isUnknownReference ? pools.of("id", undefined) : named;
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

/** Names that refusals asked for directly below a place. */
export function addedNames(
  { patches }: OperationMemory,
  part: Part,
  at: string,
): readonly string[] {
  const start = placeKey(part, at === "" ? "" : `${at}/`);
  return [...patches].flatMap(([key, patch]) => {
    const rest = key.startsWith(start) ? key.slice(start.length) : "";
    return patch.add === true && rest !== "" && !rest.includes("/") && rest !== "*" ? [rest] : [];
  });
}

/** A value as it stands in a path, a query or a header. */
export function plainText(value: unknown): string {
  if (Array.isArray(value)) return value.map(plainText).join(",");
  return isNode(value) ? JSON.stringify(value) : textOf(value);
}
