/**
 * The declaration of an incoming webhook: who may sign it and what it may say (API10:2023).
 *
 * Promise: a webhook without a scheme, with a key under 16 bytes, or without a bound on its size
 * cannot be declared. Limits: secrets are those of the moment of declaration; a rotation lists the
 * old and the new one and restarts.
 *
 * @module
 */

import type { ZodType } from "zod";
import { firstMatching } from "./generic-schemes.ts";
import type { WebhookScheme } from "./scheme.ts";

/** What {@link defineWebhook} is told. */
export interface WebhookOptions<Event> {
  /** In order of preference; see {@link firstMatching}. */
  readonly schemes: readonly [WebhookScheme, ...WebhookScheme[]];
  /** Contract of the body; a closed object. */
  readonly event: ZodType<Event>;
  /** Longest body that is read at all, in bytes, at most 1 MiB. */
  readonly maximumBytes: number;
}

/** A declared webhook, given to the access rule `webhook(…)`. */
export interface Webhook<Event> {
  readonly kind: "webhook";
  /** Name of the sender: the inbox's `source`. */
  readonly name: string;
  readonly scheme: WebhookScheme;
  readonly event: ZodType<Event>;
  readonly maximumBytes: number;
}

/** Any webhook, for code that only passes it on. */
export type AnyWebhook = Webhook<unknown>;

/**
 * Declares a webhook.
 *
 * @throws TypeError when the name is not `kebab-case`, a key is shorter than 16 bytes, or
 * `maximumBytes` is not from 1 to 1,048,576.
 * @example
 * const Payment = defineWebhook("payment", {
 *   schemes: [standardWebhooks({ secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] })],
 *   event: z.strictObject({ type: z.enum(["payment.succeeded", "payment.failed"]) }),
 *   maximumBytes: 20_480,
 * });
 */
export function defineWebhook<Event>(name: string, options: WebhookOptions<Event>): Webhook<Event> {
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name) || name.length > 64)
    throw new TypeError(`webhook name ${JSON.stringify(name)} is not kebab-case`);
  const { event, maximumBytes, schemes } = options;
  if (!Number.isInteger(maximumBytes) || maximumBytes < 1 || maximumBytes > 1_048_576)
    throw new TypeError(`webhook ${name} needs maximumBytes from 1 to 1048576`);
  const scheme = schemes.length === 1 ? schemes[0] : firstMatching(schemes);
  if (scheme.shortestKeyBytes < 16)
    throw new TypeError(`webhook ${name} has a secret of less than 16 bytes`);
  return Object.freeze({ kind: "webhook", name, scheme, event, maximumBytes });
}
