/** The payment service of the tests: signs its events with the public package, as others do. */

import { createHmac, randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import type { Answer, RunningShop } from "./running-shop.ts";

/** Where events are received. */
export const paymentPath = "/api/webhooks/payment";

/** One event of the payment service, as JSON. */
export function paymentEvent(
  type: "payment.succeeded" | "payment.failed",
  orderId: string,
  at: Date = new Date(),
): string {
  return JSON.stringify({ type, timestamp: at.toISOString(), data: { order_id: orderId } });
}

/** The header fields of a body signed by the Standard Webhooks scheme. */
export function standardHeaders(
  secret: string,
  body: string,
  { id = `msg_${randomBytes(9).toString("hex")}`, at = new Date() } = {},
): Record<string, string> {
  return {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": new Webhook(secret).sign(id, at, body),
  };
}

/** The header fields of a body signed by the older scheme: hex HMAC-SHA-256 of the raw bytes. */
export function hmacHeaders(secret: string, body: string): Record<string, string> {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  return {
    "content-type": "application/json",
    "x-signature": createHmac("sha256", key).update(body).digest("hex"),
  };
}

/** Sends signed events. */
export interface PaymentSender {
  send(type: "payment.succeeded" | "payment.failed", orderId: string): Promise<Answer>;
}

/** A sender that, like a real one, comes back later when the shop asks it to slow down. */
export function paymentSender(running: RunningShop): PaymentSender {
  return {
    send: async (type, orderId) => {
      const body = paymentEvent(type, orderId);
      const headers = standardHeaders(running.shop.paymentSecret, body);
      for (;;) {
        const answer = await running.send(paymentPath, { body, headers });
        if (answer.status !== 429) return answer;
        await sleep(Number(answer.headers.get("retry-after") ?? "1") * 1000);
      }
    },
  };
}
