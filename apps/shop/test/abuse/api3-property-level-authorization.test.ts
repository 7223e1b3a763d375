/** API3:2023 Broken Object Property Level Authorization: requirements API3.V1, V2, S1 to S3, P1. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { holdClock } from "../held-clock.ts";
import { runShop, type Answer, type Person, type RunningShop, type Sent } from "../running-shop.ts";
import { businessContents, tableNames } from "./database-contents.ts";
import {
  createCalls,
  fillPath,
  malformedIds,
  missingId,
  signed,
  type Calls,
  type DeclaredEndpoint,
} from "./declared-calls.ts";
import { namesIn } from "./schema-samples.ts";

const clock = holdClock(Date.now());
const salary = 1_234_567;

describe("API3: nobody sees or sets a property that is not theirs to see or set", () => {
  let running: RunningShop;
  let calls: Calls;
  let alice: Person;
  let bob: Person;
  let carol: Person;

  before(async () => {
    running = await runShop({ clock });
    calls = createCalls(running, clock);
    alice = await running.signIn("alice");
    bob = await running.signIn("bob");
    carol = await running.signIn("carol");
    await running.order(alice);
    for (const { id } of [alice, bob, carol]) {
      const path = `/api/admin/users/${id}`;
      const sent = { method: "PATCH", token: carol.token, json: { salary } };
      assert.equal((await calls.send(path, sent)).status, 200);
    }
  });
  after(async () => {
    await running.close();
    assert.deepEqual(running.internalErrors, []);
  });

  /** Names of properties of anything the shop knows, and those that attackers try. */
  async function suspiciousNames(): Promise<readonly string[]> {
    const names = new Set(
      `role roles is_admin isAdmin admin user_id userId owner_id ownerId tenant_id status salary total
       price unit_price currency blocked verified email_verified created_at id password_hash permissions
       scope __proto__ constructor prototype $where toString`
        .trim()
        .split(/\s+/),
    );
    for (const { description } of calls.endpoints)
      for (const { schema } of Object.values(description.responses))
        for (const name of namesIn(schema ?? {})) names.add(name);
    await running.shop.store.asSystem("test: names of columns", async (session) => {
      const { rows } = await session.query<{ name: string }>(
        `SELECT DISTINCT column_name AS name FROM information_schema.columns
         WHERE table_schema = 'public'`,
      );
      for (const { name } of rows) names.add(name);
    });
    assert.ok(names.size >= 80, `only ${names.size} names are tried`);
    return [...names];
  }

  const withMore = (json: object, name: string, value: unknown): string =>
    // Written as text: an object literal would not keep `__proto__`.
    JSON.stringify(json).replace(/\}$/, (end) => {
      const comma = Object.keys(json).length === 0 ? "" : ",";
      return `${comma}${JSON.stringify(name)}:${JSON.stringify(value)}${end}`;
    });

  it("every unknown property in every body is refused and changes nothing", async () => {
    const names = await suspiciousNames();
    const writing = calls.endpoints.filter(({ method }) => method !== "GET");
    assert.ok(writing.length >= 14, `only ${writing.length} endpoints write`);
    for (const declared of writing) {
      const call = await calls.prepare(declared);
      const body = declared.body === undefined ? {} : (bodyOf(call) as object);
      const own = new Set(Object.keys(declared.body?.properties ?? {}));
      const held = await businessContents(running);
      for (const name of names) {
        if (own.has(name)) continue;
        const text = withMore(body, name, name === "roles" ? ["admin"] : 1);
        const answer = await calls.send(call.path, {
          ...sentOf(call),
          json: undefined,
          ...asBody(declared, text),
        });
        const isPrototype = ["__proto__", "constructor", "prototype"].includes(name);
        const what = `${declared.name} ${text}: ${answer.status} ${answer.text}`;
        assert.equal(answer.status, isPrototype ? 400 : 422, what);
      }
      assert.deepEqual(await businessContents(running), held, `${declared.name} took a property`);
      const control = await calls.send(call.path, sentOf(call));
      assert.ok(control.status < 300, `${declared.name}: ${control.status} ${control.text}`);
    }

    function asBody(declared: DeclaredEndpoint, body: string): Partial<Sent> {
      if (declared.caller !== "webhook") return { body, headers: jsonType };
      return signed(running, JSON.parse(body));
    }
  });

  it("a property deeper in the body, in the query or in another type is refused as well", async () => {
    const product = await running.product();
    const item = { product_id: product, quantity: 1 };
    const held = await businessContents(running);
    const create = (path: string, sent: Sent): Promise<Answer> =>
      calls.send(path, { method: "POST", token: alice.token, ...sent });
    for (const name of ["price", "unit_price", "total", "discount", "user_id"]) {
      const json = { items: [{ ...item, [name]: 1 }] };
      assert.equal((await create("/api/orders", { json })).status, 422, name);
      const asked = await create(`/api/orders?${name}=1`, { json: { items: [item] } });
      assert.equal(asked.status, 422, `?${name}`);
    }
    const deep = `{"items":[{"product_id":"${product}","quantity":1,"__proto__":{"price":1}}]}`;
    assert.equal((await create("/api/orders", { body: deep, headers: jsonType })).status, 400);
    for (const type of [
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "application/merge-patch+json",
      "application/json-patch+json",
      "text/plain",
    ]) {
      const body = JSON.stringify({ items: [item] });
      const answer = await create("/api/orders", { body, headers: { "content-type": type } });
      assert.equal(answer.status, 415, type);
    }
    const patch = { method: "PATCH", token: alice.token };
    for (const json of [{ display_name: null }, { display_name: { $set: "x" } }, {}, [], "x"])
      assert.equal((await calls.send("/api/users/me", { ...patch, json })).status, 422);
    assert.deepEqual(await businessContents(running), held);
    assert.equal((await create("/api/orders", { json: { items: [item] } })).status, 201);
  });

  /** Values of columns that nobody is to see, read past every policy, by a name for them. */
  async function secrets(): Promise<Map<string, readonly string[]>> {
    const found = new Map<string, readonly string[]>();
    const names = /hash|nonce|client_key|fingerprint|salary|^email$|^stock$|successor/;
    for (const table of await tableNames(running))
      await running.shop.store.asSystem("test: what must not be seen", async (session) => {
        const { rows: columns } = await session.query<{ name: string }>(
          `SELECT column_name AS name FROM information_schema.columns
           WHERE table_name = $1 AND table_schema = 'public'`,
          [table],
        );
        for (const { name } of columns.filter((column) => names.test(column.name))) {
          const { rows } = await session.query<{ value: unknown }>(
            `SELECT DISTINCT ${name} AS value FROM ${table} WHERE ${name} IS NOT NULL`,
          );
          // A short value stands in many a place by chance.
          const texts = rows.flatMap(({ value }) => textsOf(value)).filter((one) => one.length > 5);
          if (texts.length > 0) found.set(`${table}.${name}`, texts);
        }
      });
    return found;
  }

  it("nothing secret stands in any answer to those who are no administrators", async () => {
    // Some rows in every table that has secrets: a renewed session, a repeated order.
    const person = await calls.again(alice);
    const renew = { json: { refresh_token: person.refreshToken } };
    assert.equal((await calls.send("/api/auth/token/refresh", renew)).status, 200);
    const json = { items: [{ product_id: await running.product(), quantity: 3 }] };
    const headers = { "idempotency-key": '"canary"' };
    assert.equal(
      (await calls.send("/api/orders", { token: alice.token, json, headers })).status,
      201,
    );

    const hidden = await secrets();
    for (const column of [
      "shop_user.email",
      "shop_user.salary",
      "shop_product.stock",
      "sekisho_account.password_hash",
      "sekisho_refresh_token.hash",
      "sekisho_idempotency.fingerprint",
    ])
      assert.ok(hidden.has(column), `no value of ${column} is watched for`);
    hidden.set("payment secret", [running.shop.paymentSecret]);

    let scanned = 0;
    const scan = (
      name: string,
      answer: Answer,
      watched: ReadonlyMap<string, readonly string[]>,
    ) => {
      scanned++;
      const text = `${JSON.stringify(Object.fromEntries(answer.headers))}${answer.text}`;
      for (const [column, values] of watched)
        for (const value of values)
          assert.ok(!text.includes(value), `${name} (${answer.status}) shows ${column}`);
    };
    const ids = [alice.id, bob.id, carol.id, missingId, malformedIds[0] ?? ""];
    for (const declared of calls.endpoints) {
      if (declared.method !== "GET") continue;
      const paths = declared.parameters.length === 0 ? [declared.path] : [];
      if (declared.parameters.length > 0)
        for (const id of [...ids, await orderOf(alice)])
          paths.push(fillPath(declared.path, { order_id: id, user_id: id, code: id }));
      for (const path of paths)
        for (const token of [undefined, bob.token, alice.token])
          for (const query of ["", "?limit=50", "?cursor=x", "?limit=abc"]) {
            const answer = await calls.send(`${path}${query}`, { token });
            scan(declared.name, answer, hidden);
          }
    }
    assert.ok(scanned >= 300, `only ${scanned} answers were read`);

    for (const declared of calls.endpoints) {
      if (declared.method === "GET" || declared.caller === "admin") continue;
      const call = await calls.prepare(declared);
      const answer = await calls.send(call.path, sentOf(call));
      assert.ok(answer.status < 300, `${declared.name}: ${answer.text}`);
      scan(declared.name, answer, hidden);
      scan(
        declared.name,
        await calls.send(call.path, { ...sentOf(call), json: undefined, body: "{" }),
        hidden,
      );
    }

    const forAdmin = await calls.send(`/api/admin/users/${alice.id}`, { token: carol.token });
    for (const column of ["shop_user.email", "shop_user.salary"])
      assert.ok(
        hidden.get(column)?.some((value) => forAdmin.text.includes(value)),
        `the scan does not find ${column} where it stands`,
      );
    const never = new Map([...hidden].filter(([name]) => !/email|salary/.test(name)));
    for (const { method, path, caller, parameters } of calls.endpoints)
      if (caller === "admin" && method === "GET" && parameters.length === 0)
        scan(path, await calls.send(path, { token: carol.token }), never);
  });

  it("people see a masked address and no rights of theirs, administrators see them whole", async () => {
    const namesOf = (value: unknown): readonly string[] => Object.keys(value as object).toSorted();
    const profile = ["created_at", "display_name", "email", "id", "username"];
    for (const path of ["/api/users/me", `/api/users/${alice.id}`]) {
      const own = (await calls.send(path, { token: alice.token })).json();
      assert.deepEqual(namesOf(own), profile);
      assert.equal(own["email"], "a***@shop.example");
    }
    const whole = [...profile, "roles", "salary", "status"].toSorted();
    const admin = await calls.send(`/api/admin/users/${alice.id}`, { token: carol.token });
    assert.deepEqual(namesOf(admin.json()), whole);
    assert.equal(admin.json()["email"], "alice@shop.example");
    assert.equal(admin.json()["salary"], salary);
    const listed = await calls.send("/api/admin/users", { token: carol.token });
    for (const one of listed.json()["items"] as readonly object[])
      assert.deepEqual(namesOf(one), whole);

    const order = await calls.send("/api/orders?limit=1", { token: alice.token });
    const [first] = order.json()["items"] as readonly object[];
    assert.deepEqual(namesOf(first), ["created_at", "currency", "id", "items", "status", "total"]);
    const found = await calls.send("/api/search?limit=1");
    const [product] = found.json()["items"] as readonly object[];
    assert.deepEqual(namesOf(product), ["currency", "description", "id", "name", "price"]);
  });

  it("the total is what the shop reckons", async () => {
    const found = await calls.send("/api/search?limit=2");
    const products = found.json()["items"] as readonly { id: string; price: number }[];
    const items = products.map(({ id }, index) => ({ product_id: id, quantity: index + 2 }));
    const made = await calls.send("/api/orders", { token: alice.token, json: { items } });
    const total = products.reduce((sum, { price }, index) => sum + price * (index + 2), 0);
    assert.equal(made.json()["total"], total);
    assert.equal(made.json()["status"], "draft");
  });

  async function orderOf({ token }: Person): Promise<string> {
    const { items } = (await calls.send("/api/orders?limit=1", { token })).json() as {
      items: readonly { id: string }[];
    };
    return items[0]?.id ?? assert.fail("there is no order");
  }
});

const jsonType = { "content-type": "application/json" };

/** What is sent, without where and by whom. */
function sentOf({ method, token, json, body, headers }: Sent): Sent {
  return {
    ...(method === undefined ? {} : { method }),
    ...(token === undefined ? {} : { token }),
    ...(json === undefined ? {} : { json }),
    ...(body === undefined ? {} : { body }),
    ...(headers === undefined ? {} : { headers }),
  };
}

function bodyOf({ json, body }: Sent): unknown {
  return json ?? JSON.parse(String(body));
}

/** How a value could be written in an answer. */
function textsOf(value: unknown): readonly string[] {
  if (value instanceof Uint8Array) {
    const bytes = Buffer.from(value);
    return ["hex", "base64", "base64url"].map((form) => bytes.toString(form as BufferEncoding));
  }
  return [String(value)];
}
