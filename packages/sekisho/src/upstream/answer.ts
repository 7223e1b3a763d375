/**
 * From the bytes of an upstream to a value that may be used (OWASP API10.V2).
 *
 * Promise: what comes out has passed the schema; everything before is unknown. Names that would
 * reach a prototype are dropped before anything else sees them. Limits: what the schema allows is
 * still somebody else's text: bind it, encode it, never splice it.
 *
 * @module
 */

import type { z } from "zod";
import { denyUpstream, type UpstreamDeny } from "./outcome.ts";

/** A parsed value, or the complaint. */
export type Parsed = { readonly effect: "allow"; readonly value: unknown } | UpstreamDeny;

function withoutPrototypeNames(this: void, key: string, value: unknown): unknown {
  return key === "__proto__" ? undefined : value;
}

function readJson(body: Uint8Array): unknown {
  if (body.byteLength === 0) return undefined;
  const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
  // The reviver is slow and needed only where the name is spelled out or may be escaped.
  return /__proto__|\\u/.test(text) ? JSON.parse(text, withoutPrototypeNames) : JSON.parse(text);
}

/** Parses a body against a schema. The complaint names a place and a kind, never the content. */
export async function parseAnswer(body: Uint8Array, schema: z.ZodType): Promise<Parsed> {
  let data: unknown;
  try {
    data = readJson(body);
  } catch {
    return denyUpstream("schema", "not JSON");
  }
  try {
    const result = await schema.safeParseAsync(data);
    if (result.success) return { effect: "allow", value: result.data };
    const issue = result.error.issues[0];
    // Keys of records are foreign text; what is logged is short and plain.
    const path = issue?.path
      .map(String)
      .join("/")
      .replaceAll(/[^\w/.-]/g, "?")
      .slice(0, 120);
    return denyUpstream("schema", `${issue?.code ?? "invalid"} at /${path ?? ""}`);
  } catch {
    // Refinements and transforms run on foreign data and may throw.
    return denyUpstream("schema", "the schema threw");
  }
}
