/**
 * Cursors that lead back to where a list stopped (OWASP API1.V4).
 *
 * Promise: a cursor works for the principal and the query it was made for, and for nothing else;
 * nobody else can make one. Limits: it is not encrypted; a position is no secret from its reader.
 *
 * @module
 */

import { createHmac, timingSafeEqual } from "node:crypto";

/** Writes and reads cursors under one key. */
export interface Cursors {
  /**
   * Writes a position.
   *
   * @param scope everything the cursor is bound to: list, subject, query
   * @param position the values the list goes on after
   */
  write(scope: readonly string[], position: readonly string[]): string;
  /** The position, or `undefined` for anything that was not written for this very scope. */
  read(scope: readonly string[], cursor: string): readonly string[] | undefined;
}

const tagBytes = 16;
const longestCursor = 1_024;

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

/**
 * Creates cursors.
 *
 * @param key at least 32 bytes, the same on every node
 * @throws RangeError when the key is shorter.
 * @example
 * const cursors = createCursors(new Uint8Array(32).fill(7));
 * const cursor = cursors.write(["orders", "alice"], ["019a"]);
 * cursors.read(["orders", "alice"], cursor); // ["019a"]
 * cursors.read(["orders", "bob"], cursor); // undefined
 */
export function createCursors(key: Uint8Array): Cursors {
  if (key.byteLength < 32) throw new RangeError("a cursor key has at least 32 bytes");

  function tag(scope: readonly string[], payload: string): Buffer {
    const text = JSON.stringify([scope, payload]);
    return createHmac("sha256", key).update(text).digest().subarray(0, tagBytes);
  }

  return {
    write(scope, position) {
      const payload = JSON.stringify(position);
      return Buffer.concat([tag(scope, payload), Buffer.from(payload)]).toString("base64url");
    },
    read(scope, cursor) {
      if (cursor.length > longestCursor || !/^[A-Za-z0-9_-]+$/.test(cursor)) return undefined;
      const bytes = Buffer.from(cursor, "base64url");
      if (bytes.byteLength <= tagBytes || bytes.toString("base64url") !== cursor) return undefined;
      const payload = bytes.subarray(tagBytes).toString("utf8");
      if (!timingSafeEqual(tag(scope, payload), bytes.subarray(0, tagBytes))) return undefined;
      const position: unknown = JSON.parse(payload);
      return isTexts(position) ? position : undefined;
    },
  };
}
