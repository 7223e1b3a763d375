/** What is shown of an order. */

import { z } from "zod";
import { production } from "sekisho/inventory";
import { Problem } from "sekisho/kernel";
import type { Records } from "sekisho/store";
import type { OrderRow } from "./schema.ts";
import { since } from "./services.ts";
import { Currency, Id, Money, Time, timeText } from "./shapes.ts";

/** Said by every endpoint of orders. */
export const commerce = { team: "commerce", lifecycle: production({ since }) } as const;

const Status = z.enum(["draft", "validated", "executed", "cancelled", "paid", "payment_failed"]);

/** An order as its owner sees it. */
export const OrderView = z.strictObject({
  id: Id,
  status: Status,
  items: z
    .array(z.strictObject({ product_id: Id, quantity: z.int().min(1).max(100), unit_price: Money }))
    .max(20),
  total: Money,
  currency: Currency,
  created_at: Time,
});

/** The views of these orders, in their order. */
export async function viewsOf(
  records: Records,
  orders: readonly OrderRow[],
): Promise<z.input<typeof OrderView>[]> {
  if (orders.length === 0) return [];
  const items = await records
    .selectFrom("shop_order_item")
    .select(["order_id", "product_id", "quantity", "unit_price"])
    .where(
      "order_id",
      "in",
      orders.map((order) => order.id),
    )
    .orderBy("order_id")
    .orderBy("position")
    .execute();
  return orders.map((order) => ({
    id: order.id,
    status: order.status,
    items: items
      .filter((item) => item.order_id === order.id)
      .map(({ product_id, quantity, unit_price }) => ({ product_id, quantity, unit_price })),
    total: order.total,
    currency: order.currency,
    created_at: timeText(order.created_at),
  }));
}

/** The view of one order. */
export async function viewOf(
  records: Records,
  order: OrderRow,
): Promise<z.input<typeof OrderView>> {
  const [view] = await viewsOf(records, [order]);
  if (view === undefined) throw new Problem("not-found");
  return view;
}
