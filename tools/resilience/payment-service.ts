/**
 * The payment service of the drills: signs its events with the public package, as others do.
 *
 * @module
 */

import { randomUUID } from "node:crypto";
import { Webhook } from "standardwebhooks";
import type { Call } from "./call.ts";

/** Where events are received. */
export const paymentPath = "/api/webhooks/payment";

/** One event, as it is delivered any number of times. */
export interface PaymentMessage {
  readonly id: string;
  readonly type: "payment.succeeded" | "payment.failed";
  /** The request that delivers it; the same bytes each time. */
  readonly call: Call;
}

/** An event about an order, signed. */
export function paymentMessage(
  secret: string,
  type: PaymentMessage["type"],
  orderId: string,
): PaymentMessage {
  const at = new Date();
  const id = `msg_${randomUUID()}`;
  const body = JSON.stringify({ type, timestamp: at.toISOString(), data: { order_id: orderId } });
  const headers = {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": new Webhook(secret).sign(id, at, body),
  };
  return { id, type, call: { body, headers } };
}
