/** Orders: whose they are and in which order their steps come, nobody asks. */

import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { bodyWith, pageOf, pathValue, queryOf, Refusal } from "./input.ts";
import { route } from "./route.ts";
import type { Line, Order, State } from "./state.ts";
import { callerOf } from "./tokens.ts";

/** The endpoints of this area. */
export function addOrders(app: FastifyInstance, state: State): void {
  addCreation(app, state);
  addReading(app, state);
  addSteps(app, state);
}

/** Writes down what happened to an order. */
export function tell(
  { orderEvents }: State,
  order: Order,
  type: string,
  actor_id: string | null,
): void {
  const events = orderEvents.get(order.id) ?? [];
  events.push({ type, actor_id, at: new Date().toISOString(), data: {} });
  orderEvents.set(order.id, events);
}

function addCreation(app: FastifyInstance, state: State): void {
  route(app, "POST /api/orders", async (request, reply) => {
    const caller = callerOf(request, state);
    const body = bodyWith(request, "items");
    // hole V-API4-06: as many lines as fit into 20 MiB
    const items = (body["items"] as readonly Line[]).map((line) => lineOf(state, line));
    const sum = (price: (line: Line) => number): number =>
      items.reduce((total, line) => total + price(line) * line.quantity, 0);
    // hole V-API6-05: Idempotency-Key is not looked at, a repeat is a second order
    const order: Order = {
      id: randomUUID(),
      user_id: caller.id,
      // hole V-API3-05: the client may set the price and skip the payment
      status: (body["status"] as string | undefined) ?? "draft",
      items,
      total: (body["total"] as number | undefined) ?? sum((line) => line.unit_price),
      currency: "EUR",
      created_at: new Date().toISOString(),
      supplier_cost: sum((line) => line.supplier_cost), // hole V-API3-06: part of every answer
      paid_amount: 0,
    };
    state.orders.set(order.id, order);
    tell(state, order, "created", caller.id);
    return reply.code(201).header("location", `/api/orders/${order.id}`).send(order);
  });
}

function lineOf({ catalogue }: State, { product_id, quantity }: Line): Line {
  const product = catalogue.find(product_id);
  if (product === undefined || typeof quantity !== "number")
    throw new Refusal(422, "invalid-request", "Each item needs a known product_id and a quantity.");
  const { price: unit_price, supplier_cost } = product;
  return { product_id, quantity, unit_price, supplier_cost }; // hole V-API6-04: -5 is a quantity
}

/** The order in the path, whoever asks. */
function orderAt(request: FastifyRequest, { orders }: State): Order {
  const order = orders.get(pathValue(request, "order_id"));
  if (order === undefined) throw new Refusal(404, "not-found", "There is no such order.");
  return order;
}

function addReading(app: FastifyInstance, state: State): void {
  route(app, "GET /api/orders", async (request) => {
    const caller = callerOf(request, state);
    const query = queryOf(request);
    const owner = query["user_id"] ?? caller.id; // hole V-API1-07: the client says whose
    const orders = [...state.orders.values()].filter(({ user_id }) => user_id === owner);
    return pageOf(orders, query); // hole V-API4-03: 50 is only documented
  });

  route(app, "GET /api/orders/{order_id}", async (request) => {
    callerOf(request, state);
    return orderAt(request, state); // hole V-API1-01: anybody's
  });

  route(app, "GET /api/orders/{order_id}/events", async (request) => {
    callerOf(request, state);
    const { id } = orderAt(request, state); // hole V-API1-02: anybody's
    return { items: state.orderEvents.get(id) ?? [], next_cursor: null };
  });
}

function addSteps(app: FastifyInstance, state: State): void {
  route(app, "POST /api/orders/{order_id}/validate", async (request) => {
    const caller = callerOf(request, state);
    const order = orderAt(request, state); // hole V-API1-03: anybody's
    for (const { product_id, quantity } of order.items)
      if ((state.catalogue.find(product_id)?.stock ?? 0) < quantity)
        throw new Refusal(409, "out-of-stock", "There is not enough in stock.");
    order.status = "validated"; // hole V-API6-06: a cancelled or paid order comes back to life
    tell(state, order, "validated", caller.id);
    return order;
  });

  route(app, "POST /api/orders/{order_id}/execute", async (request, reply) => {
    const caller = callerOf(request, state);
    const order = orderAt(request, state); // hole V-API1-04: anybody's
    // hole V-API6-01: a draft is executed that nobody validated
    // hole V-API6-02: a second call takes the goods from the stock a second time
    for (const { product_id, quantity } of order.items)
      state.catalogue.takeFromStock(product_id, quantity);
    order.status = "executed";
    tell(state, order, "executed", caller.id);
    return reply.code(202).send({ status: "ok" });
  });

  route(app, "POST /api/orders/{order_id}/cancel", async (request) => {
    const caller = callerOf(request, state);
    const order = orderAt(request, state); // hole V-API1-05: anybody's
    if (order.status !== "draft" && order.status !== "validated")
      throw new Refusal(409, "illegal-step", `The order is ${order.status}.`);
    await pause(25); // hole V-API6-03: who comes meanwhile sees the state of before
    order.status = "cancelled";
    tell(state, order, "cancelled", caller.id);
    return order;
  });
}
