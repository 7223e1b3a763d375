/**
 * API8:2023 Security Misconfiguration: header sweep over every kind of answer (requirements 4.8, 8.1
 * no. 9), CORS, pages, ports. TLS is in
 * `api8-transport.test.ts`, bodies of errors in `api8-errors.test.ts`.
 */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { assertHeaders, fieldOf, textOf, type Message } from "../hardened-answer.ts";
import { problemContract, type AssertProblem } from "../problem-contract.ts";
import { exchange, type RawAnswer } from "../raw-exchange.ts";
import { runShop, type Person, type RunningShop } from "../running-shop.ts";

describe("API8: every answer is hardened, not only the good ones", () => {
  let running: RunningShop;
  let assertProblem: AssertProblem;
  let alice: Person;
  let orderId: string;

  before(async () => {
    running = await runShop();
    assertProblem = await problemContract(running);
    alice = await running.signIn("alice");
    orderId = await running.order(alice);
  });
  after(() => running.close());

  const send = (message: Message): Promise<RawAnswer> => exchange(running.origin, textOf(message));

  /** One way to each status; the last ones never reach the router. */
  function messages(): readonly (readonly [
    status: number,
    message: Message | string,
    field?: string,
  ])[] {
    const { token } = alice;
    const json = JSON.stringify({ items: [{ product_id: orderId, quantity: 1 }] });
    const random = "019ab3c4-5d6e-7f80-9123-456789abcdef";
    return [
      [200, { path: "/livez" }],
      [200, { path: "/api/users/me", token }],
      [200, { path: "/api/v0/search?q=tea" }, "sunset"],
      [200, { path: "/openapi.json" }],
      [400, { method: "POST", path: "/api/orders", token, body: "{" }],
      [401, { path: "/api/users/me" }, "www-authenticate"],
      [401, { path: "/api/users/me", token: "wrong" }, "www-authenticate"],
      [401, { method: "POST", path: "/api/webhooks/payment", body: "{}" }, "www-authenticate"],
      [403, { path: "/api/admin/users", token }],
      [403, { path: `/api/users/${random}`, token }],
      [404, { path: `/api/orders/${random}`, token }],
      [404, { path: "/nothing/here" }],
      [404, { path: "/API/orders" }],
      [405, { method: "PUT", path: "/api/orders" }, "allow"],
      [405, { method: "TRACE", path: "/api/orders" }, "allow"],
      [405, { method: "OPTIONS", path: "/api/orders" }, "allow"],
      [405, { method: "HEAD", path: "/livez" }, "allow"],
      [406, { path: "/livez", fields: ["accept: text/xml"] }],
      [409, { method: "POST", path: `/api/orders/${orderId}/execute`, token }],
      [
        413,
        {
          method: "POST",
          path: "/api/orders",
          token,
          fields: ["content-type: application/json", "content-length: 2000000"],
        },
      ],
      [414, { path: `/livez?${"a".repeat(9_000)}` }],
      [
        415,
        {
          method: "POST",
          path: "/api/orders",
          token,
          fields: ["content-type: text/plain", "content-length: 0"],
        },
        "accept",
      ],
      [
        415,
        { method: "POST", path: "/api/orders", token, fields: ["content-length: 0"] },
        "accept",
      ],
      [417, { path: "/livez", fields: ["expect: something-else"] }],
      [422, { method: "POST", path: "/api/orders", token, body: json }],
      [422, { path: "/livez?surprise=1" }],
      [400, { path: "/livez", version: "1.1", fields: ["host: other.example"] }],
      [421, { path: "http://shop.example/livez" }],
      [400, { path: "/livez", fields: ["broken field"] }],
      [400, { path: "/livez", fields: ["transfer-encoding: chunked", "content-length: 1"] }],
      [400, "THIS IS NOT HTTP\r\n\r\n"],
      [400, "GET / HTTP/9.9\r\nhost: a\r\n\r\n"],
      [400, { method: "CONNECT", path: "shop.example:443" }],
      [431, { path: "/livez", fields: [`x-long: ${"a".repeat(20_000)}`] }],
    ];
  }

  it("carries the same headers on every status, and every value counts for its reader", async () => {
    const seen = new Set<number>();
    for (const [status, message, field] of messages()) {
      const what = JSON.stringify(message).slice(0, 160);
      const answer = await exchange(
        running.origin,
        typeof message === "string" ? message : textOf(message),
      );
      assert.equal(answer.status, status, `${what} ${answer.body}`);
      assertHeaders(answer, what);
      if (field !== undefined) assert.ok(fieldOf(answer, field), `${what}: ${field}`);
      const isHead = typeof message === "object" && message.method === "HEAD";
      if (status >= 400 && !isHead)
        assertProblem({ ...answer, contentType: fieldOf(answer, "content-type") ?? "" }, what);
      seen.add(status);
    }
    assert.ok(seen.size >= 14, [...seen].join(" "));
  });

  it("also on 201, 204 and 429", async () => {
    const person = await running.newcomer();
    const body = JSON.stringify({ items: [{ product_id: await running.product(), quantity: 1 }] });
    const { token } = person;
    const created = await send({ method: "POST", path: "/api/orders", token, body });
    assert.equal(created.status, 201);
    assert.match(fieldOf(created, "location") ?? "", /^\/api\/orders\/[0-9a-f-]{36}$/);
    assertHeaders(created, "201");
    const out = await send({ method: "POST", path: "/api/auth/logout", token });
    assert.equal(out.status, 204);
    assertHeaders(out, "204");

    const flood = await Promise.all(
      Array.from({ length: 8 }, () => send({ path: "/api/search?q=tea" })),
    );
    const refused = flood.find((answer) => answer.status === 429) ?? assert.fail("no 429");
    assert.ok(flood.some((answer) => answer.status === 200));
    assertHeaders(refused, "429");
    assert.ok(Number(fieldOf(refused, "retry-after")) >= 1);
  });

  it("says nothing to other origins, whoever asks and however", async () => {
    const origins = [
      "null",
      "https://evil.example",
      "https://shop.example.evil.example",
      running.origin,
    ];
    for (const origin of origins) {
      const fields = [`origin: ${origin}`];
      const read = await send({ path: "/livez", fields });
      assert.equal(read.status, 200);
      assertHeaders(read, origin);
      const preflight = await send({
        method: "OPTIONS",
        path: "/api/orders",
        fields: [...fields, "access-control-request-method: POST"],
      });
      assert.equal(preflight.status, 405);
      assertHeaders(preflight, origin);
    }
  });

  it("serves pages that load nothing from elsewhere and run nothing inline", async () => {
    for (const path of ["/", "/docs"]) {
      const answer = await send({ path });
      assert.equal(answer.status, 200);
      assert.equal(fieldOf(answer, "content-type"), "text/html; charset=utf-8");
      const policy = fieldOf(answer, "content-security-policy") ?? "";
      assertHeaders(answer, path, { policy });
      const directives = new Map(
        policy.split("; ").map((one) => one.split(/ (.*)/, 2) as [string, string]),
      );
      assert.equal(directives.get("default-src"), "'none'");
      assert.equal(directives.get("script-src"), "'self'");
      for (const name of ["frame-ancestors", "base-uri", "form-action"])
        assert.equal(directives.get(name), "'none'", name);
      for (const [name, value] of directives)
        assert.match(value, /^'(?:self|none)'(?: data:)?$/, `${path}: ${name}`);

      assert.doesNotMatch(
        answer.body,
        /<script(?![^>]*\bsrc=)|<style|\son\w+\s*=|\sstyle\s*=|javascript:/i,
      );
      const loaded = [...answer.body.matchAll(/\b(?:src|href)="([^"]*)"/g)].map(
        ([, url = ""]) => url,
      );
      assert.ok(loaded.length > 0, path);
      const files = loaded.filter((url) => /\.\w+$/.test(url));
      for (const url of loaded) assert.match(url, /^(?:\/(?!\/)|#)/, `${path} loads ${url}`);
      for (const url of files) assert.equal((await send({ path: url })).status, 200, url);
    }
  });

  it("shows its figures on the operations port alone", async () => {
    assert.equal((await send({ path: "/metrics" })).status, 404);
    const metrics = await exchange(running.shop.operationsOrigin, textOf({ path: "/metrics" }));
    assert.equal(metrics.status, 200);
    assert.match(metrics.body, /sekisho_requests_total/);
    assertHeaders(metrics, "metrics");
    assert.doesNotMatch(metrics.body, new RegExp(`${alice.id}|${orderId}|alice`));
    for (const path of ["/api/users/me", "/openapi.json", "/"])
      assert.equal((await exchange(running.shop.operationsOrigin, textOf({ path }))).status, 404);
  });

  it("nothing of all this was an internal error", () => {
    assert.deepEqual(running.internalErrors, []);
  });
});
