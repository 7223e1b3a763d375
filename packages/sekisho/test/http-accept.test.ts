/** What a stranger writes into `Accept` must cost neither memory nor time (OWASP API4:2023). */

import assert from "node:assert/strict";
import { Agent, get } from "node:http";
import { after, before, describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { anonymous } from "sekisho/authorization";
import { defineEndpoint } from "sekisho/http";
import { production } from "sekisho/inventory";
import { startTestApi, type TestApi } from "sekisho/testing";
import { z } from "zod";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const paths = ["/one", "/two", "/three", "/four"];
const endpoints = paths.map((path) =>
  defineEndpoint({
    method: "GET",
    path,
    summary: "A sample",
    team: "tests",
    lifecycle: production({ since: "2026-01-01" }),
    access: anonymous("tests"),
    quota: "100000/minute",
    output: { 200: z.strictObject({}) },
    handle: ({ reply }) => reply(200, {}),
  }),
);

describe("the Accept field", () => {
  let api: TestApi;
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  before(async () => {
    api = await startTestApi({ endpoints, sourceQuota: "100000/minute" });
  });
  after(async () => {
    agent.destroy();
    await api.close();
  });

  const statusOf = (path: string, accept: string): Promise<number> =>
    new Promise((resolve, reject) => {
      get(`${api.origin}${path}`, { agent, headers: { accept } }, (answer) => {
        answer.resume().once("end", () => resolve(answer.statusCode ?? 0));
      }).once("error", reject);
    });

  it("is not kept when it is long", async () => {
    const noise = "a".repeat(15_000);
    await Promise.all(paths.map((path) => statusOf(path, noise)));
    collect();
    const held = process.memoryUsage().heapUsed;
    for (let turn = 0; turn < 256; turn++)
      await Promise.all(paths.map((path) => statusOf(path, `x/${turn}${noise}`)));
    collect();
    const grown = process.memoryUsage().heapUsed - held;
    assert.ok(grown < 5_000_000, `${grown} bytes are still held`);
  });

  it("is understood as before when it is long, for as many ranges as anybody lists", async () => {
    const long = "text/x-something-long, ".repeat(20);
    assert.equal(await statusOf("/one", `${long}application/json`), 200);
    assert.equal(await statusOf("/one", `${long}text/html`), 406);
    assert.equal(await statusOf("/one", `${"a/b,".repeat(63)}application/json`), 200);
    assert.equal(await statusOf("/one", `${"a/b,".repeat(64)}application/json`), 406);
  });
});
