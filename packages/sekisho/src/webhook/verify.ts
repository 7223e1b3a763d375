/**
 * The one question that is asked of an incoming webhook: is it genuine and fresh (API10:2023)?
 *
 * Promise: pure and synchronous; a message is `allow`ed only with a signature over its raw bytes
 * that one of the configured keys made; whatever a sender puts into its headers ends in a named
 * refusal, not in an exception. Limits: whether the message was seen before is `acceptOnce`'s
 * question.
 *
 * @module
 */

import type { WebhookDecision, WebhookMessage, WebhookScheme } from "./scheme.ts";

/**
 * Judges a message by a scheme.
 *
 * @throws TypeError when `now` or `body` has the wrong type, which is a fault of the caller.
 * @example
 * const scheme = standardWebhooks({ secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] });
 * const message = { headers: {}, body: new Uint8Array(), now: new Date() };
 * verifyWebhook(scheme, message); // { effect: "deny", reason: "id-missing" }
 */
export function verifyWebhook(scheme: WebhookScheme, message: WebhookMessage): WebhookDecision {
  if (!(message.body instanceof Uint8Array))
    throw new TypeError("a webhook is verified over its raw bytes, before anything is parsed");
  return scheme.verify(message);
}
