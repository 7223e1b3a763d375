/**
 * API9:2023 Improper Inventory Management: what runs, what is declared, what is documented and what is
 * committed are one set (requirements API9.V2, V3, P3; 5.13, 8.1 no. 11).
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { about, createEndpoints, exemptions, policies } from "@sekisho/shop";
import { policyFaults } from "sekisho/authorization";
import { ApiFaults, createApi, type ApiPlugin } from "sekisho/http";
import { rowSecurityFaults } from "sekisho/store";
import { textOf } from "../hardened-answer.ts";
import { holdClock } from "../held-clock.ts";
import { exchange } from "../raw-exchange.ts";
import { runShop, type Answer, type Person, type RunningShop } from "../running-shop.ts";

/** The table of the design, and the few pages beside it. */
const table: readonly string[] = [
  "POST /api/auth/register",
  "POST /api/auth/token",
  "POST /api/auth/token/refresh",
  "POST /api/auth/logout",
  "GET /api/auth/sessions",
  "DELETE /api/auth/sessions/:session_id",
  "POST /api/auth/password",
  "GET /.well-known/jwks.json",
  "GET /api/users/:user_id",
  "GET /api/users/me",
  "PATCH /api/users/me",
  "GET /api/search",
  "GET /api/v0/search",
  "POST /api/orders",
  "GET /api/orders",
  "GET /api/orders/:order_id",
  "GET /api/orders/:order_id/events",
  "POST /api/orders/:order_id/validate",
  "POST /api/orders/:order_id/execute",
  "POST /api/orders/:order_id/cancel",
  "POST /api/fetch-metadata",
  "POST /api/webhooks/payment",
  "POST /api/admin/users",
  "GET /api/admin/users",
  "GET /api/admin/users/:user_id",
  "PATCH /api/admin/users/:user_id",
  "GET /api/admin/inventory",
  "GET /api/admin/events",
  "GET /openapi.json",
  "GET /docs",
  "GET /livez",
  "GET /readyz",
  "GET /problems/:code",
];
const beside = /^GET \/(?:docs\/[\w.]+|\.well-known\/security\.txt)?$/;

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;
const stale = "differs from what runs; if that is meant, run: npm run goldens";

function committed(name: string): string {
  return readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");
}

interface Operation {
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly responses: Readonly<Record<string, unknown>>;
}

describe("API9: the inventory is the service", () => {
  let running: RunningShop;
  let carol: Person;
  let document: Readonly<Record<string, Readonly<Record<string, Operation>>>>;

  before(async () => {
    running = await runShop();
    carol = await running.signIn("carol");
    const text = (await running.send("/openapi.json")).json();
    document = text["paths"] as typeof document;
  });
  after(() => running.close());

  const declared = (): readonly string[] =>
    running.shop.api.endpoints.map(({ method, path }) => `${method} ${path}`).toSorted();

  it("is the table of the design, the pages aside", () => {
    const rows = declared().filter((one) => !beside.test(one));
    assert.deepEqual(rows, table.toSorted());
  });

  it("is the same for the document and for administrators", async () => {
    const documented = Object.entries(document).flatMap(([path, operations]) =>
      Object.keys(operations).map(
        (method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`,
      ),
    );
    assert.deepEqual(documented.toSorted(), declared());

    const answer = await running.send("/api/admin/inventory", { token: carol.token });
    const { items } = answer.json() as { items: readonly Record<string, string>[] };
    assert.deepEqual(items.map(({ method, path }) => `${method} ${path}`).toSorted(), declared());
    for (const item of items) {
      assert.deepEqual(Object.keys(item).toSorted(), [
        "access",
        "lifecycle",
        "method",
        "path",
        "quota",
        "team",
      ]);
      for (const [name, value] of Object.entries(item)) assert.notEqual(value, "", name);
    }
  });

  it("is what was committed: the document and who may do what", async () => {
    const text = (await running.send("/openapi.json")).text;
    const golden = committed("openapi.json");
    assert.deepEqual(JSON.parse(text), JSON.parse(golden), `apps/shop/openapi.json ${stale}`);
    assert.equal(`${JSON.stringify(JSON.parse(text), null, 2)}\n`, golden, stale);
    const matrix = running.shop.api.accessMatrix(["user", "admin"]);
    assert.equal(matrix, committed("access-matrix.txt"), `apps/shop/access-matrix.txt ${stale}`);
  });

  const addressOf = (path: string): string =>
    path
      .replace("{code}", "not-found")
      .replaceAll(/\{\w+\}/g, "019ab3c4-5d6e-7f80-9123-456789abcdef");

  it("every operation answers, with the security and the statuses that the document names", async () => {
    for (const [path, operations] of Object.entries(document))
      for (const [method, operation] of Object.entries(operations)) {
        const what = `${method} ${path}`;
        const answer = await running.send(addressOf(path), { method: method.toUpperCase() });
        assert.ok(![404, 405, 500].includes(answer.status), `${what} ${answer.status}`);
        assert.ok(String(answer.status) in operation.responses, `${what} ${answer.status}`);
        const isOpen = (operation.security ?? []).length === 0;
        if (isOpen) assert.notEqual(answer.status, 401, what);
        else if (path !== "/api/webhooks/payment") assert.equal(answer.status, 401, what);
      }
  });

  it("a method that is not declared is refused with those that are", async () => {
    for (const [path, operations] of Object.entries(document)) {
      const own = Object.keys(operations).map((method) => method.toUpperCase());
      for (const method of methods) {
        if (own.includes(method)) continue;
        const answer = await running.send(addressOf(path), { method, token: carol.token });
        const allow = answer.headers.get("allow")?.split(", ") ?? [];
        assert.equal(answer.status, 405, `${method} ${path}`);
        assert.ok(own.every((one) => allow.includes(one)) && !allow.includes(method), path);
      }
    }
  });

  it("nothing else answers: no older version, no tool, no other spelling", async () => {
    const others = [
      ..."/api /api/ /v1 /api/v1/orders /api/v2/orders /api/v0/orders /api/v0 /api/beta/search".split(
        " ",
      ),
      ..."/admin /api/admin /api/admin/ /debug /debug/pprof /actuator/env /metrics /health".split(
        " ",
      ),
      ..."/swagger /swagger.json /swagger-ui.html /api-docs /graphql /openapi.yaml /docs/".split(
        " ",
      ),
      ..."/.git/config /.env /package.json /server-status /docs/../package.json /docs/index.html".split(
        " ",
      ),
      ..."/api/orders/ /api/orders// //api/orders /API/orders /api/Orders /api/./orders".split(" "),
      ..."/api/orders;v=1 /api%2forders /api/orders%2f /api/orders%00 /api/orders.json".split(" "),
      ..."/api/users /api/users/ /problems /problems/ /livez/ /openapi.json/ /.well-known".split(
        " ",
      ),
    ];
    for (const path of others)
      for (const method of ["GET", "POST"]) {
        // Over a bare socket: a client library would tidy the path.
        const answer = await exchange(running.origin, textOf({ method, path, token: carol.token }));
        assert.equal(answer.status, 404, `${method} ${path}`);
        assert.match(answer.body, /"code":"not-found"/);
      }
    assert.equal((await running.send("/api/orders", { token: carol.token })).status, 200);
  });

  it("an undeclared route, also a plugin's, stops the start; the declared ones alone start", async () => {
    const { endpoints } = createEndpoints(running.shop.services, {
      readiness: () => Promise.resolve({ ready: true, database: "up", quota: "local" }),
      inventory: () => [],
    });
    const options = { ...about, endpoints, store: running.shop.store };
    const shadow: ApiPlugin = (instance, _options, done) => {
      instance.get("/shadow", () => "hidden");
      done();
    };
    await assert.rejects(createApi({ ...options, plugins: [shadow] }), (error) => {
      assert.ok(error instanceof ApiFaults);
      assert.match(error.message, /GET \/shadow/);
      return true;
    });
    const twice = endpoints[0] ?? assert.fail();
    await assert.rejects(createApi({ ...options, endpoints: [...endpoints, twice] }), ApiFaults);
    const quiet: ApiPlugin = (_instance, _options, done) => done();
    const api = await createApi({ ...options, plugins: [quiet] });
    assert.equal(api.endpoints.length, running.shop.api.endpoints.length);
    await api.close();
  });

  it("the database protects the rows as the source says", async () => {
    const { store } = running.shop;
    await store.asSystem("test: drift", async (session) => {
      assert.deepEqual(await rowSecurityFaults(session, exemptions), []);
      assert.deepEqual(await policyFaults(session, policies), []);
      assert.match((await rowSecurityFaults(session, {})).join(), /sekisho_migration/);
      const [first = assert.fail(), ...others] = policies;
      const drifted = [{ ...first, operations: ["select"] as const }, ...others];
      assert.notDeepEqual(await policyFaults(session, drifted), []);
    });
  });
});

describe("API9: an endpoint that was to end ends by itself", () => {
  const sunset = Date.parse("2027-06-30T00:00:00Z");
  const clock = holdClock(sunset - 120_000);
  let running: RunningShop;

  before(async () => {
    running = await runShop({ clock });
  });
  after(() => running.close());

  const old = "/api/v0/search?q=tea";

  function assertAnnounced(answer: Answer): void {
    const { headers } = answer;
    assert.equal(headers.get("deprecation"), `@${Date.parse("2026-06-01T00:00:00Z") / 1000}`);
    assert.equal(headers.get("sunset"), "Wed, 30 Jun 2027 00:00:00 GMT");
    assert.match(headers.get("link") ?? "", /<\/api\/search>; rel="successor-version"/);
  }

  it("announces its end on every answer, also when it refuses", async () => {
    const sent: readonly (readonly [
      status: number,
      path: string,
      headers: Record<string, string>,
    ])[] = [
      [200, old, {}],
      [422, `${old}&surprise=1`, {}],
      [406, old, { accept: "text/xml" }],
    ];
    for (const [status, path, headers] of sent) {
      const answer = await running.send(path, { headers });
      assert.equal(answer.status, status, answer.text);
      assertAnnounced(answer);
    }
    const flood = await Promise.all(Array.from({ length: 8 }, () => running.send(old)));
    const refused = flood.find((answer) => answer.status === 429) ?? assert.fail("no 429");
    assertAnnounced(refused);
    for (const name of ["deprecation", "sunset", "link"])
      assert.equal((await running.send("/livez")).headers.get(name), null);
  });

  it("lives until the last second, and is gone from the first one after", async () => {
    const ask = async (): Promise<Answer> => {
      // The flood before used the quota up; where Redis counts, its own clock has to go on.
      for (;;) {
        const answer = await running.send(old);
        if (answer.status !== 429) return answer;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    };
    const lifecycle = (): unknown =>
      running.shop.api.inventory(clock.now()).find(({ path }) => path === "/api/v0/search")
        ?.lifecycle;
    clock.set(sunset - 1000);
    assert.equal((await ask()).status, 200);
    assert.equal(lifecycle(), "deprecated");
    clock.set(sunset);
    const gone = await ask();
    assert.equal(gone.status, 410);
    assert.equal(gone.json()["code"], "gone");
    assertAnnounced(gone);
    assert.equal(lifecycle(), "retired");
    assert.equal((await running.send("/api/search?q=tea")).status, 200);
  });
});
