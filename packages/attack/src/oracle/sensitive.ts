/**
 * Which properties hold what nobody else, or nobody at all, should read.
 *
 * @module
 */

import { leavesOf, type Leaf } from "./leaves.ts";

/** Why a property is sensitive. */
export type Sensitivity = "credential" | "personal" | "money" | "internal" | "privilege";

/** A name split at separators and capitals, in lower case: "userPassword" → "user password". */
export function wordsOf(name: string): string {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
    .replaceAll(/[^A-Za-z\d]+/g, " ")
    .trim()
    .toLowerCase();
}

const kinds: readonly (readonly [Sensitivity, RegExp])[] = [
  [
    "credential",
    /\b(pass ?word|passwd|pwd|passphrase|pass|pass ?code|hash(ed)?|salt|secret|private key|api ?key|otp|totp|pin|pin code|cvv|cvc|security (answer|code)|reset (token|code)|mfa secret|recovery codes?|two factor secret)\b/,
  ],
  [
    "personal",
    /\b(e ?mails?|mail address|phone|phone number|mobile|telephone|ssn|social security|national id|tax id|passport|birth|birthday|birthdate|date of birth|dob|street|address|zip|zip code|postal code|iban|bic|card|card number|credit card|pan|license|licence|latitude|longitude|location|diagnosis|medical|vin)\b/,
  ],
  [
    "money",
    /\b(salary|income|balance|credit|wage|bonus|margin|cost|supplier cost|account number|available credit)\b/,
  ],
  ["internal", /\b(internal|debug|stack|trace|raw|notes? internal|risk score|fraud)\b/],
  [
    "privilege",
    /\b(is ?admin|admin|is ?staff|role|roles|permissions?|privileges?|superuser|scopes?|groups?)\b/,
  ],
];

/** Names that look like credentials and are none: how long one lasts, whether one is set. */
const harmless =
  /\b(expires?|expiry|at|changed|updated|policy|strength|required|enabled|set|has|hint|url|type|in|token type|count|attempts|length|min|max)\b/;

/** Why a property of this name is sensitive; `undefined` when it is not. */
export function sensitivityOf(name: string): Sensitivity | undefined {
  const words = wordsOf(name);
  const found = kinds.find(([, pattern]) => pattern.test(words))?.[0];
  return found === "credential" && harmless.test(words) ? undefined : found;
}

/** Whether a value is masked, empty or absent, and so tells nothing. */
export function isMasked(value: Leaf["value"]): boolean {
  if (value === null || typeof value === "boolean") return true;
  const text = String(value).trim();
  return (
    text === "" ||
    /[*•●]{2,}|^x{4,}|^\[?(redacted|hidden|masked|filtered)\]?$/i.test(text) ||
    /\*/.test(text)
  );
}

/** The leaves of a JSON value that are sensitive and tell something. */
export function sensitiveLeaves(json: unknown): readonly (Leaf & { readonly kind: Sensitivity })[] {
  return leavesOf(json).flatMap((leaf) => {
    const kind = sensitivityOf(leaf.name);
    return kind === undefined || isMasked(leaf.value) ? [] : [{ ...leaf, kind }];
  });
}
