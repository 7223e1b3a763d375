/**
 * One spelling per sign-in name (OWASP API2:2023).
 *
 * Promise: names that differ only in case or compatibility form are one name, so nobody can
 * register a twin and nobody gets a second budget of guesses by writing a name differently.
 * Limits: look-alike letters of different scripts stay different; the application's contract
 * decides which characters it takes.
 *
 * @module
 */

const longestName = 254;

/**
 * The canonical spelling: NFKC, lower case; blanks are not trimmed.
 *
 * @example
 * canonicalSignInName("Ａlice"); // "alice"
 */
export function canonicalSignInName(name: string): string {
  return name.normalize("NFKC").toLowerCase().normalize("NFKC");
}

/**
 * Whether an account can have this canonical name: 1 to 254 characters, no control characters, no
 * lone surrogates.
 *
 * @example
 * isUsableSignInName("alice\u0000"); // false
 */
export function isUsableSignInName(name: string): boolean {
  const length = Array.from(name).length;
  return length >= 1 && length <= longestName && name.isWellFormed() && !/\p{Cc}/u.test(name);
}
