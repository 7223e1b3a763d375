import { strict as assert } from "node:assert";
import { readDocument } from "../src/document/read-document.ts";
import type { ApiDocument, Operation, Schema } from "../src/document/operation.ts";
import type { Principal } from "../src/principal/principal.ts";
import { createCallMaker, type CallMaker, type CallMakerParts } from "../src/value/make-call.ts";
import { usualStyle, type SampleContext } from "../src/value/sample-context.ts";
import { sampleValue } from "../src/value/sample.ts";
import type { Call, Exchange } from "../src/wire/exchange.ts";
import { createRandom } from "../src/world/random.ts";

/** A value for a schema, as a property of the given name. */
export function sampled(
  schema: Schema,
  name = "thing",
  more: Partial<SampleContext> = {},
): unknown {
  let count = 0;
  return sampleValue(schema, {
    random: createRandom(11),
    next: () => (count += 1),
    runId: "r1",
    serial: 1,
    name,
    path: name,
    example: undefined,
    known: () => [],
    refers: () => false,
    patchAt: () => undefined,
    addedAt: () => [],
    style: usualStyle,
    depth: 1,
    ...more,
  });
}

/** A document from keys such as "POST /orders" with operations. */
export function documentOf(operations: Readonly<Record<string, object>>): ApiDocument {
  const paths: Record<string, Record<string, object>> = {};
  for (const [key, operation] of Object.entries(operations)) {
    const [method = "", path = ""] = key.split(" ");
    (paths[path] ??= {})[method.toLowerCase()] = operation;
  }
  return readDocument({ openapi: "3.0.3", paths });
}

/** A JSON body of these properties. */
export function takes(properties: object, required?: readonly string[], more: object = {}): object {
  const schema = { type: "object", properties, ...(required !== undefined && { required }) };
  return { requestBody: { content: { "application/json": { schema, ...more } } } };
}

/** A maker for a document, and its operations by key. */
export function makerFor(
  document: ApiDocument,
  known: CallMakerParts["known"] = () => undefined,
): { readonly maker: CallMaker; readonly at: (key: string) => Operation } {
  const maker = createCallMaker({
    document,
    basePath: "",
    random: createRandom(7),
    runId: "r1",
    known,
  });
  return {
    maker,
    at: (key) => {
      const found = document.operations.find((operation) => operation.key === key);
      assert.ok(found, key);
      return found;
    },
  };
}

/** A principal of a name. */
export function principal(name: string): Principal {
  return {
    name,
    role: "user",
    tenant: undefined,
    administrator: false,
    recipe: undefined,
    facts: {},
    owns: {},
  };
}

/** What came back for a call. */
export function answered(call: Call, status: number, json: unknown): Exchange {
  const text = typeof json === "string" ? json : JSON.stringify(json);
  return {
    id: 1,
    call,
    sentHeaders: call.headers,
    at: 0,
    answer: {
      status,
      headers: [],
      text,
      json: typeof json === "string" ? undefined : json,
      bytes: text.length,
      milliseconds: 1,
    },
    failure: undefined,
    technique: "set-up",
  };
}

/** The JSON body of a call. */
export function bodyOf(call: Call): Record<string, unknown> {
  assert.equal(typeof call.body, "string");
  return JSON.parse(String(call.body)) as Record<string, unknown>;
}
