/**
 * Which passwords may be set (OWASP API2:2023 V3, NIST SP 800-63B-4 §3.1.1.2, ASVS 6.2).
 *
 * Risk: passwords that an attacker guesses within the attempts a throttle allows. Promise: length
 * in code points after NFC, no truncation, nothing common, nothing made of the person's own names,
 * and a named reason for each refusal. Limits: judges the password when it is set; a rule of
 * composition (`requireSymbol`) is against NIST and ASVS 6.2.5 and there for those who must have
 * one; the ways round it are `passphraseLength` and {@link nistPolicy}.
 *
 * @module
 */

import { allow, deny, unreachable, type Decision, type Deny } from "../kernel/index.ts";
import { foldText, isCommonPassword, repeatedUnit, replaceLookAlikes } from "./common-passwords.ts";
import { readPassword } from "./password-text.ts";

/** Rules of a password; what is left out is not demanded. Lengths are code points after NFC. */
export interface PasswordPolicy {
  readonly minLength: number;
  /** Whether one punctuation mark or symbol (Unicode P or S) is needed. Default: no. */
  readonly requireSymbol?: boolean | undefined;
  /** From this length on a symbol is not needed. Default: never. */
  readonly passphraseLength?: number | undefined;
  /** Default: none but the 1,024 bytes that hold for every password. At least 64. */
  readonly maxLength?: number | undefined;
}

/** Why a password may not be set. */
export type PasswordRefusal =
  | "too-long"
  | "malformed"
  | "too-short"
  | "no-symbol"
  | "common"
  | "sequence"
  | "derived-from-context";

/** Answer of {@link checkPassword}. */
export type PasswordCheck = Decision<PasswordRefusal>;

/** The refusing half of a {@link PasswordCheck}. */
export type PasswordDenial = Deny<PasswordRefusal>;

/** The person's own words: a list, or named values such as `{ username, email }`. */
export type PasswordContext = readonly string[] | Readonly<Record<string, string | undefined>>;

/**
 * Twelve characters of which one a symbol, or fifteen without further rules.
 *
 * @example
 * checkPassword("gravel-Orbit", defaultPasswordPolicy).effect; // "allow"
 */
export const defaultPasswordPolicy: PasswordPolicy = Object.freeze({
  minLength: 12,
  requireSymbol: true,
  passphraseLength: 15,
});

/**
 * NIST SP 800-63B-4 for a password that is the only factor: fifteen characters, no composition.
 *
 * @example
 * checkPassword("gravel orbit lantern", nistPolicy).effect; // "allow"
 */
export const nistPolicy: PasswordPolicy = Object.freeze({ minLength: 15 });

const symbol = /[\p{P}\p{S}]/u;

function requireSound(policy: PasswordPolicy): void {
  const { minLength, maxLength = Infinity } = policy;
  if (!Number.isSafeInteger(minLength) || minLength < 8)
    throw new TypeError(`minLength is ${String(minLength)}, under the 8 of ASVS 6.2.1`);
  if (maxLength < 64) throw new TypeError(`maxLength is ${maxLength}, under the 64 of ASVS 6.2.9`);
}

/** Whether each character is the next or the previous of the one before, or the same. */
function isSequence(folded: string): boolean {
  const points = Array.from(folded, (character) => character.codePointAt(0) ?? 0);
  return [0, 1, -1].some((difference) =>
    points.every((point, index) => {
      const previous = points[index - 1];
      if (previous === undefined || point - previous === difference) return true;
      // 9 goes on with 0 and 0 with 9, as people count.
      return difference !== 0 && previous - point === difference * 9 && point >= 48 && point <= 57;
    }),
  );
}

function onlyLetters(text: string): string {
  return text.replace(/[^\p{L}]/gu, "");
}

/** Words of at least three letters that the context holds, with each value as a whole. */
function contextWords(context: PasswordContext): ReadonlySet<string> {
  const words = new Set<string>();
  for (const value of Object.values(context)) {
    if (value === undefined) continue;
    const folded = foldText(value.slice(0, 256));
    for (const word of [folded, ...folded.split(/[^\p{L}\p{N}]+/u)]) {
      for (const form of [onlyLetters(word), onlyLetters(replaceLookAlikes(word))])
        if (form.length >= 3) words.add(form).add(Array.from(form).toReversed().join(""));
    }
  }
  return words;
}

/** Whether `text` is nothing but words, one after another. */
function isMadeOf(text: string, words: ReadonlySet<string>): boolean {
  const reachable = [true];
  for (let end = 1; end <= text.length; end++)
    for (const word of words)
      if (reachable[end - word.length] && text.startsWith(word, end - word.length))
        reachable[end] = true;
  return text !== "" && reachable[text.length] === true;
}

// A date has eight digits; what carries more was not made from the name alone.
const decorativeDigits = 8;

function isDerived(text: string, context: PasswordContext): boolean {
  const words = contextWords(context);
  if (words.size === 0) return false;
  const folded = foldText(text);
  if (folded.replace(/\P{Nd}/gu, "").length > decorativeDigits) return false;
  // Marks at the end are decoration even where they could stand for a letter.
  const bare = folded.replace(/[^\p{L}\p{N}]+$/u, "");
  const stem = folded.replace(/[^\p{L}]+$/u, "");
  return [folded, ...[folded, bare, stem].map(replaceLookAlikes)].some((form) =>
    isMadeOf(onlyLetters(form), words),
  );
}

/**
 * Decides whether a password may be set. `policy` defaults to {@link defaultPasswordPolicy}.
 *
 * @throws TypeError when the policy asks for fewer than 8 characters or allows fewer than 64.
 * @example
 * checkPassword("correct horse battery"); // { effect: "allow" }
 * checkPassword("Alice-2026-alice", defaultPasswordPolicy, { username: "alice" });
 * // { effect: "deny", reason: "derived-from-context" }
 */
export function checkPassword(
  password: string,
  policy: PasswordPolicy = defaultPasswordPolicy,
  context: PasswordContext = [],
): PasswordCheck {
  requireSound(policy);
  const read = readPassword(password);
  if (read.effect === "deny") return read;
  const { text } = read.value;
  const length = Array.from(text).length;
  if (policy.maxLength !== undefined && length > policy.maxLength) return deny("too-long");
  if (length < policy.minLength) return deny("too-short");
  const isPassphrase = length >= (policy.passphraseLength ?? Infinity);
  if (policy.requireSymbol === true && !isPassphrase && !symbol.test(text))
    return deny("no-symbol");
  if (isCommonPassword(text)) return deny("common");
  if (isSequence(repeatedUnit(foldText(text)))) return deny("sequence");
  if (isDerived(text, context)) return deny("derived-from-context");
  return allow();
}

/**
 * What to tell the person about a refusal; never quotes the password.
 *
 * @example
 * describePasswordRefusal("too-short", defaultPasswordPolicy); // "must have at least 12 characters"
 */
export function describePasswordRefusal(
  reason: PasswordRefusal,
  policy: PasswordPolicy = defaultPasswordPolicy,
): string {
  switch (reason) {
    case "too-long":
      return policy.maxLength === undefined
        ? "must have at most 1,024 bytes"
        : `must have at most ${policy.maxLength} characters and 1,024 bytes`;
    case "malformed":
      return "must be well-formed Unicode";
    case "too-short":
      return `must have at least ${policy.minLength} characters`;
    case "no-symbol":
      return policy.passphraseLength === undefined
        ? "must have a symbol"
        : `must have a symbol or at least ${policy.passphraseLength} characters`;
    case "common":
      return "must not be a common password or a variation of one";
    case "sequence":
      return "must not be one character repeated or a row of neighbouring characters";
    case "derived-from-context":
      return "must not be made of your own names";
    default:
      return unreachable(reason);
  }
}
