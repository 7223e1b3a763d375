/**
 * The JSON objects inside a token (OWASP API2:2023, RFC 8725 §3.10).
 *
 * Risk: of two members with one name, the signer's reader may take the first and ours the last.
 * Promise: what the kernel's parser refuses in a request body is refused here, too. Limits: meant
 * for small documents; 16 levels are the deepest.
 *
 * @module
 */

import { parseJson } from "../kernel/index.ts";

/** What a parsed member can be. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** A parsed object; read members by index. */
export type JsonObject = { readonly [name: string]: JsonValue };

/** Parses bytes to an object, or answers `undefined` for everything that is not exactly one. */
export function parseStrictObject(bytes: Uint8Array): JsonObject | undefined {
  const parsed = parseJson(bytes, { depth: 16 });
  if (parsed.effect === "deny") return undefined;
  const { value } = parsed;
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? (value as JsonObject) : undefined;
}
