/**
 * Bare HMAC signatures, and the choice between several schemes (OWASP API10:2023).
 *
 * Promise: the first scheme of which a message carries any header field judges it alone; a bad
 * signature is never offered to the next scheme. Limits: a bare HMAC signs neither id nor time,
 * so a copy of a message stays valid for ever and only the inbox refuses it.
 *
 * @module
 */

import { deny } from "../kernel/index.ts";
import {
  bodyId,
  decodeHex,
  hasHeader,
  hmac,
  matchesAny,
  readHeader,
  secretTexts,
  type WebhookScheme,
  type WebhookSecrets,
} from "./scheme.ts";
import { decodeStandardSecret } from "./standard-webhooks.ts";

/** Options of {@link hmacSignature}. */
export interface HmacSignatureOptions {
  /** Name of the header field, in any case. */
  readonly header: string;
  /** Texts of at least 16 bytes, or `whsec_<base64>`, whose decoded bytes are then the key. */
  readonly secrets: WebhookSecrets;
}

function decodeKey(text: string): Uint8Array {
  const key = text.startsWith("whsec_") ? decodeStandardSecret(text) : Buffer.from(text);
  if (key.length < 16) throw new TypeError("hmacSignature needs secrets of at least 16 bytes");
  return key;
}

/**
 * Hexadecimal HMAC-SHA-256 of the raw body in one header field, for senders that do no better.
 * The id is the digest of the body: the same bytes count as the same message.
 *
 * @throws TypeError when the header's name is malformed, or a secret malformed or too short.
 * @example
 * const scheme = hmacSignature({ header: "x-signature", secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] });
 */
export function hmacSignature(options: HmacSignatureOptions): WebhookScheme {
  const header = options.header.toLowerCase();
  if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(header))
    throw new TypeError(`${JSON.stringify(options.header)} is not the name of a header field`);
  const keys = secretTexts("hmacSignature", options.secrets).map(decodeKey);

  return {
    name: `hmac:${header}`,
    headerSets: [[header]],
    shortestKeyBytes: Math.min(...keys.map((key) => key.length)),
    applies: (headers) => hasHeader(headers, [header]),
    verify: ({ headers, body }) => {
      const text = readHeader(headers, header);
      if (typeof text === "object") return text;
      if (text === undefined || text === "") return deny("signature-missing");
      const given = decodeHex(text);
      if (given === undefined) return deny("signature-malformed");
      const expected = keys.map((key) => hmac(key, [body]));
      if (!matchesAny(expected, [given])) return deny("signature-mismatch");
      return { effect: "allow", id: bodyId(body, "untimed") };
    },
  };
}

/**
 * Several schemes in order of preference. A message is judged by the first one of which it
 * carries a header field, even a broken one: leaving the better headers in place and adding a
 * weaker one changes nothing.
 *
 * @throws TypeError when the list is empty.
 * @example
 * const secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"];
 * const scheme = firstMatching([standardWebhooks({ secrets }), hmacSignature({ header: "x-signature", secrets })]);
 */
export function firstMatching(schemes: readonly WebhookScheme[]): WebhookScheme {
  if (schemes.length === 0) throw new TypeError("firstMatching needs at least one scheme");
  return {
    name: schemes.map((scheme) => scheme.name).join("|"),
    headerSets: schemes.flatMap((scheme) => scheme.headerSets),
    shortestKeyBytes: Math.min(...schemes.map((scheme) => scheme.shortestKeyBytes)),
    applies: (headers) => schemes.some((scheme) => scheme.applies(headers)),
    verify: (message) => {
      const judge = schemes.find((scheme) => scheme.applies(message.headers));
      return judge === undefined ? deny("signature-missing") : judge.verify(message);
    },
  };
}
