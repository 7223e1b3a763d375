/** Deadlines and the end of the service. */

import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { anonymous } from "sekisho/authorization";
import { createOperations, defineEndpoint, healthEndpoints, unaudited } from "sekisho/http";
import { production } from "sekisho/inventory";
import { startTestApi, type TestApi } from "sekisho/testing";
import { z } from "zod";
import { open, requestText } from "./http-raw.ts";

const common = {
  summary: "A sample",
  team: "tests",
  lifecycle: production({ since: "2026-01-01" }),
  access: anonymous("tests"),
} as const;

/** Lets handlers wait until the test lets them go. */
function createGate() {
  const waiting: (() => void)[] = [];
  return {
    get count() {
      return waiting.length;
    },
    wait: () => new Promise<void>((resolve) => waiting.push(resolve)),
    openAll: () => {
      for (const go of waiting.splice(0)) go();
    },
  };
}
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe("a deadline", () => {
  let aborted = 0;
  const waitFor = (path: string, milliseconds: number) =>
    defineEndpoint({
      ...common,
      method: "GET",
      path,
      limits: { milliseconds },
      output: { 200: z.strictObject({}) },
      handle: async ({ deadline, now, reply, signal }) => {
        assert.equal(deadline - now, milliseconds);
        signal.addEventListener("abort", () => (aborted += 1));
        await new Promise((resolve) => setTimeout(resolve, 100));
        if (path === "/never") await new Promise(() => undefined);
        return reply(200, {});
      },
    });
  const upload = defineEndpoint({
    ...common,
    method: "POST",
    path: "/upload",
    audit: unaudited("tests"),
    limits: { milliseconds: 100 },
    body: z.strictObject({}),
    output: { 200: z.strictObject({}) },
    handle: ({ reply }) => reply(200, {}),
  });
  const endpoints = [waitFor("/never", 120), waitFor("/short", 5_000), upload];

  it("ends what takes too long with 503 and lets go of it; what is in time is served", async () => {
    aborted = 0;
    const running = await startTestApi({ endpoints });
    const [late, well] = await Promise.all([running.send("/never"), running.send("/short")]);
    assert.equal(late.status, 503);
    assert.equal(late.problem, "deadline-exceeded");
    assert.equal(late.headers.get("retry-after"), "1");
    assert.equal(well.status, 200);
    assert.ok(aborted >= 1);
    assert.deepEqual(running.internalErrors, []);
    await running.close();
  });

  it("of a body that does not come is 408, and ends the connection", async () => {
    const running = await startTestApi({ endpoints });
    const connection = open(running.origin);
    connection.write(
      requestText("POST /upload", {
        connection: "keep-alive",
        "content-type": "application/json",
        "content-length": "100",
      }),
    );
    const answers = await connection.answers();
    assert.deepEqual(
      answers.map(({ code, headers }) => [code, headers["connection"]]),
      [["request-timeout", "close"]],
    );
    await running.close();
  });

  it("is not waited for when the client goes away", async () => {
    aborted = 0;
    const running = await startTestApi({ endpoints: [waitFor("/never", 60_000)] });
    const connection = open(running.origin);
    connection.write(requestText("GET /never"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(aborted, 0);
    connection.destroy();
    await until(() => aborted === 1);
    await running.close();
  });
});

describe("the end of the service", () => {
  const gate = createGate();
  const slow = defineEndpoint({
    ...common,
    method: "GET",
    path: "/slow",
    output: { 200: z.strictObject({ done: z.boolean() }) },
    handle: async ({ reply }) => {
      await gate.wait();
      return reply(200, { done: true });
    },
  });

  const isRefused = (origin: string): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect({ host: "127.0.0.1", port: Number(new URL(origin).port) });
      socket.on("connect", () => {
        socket.destroy();
        resolve(false);
      });
      socket.on("error", () => resolve(true));
    });

  it("is told first, finishes what is under way, and takes nothing new", async () => {
    let running: TestApi | undefined;
    const readiness = () =>
      Promise.resolve({
        ready: running?.api.accepting === true,
        database: "up" as const,
        quota: "local" as const,
      });
    running = await startTestApi({
      endpoints: [slow, ...healthEndpoints({ team: "tests", since: "2026-01-01", readiness })],
    });
    const operations = createOperations({ api: running.api, readiness });
    const port = await operations.listen({ host: "127.0.0.1", port: 0 });
    const ready = async (): Promise<number> => (await fetch(`${port}/readyz`)).status;

    assert.equal((await running.send("/readyz")).status, 200);
    assert.equal(await ready(), 200);
    const idle = open(running.origin);
    idle.write(requestText("GET /livez", { connection: "keep-alive" }));
    await idle.until(/"ok"/);
    const answer = running.send("/slow");
    await until(() => gate.count === 1);

    let closed = false;
    const closing = running.close().finally(() => {
      closed = true;
    });
    assert.equal(running.api.accepting, false, "at once, before anything else");
    assert.equal(await ready(), 503);
    await idle.answers();
    assert.ok(await isRefused(running.origin), "nobody new gets in");
    assert.equal(closed, false, "the request under way is waited for");

    gate.openAll();
    const finished = await answer;
    assert.equal(finished.status, 200);
    assert.equal(finished.headers.get("connection"), "close");
    assert.deepEqual(finished.json(), { done: true });
    await closing;
    await operations.close();
  });

  it("comes once, however often it is asked for", async () => {
    const running = await startTestApi({ endpoints: [slow] });
    await Promise.all([running.close(), running.close()]);
    await running.close();
    assert.ok(await isRefused(running.origin));
  });

  it("comes also while somebody keeps a request coming, byte by byte", async () => {
    const running = await startTestApi({
      endpoints: [slow],
      timeouts: { headMilliseconds: 200, requestMilliseconds: 200 },
    });
    const connection = open(running.origin);
    connection.write("GET /slow HTTP/1.1\r\nhost: a\r\nx-slow: ");
    const drip = setInterval(() => connection.write("x"), 20);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await running.close();
    await connection.answers();
    clearInterval(drip);
  });

  it("does not cut off a request that is being worked on, however impatient it is", async () => {
    const running = await startTestApi({
      endpoints: [slow],
      timeouts: { headMilliseconds: 50, requestMilliseconds: 50 },
    });
    const answer = running.send("/slow");
    await until(() => gate.count === 1);
    const closing = running.close();
    await new Promise((resolve) => setTimeout(resolve, 250));
    gate.openAll();
    assert.equal((await answer).status, 200);
    await closing;
  });
});
