/** What the framework under the API would say by itself never leaves (OWASP API8:2023). */

import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before, describe, it } from "node:test";
import { anonymous } from "sekisho/authorization";
import { createApi, defineEndpoint, type Api, type ApiPlugin } from "sekisho/http";
import { production } from "sekisho/inventory";
import { z } from "zod";

const hello = defineEndpoint({
  method: "GET",
  path: "/hello",
  summary: "Greets",
  team: "tests",
  lifecycle: production({ since: "2026-11-01" }),
  access: anonymous("tests"),
  output: { 200: z.strictObject({ greeting: z.string().max(20) }) },
  handle: ({ reply }) => reply(200, { greeting: "hello" }),
});

/** A plugin of which a hook fails for one header field. */
const failing: ApiPlugin = Object.assign(
  ((instance, _options, done) => {
    instance.addHook("onRequest", (message, _reply, next) => {
      next(message.headers["x-fail"] === undefined ? undefined : new Error("secret of a plugin"));
    });
    done();
  }) satisfies ApiPlugin,
  { [Symbol.for("skip-override")]: true },
);

describe("errors of the framework", () => {
  const internal: unknown[] = [];
  let api: Api;
  let origin: string;

  before(async () => {
    api = await createApi({
      title: "Test",
      version: "1.0.0",
      endpoints: [hello],
      plugins: [failing],
      onInternalError: (error) => internal.push(error),
    });
    origin = await api.listen({ host: "127.0.0.1", port: 0 });
  });
  after(() => api.close());

  function send(method: string, path: string, fields: readonly string[] = []) {
    const { hostname, port, host } = new URL(origin);
    const headers = ["host", host, "content-length", "0", ...fields];
    return new Promise<{ status: number; policy: unknown; text: string }>((resolve, reject) => {
      const message = request({ hostname, port, method, path, headers }, (response) => {
        const policy = response.headers["content-security-policy"];
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, policy, text });
        });
      });
      message.on("error", reject);
      message.end();
    });
  }

  it("a method that the framework has rules for is one that the path does not have", async () => {
    assert.equal((await send("GET", "/hello")).status, 200);
    for (const [path, status] of [
      ["/hello", 405],
      ["/nothing", 404],
    ] as const) {
      const answer = await send("QUERY", path);
      assert.equal(answer.status, status, answer.text);
      assert.ok(answer.policy);
      assert.doesNotMatch(answer.text, /FST_/);
    }
  });

  it("a hook that fails gives the constant 500 and its message to operators alone", async () => {
    const answer = await send("GET", "/hello", ["x-fail", "1"]);
    assert.equal(answer.status, 500);
    assert.ok(answer.policy);
    assert.doesNotMatch(answer.text, /secret/);
    assert.match(answer.text, /internal-error/);
    assert.deepEqual(internal.map(String), ["Error: secret of a plugin"]);
    assert.equal((await send("GET", "/hello")).status, 200);
  });
});
