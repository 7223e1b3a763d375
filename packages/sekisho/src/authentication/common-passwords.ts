/**
 * The bundled list of common passwords (OWASP API2:2023 V3, ASVS 6.2.4, NIST SP 800-63B-4
 * §3.1.1.2).
 *
 * Risk: a password that meets every rule of form and is still among the first an attacker tries.
 * Promise: 49,233 entries, looked up without case, and the entries' usual disguises: letters
 * swapped for look-alikes, a tail of digits and symbols, repetition. Limits: a list, not a breach
 * service; disguises are compared as a whole password, never as a part of one.
 *
 * @module
 */

import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

let loaded: ReadonlySet<string> | undefined;

/** The list takes 20 ms and 8 MB to unpack: only who checks a password pays for it. */
function commonPasswords(): ReadonlySet<string> {
  if (loaded === undefined) {
    // Synchronous, so that checking a password stays a plain function.
    const { dictionary } =
      require("@zxcvbn-ts/language-common") as typeof import("@zxcvbn-ts/language-common");
    loaded = new Set(dictionary["passwords-common"]);
  }
  return loaded;
}

const lookAlikes: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "8": "b",
  "@": "a",
  $: "s",
  "!": "i",
};

/**
 * Folds a text for comparison: compatibility forms, case, accents.
 *
 * @example
 * foldText("Ｐässword"); // "password"
 */
export function foldText(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** Replaces digits and symbols that stand for letters. */
export function replaceLookAlikes(text: string): string {
  return text.replace(/[0134578@$!]/g, (character) => lookAlikes[character] ?? character);
}

/** The shortest text of which `text` is a repetition: itself, if it is none. */
export function repeatedUnit(text: string): string {
  // A text occurs inside its own doubling early exactly when it is periodic.
  const period = text.length < 2 ? -1 : (text + text).indexOf(text, 1);
  return period < 1 ? text : text.slice(0, period);
}

const shortestStem = 4;
const tail = /[^\p{L}]+$/u;

/** Whether what follows a word is only decoration: a year, a few marks, or common digits. */
function isDecoration(text: string): boolean {
  const digits = text.replace(/\D/gu, "");
  return text.length - digits.length <= 4 && (digits.length <= 4 || commonPasswords().has(digits));
}

/**
 * Whether a password is on the list, or is an entry in disguise.
 *
 * @example
 * isCommonPassword("P@ssw0rd123!"); // true
 * isCommonPassword("correct horse battery staple"); // false
 */
export function isCommonPassword(password: string): boolean {
  const list = commonPasswords();
  const folded = foldText(password);
  if (list.has(folded) || list.has(replaceLookAlikes(folded))) return true;

  const stem = folded.replace(tail, "");
  const stems = isDecoration(folded.slice(stem.length)) ? [folded, stem] : [folded];
  return stems
    .map(repeatedUnit)
    .some(
      (unit) =>
        unit.length >= shortestStem && (list.has(unit) || list.has(replaceLookAlikes(unit))),
    );
}
