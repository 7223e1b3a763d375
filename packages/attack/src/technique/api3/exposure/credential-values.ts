/**
 * Which values of an answer are credentials that nobody should read there.
 *
 * `always`: passwords, their hashes and one-time codes have no place in any answer. `others`: keys
 * and tokens are for their holder only.
 *
 * @module
 */

import type { Operation } from "../../../document/operation.ts";
import { isMasked, sensitivityOf, wordsOf } from "../../../oracle/sensitive.ts";
import { isAccountLike, type ToldValue } from "./told-values.ts";

/** Who may read a credential of this kind. */
export type CredentialKind = "always" | "others";

const passwords =
  /\b(pass ?words?|passwd|pwd|passphrase|passcode|pass code|password ?(hash|digest)|hashed ?password)\b/;
const personal =
  /^(hash|hashed|salt|pass|pin|pin code|otp|totp|cvv|cvc|security (answer|code)|reset (token|code)|password reset (token|code)|mfa secret|totp secret|two factor secret|recovery codes?|.* salt)$/;
const cards = /\b(cvv|cvc|security code|card pin)\b/;
const keys =
  /\b(api ?keys?|secret|private key|access token|refresh token|session token|secret key|client secret|auth token)\b/;

/** Values that are hashes of passwords whatever they are called. */
const hashes =
  /^(\$2[aby]\$\d\d\$|\$argon2(id|i|d)\$|\$scrypt\$|\$pbkdf2|\$[156]\$|pbkdf2[:_]sha\d+|scrypt:|\{S?SHA)/;

/** Whether a value can be a credential at all. */
function tellsSomething({ value }: ToldValue): boolean {
  if (typeof value === "boolean" || isMasked(value)) return false;
  if (typeof value === "number") return value >= 100;
  const text = value.trim();
  const isSentence = text.split(/\s+/).length > 3;
  const isTime = /^\d{4}-\d\d-\d\d([T ]|$)/.test(text);
  const isAddress = /^(https?:)?\/\//.test(text) || text.startsWith("/");
  const isWord = /^(string|null|none|n\/a|true|false|required|optional|bearer|password)$/i.test(
    text,
  );
  return text.length >= 3 && !isSentence && !isTime && !isAddress && !isWord;
}

/** What kind of credential a value is; `undefined` when it is none. */
export function credentialKind(told: ToldValue): CredentialKind | undefined {
  if (!tellsSomething(told)) return undefined;
  if (typeof told.value === "string" && hashes.test(told.value)) return "always";
  const words = wordsOf(told.name);
  if (sensitivityOf(told.name) !== "credential" && !keys.test(words)) return undefined;
  if (/\b(site|public|publishable|captcha)\b/.test(words)) return undefined;
  // A label in a form or a translation is a word; what people sign in with rarely is.
  const isLabel = typeof told.value === "string" && /^\p{L}+$/u.test(told.value);
  if (passwords.test(words) || cards.test(words))
    return isLabel && !isAccountLike(told.within) ? undefined : "always";
  if (personal.test(words)) return isAccountLike(told.within) ? "always" : undefined;
  return keys.test(words) ? "others" : undefined;
}

/** Operations whose purpose is to hand a fresh credential to its holder. */
export function handsOut({ traits, path, text, method }: Operation): boolean {
  if (
    ["sign-in", "refresh", "register", "reset-password"].some((trait) =>
      traits.has(trait as "refresh"),
    )
  )
    return true;
  const words = wordsOf(`${path} ${text}`);
  return (
    method !== "GET" &&
    /\b(mfa|2fa|totp|otp|two factor|recovery codes?|api ?keys?|tokens?|secrets?|credentials?|webhooks?|clients?|keys)\b/.test(
      words,
    )
  );
}
