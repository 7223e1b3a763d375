/** API1:2023 Broken Object Level Authorization: requirements API1.V1, V3, V4; oracle-equality 5.2. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { runShop, visible, type Person, type RunningShop } from "../running-shop.ts";

describe("API1: nobody reaches an order of somebody else", () => {
  let running: RunningShop;
  let alice: Person;
  let bob: Person;
  let orderId: string;

  before(async () => {
    running = await runShop();
    alice = await running.signIn("alice");
    bob = await running.signIn("bob");
    orderId = await running.order(alice);
  });
  after(() => running.close());

  it("the owner reads it, a stranger finds nothing, and cannot tell it from a random id", async () => {
    const own = await running.send(`/api/orders/${orderId}`, { token: alice.token });
    assert.equal(own.status, 200);

    const foreign = await running.send(`/api/orders/${orderId}`, { token: bob.token });
    const random = await running.send("/api/orders/019ab3c4-5d6e-7f80-9123-456789abcdef", {
      token: bob.token,
    });
    assert.equal(foreign.status, 404);
    assert.deepEqual(visible(foreign), visible(random));
  });
});
