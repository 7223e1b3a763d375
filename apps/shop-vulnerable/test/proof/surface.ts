/** API7, API8 and API9: where it reaches, what it shows, and what was forgotten. */

import { strict as assert } from "node:assert";
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { startListener, type Listener, type Proof, type World } from "../world.ts";
import { exampleUrl } from "./flows.ts";

/** Sends the shop to a listener and hands over what it answered. */
const fetched =
  (
    listen: () => Promise<Listener>,
    check: (answer: string, listener: Listener, token: string) => void,
  ): Proof =>
  async (world) => {
    const as = await world.newPerson();
    const fetchIt = async (url: string) =>
      world.call("POST /api/fetch-metadata", { as, body: { url } });
    assert.equal((await fetchIt(await exampleUrl(world))).at("title"), "coffee");
    const listener = await listen();
    try {
      check((await fetchIt(`${listener.origin}/start`)).text, listener, as.token);
    } finally {
      listener.close();
    }
  };

const saying = async (text: string): Promise<Listener> =>
  startListener((_message, response) => response.end(text));

const reaching: Readonly<Record<string, Proof>> = {
  "V-API7-01": fetched(
    async () => saying("internal canary 5512"),
    (answer, { seen }) => {
      assert.equal(answer, "internal canary 5512");
      assert.equal(seen.length, 1);
    },
  ),
  "V-API7-02": fetched(
    async () =>
      startListener(({ url }, response) =>
        url === "/start"
          ? response.writeHead(302, { location: "/inside" }).end()
          : response.end("inside canary 7731"),
      ),
    (answer, { seen }) => {
      assert.deepEqual(
        seen.map(({ url }) => url),
        ["/start", "/inside"],
      );
      assert.equal(answer, "inside canary 7731");
    },
  ),
  "V-API7-03": fetched(
    async () => saying("{}"),
    (_answer, { seen }, token) => assert.equal(seen[0]?.headers.authorization, `Bearer ${token}`),
  ),
  "V-API7-04": fetched(
    async () =>
      startListener((_message, response) => {
        response.write("x".repeat(20_000_000));
        void pause(1_000).then(() => response.end("the end"));
      }),
    (answer) => assert.equal(answer.length, 20_000_007),
  ),
};

const me = async (world: World, headers: Readonly<Record<string, string>>) =>
  world.call("GET /api/users/me", { as: await world.newPerson(), headers });

const shown: Readonly<Record<string, Proof>> = {
  "V-API8-01": async (world) => {
    const post = async (body: string) => world.call("POST /api/auth/register", { body });
    const refused = await post("{}");
    assert.equal(refused.status, 422);
    assert.equal(refused.at("stack"), undefined);

    const answer = await post('{"username":');
    assert.equal(answer.status, 400);
    assert.match(String(answer.at("stack")), /\n {4}at .*shop-vulnerable/);
  },
  "V-API8-02": async (world) => {
    assert.equal((await me(world, {})).headers.get("access-control-allow-origin"), null);

    const { headers } = await me(world, { origin: "https://evil.example" });
    assert.equal(headers.get("access-control-allow-origin"), "https://evil.example");
    assert.equal(headers.get("access-control-allow-credentials"), "true");
  },
  "V-API8-03": async (world) => {
    const { status, headers } = await me(world, {});
    assert.equal(status, 200);
    for (const name of ["x-content-type-options", "cache-control", "content-security-policy"])
      assert.equal(headers.get(name), null);
    assert.match(headers.get("x-powered-by") ?? "", /Fastify/);
  },
  "V-API8-04": async (world) => {
    const search = async (q: string) =>
      world.call(`GET /api/search?limit=200&q=${encodeURIComponent(q)}`);
    const count = async (q: string) => (await search(q)).at("items", "length");
    assert.equal(await count("no such thing"), 0);
    assert.equal(await count("coffee''"), 0);

    const fault = await search("coffee'");
    assert.equal(fault.status, 500);
    assert.match(fault.text, /ERR_SQLITE_ERROR/);
    assert.equal(await count("coffee%' AND '1%'='1"), await count("coffee"));
    assert.equal(await count("coffee%' AND '1%'='2"), 0);
    const union = await search("none' UNION SELECT 7*191, 41*271, 3, 4, 5, 6, 7 --");
    assert.equal(union.at("items", 0, "id"), 1_337);
  },
  "V-API8-05": async (world) => {
    assert.equal((await world.call("GET /.envy")).status, 404);
    assert.match((await world.call("GET /.env")).text, /^JWT_SECRET=/m);
  },
  "V-API8-06": async (world) => {
    const known = await world.call("GET /problems/not-found");
    assert.match(known.headers.get("content-type") ?? "", /^application\/json/);

    const script = "<img src=x onerror=alert(1)>";
    const answer = await world.call(`GET /problems/${encodeURIComponent(script)}`);
    assert.match(answer.headers.get("content-type") ?? "", /^text\/html/);
    assert.ok(answer.text.includes(script));
  },
  "V-API8-07": async (world) => {
    assert.equal((await world.call("GET /metric")).status, 404);
    assert.match((await world.call("GET /metrics")).text, /^shop_orders \d+$/m);
  },
};

/** It answers, no document names it, and its neighbour does not exist. */
const undocumented = async (world: World, method: string, path: string): Promise<void> => {
  const document = await world.call("GET /openapi.json");
  assert.equal(document.at("paths", path, method), undefined);
  const missing = await world.call(`GET ${path.replace("{user_id}", "x/y")}-${randomUUID()}`);
  assert.ok(missing.status === 401 || missing.status === 404, path);
};

const openList =
  (path: string, expected: RegExp): Proof =>
  async (world) => {
    await undocumented(world, "get", path);
    await world.newOrder(await world.newPerson());
    const answer = await world.call(`GET ${path}`);
    assert.equal(answer.status, 200);
    assert.match(answer.text, expected);
  };

const forgotten: Readonly<Record<string, Proof>> = {
  "V-API9-01": async (world) => {
    await undocumented(world, "get", "/api/v0/search");
    const old = await world.call("GET /api/v0/search?limit=1");
    assert.equal(old.at("items", "length"), 120);
    assert.equal(old.at("items", 0, "supplier"), "Yamada Trading");
  },
  "V-API9-02": openList("/api/v1/users", /"username":"alice","password"/),
  "V-API9-03": openList("/api/debug", /"JWT_SECRET":"secret"/),
  "V-API9-04": openList("/api/internal/users", /"username":"alice","password"/),
  "V-API9-05": openList("/api/orders/export", /"user_id":"[0-9a-f-]{36}"/),
  "V-API9-06": async (world) => {
    await undocumented(world, "delete", "/api/users/{user_id}");
    const victim = await world.newPerson();
    const as = await world.newPerson();
    const read = async () => (await world.call(`GET /api/users/${victim.id}`, { as })).status;
    assert.equal(await read(), 200);
    assert.equal((await world.call(`DELETE /api/users/${victim.id}`)).status, 401);

    assert.equal((await world.call(`DELETE /api/users/${victim.id}`, { as })).status, 204);
    assert.equal(await read(), 404);
  },
};

/** By the id of the hole. */
export const surfaceProofs: Readonly<Record<string, Proof>> = {
  ...reaching,
  ...shown,
  ...forgotten,
};
