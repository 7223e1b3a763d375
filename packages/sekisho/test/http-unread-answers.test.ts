/** A client that asks and never reads must not hold a connection (OWASP API4:2023). */

import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { anonymous } from "sekisho/authorization";
import { document } from "sekisho/contract";
import { defineEndpoint } from "sekisho/http";
import { production } from "sekisho/inventory";
import { startTestApi, type TestApi } from "sekisho/testing";

const large = "x".repeat(500_000);
const requestMilliseconds = 400;

const common = {
  method: "GET",
  summary: "A sample",
  team: "tests",
  lifecycle: production({ since: "2026-01-01" }),
  access: anonymous("tests"),
  output: { 200: document({ mediaType: "text/plain", maximumBytes: large.length }) },
} as const;

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

describe("an answer that nobody reads", () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi({
      endpoints: [
        defineEndpoint({ ...common, path: "/large", handle: ({ reply }) => reply(200, large) }),
        defineEndpoint({
          ...common,
          path: "/slow",
          handle: async ({ reply }) => {
            await pause(requestMilliseconds * 3);
            return reply(200, "done");
          },
        }),
      ],
      timeouts: {
        headMilliseconds: requestMilliseconds,
        requestMilliseconds,
        idleMilliseconds: requestMilliseconds,
      },
    });
  });
  after(() => api.close());

  function ask(path: string, times: number): Socket {
    const { hostname, port } = new URL(api.origin);
    const socket = connect(Number(port), hostname);
    socket.on("error", () => undefined);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(times));
    return socket;
  }

  it("ends its connection", async () => {
    const socket = ask("/large", 60);
    socket.pause();
    await pause(requestMilliseconds * 6);
    // Reading now shows what was on its way and then the end, instead of the rest.
    let bytes = 0;
    socket.on("data", (chunk: Buffer) => (bytes += chunk.byteLength));
    socket.resume();
    await new Promise((resolve) => socket.once("close", resolve));
    assert.ok(bytes > 0);
    assert.ok(bytes < 60 * large.length, "the rest was given up");
  });

  it("is sent whole to whoever reads", async () => {
    const socket = ask("/large", 60);
    let bytes = 0;
    socket.on("data", (chunk: Buffer) => (bytes += chunk.byteLength));
    await new Promise((resolve) => socket.once("close", resolve));
    assert.ok(bytes > 60 * large.length);
  });

  it("is awaited longer than that while the service works on it", async () => {
    const socket = ask("/slow", 1);
    let text = "";
    socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
    await new Promise((resolve) => socket.once("close", resolve));
    assert.match(text, /done$/);
  });
});
