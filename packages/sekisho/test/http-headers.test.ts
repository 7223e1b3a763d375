/** Every answer carries the same protection, also those that are given before there is a request. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { anonymous, authenticated, role } from "sekisho/authorization";
import { document, noContent } from "sekisho/contract";
import { defineEndpoint, unaudited } from "sekisho/http";
import { deprecated, production } from "sekisho/inventory";
import { Problem, problemTypes } from "sekisho/kernel";
import {
  createTestAuthenticator,
  startTestApi,
  testPrincipal,
  type TestApi,
} from "sekisho/testing";
import { z } from "zod";
import { exchange, open, requestText, type RawAnswer } from "./http-raw.ts";

const common = {
  summary: "A sample",
  team: "tests",
  lifecycle: production({ since: "2026-01-01" }),
  access: anonymous("tests"),
  audit: unaudited("tests"),
} as const;
const empty = z.strictObject({});
const ownPolicy = "default-src 'none'; script-src 'self'";

const ownProblem = { code: "tea-pot", status: 418, title: "Tea pot", detail: "No coffee." };
const endpoints = [
  defineEndpoint({
    ...common,
    method: "GET",
    path: "/200",
    output: { 200: empty },
    handle: ({ reply }) => reply(200, {}),
  }),
  defineEndpoint({
    ...common,
    method: "GET",
    path: "/201",
    output: { 201: empty },
    handle: ({ reply }) => reply(201, {}, { location: "/x" }),
  }),
  defineEndpoint({
    ...common,
    method: "GET",
    path: "/202",
    output: { 202: empty },
    handle: ({ reply }) => reply(202, {}),
  }),
  defineEndpoint({
    ...common,
    method: "GET",
    path: "/204",
    output: { 204: noContent },
    handle: ({ reply }) => reply(204, undefined),
  }),
  defineEndpoint({
    ...common,
    method: "GET",
    path: "/page",
    output: { 200: document({ mediaType: "text/html", contentSecurityPolicy: ownPolicy }) },
    handle: ({ reply }) => reply(200, "x"),
  }),
  defineEndpoint({
    ...common,
    method: "GET",
    path: "/mine",
    access: authenticated(),
    output: { 200: empty },
    handle: ({ reply }) => reply(200, {}),
  }),
  defineEndpoint({
    ...common,
    method: "GET",
    path: "/admin",
    access: role("admin"),
    output: { 200: empty },
    handle: ({ reply }) => reply(200, {}),
  }),
  defineEndpoint({
    ...common,
    method: "GET",
    path: "/gone",
    lifecycle: deprecated({
      since: "2025-01-01",
      deprecatedAt: "2025-01-01",
      sunsetAt: "2025-01-02",
    }),
    output: { 200: empty },
    handle: ({ reply }) => reply(200, {}),
  }),
  defineEndpoint({
    ...common,
    method: "GET",
    path: "/once",
    quota: "1/day",
    output: { 200: empty },
    handle: ({ reply }) => reply(200, {}),
  }),
  defineEndpoint({
    ...common,
    method: "GET",
    path: "/error",
    output: { 200: empty },
    handle: () => {
      throw new Error("x");
    },
  }),
  defineEndpoint({
    ...common,
    method: "GET",
    path: "/never",
    limits: { milliseconds: 20 },
    output: { 200: empty },
    handle: () => new Promise(() => undefined),
  }),
  defineEndpoint({
    ...common,
    method: "GET",
    path: "/problems/:code",
    output: { 200: empty },
    handle: ({ parameters }) => {
      if (parameters.code === ownProblem.code) throw new Problem(ownProblem);
      throw new Problem(parameters.code as keyof typeof problemTypes);
    },
  }),
  defineEndpoint({
    ...common,
    method: "POST",
    path: "/notes",
    limits: { bodyBytes: 20 },
    body: z.strictObject({ note: z.string().max(8) }),
    output: { 200: empty },
    handle: ({ reply }) => reply(200, {}),
  }),
];

/** The fields of protection, exactly. */
const protection = {
  "content-security-policy":
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "x-frame-options": "DENY",
  "permissions-policy":
    "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
  "cache-control": "no-store",
};

function protectionOf({ headers }: RawAnswer): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.keys(protection).map((name) => [name, headers[name]]));
}

const json = { "content-type": "application/json" };
const post = (body: string, headers: Record<string, string> = json): string =>
  requestText("POST /notes", headers, body);
const sent: readonly (readonly [status: number, text: string])[] = [
  [200, requestText("GET /200")],
  [201, requestText("GET /201")],
  [202, requestText("GET /202")],
  [204, requestText("GET /204")],
  [400, post("{")],
  [400, "GARBAGE\r\n\r\n"],
  [400, "GET /200 HTTP/1.1\r\n\r\n"],
  [400, "GET /200 HTTP/1.1\r\nhost: a\r\nx\u0000: 1\r\n\r\n"],
  [401, requestText("GET /mine")],
  [403, requestText("GET /admin", { authorization: "Bearer alice" })],
  [404, requestText("GET /none")],
  [405, requestText("PUT /200")],
  [406, requestText("GET /200", { accept: "text/html" })],
  [410, requestText("GET /gone")],
  [413, post(`{"note":"${"x".repeat(30)}"}`)],
  [414, requestText(`GET /${"x".repeat(9_000)}`)],
  [415, post("{}", { "content-type": "text/plain" })],
  [417, requestText("GET /200", { expect: "x" })],
  [421, requestText("GET http://other/200")],
  [422, post("{}")],
  [429, requestText("GET /once")],
  [431, requestText("GET /200", { "x-long": "x".repeat(20_000) })],
  [500, requestText("GET /error")],
  [501, requestText("POST /notes", { ...json, "transfer-encoding": "gzip, chunked" })],
  [503, requestText("GET /never")],
];

describe("the header fields of an answer", () => {
  let running: TestApi;
  before(async () => {
    running = await startTestApi({
      endpoints,
      problems: { [ownProblem.code]: ownProblem },
      authenticator: createTestAuthenticator({ alice: testPrincipal() }),
      timeouts: { headMilliseconds: 200 },
    });
    await running.send("/once");
  });
  after(() => running.close());

  for (const [status, text] of sent)
    it(`of ${status} to ${JSON.stringify(text.slice(0, 40))} are those of every other`, async () => {
      const answer = await exchange(running.origin, text);
      assert.equal(answer.status, status, answer.body);
      assert.deepEqual(protectionOf(answer), protection);
      assert.equal(
        answer.headers["content-type"],
        status < 300 ? expectedType(status) : "application/problem+json",
      );
      assert.ok(Date.parse(answer.headers["date"] ?? "") > 0, "has a date");
      for (const name of [
        "server",
        "x-powered-by",
        "etag",
        "strict-transport-security",
        "set-cookie",
      ])
        assert.equal(answer.headers[name], undefined, name);
      if (status >= 400) assert.equal(JSON.parse(answer.body).status, status);
    });
  const expectedType = (status: number): string | undefined =>
    status === 204 ? undefined : "application/json; charset=utf-8";

  it("of 408 to half a head are those of every other", async () => {
    const connection = open(running.origin);
    connection.write("GET /200 HTTP/1.1\r\nhost: a\r\n");
    const [answer] = await connection.answers();
    assert.ok(answer);
    assert.equal(answer.status, 408);
    assert.deepEqual(protectionOf(answer), protection);
  });

  it("of a document differ in its own policy alone", async () => {
    const answer = await exchange(running.origin, requestText("GET /page"));
    assert.deepEqual(protectionOf(answer), { ...protection, "content-security-policy": ownPolicy });
    assert.equal(answer.headers["content-type"], "text/html");
  });

  it("are there for every problem of the catalogue, each with its status and type", async () => {
    for (const [code, { status }] of [
      ...Object.entries(problemTypes),
      [ownProblem.code, ownProblem] as const,
    ]) {
      const answer = await exchange(running.origin, requestText(`GET /problems/${code}`));
      assert.equal(answer.status, status, code);
      assert.deepEqual(protectionOf(answer), protection, code);
      assert.equal(JSON.parse(answer.body).type, `/problems/${code}`);
      if (status === 401) assert.match(answer.headers["www-authenticate"] ?? "", / realm="Test"/);
    }
  });

  it("say to come back over TLS where there is TLS, in every answer", async () => {
    const secure = await startTestApi({ endpoints, tlsInFront: true });
    for (const text of [requestText("GET /200"), requestText("GET /none"), "GARBAGE\r\n\r\n"]) {
      const { headers } = await exchange(secure.origin, text);
      assert.equal(headers["strict-transport-security"], "max-age=63072000; includeSubDomains");
    }
    await secure.close();
  });
});
