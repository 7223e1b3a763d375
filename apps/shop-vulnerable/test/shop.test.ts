import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { startVulnerableShop } from "@sekisho/shop-vulnerable";
import { startWorld, type World } from "./world.ts";

const app = join(import.meta.dirname, "..");

/** Endpoints of a document, as `GET /api/search`. */
function endpointsOf(text: string): readonly string[] {
  const { paths } = JSON.parse(text) as { paths: Readonly<Record<string, object>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
}

describe("the vulnerable shop", () => {
  let world: World;
  before(async () => {
    world = await startWorld();
  });
  after(async () => world.close());

  it("sells like the shop: draft, validated, executed, paid", async () => {
    const as = await world.newPerson();
    const id = await world.newOrder(as);
    const status = async () => (await world.call(`GET /api/orders/${id}`, { as })).at("status");
    assert.equal(await status(), "draft");
    await world.call(`POST /api/orders/${id}/validate`, { as });
    assert.equal(await status(), "validated");
    const executed = await world.call(`POST /api/orders/${id}/execute`, { as });
    assert.equal(executed.status, 202);
    assert.equal(executed.at("status"), "ok");
    const timestamp = new Date().toISOString();
    const body = { type: "payment.succeeded", timestamp, data: { order_id: id } };
    const paid = await world.call("POST /api/webhooks/payment", { body });
    assert.equal(paid.at("status"), "accepted");
    assert.equal(await status(), "paid");
    const list = await world.call("GET /api/orders", { as });
    assert.equal(list.at("items", 0, "id"), id);
    const events = await world.call(`GET /api/orders/${id}/events`, { as });
    assert.deepEqual(
      (events.at("items") as { type: string }[]).map(({ type }) => type),
      ["created", "validated", "executed", "paid"],
    );
  });

  it("documents the endpoints of the shop, without the pages and the forgotten ones", async () => {
    const shop = endpointsOf(readFileSync(join(app, "../shop/openapi.json"), "utf8"));
    const page = /^GET (\/|\/docs.*|\/openapi\.json|\/\.well-known\/security\.txt|\/api\/v0\/.*)$/;
    const own = await world.call("GET /openapi.json");
    assert.deepEqual(
      endpointsOf(own.text).toSorted(),
      shop.filter((endpoint) => !page.test(endpoint)).toSorted(),
    );
    assert.doesNotMatch(own.text, /x-sekisho/);
  });

  it("answers every documented endpoint", async () => {
    const as = await world.admin();
    for (const endpoint of endpointsOf((await world.call("GET /openapi.json")).text)) {
      const path = endpoint.replace("{code}", "not-found").replace(/\{\w+\}/, as.id);
      const sent = /^(POST|PATCH)/.test(path) ? { as, body: {} } : { as };
      const answer = await world.call(path, sent);
      assert.doesNotMatch(answer.text, /There is no (GET|POST|PATCH|DELETE) /, endpoint);
      assert.ok(answer.status < 500, `${endpoint}: ${answer.text}`);
    }
  });

  it("stays up whatever it is sent", async () => {
    const as = await world.newPerson();
    const product_id = await world.productId();
    const bodies = [
      "null",
      "[]",
      "7",
      '"x"',
      '{"__proto__":{"a":1}}',
      '{"items":null}',
      '{"items":[null]}',
      '{"username":{},"password":[],"display_name":1,"email":{}}',
      '{"type":"payment.succeeded","data":null}',
      '{"url":"data:text/plain,x"}',
      '{"roles":null,"username":null}',
      `{"items":[{"product_id":"${product_id}","quantity":1e308}]}`,
      "\u0000",
    ];
    const paths = [
      "/api/auth/register",
      "/api/auth/token",
      "/api/auth/token/refresh",
      "/api/auth/password",
      "/api/orders",
      "/api/fetch-metadata",
      "/api/webhooks/payment",
      "/api/admin/users",
    ];
    for (const path of paths)
      for (const body of bodies) await world.call(`POST ${path}`, { as, body });
    for (const body of bodies) await world.call("PATCH /api/users/me", { as, body });
    for (const query of [
      "limit=-1",
      "limit=1e308",
      "cursor=x",
      "limit=1&limit=2",
      "q[]=1",
      "access_token=a&access_token=b",
      "q='; DROP TABLE product --",
      "q=' UNION WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT * FROM c --",
    ])
      await world.call(`GET /api/search?${encodeURI(query)}`);
    await world.call("GET /%ZZ");

    assert.equal((await world.call("GET /api/search?limit=1")).at("items", "length"), 1);
    const again = await world.newPerson();
    assert.equal((await world.call("GET /api/users/me", { as: again })).at("id"), again.id);
  });

  it("says on its first page what it is", async () => {
    assert.match((await world.call("GET /")).text, /vulnerable/i);
  });

  it("listens on this machine only", async () => {
    assert.equal(new URL(world.origin).hostname, "127.0.0.1");
    for (const [name, value, expected] of [
      ["HOST", "0.0.0.0", /127\.0\.0\.1 only/],
      ["NODE_ENV", "production", /NODE_ENV=production/],
      ["PORT", "many", /PORT must be a port/],
    ] as const) {
      const { status, stderr } = spawnSync(process.execPath, [join(app, "src/main.ts")], {
        env: { PORT: "0", [name]: value },
        encoding: "utf8",
        timeout: 20_000,
      });
      assert.equal(status, 1, name);
      assert.match(stderr, expected);
    }
  });

  it("does not start inside a production process either", async () => {
    const earlier = process.env["NODE_ENV"];
    process.env["NODE_ENV"] = "production";
    try {
      await assert.rejects(startVulnerableShop({ port: 0 }), /production/);
    } finally {
      if (earlier === undefined) delete process.env["NODE_ENV"];
      else process.env["NODE_ENV"] = earlier;
    }
  });
});
