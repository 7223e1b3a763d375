/**
 * Body of a request.
 *
 * @module
 */

import { isNode } from "../document/node.ts";
import { addedNames, contextFor, type Draft } from "./draft.ts";
import { encodeBody } from "./encode-body.ts";
import { sampleValue } from "./sample.ts";
import { schemaOfExample } from "./shape.ts";

/** A body as it will be sent. */
export interface RequestBody {
  readonly body: string | Uint8Array;
  readonly contentType: string;
}

/** The body and its media type; `undefined` when there is none. */
export function bodyOf(draft: Draft): RequestBody | undefined {
  const { operation, making, memory } = draft;
  const declared = operation.body;
  const mediaType =
    making.mediaType ?? memory.mediaType ?? declared?.mediaType ?? "application/json";
  if (making.rawBody !== undefined) return { body: making.rawBody, contentType: mediaType };
  const wanted =
    making.body !== undefined ||
    memory.mediaType !== undefined ||
    addedNames(memory, "body", "").length > 0;
  const carries = operation.method !== "GET" && operation.method !== "HEAD";
  if (!wanted && (declared === undefined || !carries)) return undefined;
  return encodeBody(contentOf(draft), mediaType, declared?.schema ?? {});
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
