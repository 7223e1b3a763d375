/** What the payment service tells us, signed. */

import { z } from "zod";
import { webhook } from "sekisho/authorization";
import { takeStep } from "sekisho/flow";
import { defineEndpoint, type Endpoint } from "sekisho/http";
import { production } from "sekisho/inventory";
import { defineWebhook, hmacSignature, standardWebhooks } from "sekisho/webhook";
import { OrderFlow } from "./schema.ts";
import { since, type Services } from "./services.ts";
import { Id } from "./shapes.ts";

/** An event of the payment service. */
export const PaymentEvent = z.strictObject({
  type: z.enum(["payment.succeeded", "payment.failed"]),
  timestamp: z.iso.datetime({ offset: true }),
  data: z.strictObject({ order_id: Id }),
});

/** The declared webhook. */
export type PaymentWebhook = ReturnType<typeof createPaymentWebhook>;

/**
 * Declares the webhook: Standard Webhooks first, `X-Signature` for older senders.
 *
 * @param secrets `whsec_…`, the newest first
 */
export function createPaymentWebhook(secrets: readonly [string, ...string[]]) {
  return defineWebhook("payment", {
    schemes: [standardWebhooks({ secrets }), hmacSignature({ header: "x-signature", secrets })],
    event: PaymentEvent,
    maximumBytes: 65_536,
  });
}

/** The endpoints of this area. */
export function paymentEndpoints({ payment }: Services): readonly Endpoint[] {
  return [
    defineEndpoint({
      method: "POST",
      path: "/api/webhooks/payment",
      summary: "Takes an event of the payment service",
      team: "commerce",
      lifecycle: production({ since }),
      access: webhook(payment),
      quota: { limit: "1200/minute;100/second", key: "client-address" },
      audit: "x_webhook_accepted",
      output: { 202: z.strictObject({ status: z.literal("accepted") }) },
      acknowledge: ({ reply }) => reply(202, { status: "accepted" }),
      handle: async ({ event, transaction, record, now, reply }) => {
        const step = event.type === "payment.succeeded" ? "pay" : "fail";
        const taken = await takeStep(transaction, OrderFlow.step(step), {
          id: event.data.order_id,
          actorId: undefined,
          at: new Date(now),
        });
        if (taken.effect === "deny")
          await record({
            name: "sequence_fail",
            object: `order:${event.data.order_id}`,
            reason: `payment-${taken.reason}`,
          });
        return reply(202, { status: "accepted" });
      },
    }),
  ];
}
