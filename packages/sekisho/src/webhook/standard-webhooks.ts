/**
 * Standard Webhooks 1.0: `webhook-id`, `webhook-timestamp`, `webhook-signature` (API10:2023).
 *
 * Promise: id, timestamp and raw body are signed together; every listed signature is tried with
 * every configured key; unknown versions are ignored; HMAC keys judge only `v1` and Ed25519 keys
 * only `v1a`, so a public key can never serve as a secret. Limits: an id may hold only letters,
 * digits and `_-:+/=~@|`; a dot would let the border between id, timestamp and body move.
 *
 * @module
 */

import { createPublicKey, verify, type KeyObject } from "node:crypto";
import { deny } from "../kernel/index.ts";
import {
  checkTolerance,
  decideTimestamp,
  decodeBase64,
  hasHeader,
  hmac,
  matchesAny,
  maximumSignatures,
  readHeader,
  secondsOf,
  secretTexts,
  type WebhookDecision,
  type WebhookHeaders,
  type WebhookMessage,
  type WebhookReason,
  type WebhookScheme,
  type WebhookSecrets,
} from "./scheme.ts";

/** Options of {@link standardWebhooks}. */
export interface StandardWebhooksOptions {
  /** `whsec_<base64 of 24 to 512 bytes>`, the prefix optional; several during a rotation. */
  readonly secrets: WebhookSecrets;
  /** `whpk_<base64 of an Ed25519 public key>`, for senders that sign with `v1a`. */
  readonly publicKeys?: readonly string[];
  /** How far the signed timestamp may be off, either way. Default 300. */
  readonly toleranceSeconds?: number;
}

const fields = ["webhook-id", "webhook-timestamp", "webhook-signature"] as const;

/**
 * Decodes a Standard Webhooks secret.
 *
 * @throws TypeError when it is not canonical base64 or not 24 to 512 bytes long.
 * @example
 * decodeStandardSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").length; // 24
 */
export function decodeStandardSecret(text: string): Uint8Array {
  const bytes = decodeBase64(text.startsWith("whsec_") ? text.slice(6) : text);
  if (bytes === undefined)
    throw new TypeError("a Standard Webhooks secret is whsec_ and padded base64");
  if (bytes.length < 24 || bytes.length > 512)
    throw new TypeError(`a Standard Webhooks secret has 24 to 512 bytes, not ${bytes.length}`);
  return bytes;
}

function decodePublicKey(text: string): KeyObject {
  const bytes = text.startsWith("whpk_") ? decodeBase64(text.slice(5)) : undefined;
  if (bytes?.length !== 32)
    throw new TypeError("a Standard Webhooks public key is whpk_ and the base64 of 32 bytes");
  const x = Buffer.from(bytes).toString("base64url");
  return createPublicKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", x } });
}

interface Signatures {
  readonly symmetric: readonly Uint8Array[];
  readonly asymmetric: readonly Uint8Array[];
}

function parseSignatures(text: string): Signatures | undefined {
  const entries = text.split(" ").filter((entry) => entry !== "");
  if (entries.length > maximumSignatures) return undefined;
  const symmetric: Uint8Array[] = [];
  const asymmetric: Uint8Array[] = [];
  for (const entry of entries) {
    const comma = entry.indexOf(",");
    const version = entry.slice(0, Math.max(comma, 0));
    if (version !== "v1" && version !== "v1a") continue;
    const bytes = decodeBase64(entry.slice(comma + 1));
    if (version === "v1" && bytes?.length === 32) symmetric.push(bytes);
    if (version === "v1a" && bytes?.length === 64) asymmetric.push(bytes);
  }
  return symmetric.length + asymmetric.length === 0 ? undefined : { symmetric, asymmetric };
}

interface Fields {
  readonly id: string;
  readonly timestamp: string | undefined;
  readonly signature: string;
}

function readFields(headers: WebhookHeaders): Fields | { effect: "deny"; reason: WebhookReason } {
  const id = readHeader(headers, fields[0]);
  const timestamp = readHeader(headers, fields[1]);
  const signature = readHeader(headers, fields[2]);
  if (typeof id === "object") return id;
  if (typeof timestamp === "object") return timestamp;
  if (typeof signature === "object") return signature;
  if (id === undefined || id === "") return deny("id-missing");
  if (!/^[\w\-:+/=~@|]{1,256}$/.test(id)) return deny("id-malformed");
  if (signature === undefined || signature.trim() === "") return deny("signature-missing");
  return { id, timestamp, signature };
}

/**
 * The Standard Webhooks scheme.
 *
 * @throws TypeError when a secret or key is malformed or too short, or none is given.
 * @example
 * const scheme = standardWebhooks({ secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] });
 */
export function standardWebhooks(options: StandardWebhooksOptions): WebhookScheme {
  const publicKeys = (options.publicKeys ?? []).map(decodePublicKey);
  const onlyPublic =
    publicKeys.length > 0 && Array.isArray(options.secrets) && options.secrets.length === 0;
  const keys = onlyPublic
    ? []
    : secretTexts("standardWebhooks", options.secrets).map(decodeStandardSecret);
  const tolerance = checkTolerance("standardWebhooks", options.toleranceSeconds ?? 300);

  function verifyMessage({ headers, body, now }: WebhookMessage): WebhookDecision {
    const read = readFields(headers);
    if ("effect" in read) return read;
    const time = decideTimestamp(read.timestamp, secondsOf(now), tolerance);
    if (time.effect === "deny") return time;
    const signatures = parseSignatures(read.signature);
    if (signatures === undefined) return deny("signature-malformed");
    const head = `${read.id}.${read.timestamp}.`;
    const expected = keys.map((key) => hmac(key, [head, body]));
    const genuine =
      matchesAny(expected, signatures.symmetric) ||
      (publicKeys.length > 0 &&
        signatures.asymmetric.some((signature) => {
          const content = Buffer.concat([Buffer.from(head), body]);
          return publicKeys.some((key) => verify(null, content, key, signature));
        }));
    if (!genuine) return deny("signature-mismatch");
    return { effect: "allow", id: read.id, timestamp: time.timestamp };
  }

  return {
    name: "standard-webhooks",
    headerSets: [["webhook-id", "webhook-timestamp", "webhook-signature"]],
    shortestKeyBytes: Math.min(...keys.map((key) => key.length)),
    applies: (headers) => hasHeader(headers, fields),
    verify: verifyMessage,
  };
}
