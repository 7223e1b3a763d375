/** What several nodes share, and what a node leaves behind: limits, ended sessions, the books. */

import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { readSettings, startShop, type Shop } from "@sekisho/shop";
import { decideQuota, parseQuota } from "sekisho/quota";
import { createScratchDatabase, createStore, type ScratchDatabase } from "sekisho/store";
import { testPostgresqlUrl } from "sekisho/testing";
import { holdClock, type HeldClock } from "./held-clock.ts";
import { paymentEvent, paymentPath, standardHeaders } from "./payment-sender.ts";
import {
  backend,
  runShop,
  sendTo,
  testRedisUrl,
  type Answer,
  type Person,
  type RunningShop,
  type Sent,
} from "./running-shop.ts";
import { prepareProcess, type ShopProcess } from "./shop-process.ts";

const me = "/api/users/me";

function twoNodes(): void {
  let clock: HeldClock;
  let first: RunningShop;
  let second: RunningShop;
  let admin: Person;

  before(async () => {
    clock = holdClock(Date.now());
    first = await runShop({ clock });
    second = await first.secondNode({ clock });
    admin = await first.signIn("carol");
  });
  after(() => first.close());

  /** Milliseconds until the second node refuses the token; far less than its regular look takes. */
  async function refusedBySecond(token: string): Promise<void> {
    const started = performance.now();
    while ((await second.send(me, { token })).status !== 401)
      assert.ok(performance.now() - started < 1_000, "the token lives on");
  }

  async function warm(): Promise<Person> {
    const person = await first.newcomer();
    for (const node of [first, second])
      assert.equal((await node.send(me, { token: person.token })).status, 200);
    return person;
  }

  function change(person: Person, json: object): Promise<Answer> {
    const path = `/api/admin/users/${person.id}`;
    return first.send(path, { method: "PATCH", token: admin.token, json });
  }

  it("admit together exactly what one alone would", async () => {
    const quota = parseQuota("30/minute;5/second");
    let state: readonly number[] = [];
    const expected: boolean[] = [];
    const admitted: boolean[] = [];
    for (let count = 0; count < 72; count++) {
      const decision = decideQuota(state, quota, clock.now(), 1);
      state = decision.next;
      expected.push(decision.outcome.effect === "allow");
      const { status } = await (count % 2 === 0 ? first : second).send("/api/search?q=tea");
      assert.ok(status === 200 || status === 429, String(status));
      admitted.push(status === 200);
      if (count % 6 === 5) clock.pass(1);
    }
    assert.deepEqual(admitted, expected);
    assert.equal(new Set(expected).size, 2);
  });

  it("refuse a token at once after the logout on one of them", async () => {
    const [leaves, stays] = [await warm(), await warm()];
    const out = await first.send("/api/auth/logout", { method: "POST", token: leaves.token });
    assert.equal(out.status, 204);
    await refusedBySecond(leaves.token);
    assert.equal((await second.send(me, { token: stays.token })).status, 200);
  });

  it("refuse a token at once after a change of roles, also back to fewer", async () => {
    const person = await warm();
    assert.equal((await change(person, { roles: ["user", "admin"] })).status, 200);
    await refusedBySecond(person.token);
    const { username, password } = person;
    const again = await second.send("/api/auth/token", { json: { username, password } });
    const token = String(again.json()["access_token"]);
    assert.equal((await second.send("/api/admin/users", { token })).status, 200);
    assert.equal((await change(person, { roles: ["user"] })).status, 200);
    await refusedBySecond(token);
  });

  it("refuse a token at once after its owner was disabled", async () => {
    const person = await warm();
    assert.equal((await change(person, { status: "disabled" })).status, 200);
    await refusedBySecond(person.token);
    assert.deepEqual([...first.internalErrors, ...second.internalErrors], []);
  });
}

// The embedded database belongs to one process: there, one node is all there is.
if (backend === "servers") describe("two nodes", { timeout: 120_000 }, twoNodes);

describe("a shop that is started again", { timeout: 60_000 }, () => {
  const suffix = randomBytes(6).toString("hex");
  let clock: HeldClock;
  let folder: string;
  let scratch: ScratchDatabase | undefined;
  let shop: Shop;

  async function start(): Promise<Shop> {
    const environment = {
      PORT: "0",
      OPS_PORT: "0",
      SHOP_DATA: folder,
      SHOP_LOG: "silent",
      SHOP_PREFIX: `sekisho-test:${suffix}:`,
      ...(scratch && { DATABASE_URL: scratch.url, REDIS_URL: testRedisUrl }),
    };
    return startShop(readSettings(environment).values, false, { clock, mode: "test" });
  }
  const send = (path: string, sent?: Sent): Promise<Answer> =>
    sendTo(`${shop.origin}${path}`, sent ?? {});

  before(async () => {
    clock = holdClock(Date.now());
    folder = await mkdtemp(join(tmpdir(), "sekisho-restart-"));
    if (backend === "servers") scratch = await createScratchDatabase(testPostgresqlUrl(), suffix);
    shop = await start();
  });
  after(async () => {
    await shop.close();
    await scratch?.drop();
    await rm(folder, { recursive: true, force: true });
  });

  it("knows tokens, ended sessions and failed sign-ins of the time before", async () => {
    const [alice, bob, carol] = shop.demoAccounts;
    assert.ok(alice && bob && carol);
    const signIn = (username: string, password: string): Promise<Answer> =>
      send("/api/auth/token", { json: { username, password } });
    const [stays, leaves] = [
      (await signIn(alice.username, alice.password)).json(),
      (await signIn(alice.username, alice.password)).json(),
    ];
    const token = String(stays["access_token"]);
    const deadToken = String(leaves["access_token"]);
    const out = await send("/api/auth/logout", { method: "POST", token: deadToken });
    assert.equal(out.status, 204);
    for (let failure = 0; failure < 5; failure++)
      assert.equal((await signIn(bob.username, "not-the-password!")).status, 401);
    assert.equal((await signIn(bob.username, bob.password)).status, 429);

    await shop.close();
    shop = await start();

    assert.deepEqual(shop.demoAccounts, []);
    assert.equal((await send(me, { token })).status, 200);
    assert.equal((await send(me, { token: deadToken })).status, 401);
    const refresh = (json: Record<string, unknown>): Promise<Answer> =>
      send("/api/auth/token/refresh", { json: { refresh_token: json["refresh_token"] } });
    assert.equal((await refresh(stays)).status, 200);
    assert.equal((await refresh(leaves)).status, 401);
    assert.equal((await signIn(bob.username, bob.password)).status, 429);
    clock.pass(2);
    assert.equal((await signIn(bob.username, bob.password)).status, 200);
  });
});

/** Repeats a request until it is answered; `taken` is what a step says that was taken before. */
async function insist(url: string, sent: Sent, expected: number, taken?: number): Promise<Answer> {
  let unclear = false;
  for (let tries = 0; tries < 400; tries++) {
    const answer = await sendTo(url, sent).catch(() => undefined);
    if (answer?.status === expected || (unclear && answer?.status === taken && answer))
      return answer;
    assert.ok(
      answer === undefined || answer.status === 503 || answer.status === 429,
      `${url} was answered ${answer?.status}`,
    );
    unclear ||= answer?.status !== 429;
    await sleep(50);
  }
  throw new Error(`${url} did not get through`);
}

describe("a process that is killed under load", { timeout: 120_000 }, () => {
  const clients = 3;
  let shop: ShopProcess;
  before(async () => {
    shop = await prepareProcess();
    await shop.start();
  });
  after(() => shop.remove());

  async function newcomer(): Promise<string> {
    const [username, password] = [`p-${randomUUID().slice(0, 8)}`, `${randomUUID()}!`];
    const json = { username, password, display_name: "New", email: `${username}@mail.example` };
    await insist(`${shop.origin}/api/auth/register`, { json }, 201);
    const sent = { json: { username, password } };
    const answer = await insist(`${shop.origin}/api/auth/token`, sent, 200);
    return String(answer.json()["access_token"]);
  }

  /** From the draft to the payment, which is delivered twice. */
  async function buy(token: string, productId: string, secret: string): Promise<void> {
    const orders = `${shop.origin}/api/orders`;
    const json = { items: [{ product_id: productId, quantity: 2 }] };
    const headers = { "idempotency-key": `"${randomUUID()}"` };
    // As a client does that lost the answer, only that the second request does not wait for it.
    const start = (): Promise<Answer> => insist(orders, { token, json, headers }, 201);
    const [created, repeated] = await Promise.all([start(), start()]);
    const id = String(created.json()["id"]);
    assert.equal(repeated.json()["id"], id);
    await insist(`${orders}/${id}/validate`, { method: "POST", token }, 200, 409);
    await insist(`${orders}/${id}/execute`, { method: "POST", token }, 202, 409);
    const body = paymentEvent("payment.succeeded", id);
    const delivery = { body, headers: standardHeaders(secret, body) };
    const pay = (): Promise<Answer> => insist(`${shop.origin}${paymentPath}`, delivery, 202);
    await Promise.all([pay(), pay()]);
  }

  async function read<Row extends object>(query: string): Promise<readonly Row[]> {
    const store = await createStore({ url: shop.databaseUrl, migrations: [] });
    try {
      const { rows } = await store.asSystem("test: the books", (session) =>
        session.query<Row>(query),
      );
      return rows;
    } finally {
      await store.close();
    }
  }

  it("loses nothing it acknowledged and does nothing twice", async () => {
    const secret = (await readFile(join(shop.folder, "payment-webhook-secret"), "utf8")).trim();
    const search = await insist(`${shop.origin}/api/search?limit=1`, {}, 200);
    const [product] = search.json()["items"] as readonly { readonly id: string }[];
    assert.ok(product);
    const tokens: string[] = [];
    while (tokens.length < clients) tokens.push(await newcomer());

    const end = new AbortController();
    const lane = async (token: string): Promise<number> => {
      let bought = 0;
      for (; !end.signal.aborted; bought++) await buy(token, product.id, secret);
      return bought;
    };
    const lanes = tokens.map(lane);
    await sleep(700);
    await shop.kill();
    await shop.start();
    await sleep(300);
    end.abort();
    const bought = (await Promise.all(lanes)).reduce((sum, one) => sum + one, 0);
    assert.equal(await shop.terminate(), 0);

    assert.ok(bought >= clients);
    const orders = await read<{ status: string; types: string[]; state: string }>(
      `SELECT o.status, array_agg(e.type ORDER BY e.version) AS types,
         (array_agg(e.state ORDER BY e.version DESC))[1] AS state
       FROM shop_order o JOIN shop_order_event e ON e.order_id = o.id GROUP BY o.id`,
    );
    assert.equal(orders.length, bought);
    const kinds = new Set(orders.map((order) => JSON.stringify(order)));
    const [kind, ...others] = [...kinds].map((text) => JSON.parse(text) as (typeof orders)[0]);
    assert.deepEqual(others, []);
    assert.deepEqual(kind?.types.slice(-3), ["validated", "executed", "paid"]);
    assert.equal(kind?.types.length, 4);
    assert.deepEqual([kind?.status, kind?.state], ["paid", "paid"]);
    const [stock] = await read<{ sold: number }>(
      `SELECT (1000000 - stock)::int AS sold FROM shop_product WHERE id = '${product.id}'`,
    );
    assert.equal(stock?.sold, bought * 2);
    const [inbox] = await read<{ count: number }>(
      "SELECT count(*)::int AS count FROM sekisho_webhook_inbox",
    );
    assert.equal(inbox?.count, bought);
  });
});
