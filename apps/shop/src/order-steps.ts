/** The steps of an order: each is taken once, in its state, by its owner. */

import { z } from "zod";
import { sql } from "kysely";
import { owner } from "sekisho/authorization";
import { defineEndpoint, type Endpoint } from "sekisho/http";
import { Problem } from "sekisho/kernel";
import { commerce, OrderView, viewOf } from "./order-view.ts";
import { problems } from "./problems.ts";
import { Order, OrderFlow } from "./schema.ts";

/** One endpoint for each step that a client may take. */
export function orderSteps(): readonly Endpoint[] {
  return [
    defineEndpoint({
      ...commerce,
      method: "POST",
      path: "/api/orders/:order_id/validate",
      summary: "Checks stock and prices of a draft",
      access: owner(Order, "order_id"),
      step: OrderFlow.step("validate"),
      audit: "x_order_validated",
      problems: [problems["out-of-stock"], problems["price-changed"]],
      output: { 200: OrderView },
      handle: async ({ order, records, reply }) => {
        const lines = await records
          .selectFrom("shop_order_item as i")
          .innerJoin("shop_product as p", "p.id", "i.product_id")
          .select(["i.quantity", "i.unit_price", "p.price", "p.stock"])
          .where("i.order_id", "=", order.id)
          .execute();
        if (lines.some((line) => line.price !== line.unit_price))
          throw new Problem(problems["price-changed"]);
        if (lines.some((line) => line.stock < line.quantity))
          throw new Problem(problems["out-of-stock"]);
        return reply(200, await viewOf(records, order));
      },
    }),
    defineEndpoint({
      ...commerce,
      method: "POST",
      path: "/api/orders/:order_id/execute",
      summary: "Executes a validated order, once",
      access: owner(Order, "order_id"),
      step: OrderFlow.step("execute"),
      stepProblem: problems["order-not-validated"],
      audit: "x_order_executed",
      problems: [problems["out-of-stock"]],
      output: { 202: z.strictObject({ status: z.literal("ok") }) },
      handle: async ({ order, records, reply }) => {
        // One statement takes everything or nothing; the constraint on stock has the last word.
        // The rows are held in one order, whatever the order of the items: two customers who name
        // the same products the other way round would wait for each other, and all behind them.
        const taken = await sql<{ id: string }>`
          WITH held AS MATERIALIZED (
            SELECT p.id, i.quantity FROM shop_order_item AS i
            JOIN shop_product AS p ON p.id = i.product_id
            WHERE i.order_id = ${order.id} ORDER BY p.id FOR NO KEY UPDATE OF p)
          UPDATE shop_product AS p SET stock = p.stock - held.quantity
          FROM held WHERE p.id = held.id AND p.stock >= held.quantity
          RETURNING p.id`.execute(records);
        const { count } = await records
          .selectFrom("shop_order_item")
          .select((select) => select.fn.countAll<string>().as("count"))
          .where("order_id", "=", order.id)
          .executeTakeFirstOrThrow();
        if (taken.rows.length !== Number(count)) throw new Problem(problems["out-of-stock"]);
        return reply(202, { status: "ok" });
      },
    }),
    defineEndpoint({
      ...commerce,
      method: "POST",
      path: "/api/orders/:order_id/cancel",
      summary: "Cancels an order that was not executed",
      access: owner(Order, "order_id"),
      step: OrderFlow.step("cancel"),
      audit: "x_order_cancelled",
      output: { 200: OrderView },
      handle: async ({ order, records, reply }) => reply(200, await viewOf(records, order)),
    }),
  ];
}
