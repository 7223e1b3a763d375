/** A request whose twin does not come to an end: told so after the time that a lock is waited for. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { beginIdempotent } from "sekisho/flow";
import { backend, runShop, type Answer, type Person, type RunningShop } from "./running-shop.ts";

// The embedded database has one connection: there, a twin waits in line and not for a lock.
if (backend === "servers")
  describe("an idempotency key that is in use", { timeout: 60_000 }, () => {
    let running: RunningShop;
    let alice: Person;

    before(async () => {
      running = await runShop();
      alice = await running.signIn("alice");
    });
    after(() => running.close());

    it("is 409 while the first request goes on, and free when that one failed", async () => {
      const product = await running.product();
      const order = (): Promise<Answer> =>
        running.send("/api/orders", {
          token: alice.token,
          json: { items: [{ product_id: product, quantity: 1 }] },
          headers: { "idempotency-key": '"twin"' },
        });
      const first = running.shop.store.beginSystem("test: a request that takes long");
      const now = new Date();
      await beginIdempotent(first, {
        subject: alice.id,
        endpoint: "post-api-orders",
        key: "twin",
        fingerprint: "of the first",
        now,
        lifetimeSeconds: 60,
      });
      const second = await order();
      assert.equal(second.status, 409, second.text);
      assert.equal(second.json()["code"], "idempotency-key-in-use");
      assert.equal(second.headers.get("retry-after"), "1");
      await first.rollback();
      assert.equal((await order()).status, 201);
    });
  });
