/**
 * Proofs for the cars.
 *
 * @module
 */

import { strict as assert } from "node:assert";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { at, type Proof, type Visit } from "../visit.ts";

/** Lets a proof listen, and says how often somebody came. */
export async function listening(
  proof: (url: string, hits: () => number) => Promise<void>,
): Promise<void> {
  let hits = 0;
  const server = createServer((_, response) => {
    hits += 1;
    response.end("internal-canary");
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  try {
    await proof(`http://127.0.0.1:${(server.address() as AddressInfo).port}/canary`, () => hits);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function credit(visit: Visit): Promise<number> {
  return Number(at((await visit.as("alice", "GET /identity/me")).body, "/credit"));
}

/** By the sentence of the hole. */
export const proofs: Readonly<Record<string, Proof>> = {
  "Any member finds any car.": async (visit) => {
    const posts = await visit.as("bob", "GET /community/posts");
    const uuid = String(at(posts.body, "/0/author/vehicleid"));
    const place = await visit.as("bob", `GET /vehicles/${uuid}/location`);
    assert.equal(at(place.body, "/email"), "alice@wheels.test");
    assert.equal((await visit.as("nobody", `GET /vehicles/${uuid}/location`)).status, 401);
    const own = await visit.as("bob", "GET /vehicles");
    assert.doesNotMatch(JSON.stringify(own.body), new RegExp(uuid));
  },
  "Reports are read by number.": async (visit) => {
    const words = { problem_details: "secret rattle", vin: "V1", mechanic_api: "x" };
    const made = await visit.as("alice", "POST /workshop/contact_mechanic", words);
    const number = String(at(made.body, "/report_id"));
    const report = await visit.as("bob", `GET /workshop/mechanic/report?report_id=${number}`);
    assert.equal(at(report.body, "/problem_details"), "secret rattle");
    const none = await visit.as("bob", "GET /workshop/mechanic/report?report_id=99");
    assert.equal(none.status, 404);
  },
  "Posts carry address and car of the author.": async (visit) => {
    const posts = await visit.as("bob", "GET /community/posts");
    assert.equal(at(posts.body, "/0/author/email"), "alice@wheels.test");
    assert.equal((await visit.as("nobody", "GET /community/posts")).status, 401);
  },
  "A buyer sets the status.": async (visit) => {
    const made = await visit.as("alice", "POST /shop/orders", { product_id: 1, quantity: 1 });
    const line = `/shop/orders/${String(at(made.body, "/id"))}`;
    const before = await credit(visit);
    assert.equal((await visit.as("bob", `PUT ${line}`, { status: "returned" })).status, 403);
    assert.equal((await visit.as("bob", `GET ${line}`)).status, 403);
    await visit.as("alice", `PUT ${line}`, { status: "returned" });
    const read = await visit.as("alice", `GET ${line}`);
    assert.deepEqual([at(read.body, "/status"), await credit(visit)], ["returned", before + 10]);
  },
  "The old code check has no limit.": async (visit) => {
    const body = { email: "alice@wheels.test", otp: "none", password: "new-password" };
    const statuses = async (version: string): Promise<readonly number[]> => {
      await visit.as("nobody", "POST /identity/otp", { email: body.email });
      const found: number[] = [];
      for (let attempt = 0; attempt < 30; attempt += 1)
        found.push((await visit.as("nobody", `POST /identity/${version}/otp/check`, body)).status);
      return found;
    };
    assert.deepEqual(new Set(await statuses("v2")), new Set([500]));
    assert.equal((await statuses("v3")).at(-1), 503);
  },
  "Any member deletes.": async (visit) => {
    const made = await visit.as("alice", "POST /identity/videos", { name: "trip" });
    const id = String(at(made.body, "/id"));
    assert.equal((await visit.as("bob", `GET /identity/videos/${id}`)).status, 404);
    assert.equal((await visit.as("bob", `DELETE /identity/videos/${id}`)).status, 403);
    assert.equal((await visit.as("alice", `GET /identity/videos/${id}`)).status, 200);
    await visit.as("bob", `DELETE /identity/admin/videos/${id}`);
    assert.equal((await visit.as("alice", `GET /identity/videos/${id}`)).status, 404);
  },
  "A negative quantity pays the buyer.": async (visit) => {
    const before = await credit(visit);
    await visit.as("alice", "POST /shop/orders", { product_id: 1, quantity: -3 });
    assert.equal(await credit(visit), before + 30);
    const dear = await visit.as("alice", "POST /shop/orders", { product_id: 1, quantity: 999 });
    assert.equal(dear.status, 400);
  },
  "A coupon counts twice at once.": async (visit) => {
    const before = await credit(visit);
    const redeem = async (): Promise<number> => {
      const body = { coupon_code: "TRAC075", amount: 75 };
      return (await visit.as("alice", "POST /shop/apply_coupon", body)).status;
    };
    await Promise.all(Array.from({ length: 10 }, redeem));
    const after = await credit(visit);
    assert.ok(after > before + 75, String(after));
    assert.deepEqual([await redeem(), await credit(visit)], [400, after]);
  },
  "The buyer says what it is worth.": async (visit) => {
    const before = await credit(visit);
    const body = { coupon_code: "TRAC075", amount: 7777 };
    await visit.as("alice", "POST /shop/apply_coupon", body);
    assert.equal(await credit(visit), before + 7777);
  },
  "Any URL is fetched.": async (visit) =>
    listening(async (url, hits) => {
      const contact = async (mechanic_api: string): Promise<unknown> =>
        (await visit.as("alice", "POST /workshop/contact_mechanic", { mechanic_api })).body;
      assert.doesNotMatch(JSON.stringify(await contact("nonsense")), /internal-canary/);
      assert.equal(hits(), 0);
      assert.match(JSON.stringify(await contact(url)), /internal-canary/);
      assert.equal(hits(), 1);
    }),
  "Operators count as codes.": async (visit) => {
    const validate = async (coupon_code: unknown): Promise<unknown> =>
      at(
        (await visit.as("alice", "POST /community/coupons/validate", { coupon_code })).body,
        "/coupon_code",
      );
    assert.equal(await validate("guessed"), undefined);
    assert.equal(await validate({ $ne: "guessed" }), "TRAC075");
    assert.equal(await validate({ $regex: "^Z" }), undefined);
  },
  "Passwords can be tried without end.": async (visit) => {
    for (let attempt = 0; attempt < 40; attempt += 1) {
      const body = { email: "alice@wheels.test", password: `wrong-${attempt}` };
      assert.equal((await visit.as("nobody", "POST /identity/login", body)).status, 401);
    }
    assert.equal((await visit.as("alice", "GET /identity/me")).status, 200);
  },
};
