/** What the document says of an endpoint is what the endpoint does (OWASP API9:2023, F12). */

import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, describe, it } from "node:test";
import { anonymous, authenticated, role } from "sekisho/authorization";
import { readableBy, writableBy } from "sekisho/contract";
import {
  defineEndpoint,
  describeApi,
  keysEndpoint,
  openApiEndpoint,
  problemEndpoint,
  unaudited,
  type Endpoint,
} from "sekisho/http";
import { production } from "sekisho/inventory";
import { defineProblems, problemExplanations, problemTypes } from "sekisho/kernel";
import {
  createTestAuthenticator,
  startTestApi,
  testPrincipal,
  type TestApi,
} from "sekisho/testing";
import { z } from "zod";

const common = { team: "tests", lifecycle: production({ since: "2026-11-01" }), summary: "Tests" };
const Text = z.strictObject({ text: z.string().max(20) });
const Person = z.strictObject({
  id: z.string().max(20),
  salary: readableBy(z.int().nullable(), "admin"),
});

const tall = { status: 409, title: "Too tall", detail: "The door is low." };

const endpoints: readonly Endpoint[] = [
  defineEndpoint({
    ...common,
    method: "GET",
    path: "/plain",
    access: anonymous("tests"),
    output: { 200: Text },
    handle: ({ reply }) => reply(200, { text: "plain" }),
  }),
  defineEndpoint({
    ...common,
    method: "GET",
    path: "/people-only",
    access: authenticated({ party: "user" }),
    output: { 200: Text },
    handle: ({ reply }) => reply(200, { text: "people" }),
  }),
  defineEndpoint({
    ...common,
    method: "GET",
    path: "/anyone",
    access: authenticated(),
    output: { 200: Text },
    handle: ({ reply }) => reply(200, { text: "anyone" }),
  }),
  defineEndpoint({
    ...common,
    method: "POST",
    path: "/people",
    access: role("admin"),
    audit: unaudited("tests"),
    body: z.strictObject({ grade: writableBy(z.int().min(0).max(9), "admin").optional() }),
    output: { 200: z.strictObject({ items: z.array(Person).max(5) }) },
    handle: ({ reply }) => reply(200, { items: [] }),
  }),
  problemEndpoint({
    team: "tests",
    since: "2026-11-01",
    problems: defineProblems({ "too-tall": tall }),
  }),
  keysEndpoint({ team: "tests", since: "2026-11-01", jwks: () => ({ keys: [] }) }),
  openApiEndpoint({
    team: "tests",
    since: "2026-11-01",
    openApi: () => describeApi(endpoints, { title: "Test", version: "1" }),
  }),
];

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, unknown>> }>
  >;
  readonly "x-sekisho": Readonly<Record<string, unknown>>;
}

function operation(method: string, path: string): Operation {
  const { paths } = describeApi(endpoints, { title: "Test", version: "1" });
  return paths[path]?.[method] as unknown as Operation;
}

/** The status of the answer to a message that is sent as it stands. */
async function statusOf(origin: string, message: string): Promise<number> {
  const socket = connect(Number(new URL(origin).port), "127.0.0.1");
  socket.write(message);
  for await (const chunk of socket) {
    socket.destroy();
    return Number(String(chunk).split(" ")[1]);
  }
  return 0;
}

describe("the description of an endpoint", () => {
  let running: TestApi;
  before(async () => {
    const authenticator = createTestAuthenticator({
      alice: testPrincipal(),
      robot: testPrincipal({ kind: "service" }),
    });
    running = await startTestApi({ endpoints, authenticator });
  });
  after(() => running.close());

  it("names the refusal of what nobody asked for, also where nothing is taken", async () => {
    const { responses } = operation("get", "/plain");
    assert.equal((await running.send("/plain")).status, 200, "the control");
    assert.equal((await running.send("/plain?surprise=1")).status, 422);
    // `fetch` sends no body with GET.
    const message = (type: string, length: number): string =>
      `GET /plain HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n{"a":1}`;
    const statuses = [
      await statusOf(running.origin, message("text/plain", 7)),
      await statusOf(running.origin, message("application/json", 7)),
      await statusOf(running.origin, message("application/json", 9_999_999)),
    ];
    assert.deepEqual(statuses, [415, 422, 413]);
    for (const status of statuses) assert.ok(String(status) in responses, String(status));
  });

  it("names 403 where the kind of principal decides, and only there", async () => {
    assert.equal((await running.send("/people-only", { token: "robot" })).status, 403);
    assert.equal((await running.send("/people-only", { token: "alice" })).status, 200);
    assert.ok("403" in operation("get", "/people-only").responses);
    assert.equal((await running.send("/anyone", { token: "robot" })).status, 200);
    assert.ok(!("403" in operation("get", "/anyone").responses));
  });

  it("is beside the page of every problem, which says when it comes and what to do", async () => {
    const page = (await running.send("/problems/name-taken")).json();
    assert.deepEqual(page, {
      code: "name-taken",
      ...problemTypes["name-taken"],
      ...problemExplanations["name-taken"],
    });
    const own = (await running.send("/problems/too-tall")).json();
    assert.deepEqual(own, { code: "too-tall", ...tall });
    assert.equal((await running.send("/problems/unheard-of")).status, 404);
  });

  it("says who may read and write which property", () => {
    const extension = operation("post", "/people")["x-sekisho"];
    assert.deepEqual(extension["readable_by"], { "items/*/salary": ["admin"] });
    assert.deepEqual(extension["writable_by"], { grade: ["admin"] });
    const plain = operation("get", "/plain")["x-sekisho"];
    assert.ok(!("readable_by" in plain) && !("writable_by" in plain));
  });

  it("describes documents that are JSON as the objects they are", async () => {
    for (const path of ["/openapi.json", "/.well-known/jwks.json"]) {
      const content = operation("get", path).responses["200"]?.content?.["application/json"] as {
        readonly schema: Readonly<Record<string, unknown>>;
      };
      assert.equal(content.schema["type"], "object", path);
      assert.equal(content.schema["additionalProperties"], false, path);
      const body = (await running.send(path)).json() as object;
      const known = Object.keys(content.schema["properties"] as object);
      for (const name of Object.keys(body)) assert.ok(known.includes(name), `${path} ${name}`);
    }
  });
});
