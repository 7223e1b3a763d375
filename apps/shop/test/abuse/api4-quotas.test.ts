/** API4:2023 Unrestricted Resource Consumption: how often, by whom (API4.P3, P4; 5.10, 5.11). */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { holdClock } from "../held-clock.ts";
import { backend, runShop, type Answer, type Person, type RunningShop } from "../running-shop.ts";
import { createCalls, type Calls } from "./declared-calls.ts";
import { flood } from "./pipeline.ts";
import { exchange } from "./wire.ts";

const clock = holdClock(Date.now());
/** Local address of a peer that is no proxy of ours; 127.0.0.1 is one here. */
const stranger = "127.0.0.9";

describe("API4: nobody has more than their share", () => {
  let running: RunningShop;
  let calls: Calls;
  let alice: Person;

  before(async () => {
    running = await runShop({ clock }, { TRUSTED_PROXIES: "127.0.0.1" });
    calls = createCalls(running, clock);
    alice = await running.signIn("alice");
  });
  after(async () => {
    await running.close();
    assert.deepEqual(running.internalErrors, []);
  });

  const forwarded = (address: string) => ["x-forwarded-for", address] as const;
  const search = (address: string, origin = running.origin): Promise<Answer> =>
    exchange(origin, { path: "/api/search?limit=1", fields: [forwarded(address)] });

  /** How many of up to `most` searches in a row are answered. */
  async function admitted(address: string, most = 40): Promise<number> {
    for (let count = 0; count < most; count++) {
      const answer = await search(address);
      if (answer.status === 429) return count;
      assert.equal(answer.status, 200, answer.text);
    }
    return most;
  }

  it("searching has both of its borders where they are announced", async () => {
    const address = "203.0.113.1";
    const first = await search(address);
    assert.equal(first.headers.get("ratelimit-policy"), '"minute";q=30;w=60, "second";q=5;w=1');
    assert.match(first.headers.get("ratelimit") ?? "", /^"minute";r=29;t=\d+, "second";r=4;t=1$/);
    assert.equal(await admitted(address), 4);
    const refused = await search(address);
    assert.equal(refused.status, 429);
    assert.equal(refused.headers.get("retry-after"), "1");
    assert.match(refused.headers.get("ratelimit") ?? "", /"second";r=0;t=1$/);
    assert.equal(refused.json()["code"], "quota-exceeded");
    assert.equal(refused.json()["retry_after"], 1);

    // Half a unit of the minute comes back each second: 30 + 6 × 0.5 in the first seven seconds.
    const rest: number[] = [];
    for (let second = 1; second <= 6; second++) {
      clock.pass(1);
      rest.push(await admitted(address));
    }
    assert.deepEqual(rest, [5, 5, 5, 5, 5, 3]);
    const minute = await search(address);
    assert.equal(minute.headers.get("retry-after"), "2");
    clock.pass(1.999);
    assert.equal(await admitted(address), 0);
    clock.pass(0.001);
    assert.equal(await admitted(address), 1);
    clock.pass(60);
    assert.equal(await admitted(address), 5);
  });

  it("an address is counted as what it is, however it is written", async () => {
    assert.equal(await admitted("198.51.100.7"), 5);
    assert.equal(await admitted("198.51.100.8"), 5, "somebody else has a share of their own");
    assert.equal(await admitted("::ffff:198.51.100.7"), 0);

    assert.equal(await admitted("2001:db8:1:2::1"), 5);
    for (const same of ["2001:db8:1:2::2", "2001:DB8:1:2:ffff::9", "2001:db8:1:2:a:b:c:d"])
      assert.equal(await admitted(same), 0, same);
    assert.equal(await admitted("2001:db8:1:3::1"), 5);
  });

  it("only what a proxy of ours wrote last is believed", async () => {
    clock.pass(60);
    assert.equal(await admitted("203.0.113.77"), 5);
    for (const list of [
      "1.2.3.4, 203.0.113.77",
      "1.2.3.5,203.0.113.77",
      "garbage, 203.0.113.77, 127.0.0.1",
      "127.0.0.1, 1.2.3.6, 203.0.113.77",
    ])
      assert.equal(await admitted(list), 0, list);

    const peer = (fields: readonly (readonly [string, string])[]): Promise<Answer> =>
      exchange(running.origin, { path: "/api/search?limit=1", fields, from: stranger });
    for (let count = 0; count < 5; count++)
      assert.equal((await peer([forwarded(`192.0.2.${count}`)])).status, 200);
    for (const name of [
      "x-forwarded-for",
      "forwarded",
      "x-real-ip",
      "x-client-ip",
      "true-client-ip",
      "cf-connecting-ip",
      "x-originating-ip",
    ]) {
      const value = name === "forwarded" ? "for=192.0.2.99" : "192.0.2.99";
      assert.equal((await peer([[name, value]])).status, 429, name);
    }
    assert.equal(await admitted("192.0.2.99"), 5, "nobody was charged for a forged address");
  });

  it("ten thousand other addresses free nobody", async () => {
    clock.pass(60);
    const address = "203.0.113.99";
    assert.equal(await admitted(address), 5);
    const fields = Array.from(
      { length: 10_000 },
      (_, index) => `x-forwarded-for: 10.${index >> 8}.${index & 255}.1`,
    );
    const counts = await flood(running.origin, "/api/search?limit=none", fields);
    const [served = 0, shed = 0] = [counts.get(422), counts.get(503)];
    assert.equal(served + shed, 10_000);
    assert.ok(served >= 9_000, `only ${served} of them were counted`);
    assert.equal(await admitted(address), 0);
    assert.equal(await admitted("203.0.113.100"), 5);
  });

  it("one source has one share of everything, whatever it asks for", async () => {
    clock.pass(60);
    const fields = [forwarded("203.0.113.200")];
    // A few at a time: all at once could take the store longer than anybody waits for it.
    for (let count = 0; count < 500; count += 20) {
      const asked = Array.from({ length: 20 }, () =>
        exchange(running.origin, { path: "/nothing", fields }),
      );
      for (const { status } of await Promise.all(asked)) assert.equal(status, 404);
    }
    const refused = await exchange(running.origin, { path: "/nothing", fields });
    assert.equal(refused.status, 429);
    const livez = await exchange(running.origin, { path: "/livez", fields });
    assert.equal(livez.status, 429);
    const other = await exchange(running.origin, { path: "/livez" });
    assert.equal(other.status, 200);
  });

  it("a person has one share, from every address and in every session", async () => {
    clock.pass(60);
    const me = ({ token }: Person, address: string): Promise<Answer> =>
      exchange(running.origin, { path: "/api/users/me", token, fields: [forwarded(address)] });
    const bob = await running.signIn("bob");
    for (let count = 0; count < 200; count++)
      assert.equal((await me(alice, `198.51.100.${count}`)).status, 200);
    assert.equal((await me(alice, "198.51.100.250")).status, 429);
    assert.equal((await me(await calls.again(alice), "198.51.100.250")).status, 429);
    assert.equal((await me(bob, "198.51.100.250")).status, 200);
  });

  it("an order costs what it has items", async () => {
    clock.pass(60);
    const person = await calls.person("user");
    const found = await calls.send("/api/search?limit=12");
    const products = found.json()["items"] as readonly { id: string }[];
    const order = (count: number): Promise<Answer> => {
      const items = products.slice(0, count).map(({ id }) => ({ product_id: id, quantity: 1 }));
      return running.send("/api/orders", { token: person.token, json: { items } });
    };
    const left = async (count: number): Promise<number> => {
      const answer = await order(count);
      assert.equal(answer.status, 201, answer.text);
      return Number(/r=(\d+)/.exec(answer.headers.get("ratelimit") ?? "")?.[1]);
    };
    assert.equal(await left(1), 199);
    assert.equal(await left(5), 194);
    assert.equal(await left(6), 188);
    assert.equal(await left(10), 178);
    assert.equal(await left(11), 167);
    for (let rest = 167; rest >= 11; rest -= 11) await left(11);
    assert.equal((await order(11)).status, 429, "two units are left and eleven are needed");
    assert.equal((await order(1)).status, 201, "what was refused cost one unit, no more");
    assert.equal((await order(1)).status, 429);
  });

  it("the old path of the search is no second allowance", async () => {
    clock.pass(60);
    const ask = (path: string) =>
      exchange(running.origin, { path, fields: [forwarded("198.51.100.77")] });
    for (let count = 0; count < 5; count++)
      assert.equal((await ask("/api/search?limit=1")).status, 200);
    assert.equal((await ask("/api/v0/search?limit=1")).status, 429);
    clock.pass(60);
    assert.equal((await ask("/api/v0/search?limit=1")).status, 200);
  });

  it("every endpoint announces its quota, but for those where guessing pays", async () => {
    clock.pass(60);
    let coarse = 0;
    for (const declared of calls.endpoints) {
      const { path, method, token, json, body, headers } = await calls.prepare(declared);
      const answer = await calls.send(path, {
        method,
        ...(token === undefined ? {} : { token }),
        ...(json === undefined ? {} : { json }),
        ...(body === undefined ? {} : { body }),
        ...(headers === undefined ? {} : { headers }),
      });
      const policy = answer.headers.get("ratelimit-policy");
      const { quota } = declared.endpoint;
      if (typeof quota === "object" && quota.disclosure === "coarse") {
        coarse++;
        assert.equal(policy, null, declared.name);
        assert.equal(answer.headers.get("ratelimit"), null, declared.name);
        continue;
      }
      const limits = declared.description.quota.text.split(";").map((part) => parseInt(part, 10));
      const announced = [...(policy ?? "").matchAll(/q=(\d+)/g)].map(([, limit]) => Number(limit));
      assert.deepEqual(announced, limits, declared.name);
    }
    assert.ok(coarse >= 4, `only ${coarse} endpoints are reticent`);
  });

  it("where guessing pays, a refusal says a minute and nothing more", async () => {
    clock.pass(60);
    let tried = 0;
    for (const declared of calls.endpoints) {
      const { quota } = declared.endpoint;
      if (typeof quota !== "object" || quota.disclosure !== "coarse") continue;
      tried++;
      const { path, token } = await calls.prepare(declared);
      clock.pass(60);
      const limit = parseInt(quota.limit, 10);
      const fields = [forwarded("203.0.113.210"), ["content-type", "application/json"]] as const;
      const ask = (): Promise<Answer> =>
        exchange(running.origin, { method: "POST", path, token, fields, body: "{}" });
      for (let count = 0; count < limit; count++)
        assert.equal((await ask()).status, 422, `${declared.name} ${count}`);
      const refused = await ask();
      assert.equal(refused.status, 429, declared.name);
      assert.equal(refused.headers.get("retry-after"), "60");
      assert.equal(refused.json()["retry_after"], 60);
      assert.equal(refused.headers.get("ratelimit"), null);
    }
    assert.ok(tried >= 4, `only ${tried} endpoints are reticent`);
  });

  if (backend === "servers")
    it("two nodes count together", async () => {
      clock.pass(60);
      const second = await running.secondNode();
      const address = "203.0.113.150";
      const statuses: number[] = [];
      for (let count = 0; count < 6; count++) {
        const { origin } = count % 2 === 0 ? running : second;
        statuses.push((await search(address, origin)).status);
      }
      assert.deepEqual(statuses, [200, 200, 200, 200, 200, 429]);
      clock.pass(60);
      const together = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          search(address, index % 2 === 0 ? running.origin : second.origin),
        ),
      );
      assert.equal(together.filter(({ status }) => status === 200).length, 5);
    });
});
