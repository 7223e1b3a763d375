/** API6 and API10: in which order, how often, and on whose word. */

import { strict as assert } from "node:assert";
import { randomUUID } from "node:crypto";
import { startListener, type Client, type Proof, type World } from "../world.ts";

const statusOf = async (world: World, as: Client, id: string) =>
  (await world.call(`GET /api/orders/${id}`, { as })).at("status");

const step = async (world: World, as: Client, id: string, name: string) =>
  (await world.call(`POST /api/orders/${id}/${name}`, { as })).status;

const stock = async (world: World) =>
  Number((await world.call("GET /api/search?q=tea&limit=1")).at("items", 0, "stock"));

const eventTypes = async (world: World, as: Client, id: string): Promise<readonly string[]> =>
  (
    (await world.call(`GET /api/orders/${id}/events`, { as })).at("items") as { type: string }[]
  ).map(({ type }) => type);

const flows: Readonly<Record<string, Proof>> = {
  "V-API6-01": async (world) => {
    const as = await world.newPerson();
    const whole = await world.newOrder(as);
    assert.equal(await step(world, as, whole, "validate"), 200);
    assert.equal(await step(world, as, whole, "execute"), 202);

    const draft = await world.newOrder(as);
    assert.equal(await step(world, as, draft, "execute"), 202);
    assert.equal(await statusOf(world, as, draft), "executed");
  },
  "V-API6-02": async (world) => {
    const as = await world.newPerson();
    const id = await world.newOrder(as);
    const before = await stock(world);
    await step(world, as, id, "validate");
    assert.equal(await step(world, as, id, "execute"), 202);
    assert.equal(await stock(world), before - 2);

    assert.equal(await step(world, as, id, "execute"), 202);
    assert.equal(await stock(world), before - 4);
  },
  "V-API6-03": async (world) => {
    const as = await world.newPerson();
    const one = await world.newOrder(as);
    assert.equal(await step(world, as, one, "cancel"), 200);
    assert.equal(await step(world, as, one, "cancel"), 409);

    const raced = await world.newOrder(as);
    await Promise.all(Array.from({ length: 8 }, async () => step(world, as, raced, "cancel")));
    const cancelled = (await eventTypes(world, as, raced)).filter((type) => type === "cancelled");
    assert.ok(cancelled.length > 1, `cancelled ${cancelled.length} times`);
  },
  "V-API6-04": async (world) => {
    const as = await world.newPerson();
    const product_id = await world.productId();
    const order = async (quantity: unknown) =>
      world.call("POST /api/orders", { as, body: { items: [{ product_id, quantity }] } });
    assert.ok(Number((await order(5)).at("total")) > 0);
    assert.equal((await order("five")).status, 422);

    assert.ok(Number((await order(-5)).at("total")) < 0);
  },
  "V-API6-05": async (world) => {
    const as = await world.newPerson();
    const body = { items: [{ product_id: await world.productId(), quantity: 1 }] };
    const headers = { "idempotency-key": `"${randomUUID()}"` };
    const send = async () => (await world.call("POST /api/orders", { as, body, headers })).at("id");
    assert.notEqual(await send(), await send());
    const list = await world.call("GET /api/orders", { as });
    assert.equal(list.at("items", "length"), 2);
  },
  "V-API6-06": async (world) => {
    const as = await world.newPerson();
    const id = await world.newOrder(as);
    await step(world, as, id, "cancel");
    assert.equal(await statusOf(world, as, id), "cancelled");

    assert.equal(await step(world, as, id, "validate"), 200);
    assert.equal(await statusOf(world, as, id), "validated");
  },
};

/** An event about a fresh order that is in this state. */
async function paymentOf(world: World, ready: boolean) {
  const as = await world.newPerson();
  const id = await world.newOrder(as);
  if (ready) {
    await step(world, as, id, "validate");
    await step(world, as, id, "execute");
  }
  const deliver = async (
    more: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
    type = "payment.succeeded",
  ) => {
    const body = { type, timestamp: new Date().toISOString(), data: { order_id: id, ...more } };
    return (await world.call("POST /api/webhooks/payment", { body, headers })).status;
  };
  const order = async () => world.call(`GET /api/orders/${id}`, { as });
  return { deliver, order };
}

const consumed: Readonly<Record<string, Proof>> = {
  "V-API10-01": async (world) => {
    for (const headers of [{}, { "x-signature": "0".repeat(64) }]) {
      const { deliver, order } = await paymentOf(world, true);
      assert.equal(await deliver({}, headers, "payment.invented"), 422);
      assert.equal((await order()).at("status"), "executed");

      assert.equal(await deliver({}, headers), 202);
      assert.equal((await order()).at("status"), "paid");
    }
  },
  "V-API10-02": async (world) => {
    const { deliver, order } = await paymentOf(world, true);
    const headers = { "webhook-id": randomUUID() };
    await deliver({}, headers);
    const once = await order();
    assert.equal(once.at("paid_amount"), once.at("total"));

    await deliver({}, headers);
    assert.equal((await order()).at("paid_amount"), 2 * Number(once.at("total")));
  },
  "V-API10-03": async (world) => {
    const { deliver, order } = await paymentOf(world, false);
    assert.equal((await order()).at("status"), "draft");

    assert.equal(await deliver(), 202);
    assert.equal((await order()).at("status"), "paid");
  },
  "V-API10-04": async (world) => {
    const { deliver, order } = await paymentOf(world, true);
    assert.ok(Number((await order()).at("total")) > 1);

    await deliver({ amount: 1 });
    assert.equal((await order()).at("paid_amount"), 1);
    assert.equal((await order()).at("status"), "paid");
  },
  "V-API10-05": async (world) => {
    const as = await world.newPerson();
    const url = await exampleUrl(world);
    const answer = await world.call("POST /api/fetch-metadata", { as, body: { url } });
    assert.equal(answer.at("title"), "coffee");
    assert.equal(answer.at("internal_margin"), 0.4);
  },
  "V-API10-06": async (world) => {
    const as = await world.newPerson();
    const found = await world.call("GET /api/search?q=tray&limit=1");
    const product_id = String(found.at("items", 0, "id"));
    const document = { product_id, title: "Tray, as good as free", price: 1 };
    const partner = await startListener((_message, response) =>
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(document)),
    );
    try {
      await world.call("POST /api/fetch-metadata", { as, body: { url: partner.origin } });
      const changed = await world.call("GET /api/search?q=good as free");
      assert.equal(changed.at("items", 0, "id"), product_id);
      assert.equal(changed.at("items", 0, "price"), 1);
    } finally {
      partner.close();
    }
  },
};

/** The address that the document names as an example. */
export async function exampleUrl(world: World): Promise<string> {
  const document = await world.call("GET /openapi.json");
  const content = ["requestBody", "content", "application/json", "example", "url"];
  return String(document.at("paths", "/api/fetch-metadata", "post", ...content));
}

/** By the id of the hole. */
export const flowProofs: Readonly<Record<string, Proof>> = { ...flows, ...consumed };
