/**
 * What the traits of an operation are inferred from, prepared once.
 *
 * @module
 */

import { isNode, listOf, nodeOf, textOf } from "./node.ts";
import type { AnswerShape, BodyShape, Method, Parameter, Schema } from "./operation.ts";
import { fixedSegments, isParameter, segmentsOf } from "./paths.ts";
import { wordsOf } from "./words.ts";

/** A property of the body, or a parameter of the query. */
export interface Field {
  readonly name: string;
  readonly words: readonly string[];
  readonly schema: Schema;
  readonly depth: number;
  readonly place: "body" | "query";
}

/** An operation before its traits are known. */
export interface Described {
  readonly method: Method;
  readonly path: string;
  readonly operationId: string | undefined;
  readonly text: string;
  readonly tags: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly body: BodyShape | undefined;
  readonly answers: readonly AnswerShape[];
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** What the traits of one operation are inferred from. */
export interface Clues extends Described {
  /** Fixed segments of the path, in lower case, without versions and the word "api". */
  readonly segments: readonly string[];
  /** The last segment when it is fixed, as its words joined by "-"; else empty. */
  readonly last: string;
  readonly endsInParameter: boolean;
  readonly hasPathParameter: boolean;
  /** Words of all fixed segments. */
  readonly pathWords: ReadonlySet<string>;
  readonly idWords: readonly string[];
  readonly fields: readonly Field[];
  /** Names of properties at the top of the body. */
  readonly bodyNames: readonly string[];
  readonly writes: boolean;
}

/** Prepares an operation for inference. */
export function cluesOf(operation: Described): Clues {
  const all = segmentsOf(operation.path);
  const segments = fixedSegments(operation.path).filter(
    (one) => !/^(api|rest|v\d[\d.]*)$/.test(one),
  );
  const last = all.at(-1) ?? "";
  const bodyFields = fieldsOf(operation.body?.schema, operation.body?.example);
  const queryFields = operation.parameters
    .filter(({ place }) => place === "query")
    .map(({ name, schema }): Field => ({
      name,
      words: wordsOf(name),
      schema,
      depth: 0,
      place: "query",
    }));
  return {
    ...operation,
    segments,
    last: last.includes("{") ? "" : wordsOf(last).join("-"),
    endsInParameter: isParameter(last),
    hasPathParameter: operation.path.includes("{"),
    pathWords: new Set(segments.flatMap((segment) => wordsOf(segment))),
    idWords: wordsOf(operation.operationId ?? ""),
    fields: [...bodyFields, ...queryFields],
    bodyNames: bodyFields.filter(({ depth }) => depth === 0).map(({ name }) => name),
    writes: ["POST", "PUT", "PATCH", "DELETE"].includes(operation.method),
  };
}

/** Properties of a schema down to the third level, those of examples where there is no schema. */
function fieldsOf(schema: Schema | undefined, example: unknown): readonly Field[] {
  const fields = new Map<string, Field>();
  collect(schema, 0, fields, new Set());
  if (fields.size === 0)
    for (const [name, value] of Object.entries(nodeOf(listOf(example)[0])))
      fields.set(name, fieldOf(name, { type: typeOf(value) }, 0));
  return [...fields.values()];
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return value === null ? "null" : typeof value;
}

function fieldOf(name: string, schema: Schema, depth: number): Field {
  return { name, words: wordsOf(name), schema, depth, place: "body" };
}

function collect(
  schema: unknown,
  depth: number,
  fields: Map<string, Field>,
  seen: Set<unknown>,
): void {
  if (!isNode(schema) || depth > 2 || seen.has(schema)) return;
  seen.add(schema);
  for (const key of ["allOf", "oneOf", "anyOf"])
    for (const part of listOf(schema[key])) collect(part, depth, fields, seen);
  for (const [name, property] of Object.entries(nodeOf(schema["properties"]))) {
    const known = fields.get(name);
    if (known === undefined || known.depth > depth)
      fields.set(name, fieldOf(name, nodeOf(property), depth));
    collect(property, depth + 1, fields, seen);
  }
  collect(schema["items"], depth, fields, seen);
}

/** Whether a field can hold free text, as a URL or a password needs. */
export function holdsText({ schema }: Field): boolean {
  const types = listOf(schema["type"]).map(textOf);
  return (types.length === 0 || types.includes("string")) && schema["enum"] === undefined;
}

/** Whether a name is one for a password or another secret that people type. */
export function isPasswordName(name: string): boolean {
  const words = wordsOf(name);
  return words.some((word) =>
    /^(password|passwd|passwort|passphrase|passcode|pwd|pass|pin)$/.test(word),
  );
}
