/** Ordering: one flow, owned by the one who started it. */

import { z } from "zod";
import { authenticated, owner } from "sekisho/authorization";
import { recordStart } from "sekisho/flow";
import { defineEndpoint, type Endpoint } from "sekisho/http";
import { createId } from "sekisho/kernel";
import type { Records } from "sekisho/store";
import { orderSteps } from "./order-steps.ts";
import { commerce, OrderView, viewOf, viewsOf } from "./order-view.ts";
import { openList, Page, pageOf } from "./paging.ts";
import { Order, OrderFlow, type OrderRow } from "./schema.ts";
import type { Services } from "./services.ts";
import { Id, Money, refuseField, Time, timeText } from "./shapes.ts";

const OrderEvent = z.strictObject({
  type: z.string().max(64),
  actor_id: Id.nullable(),
  at: Time,
  data: z.strictObject({ total: Money.optional() }),
});

const Draft = z.strictObject({
  items: z
    .array(z.strictObject({ product_id: Id, quantity: z.int().min(1).max(100) }))
    .min(1)
    .max(20),
});

interface Priced {
  readonly product_id: string;
  readonly quantity: number;
  readonly unit_price: number;
  readonly currency: string;
}

/** Looks the prices up; the client never says one. */
async function price(
  records: Records,
  wanted: z.output<typeof Draft>["items"],
): Promise<readonly Priced[]> {
  const products = await records
    .selectFrom("shop_product")
    .select(["id", "price", "currency"])
    .where(
      "id",
      "in",
      wanted.map((item) => item.product_id),
    )
    .execute();
  const seen = new Set<string>();
  return wanted.map(({ product_id, quantity }, index) => {
    const pointer = `#/items/${index}/product_id`;
    const product = products.find((one) => one.id === product_id);
    if (product === undefined) throw refuseField(pointer, "is not a product", "unknown-product");
    if (seen.has(product_id)) throw refuseField(pointer, "stands there twice", "repeated-product");
    seen.add(product_id);
    return { product_id, quantity, unit_price: product.price, currency: product.currency };
  });
}

function totalOf(lines: readonly Priced[]): number {
  const total = lines.reduce((sum, line) => sum + line.unit_price * line.quantity, 0);
  if (total > 2_147_483_647) throw refuseField("#/items", "cost too much together", "total-bound");
  return total;
}

function creation({ clock, randomness }: Services): Endpoint {
  return defineEndpoint({
    ...commerce,
    method: "POST",
    path: "/api/orders",
    summary: "Starts an order",
    access: authenticated({ party: "user" }),
    idempotent: true,
    flowQuota: "2000/day",
    cost: ({ body }) => body.items.length,
    audit: "x_order_created",
    body: Draft,
    output: { 201: OrderView },
    handle: async ({ body, principal, records, transaction, now, reply }) => {
      const lines = await price(records, body.items);
      const id = createId(clock, randomness);
      const order: OrderRow = {
        id,
        user_id: principal.subject,
        status: "draft",
        total: totalOf(lines),
        currency: lines[0]?.currency ?? "EUR",
        created_at: new Date(now),
      };
      await records.insertInto("shop_order").values(order).execute();
      await records
        .insertInto("shop_order_item")
        .values(
          lines.map(({ product_id, quantity, unit_price }, position) => {
            return {
              order_id: id,
              user_id: principal.subject,
              position,
              product_id,
              quantity,
              unit_price,
            };
          }),
        )
        .execute();
      await recordStart(transaction, OrderFlow, {
        id,
        actorId: principal.subject,
        at: order.created_at,
        data: { total: order.total },
      });
      return reply(201, await viewOf(records, order), { location: `/api/orders/${id}` });
    },
  });
}

function reading({ cursors }: Services): readonly Endpoint[] {
  return [
    defineEndpoint({
      ...commerce,
      method: "GET",
      path: "/api/orders",
      summary: "Lists the caller's orders, newest first",
      access: authenticated({ party: "user" }),
      query: Page,
      output: { 200: pageOf(OrderView) },
      handle: async ({ query, principal, records, reply }) => {
        const list = openList(cursors, ["orders", principal.subject], query);
        let rows = records
          .selectFrom("shop_order")
          .selectAll()
          .orderBy("id", "desc")
          .limit(list.rows);
        if (list.after !== undefined) rows = rows.where("id", "<", list.after);
        const { page, next_cursor } = list.cut(await rows.execute());
        return reply(200, { items: await viewsOf(records, page), next_cursor });
      },
    }),
    defineEndpoint({
      ...commerce,
      method: "GET",
      path: "/api/orders/:order_id",
      summary: "One order of the caller",
      access: owner(Order, "order_id"),
      output: { 200: OrderView },
      handle: async ({ order, records, reply }) => reply(200, await viewOf(records, order)),
    }),
    defineEndpoint({
      ...commerce,
      method: "GET",
      path: "/api/orders/:order_id/events",
      summary: "What happened to an order, oldest first",
      access: owner(Order, "order_id"),
      output: {
        200: z.strictObject({ items: z.array(OrderEvent).max(50), next_cursor: z.null() }),
      },
      handle: async ({ order, records, reply }) => {
        const events = await records
          .selectFrom("shop_order_event")
          .select(["type", "actor_id", "at", "data"])
          .where("order_id", "=", order.id)
          .orderBy("version")
          .limit(50)
          .execute();
        return reply(200, {
          items: events.map((event) => ({
            type: event.type,
            actor_id: event.actor_id,
            at: timeText(event.at),
            data: event.data,
          })),
          next_cursor: null,
        });
      },
    }),
  ];
}

/** The endpoints of this area. */
export function orderEndpoints(services: Services): readonly Endpoint[] {
  return [creation(services), ...reading(services), ...orderSteps()];
}
