/**
 * One-time codes (RFC 4226, RFC 6238; OWASP API2:2023 P7, ASVS 6.5).
 *
 * Risk: a code that is guessed, or seen and used a second time. Promise: the current and the
 * previous step only, compared in constant time, and never a step at or before the last accepted
 * one. Limits: pure: the caller stores the step in one conditional statement and counts failures;
 * HMAC-SHA-1 is kept because authenticator apps know nothing else.
 *
 * @module
 */

import { createHmac, timingSafeEqual } from "node:crypto";
import { deny, type Decision, type Randomness } from "../kernel/index.ts";

/** Hash of the HMAC. */
export type OtpAlgorithm = "SHA1" | "SHA256" | "SHA512";

/** Shape of the codes. */
export interface OtpParameters {
  /** 6 to 8. Default: 6. */
  readonly digits?: number;
  /** Default: `"SHA1"`. */
  readonly algorithm?: OtpAlgorithm;
}

/** What is verified against what. */
export interface TotpVerification extends OtpParameters {
  /** Shared secret in base32 (RFC 4648 §6). */
  readonly secret: string;
  readonly code: string;
  /** The present: a date, or milliseconds since 1970 as a `Clock` gives them. */
  readonly now: Date | number;
  /** Step of the last accepted code; it and everything before it is refused. */
  readonly lastStep?: number | undefined;
  /** Steps accepted around the present one. Default: `{ past: 1, future: 0 }`. */
  readonly window?: { readonly past: number; readonly future: number };
  /** Length of a step. Default: 30. */
  readonly stepSeconds?: number;
}

/** Why a code is refused. */
export type TotpDenyReason = "malformed-code" | "wrong-code" | "already-used";

const base32Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
// RFC 4648 §6: lengths of the last group that encode whole bytes.
const base32Lengths = new Set([0, 2, 4, 5, 7]);

function decodeBase32(text: string): Buffer {
  const characters = text.toUpperCase().replace(/=+$/, "");
  if (characters === "" || !base32Lengths.has(characters.length % 8))
    throw new TypeError("one-time secret is not base32");
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const character of characters) {
    const digit = base32Alphabet.indexOf(character);
    if (digit < 0) throw new TypeError("one-time secret is not base32");
    value = ((value << 5) | digit) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((value >>> bits) & 0xff);
    }
  }
  return Buffer.from(bytes);
}

function encodeBase32(bytes: Uint8Array): string {
  let bits = "";
  for (const byte of bytes) bits += byte.toString(2).padStart(8, "0");
  return (bits.match(/.{1,5}/g) ?? [])
    .map((group) => base32Alphabet[Number.parseInt(group.padEnd(5, "0"), 2)])
    .join("");
}

function codeOf(key: Buffer, counter: number, parameters: OtpParameters): string {
  const digits = parameters.digits ?? 6;
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(counter));
  const hash = (parameters.algorithm ?? "SHA1").toLowerCase();
  const mac = createHmac(hash, key).update(message).digest();
  const offset = (mac.at(-1) ?? 0) & 0x0f;
  const truncated = mac.readUInt32BE(offset) & 0x7fff_ffff;
  return String(truncated % 10 ** digits).padStart(digits, "0");
}

/**
 * The code of a counter (RFC 4226 §5.3).
 *
 * @throws TypeError when the secret is not base32.
 * @throws RangeError when the counter is not a whole number from 0.
 * @example
 * hotp({ secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", counter: 1 }); // "287082"
 */
export function hotp(
  options: OtpParameters & { readonly secret: string; readonly counter: number },
): string {
  if (!Number.isSafeInteger(options.counter) || options.counter < 0)
    throw new RangeError("counter is not a whole number from 0");
  return codeOf(decodeBase32(options.secret), options.counter, options);
}

/**
 * Verifies a time-based code. On `allow`, the caller stores `step` by one statement that demands
 * `last_step < step`; only that makes the code single use under races.
 *
 * @throws TypeError when the stored secret is not base32.
 * @example
 * verifyTotp({ secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", code: "287082", now: 59_000 });
 * // { effect: "allow", step: 1 }
 */
export function verifyTotp(
  options: TotpVerification,
): Decision<TotpDenyReason, { readonly step: number }> {
  const { code, now, window = { past: 1, future: 0 }, stepSeconds = 30, digits = 6 } = options;
  const key = decodeBase32(options.secret);
  if (typeof code !== "string" || code.length !== digits || !/^[0-9]+$/.test(code))
    return deny("malformed-code");

  const presented = Buffer.from(code, "latin1");
  const current = Math.floor(Number(now) / 1000 / stepSeconds);
  let matched: number | undefined;
  // Every step is compared, so that time does not tell which one matched.
  for (let step = Math.max(0, current - window.past); step <= current + window.future; step++) {
    const expected = Buffer.from(codeOf(key, step, options), "latin1");
    if (timingSafeEqual(expected, presented)) matched = step;
  }
  if (matched === undefined) return deny("wrong-code");
  if (options.lastStep !== undefined && matched <= options.lastStep) return deny("already-used");
  return { effect: "allow", step: matched };
}

/**
 * A fresh secret of 160 bits in base32 (RFC 4226 §4, R6).
 *
 * @example
 * createTotpSecret(systemRandomness).length; // 32
 */
export function createTotpSecret(randomness: Randomness): string {
  return encodeBase32(randomness.bytes(20));
}

/**
 * The `otpauth:` URI from which an authenticator app takes the secret. It is a secret itself.
 *
 * @example
 * totpUri({ issuer: "Shop", account: "alice", secret });
 * // "otpauth://totp/Shop:alice?secret=…&issuer=Shop&algorithm=SHA1&digits=6&period=30"
 */
export function totpUri(options: {
  readonly issuer: string;
  readonly account: string;
  readonly secret: string;
}): string {
  const [issuer, account] = [options.issuer, options.account].map(encodeURIComponent);
  const parameters = `secret=${options.secret}&issuer=${issuer}&algorithm=SHA1&digits=6&period=30`;
  return `otpauth://totp/${issuer}:${account}?${parameters}`;
}
