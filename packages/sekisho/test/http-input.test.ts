/** What a request may bring along: size, media type, JSON, contract. */

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { anonymous, authenticated } from "sekisho/authorization";
import { writableBy } from "sekisho/contract";
import { defineEndpoint, unaudited } from "sekisho/http";
import { production } from "sekisho/inventory";
import {
  createTestAuthenticator,
  startTestApi,
  testPrincipal,
  type TestApi,
} from "sekisho/testing";
import { z } from "zod";
import { exchange, open, requestText } from "./http-raw.ts";

const limit = 200;
const common = {
  summary: "A sample",
  team: "tests",
  lifecycle: production({ since: "2026-01-01" }),
  access: anonymous("tests"),
  quota: "6000/minute",
  audit: unaudited("tests"),
} as const;
/** Bodies that handlers were given. */
let taken: unknown[] = [];

const endpoints = [
  defineEndpoint({
    ...common,
    method: "POST",
    path: "/notes",
    limits: { bodyBytes: limit },
    query: z.strictObject({ draft: z.enum(["yes"]).optional() }),
    body: z.strictObject({
      note: z.string().max(150),
      list: z
        .array(z.strictObject({ id: z.int().min(0).max(9) }))
        .max(2)
        .optional(),
      pinned: writableBy(z.boolean(), "admin").optional(),
    }),
    output: { 200: z.strictObject({ note: z.string().max(150) }) },
    handle: ({ body, reply }) => {
      taken.push(body);
      return reply(200, { note: body.note });
    },
  }),
  defineEndpoint({
    ...common,
    method: "POST",
    path: "/mine",
    access: authenticated(),
    body: z.strictObject({ note: z.string().max(10) }),
    output: { 200: z.strictObject({}) },
    handle: ({ reply }) => reply(200, {}),
  }),
  defineEndpoint({
    ...common,
    method: "POST",
    path: "/bare",
    output: { 200: z.strictObject({}) },
    handle: ({ reply }) => {
      taken.push("bare");
      return reply(200, {});
    },
  }),
];

let running: TestApi;
before(async () => {
  running = await startTestApi({
    endpoints,
    authenticator: createTestAuthenticator({ alice: testPrincipal() }),
  });
});
after(async () => {
  await running.close();
  assert.deepEqual(running.internalErrors, []);
});
beforeEach(() => {
  taken = [];
});

const json = { "content-type": "application/json" };
const sound = JSON.stringify({ note: "x" });
/** A sound body of so many bytes. */
const bodyOf = (bytes: number): string => sound.padEnd(bytes);
const post = (body: string, headers: Record<string, string> = json, path = "/notes") =>
  exchange(running.origin, requestText(`POST ${path}`, headers, body));

describe("a body that is too large", () => {
  it("is refused by its declared length, before it is sent", async () => {
    const headers = { ...json, "content-length": String(limit + 1) };
    const answer = await exchange(running.origin, requestText("POST /notes", headers));
    assert.equal(answer.status, 413);
    assert.equal(answer.code, "body-too-large");
  });

  it("is refused by what arrives, when no length is declared", async () => {
    const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
    const chunked = (body: string) =>
      exchange(
        running.origin,
        requestText("POST /notes", { ...json, "transfer-encoding": "chunked" }) +
          `${chunk(body.slice(0, 100))}${chunk(body.slice(100))}0\r\n\r\n`,
      );
    assert.equal((await chunked(bodyOf(limit))).status, 200, "the longest one");
    assert.deepEqual(taken.length, 1);
    assert.equal((await chunked(bodyOf(limit + 1))).status, 413);
    assert.deepEqual(taken.length, 1);
  });

  it("is judged at its very border, in bytes and not in characters", async () => {
    assert.equal((await post(bodyOf(limit))).status, 200);
    assert.equal((await post(bodyOf(limit + 1))).status, 413);
    const wide = JSON.stringify({ note: "\u00e9".repeat(94) });
    assert.ok(wide.length < limit);
    assert.equal((await post(wide)).status, 200);
    assert.equal((await post(JSON.stringify({ note: "\u00e9".repeat(95) }))).status, 413);
  });

  it("may be sent to its end: the sender gets to read the answer, and the connection lives", async () => {
    const connection = open(running.origin);
    const body = bodyOf(3_000_000);
    connection.write(
      requestText("POST /notes", {
        ...json,
        connection: "keep-alive",
        "content-length": String(body.length),
      }),
    );
    connection.write(body);
    await connection.until(/ 413 [\s\S]*body-too-large/);
    connection.write(requestText("POST /notes", json, sound));
    const answers = await connection.answers();
    assert.deepEqual(
      answers.map(({ status }) => status),
      [413, 200],
    );
  });

  it("is cut off when it has no end", async () => {
    const connection = open(running.origin);
    const headers = { ...json, connection: "keep-alive", "content-length": "1000000000" };
    connection.write(requestText("POST /notes", headers));
    const started = performance.now();
    const piece = "x".repeat(1_000_000);
    for (let sent = 0; sent < 40; sent++) connection.write(piece);
    const answers = await connection.answers();
    assert.ok(performance.now() - started < 8_000, "and not by a time-out");
    assert.deepEqual(
      answers.map(({ status }) => status),
      [413],
    );
  });
});

describe("a media type", () => {
  const rows: readonly (readonly [type: string | undefined, status: number])[] = [
    ["application/json", 200],
    ["application/json;charset=utf-8", 200],
    ["application/json; charset=UTF-8", 200],
    ['application/json; charset="utf-8"', 200],
    ["APPLICATION/JSON", 200],
    [undefined, 415],
    ["", 415],
    ["text/plain", 415],
    ["text/json", 415],
    ["application/x-www-form-urlencoded", 415],
    ["multipart/form-data; boundary=x", 415],
    ["application/json; charset=utf-16", 415],
    ["application/json; charset=utf-8; charset=utf-16", 415],
    ["application/json; charset=latin1", 415],
    ["application/vnd.api+json", 415],
    ["application/json+xml", 415],
    ["application/jsonx", 415],
    ["application/json,text/plain", 415],
    ["text/plain;application/json", 415],
    ["application/xml", 415],
  ];
  for (const [type, status] of rows)
    it(`${type ?? "that is missing"}: ${status}`, async () => {
      const answer = await post(sound, type === undefined ? {} : { "content-type": type });
      assert.equal(answer.status, status);
      assert.equal(taken.length, status === 200 ? 1 : 0);
      if (status === 200) return;
      assert.equal(answer.code, "unsupported-media-type");
      assert.equal(answer.headers["accept"], "application/json");
      assert.equal(answer.headers["accept-encoding"], "identity");
    });

  for (const [coding, status] of [
    ["identity", 200],
    ["gzip", 415],
    ["deflate", 415],
    ["br", 415],
    ["identity, gzip", 415],
    ["", 415],
  ] as const)
    it(`in the coding ${JSON.stringify(coding)}: ${status}`, async () => {
      assert.equal((await post(sound, { ...json, "content-encoding": coding })).status, status);
    });
});

describe("JSON", () => {
  const deep = (levels: number): string =>
    `{"note":"x","list":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`;
  const rows: readonly (readonly [what: string, body: string | Uint8Array, code: string])[] = [
    ["that is broken", '{"note":', "malformed-body"],
    ["with something behind it", `${sound}{}`, "malformed-body"],
    ["with a comment", `/* x */${sound}`, "malformed-body"],
    ["with a name twice", '{"note":"x","note":"y"}', "malformed-body"],
    ["with a name twice in other letters", '{"note":"x","n\\u006fte":"y"}', "malformed-body"],
    ["with a name twice below", '{"note":"x","list":[{"id":1,"id":2}]}', "malformed-body"],
    ["with __proto__", '{"note":"x","__proto__":{"admin":true}}', "malformed-body"],
    ["with __proto__ in other letters", '{"note":"x","__pr\\u006fto__":1}', "malformed-body"],
    ["with constructor", '{"note":"x","constructor":{"prototype":{}}}', "malformed-body"],
    ["33 levels deep", deep(33), "malformed-body"],
    ["32 levels deep", deep(32), "invalid-request"],
    ["with half a surrogate pair", '{"note":"\\ud800"}', "malformed-body"],
    ["that is no UTF-8", new Uint8Array([0x22, 0xff, 0x22]), "malformed-body"],
    ["with a byte order mark", `\ufeff${sound}`, "malformed-body"],
    ["that is empty", new Uint8Array([0x20]), "malformed-body"],
  ];
  for (const [what, body, code] of rows)
    it(`${what}: ${code}`, async () => {
      const bytes = typeof body === "string" ? Buffer.from(body) : body;
      const head = requestText("POST /notes", { ...json, "content-length": String(bytes.length) });
      const answer = await exchange(running.origin, Buffer.concat([Buffer.from(head), bytes]));
      assert.equal(answer.code, code);
      assert.equal(answer.status, code === "malformed-body" ? 400 : 422);
      assert.deepEqual(taken, []);
    });
});

describe("the contract", () => {
  const rows: readonly (readonly [what: string, body: unknown, pointers: readonly string[]])[] = [
    ["an unknown name", { note: "x", admin: true }, ["#/admin"]],
    ["an unknown name below", { note: "x", list: [{ id: 1, admin: true }] }, ["#/list/0/admin"]],
    ["an unknown name with slash and tilde", { note: "x", "a/b~c": 1 }, ["#/a~1b~0c"]],
    ["a property of somebody else", { note: "x", pinned: true }, ["#/pinned"]],
    ["a missing property", {}, ["#/note"]],
    ["another type", { note: 1 }, ["#/note"]],
    ["a number as text", { note: "x", list: [{ id: "1" }] }, ["#/list/0/id"]],
    ["too long", { note: "x".repeat(151) }, ["#/note"]],
    ["too many", { note: "x", list: [{ id: 1 }, { id: 2 }, { id: 3 }] }, ["#/list"]],
    ["two faults", { list: [{ id: 10 }] }, ["#/list/0/id", "#/note"]],
    ["a list", [], ["#"]],
    ["null", null, ["#"]],
  ];
  for (const [what, body, pointers] of rows)
    it(`refuses ${what} at ${pointers.join(" and ")}`, async () => {
      const answer = await post(JSON.stringify(body));
      assert.equal(answer.status, 422);
      assert.equal(answer.code, "invalid-request");
      const { errors } = JSON.parse(answer.body) as { errors: { pointer: string }[] };
      assert.deepEqual(errors.map(({ pointer }) => pointer).toSorted(), pointers);
      assert.deepEqual(taken, []);
    });

  it("gives the handler what it admits", async () => {
    const body = { note: "x", list: [{ id: 0 }, { id: 9 }] };
    assert.equal((await post(JSON.stringify(body))).status, 200);
    assert.deepEqual(taken, [body]);
  });

  const queries: readonly (readonly [query: string, status: number])[] = [
    ["", 200],
    ["?", 200],
    ["?draft=yes", 200],
    ["?draft=no", 422],
    ["?draft=yes&draft=yes", 422],
    ["?other=1", 422],
    ["?draft[]=yes", 422],
    ["?__proto__=1", 422],
  ];
  for (const [query, status] of queries)
    it(`${status} for the query ${JSON.stringify(query)}`, async () => {
      assert.equal((await post(sound, json, `/notes${query}`)).status, status);
    });

  it("that does not exist admits nothing but nothing, and an empty object", async () => {
    for (const [body, headers, status] of [
      ["", {}, 200],
      ["{}", json, 200],
      ["{}", { "content-type": "text/plain" }, 415],
      ['{"a":1}', json, 422],
      ["[]", json, 422],
      ["null", json, 422],
      ["{", json, 400],
    ] as const)
      assert.equal((await post(body, headers, "/bare")).status, status, body);
    assert.equal((await post("", {}, "/bare?x=1")).status, 422);
    assert.equal(taken.length, 2);
  });
});

describe("a body without a right to be read", () => {
  const head = requestText("POST /mine", { ...json, "content-length": "13" });

  it("is not waited for: the refusal comes before its first byte", async () => {
    // Not a byte of the body is ever sent, and the connection stays open on this side.
    const answer = await exchange(running.origin, head);
    assert.equal(answer.status, 401);
  });

  it("is waited for with a token", async () => {
    const connection = open(running.origin);
    connection.write(head.replace("\r\n\r\n", "\r\nauthorization: Bearer alice\r\n\r\n"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(connection.received(), "");
    connection.write('{"note":"abc"');
    connection.write("}");
    connection.destroy();
  });

  it("is not asked for by 100 Continue, and is with a token", async () => {
    const expecting = head.replace("\r\n\r\n", "\r\nexpect: 100-continue\r\n\r\n");
    const refused = open(running.origin);
    refused.write(expecting);
    await refused.answers();
    assert.doesNotMatch(refused.received(), /100 Continue/);

    const asked = open(running.origin);
    asked.write(expecting.replace("\r\n\r\n", "\r\nauthorization: Bearer alice\r\n\r\n"));
    await asked.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    asked.write('{"note":"ab"}');
    await asked.until(/200 OK/);
    asked.destroy();
  });
});
