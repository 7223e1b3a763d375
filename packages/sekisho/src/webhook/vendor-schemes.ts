/**
 * The schemes of Stripe, GitHub and Slack (OWASP API10:2023).
 *
 * Promise: each follows its vendor's formula on the raw bytes; only the expected version counts
 * (`v1`, `sha256`, `v0`). Limits: none of the three signs a message id, so the id is the digest of
 * the body; GitHub signs no time either, so its copies are refused by the inbox alone (its
 * `X-GitHub-Delivery` is unsigned and is not believed).
 *
 * @module
 */

import { deny } from "../kernel/index.ts";
import {
  bodyId,
  checkTolerance,
  decideTimestamp,
  decodeHex,
  hasHeader,
  hmac,
  matchesAny,
  maximumSignatures,
  readHeader,
  secondsOf,
  secretTexts,
  type WebhookDecision,
  type WebhookMessage,
  type WebhookScheme,
  type WebhookSecrets,
} from "./scheme.ts";

/** Options of {@link stripeSignature} and {@link slackSignature}. */
export interface TimedSignatureOptions {
  /** Used as text; several during a rotation. */
  readonly secrets: WebhookSecrets;
  /** How far the signed timestamp may be off, either way. Default 300. */
  readonly toleranceSeconds?: number;
}

/** Options of {@link githubSignature}. */
export interface UntimedSignatureOptions {
  /** Used as text; several during a rotation. */
  readonly secrets: WebhookSecrets;
}

function textKeys(scheme: string, secrets: WebhookSecrets): readonly Uint8Array[] {
  return secretTexts(scheme, secrets).map((text) => Buffer.from(text));
}

interface StripeField {
  readonly timestamp: string | undefined;
  readonly signatures: readonly Uint8Array[];
}

/** `t=…,v1=…,v1=…`; a second `t` is refused, since only one of them was signed. */
function parseStripeField(text: string): StripeField | undefined {
  const entries = text.split(",");
  if (entries.length > maximumSignatures) return undefined;
  let timestamp: string | undefined;
  const signatures: Uint8Array[] = [];
  for (const entry of entries) {
    const equals = entry.indexOf("=");
    const name = entry.slice(0, Math.max(equals, 0)).trim();
    const value = entry.slice(equals + 1).trim();
    if (name === "t") {
      if (timestamp !== undefined) return undefined;
      timestamp = value;
    }
    const bytes = name === "v1" ? decodeHex(value) : undefined;
    if (bytes !== undefined) signatures.push(bytes);
  }
  return { timestamp, signatures };
}

/**
 * Stripe's `Stripe-Signature`: hexadecimal HMAC-SHA-256 of `t.body`.
 *
 * @throws TypeError when a secret is empty or none is given.
 * @example
 * const scheme = stripeSignature({ secrets: ["whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH"] });
 */
export function stripeSignature(options: TimedSignatureOptions): WebhookScheme {
  const keys = textKeys("stripeSignature", options.secrets);
  const tolerance = checkTolerance("stripeSignature", options.toleranceSeconds ?? 300);

  function verify({ headers, body, now }: WebhookMessage): WebhookDecision {
    const text = readHeader(headers, "stripe-signature");
    if (typeof text === "object") return text;
    if (text === undefined || text === "") return deny("signature-missing");
    const field = parseStripeField(text);
    if (field === undefined) return deny("signature-malformed");
    const time = decideTimestamp(field.timestamp, secondsOf(now), tolerance);
    if (time.effect === "deny") return time;
    if (field.signatures.length === 0) return deny("signature-malformed");
    const expected = keys.map((key) => hmac(key, [`${field.timestamp}.`, body]));
    if (!matchesAny(expected, field.signatures)) return deny("signature-mismatch");
    return { effect: "allow", id: bodyId(body, "timed"), timestamp: time.timestamp };
  }

  return {
    name: "stripe",
    headerSets: [["stripe-signature"]],
    shortestKeyBytes: Math.min(...keys.map((key) => key.length)),
    applies: (headers) => hasHeader(headers, ["stripe-signature"]),
    verify,
  };
}

/**
 * GitHub's `X-Hub-Signature-256`: `sha256=` and the hexadecimal HMAC-SHA-256 of the body.
 *
 * @throws TypeError when a secret is empty or none is given.
 * @example
 * const scheme = githubSignature({ secrets: ["a long random text"] });
 */
export function githubSignature(options: UntimedSignatureOptions): WebhookScheme {
  const keys = textKeys("githubSignature", options.secrets);

  function verify({ headers, body }: WebhookMessage): WebhookDecision {
    const text = readHeader(headers, "x-hub-signature-256");
    if (typeof text === "object") return text;
    if (text === undefined || text === "") return deny("signature-missing");
    const given = text.startsWith("sha256=") ? decodeHex(text.slice(7)) : undefined;
    if (given === undefined) return deny("signature-malformed");
    const expected = keys.map((key) => hmac(key, [body]));
    if (!matchesAny(expected, [given])) return deny("signature-mismatch");
    return { effect: "allow", id: bodyId(body, "untimed") };
  }

  return {
    name: "github",
    headerSets: [["x-hub-signature-256"]],
    shortestKeyBytes: Math.min(...keys.map((key) => key.length)),
    applies: (headers) => hasHeader(headers, ["x-hub-signature-256"]),
    verify,
  };
}

const slackFields = ["x-slack-signature", "x-slack-request-timestamp"] as const;

/**
 * Slack's `X-Slack-Signature`: `v0=` and the hexadecimal HMAC-SHA-256 of `v0:timestamp:body`.
 *
 * @throws TypeError when a secret is empty or none is given.
 * @example
 * const scheme = slackSignature({ secrets: ["8f742231b10e8888abcd99yyyzzz85a5"] });
 */
export function slackSignature(options: TimedSignatureOptions): WebhookScheme {
  const keys = textKeys("slackSignature", options.secrets);
  const tolerance = checkTolerance("slackSignature", options.toleranceSeconds ?? 300);

  function verify({ headers, body, now }: WebhookMessage): WebhookDecision {
    const text = readHeader(headers, slackFields[0]);
    const stamp = readHeader(headers, slackFields[1]);
    if (typeof text === "object") return text;
    if (typeof stamp === "object") return stamp;
    if (text === undefined || text === "") return deny("signature-missing");
    const time = decideTimestamp(stamp, secondsOf(now), tolerance);
    if (time.effect === "deny") return time;
    const given = text.startsWith("v0=") ? decodeHex(text.slice(3)) : undefined;
    if (given === undefined) return deny("signature-malformed");
    const expected = keys.map((key) => hmac(key, [`v0:${stamp}:`, body]));
    if (!matchesAny(expected, [given])) return deny("signature-mismatch");
    return { effect: "allow", id: bodyId(body, "timed"), timestamp: time.timestamp };
  }

  return {
    name: "slack",
    headerSets: [slackFields],
    shortestKeyBytes: Math.min(...keys.map((key) => key.length)),
    applies: (headers) => hasHeader(headers, slackFields),
    verify,
  };
}
