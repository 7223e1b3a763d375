/**
 * Identifiers of records: UUID version 7 (RFC 9562 §5.7).
 *
 * Promise: sortable by creation, 74 random bits. Limits: an id is a name, not a secret; it shows
 * when it was made (API1.P3: random ids are depth, not a defence).
 *
 * @module
 */

import type { Clock, Randomness } from "./clock.ts";

const hexadecimal: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0"),
);
const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * Makes a UUIDv7 in lower case.
 *
 * @example
 * createId(systemClock, systemRandomness); // "019ab3c4-5d6e-7f80-9123-456789abcdef"
 */
export function createId(clock: Clock, randomness: Randomness): string {
  const bytes = randomness.bytes(16);
  const milliseconds = clock.now();
  const high = Math.floor(milliseconds / 0x1_0000_0000);
  const low = milliseconds >>> 0;
  bytes[0] = (high >>> 8) & 0xff;
  bytes[1] = high & 0xff;
  bytes[2] = (low >>> 24) & 0xff;
  bytes[3] = (low >>> 16) & 0xff;
  bytes[4] = (low >>> 8) & 0xff;
  bytes[5] = low & 0xff;
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  let text = "";
  for (let index = 0; index < 16; index++) {
    if (index === 4 || index === 6 || index === 8 || index === 10) text += "-";
    text += hexadecimal[bytes[index] ?? 0];
  }
  return text;
}

/**
 * Whether `text` is a UUID in canonical lower case (RFC 9562 §4).
 *
 * @example
 * isId("not-an-id"); // false
 */
export function isId(text: string): boolean {
  return text.length === 36 && pattern.test(text);
}
