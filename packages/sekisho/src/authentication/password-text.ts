/**
 * What the bytes of a password are (NIST SP 800-63B-4 §3.1.1.2, ASVS 6.2.8).
 *
 * Promise: Unicode NFC and nothing else, alike when setting and when verifying; never cut, trimmed
 * or folded. Limits: NFC is the one deviation from "exactly as received"; it makes the composed and
 * the decomposed spelling of one text the same password.
 *
 * @module
 */

import { deny, type Decision } from "../kernel/index.ts";

/** Size of a password over which it is refused, in UTF-8 bytes. */
export const maxPasswordBytes = 1024;

// Composing joins at most three code units of two letters' worth: nothing this long can shrink
// under the limit, so it is refused before any work is spent on it.
const hopelessLength = 4 * maxPasswordBytes;

/** A password in the one form in which it is judged and hashed. */
export interface PasswordText {
  readonly text: string;
  readonly bytes: Buffer;
}

/** Brings a password into its one form, fast for hostile lengths. */
export function readPassword(
  password: string,
): Decision<"too-long" | "malformed", { readonly value: PasswordText }> {
  if (password.length > hopelessLength) return deny("too-long");
  // A lone surrogate has no UTF-8: it would be replaced, and two passwords would become one.
  if (!password.isWellFormed()) return deny("malformed");
  const text = password.normalize("NFC");
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length > maxPasswordBytes) return deny("too-long");
  return { effect: "allow", value: { text, bytes } };
}
