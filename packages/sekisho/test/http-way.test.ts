/** What each step of the way says, at its border and on the wire. */

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { anonymous, authenticated, role } from "sekisho/authorization";
import { document, noContent } from "sekisho/contract";
import { defineCrossOriginPolicy } from "sekisho/hardening";
import { defineEndpoint, unaudited } from "sekisho/http";
import { deprecated, production } from "sekisho/inventory";
import { isId, Problem } from "sekisho/kernel";
import type { QuotaLimiter } from "sekisho/quota";
import {
  createManualClock,
  createTestAuthenticator,
  startTestApi,
  testPrincipal,
  type ManualClock,
  type TestApi,
  type TestAnswer,
} from "sekisho/testing";
import { z } from "zod";
import { exchange, requestText } from "./http-raw.ts";

const sunset = "2027-01-01T00:00:00Z";
const common = {
  summary: "A sample",
  team: "tests",
  lifecycle: production({ since: "2026-01-01" }),
  access: anonymous("tests"),
} as const;
const Text = z.strictObject({ text: z.string().max(64) });
const text = { text: "hello" };
const secret = "the password of the database is hunter2";

const endpoints = [
  defineEndpoint({
    ...common,
    method: "GET",
    path: "/plain",
    output: { 200: Text },
    handle: ({ reply }) => reply(200, text),
  }),
  defineEndpoint({
    ...common,
    method: "GET",
    path: "/old",
    lifecycle: deprecated({
      since: "2025-01-01",
      deprecatedAt: "2026-06-01",
      sunsetAt: sunset,
      successor: "/plain",
    }),
    output: { 200: Text },
    handle: ({ reply }) => reply(200, text),
  }),
  defineEndpoint({
    ...common,
    method: "GET",
    path: "/page",
    output: { 200: document({ mediaType: "text/html; charset=utf-8", maximumBytes: 8 }) },
    query: z.strictObject({ long: z.enum(["yes", "no"]).optional() }),
    handle: ({ query, reply }) => reply(200, query.long === "yes" ? "123456789" : "12345678"),
  }),
  defineEndpoint({
    ...common,
    method: "GET",
    path: "/mine",
    access: authenticated(),
    output: { 200: z.strictObject({ id: z.uuid() }) },
    handle: ({ principal, reply }) => reply(200, { id: principal.subject }),
  }),
  defineEndpoint({
    ...common,
    method: "GET",
    path: "/admin",
    access: role("admin"),
    output: { 200: Text },
    handle: ({ reply }) => reply(200, text),
  }),
  defineEndpoint({
    ...common,
    method: "GET",
    path: "/twice",
    quota: "2/minute;2/second",
    output: { 200: Text },
    handle: ({ reply }) => reply(200, text),
  }),
  defineEndpoint({
    ...common,
    method: "GET",
    path: "/twice-coarse",
    quota: { limit: "2/minute", disclosure: "coarse" },
    output: { 200: Text },
    handle: ({ reply }) => reply(200, text),
  }),
  defineEndpoint({
    ...common,
    method: "GET",
    path: "/daily-coarse",
    quota: { limit: "1/day", disclosure: "coarse" },
    output: { 200: Text },
    handle: ({ reply }) => reply(200, text),
  }),
  defineEndpoint({
    ...common,
    method: "POST",
    path: "/made",
    audit: unaudited("tests"),
    body: z.strictObject({ location: z.string().max(64) }),
    output: { 201: Text },
    handle: ({ body, reply }) => reply(201, text, { location: body.location }),
  }),
  defineEndpoint({
    ...common,
    method: "DELETE",
    path: "/made",
    audit: unaudited("tests"),
    output: { 204: noContent },
    handle: ({ reply }) => reply(204, undefined),
  }),
  defineEndpoint({
    ...common,
    method: "GET",
    path: "/things/:thing_id",
    output: { 200: Text },
    handle: () => {
      throw new Problem("not-found", {}, { reason: secret });
    },
  }),
  defineEndpoint({
    ...common,
    method: "GET",
    path: "/broken",
    query: z.strictObject({ how: z.enum(["throw", "reject", "odd", "status", "shape", "secret"]) }),
    output: { 200: Text },
    handle: async ({ query, reply }) => {
      switch (query.how) {
        case "throw":
          throw new Error(secret, { cause: new Error(secret) });
        case "reject":
          return Promise.reject(Object.assign(new Error(secret), { statusCode: 418 }));
        case "odd":
          return undefined as never;
        case "status":
          return { ...reply(200, text), status: 202 };
        case "shape":
          return reply(200, { text: 7 } as never);
        case "secret":
          return reply(200, { ...text, secret } as never);
      }
    },
  }),
];

const alice = testPrincipal();
const origin = "https://app.example";
let clock: ManualClock;
let running: TestApi;

before(async () => {
  clock = createManualClock("2026-12-01T00:00:00Z");
  running = await startTestApi({
    endpoints,
    clock,
    authenticator: createTestAuthenticator({ alice, admin: testPrincipal({ roles: ["admin"] }) }),
    crossOrigin: defineCrossOriginPolicy({ origins: [origin], methods: ["GET"] }),
  });
});
after(() => running.close());
// Every test has its quotas to itself.
beforeEach(() => void clock.advance(3_600_000));

const send = (path: string, request?: Parameters<TestApi["send"]>[1]): Promise<TestAnswer> =>
  running.send(path, request);

describe("an endpoint with an end", () => {
  it("answers, and says when it will not, until the millisecond before", async () => {
    clock.advance(Date.parse(sunset) - 1 - clock.now());
    const answer = await send("/old");
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("deprecation"), "@1780272000");
    assert.equal(answer.headers.get("sunset"), "Fri, 01 Jan 2027 00:00:00 GMT");
    assert.equal(answer.headers.get("link"), '</plain>; rel="successor-version"');
    clock.advance(1);
    const gone = await send("/old");
    assert.equal(gone.status, 410);
    assert.equal(gone.problem, "gone");
    assert.equal(gone.headers.get("link"), '</plain>; rel="successor-version"');
    assert.equal((await send("/plain")).status, 200, "the control");
  });
});

describe("credentials", () => {
  const bad = 'Bearer realm="Test", error="invalid_token"';
  const rows: readonly (readonly [string, Record<string, string>, number, string | null])[] = [
    ["none", {}, 401, 'Bearer realm="Test"'],
    ["an unknown token", { authorization: "Bearer mallory" }, 401, bad],
    ["another scheme", { authorization: "Basic YWxpY2U6eA==" }, 401, bad],
    ["a scheme without a token", { authorization: "Bearer" }, 401, bad],
    ["two tokens", { authorization: "Bearer alice alice" }, 401, bad],
    ["a token in lower case scheme", { authorization: "bearer alice" }, 200, null],
    ["a known token", { authorization: "Bearer alice" }, 200, null],
  ];
  for (const [what, headers, status, challenge] of rows)
    it(`${what}: ${status}`, async () => {
      const answer = await send("/mine", { headers });
      assert.equal(answer.status, status);
      assert.equal(answer.headers.get("www-authenticate"), challenge);
      if (status === 200) assert.deepEqual(answer.json(), { id: alice.subject });
      else assert.equal(answer.problem, "unauthenticated");
    });

  it("in the query are an unknown parameter and nothing else", async () => {
    assert.equal((await send("/mine?access_token=alice")).status, 401);
    assert.equal((await send("/mine?access_token=alice", { token: "alice" })).status, 422);
  });

  it("are not looked at where everybody may come", async () => {
    assert.equal((await send("/plain", { token: "mallory" })).status, 200);
  });

  it("without the role are 403, and with it 200", async () => {
    assert.equal((await send("/admin", { token: "alice" })).problem, "forbidden");
    assert.equal((await send("/admin", { token: "admin" })).status, 200);
  });
});

describe("media types of the answer", () => {
  const rows: readonly (readonly [accept: string, path: string, status: number])[] = [
    ["*/*", "/plain", 200],
    ["application/json", "/plain", 200],
    ["application/*;q=0.1", "/plain", 200],
    ["text/html, application/json;q=0.5", "/plain", 200],
    ["text/html", "/plain", 406],
    ["text/html, application/json;q=0", "/plain", 406],
    ["application/json;q=0, */*", "/plain", 406],
    ["application/xml", "/plain", 406],
    ["text/html", "/page", 200],
    ["text/*", "/page", 200],
    ["application/json", "/page", 406],
  ];
  for (const [accept, path, status] of rows)
    it(`${path} to ${accept}: ${status}`, async () => {
      assert.equal((await send(path, { headers: { accept } })).status, status);
    });
});

describe("a quota", () => {
  it("tells what is left, refuses with the wait, and admits after it", async () => {
    const first = await send("/twice");
    assert.equal(first.headers.get("ratelimit-policy"), '"minute";q=2;w=60, "second";q=2;w=1');
    assert.match(first.headers.get("ratelimit") ?? "", /^"minute";r=1;t=\d+, "second";r=1;t=\d+$/);
    assert.equal((await send("/twice")).status, 200);
    const refused = await send("/twice");
    assert.equal(refused.status, 429);
    assert.equal(refused.problem, "quota-exceeded");
    assert.match(refused.headers.get("ratelimit") ?? "", /"minute";r=0/);
    const wait = Number(refused.headers.get("retry-after"));
    assert.ok(wait >= 1 && wait <= 60, String(wait));
    assert.deepEqual((refused.json() as { retry_after: number }).retry_after, wait);
    clock.advance(wait * 1000);
    assert.equal((await send("/twice")).status, 200);
  });

  it("that is coarse tells nothing but a minute", async () => {
    await send("/twice-coarse");
    const last = await send("/twice-coarse");
    assert.equal(last.status, 200);
    const refused = await send("/twice-coarse");
    assert.equal(refused.status, 429);
    for (const answer of [last, refused])
      assert.deepEqual(
        [answer.headers.get("ratelimit"), answer.headers.get("ratelimit-policy")],
        [null, null],
      );
    assert.equal(refused.headers.get("retry-after"), "60");
  });

  it("that is coarse and long does not send anybody back too early", async () => {
    await send("/daily-coarse");
    assert.equal((await send("/daily-coarse")).headers.get("retry-after"), "86400");
  });

  it("of one endpoint leaves the others alone", async () => {
    for (let sent = 0; sent < 3; sent++) await send("/twice");
    assert.equal((await send("/twice")).status, 429);
    assert.equal((await send("/twice-coarse")).status, 200);
  });

  it("that nobody can count is a fault of ours: 503, and no word on what is left", async () => {
    const limiter: QuotaLimiter = {
      state: () => "local",
      take: (key) =>
        key.startsWith("source|")
          ? { effect: "allow", windows: [], retryAfterSeconds: 0, source: "local" }
          : { effect: "deny", windows: [], retryAfterSeconds: 5, source: "refused-while-away" },
    };
    const lonely = await startTestApi({ endpoints, clock, limiter });
    const answer = await lonely.send("/twice-coarse");
    await lonely.close();
    assert.equal(answer.status, 503);
    assert.equal(answer.problem, "unavailable");
    assert.equal(answer.headers.get("retry-after"), "5");
    assert.equal(answer.headers.get("ratelimit"), null);
  });

  it("of the source counts what leads nowhere, too", async () => {
    const small = await startTestApi({ endpoints, clock, sourceQuota: "3/minute" });
    const answers = [];
    for (const path of ["/none", "/plain", "/none", "/none", "/plain", "/twice-coarse"])
      answers.push(await small.send(path));
    await small.close();
    assert.deepEqual(
      answers.map(({ status }) => status),
      [404, 200, 404, 429, 429, 429],
    );
    const told = answers
      .slice(3)
      .map(({ headers }) => [headers.get("ratelimit-policy"), headers.get("ratelimit")]);
    const windows = ['"minute";q=3;w=60', '"minute";r=0;t=20'];
    assert.deepEqual(told, [windows, windows, [null, null]]);
    assert.equal(answers[5]?.headers.get("retry-after"), "60");
  });
});

describe("what is not declared", () => {
  it("is 404 on every path that is none, whatever the method", async () => {
    for (const path of [
      "/none",
      "/plain/",
      "/PLAIN",
      "//plain",
      "/plain/x",
      "/%70lain%2f",
      "/things/",
      "/%zz",
    ])
      for (const method of ["GET", "POST", "OPTIONS"])
        assert.equal((await send(path, { method })).problem, "not-found", `${method} ${path}`);
    assert.equal((await send("/%70lain")).status, 200, "the same path in other letters");
  });

  it("is 405 with what there is on a path that is one", async () => {
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      const answer = await send("/plain", { method });
      assert.equal(answer.problem, "method-not-allowed", method);
      assert.equal(answer.headers.get("allow"), "GET");
    }
    assert.equal((await send("/made", { method: "PUT" })).headers.get("allow"), "DELETE, POST");
    assert.equal((await send("/things/1", { method: "DELETE" })).headers.get("allow"), "GET");
  });

  it("is HEAD: 405, and no body", async () => {
    const answer = await send("/plain", { method: "HEAD" });
    assert.equal(answer.status, 405);
    assert.equal(answer.text, "");
    assert.equal(answer.headers.get("allow"), "GET");
  });

  it("is TRACE, and every other method that the server reads", async () => {
    for (const method of ["TRACE", "PROPFIND", "LINK", "QUERY", "MKCOL"]) {
      const answer = await exchange(running.origin, requestText(`${method} /plain`));
      assert.equal(answer.status, 405, method);
      assert.doesNotMatch(answer.body, /TRACE/);
    }
  });
});

describe("other origins", () => {
  const preflight = {
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": "GET" },
  };
  it("may ask beforehand and read, when they are listed", async () => {
    const asked = await send("/plain", preflight);
    assert.equal(asked.status, 204);
    assert.equal(asked.headers.get("access-control-allow-origin"), origin);
    assert.equal(asked.headers.get("access-control-allow-methods"), "GET");
    const read = await send("/plain", { headers: { origin } });
    assert.equal(read.headers.get("access-control-allow-origin"), origin);
    assert.equal(read.headers.get("vary"), "Origin");
    const refusal = await send("/mine", { headers: { origin } });
    assert.equal(refusal.headers.get("access-control-allow-origin"), origin, "refusals, too");
  });

  it("that are not listed, or want more, get nothing", async () => {
    for (const headers of [
      { ...preflight.headers, origin: "https://app.example.evil" },
      { ...preflight.headers, origin: "null" },
      { ...preflight.headers, "access-control-request-method": "DELETE" },
      { ...preflight.headers, "access-control-request-headers": "x-other" },
    ]) {
      const answer = await send("/plain", { method: "OPTIONS", headers });
      assert.equal(answer.status, 405);
      assert.equal(answer.headers.get("access-control-allow-origin"), null);
    }
    assert.equal((await send("/none", preflight)).status, 404);
    const read = await send("/plain", { headers: { origin: "https://evil.example" } });
    assert.equal(read.headers.get("access-control-allow-origin"), null);
  });

  it("get nothing at all without a policy", async () => {
    const closed = await startTestApi({ endpoints });
    const asked = await closed.send("/plain", preflight);
    const read = await closed.send("/plain", { headers: { origin } });
    await closed.close();
    assert.equal(asked.status, 405);
    for (const { headers } of [asked, read])
      assert.ok(![...headers.keys()].some((name) => name.startsWith("access-control-")));
  });
});

describe("an answer", () => {
  it("of a document may have its size and not a byte more", async () => {
    assert.equal((await send("/page")).text, "12345678");
    assert.equal((await send("/page?long=yes")).status, 500);
  });

  it("leads somewhere in ASCII or nowhere", async () => {
    const made = (location: string) => send("/made", { json: { location } });
    const answer = await made("/made/1?a=%20b");
    assert.equal(answer.status, 201);
    assert.equal(answer.headers.get("location"), "/made/1?a=%20b");
    for (const location of ["/a\r\nset-cookie: a=b", "/a\nb", "/a b", "/caf\u00e9", "/\u0000", ""])
      assert.equal((await made(location)).status, 500, JSON.stringify(location));
  });

  for (const how of ["throw", "reject", "odd", "status", "shape", "secret"])
    it(`that fails (${how}) is the constant 500, told to whoever operates it alone`, async () => {
      const known = running.internalErrors.length;
      const answer = await send(`/broken?how=${how}`);
      assert.equal(answer.status, 500);
      assert.equal(answer.problem, "internal-error");
      const { instance, request_id: id, ...rest } = answer.json() as Record<string, string>;
      assert.ok(isId(id ?? ""));
      assert.equal(instance, `urn:uuid:${id}`);
      assert.deepEqual(rest, {
        type: "/problems/internal-error",
        title: "Internal error",
        status: 500,
        detail: "The service failed. The request id helps to find out why.",
        code: "internal-error",
      });
      const whole = answer.text + JSON.stringify([...answer.headers]);
      assert.doesNotMatch(whole, /hunter2|password|Error:|node:|\.ts|418/);
      assert.equal(running.internalErrors.length, known + 1);
    });

  it("of a problem never holds its private reason", async () => {
    const answer = await send("/things/1");
    assert.equal(answer.status, 404);
    assert.doesNotMatch(answer.text, /hunter2/);
  });

  it("comes also when whoever is told of failures fails", async () => {
    const careless = await startTestApi({
      endpoints,
      onInternalError: () => {
        throw new Error("no space left");
      },
    });
    const answer = await careless.send("/broken?how=throw");
    await careless.close();
    assert.equal(answer.status, 500);
  });
});
