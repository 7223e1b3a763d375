/** What the payment service tells us, or anybody else. */

import type { FastifyInstance } from "fastify";
import { bodyWith, Refusal } from "./input.ts";
import { tell } from "./orders.ts";
import { route } from "./route.ts";
import type { State } from "./state.ts";

interface PaymentEvent {
  readonly type: string;
  readonly data: { readonly order_id: string; readonly amount?: number };
}

/** The endpoints of this area. */
export function addPayments(app: FastifyInstance, state: State): void {
  route(app, "POST /api/webhooks/payment", async (request, reply) => {
    // hole V-API10-01: whether a signature is right, or there at all, is not looked at
    const { type, data } = bodyWith(request, "type", "data") as unknown as PaymentEvent;
    if (type !== "payment.succeeded" && type !== "payment.failed")
      throw new Refusal(422, "invalid-request", "type is unknown.");
    const order = state.orders.get(data.order_id);
    if (order !== undefined) {
      // hole V-API10-03: an order that nobody executed, or that is cancelled, becomes paid
      order.status = type === "payment.succeeded" ? "paid" : "payment_failed";
      // hole V-API10-02: the same message again counts again
      // hole V-API10-04: one cent pays for everything
      if (type === "payment.succeeded") order.paid_amount += data.amount ?? order.total;
      tell(state, order, order.status, null);
    }
    return reply.code(202).send({ status: "accepted" });
  });
}
