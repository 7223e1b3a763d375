/** What happens on one connection: order, ends, and faults behind or inside a message. */

import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, beforeEach, describe, it } from "node:test";
import { anonymous } from "sekisho/authorization";
import { defineEndpoint, unaudited } from "sekisho/http";
import { production } from "sekisho/inventory";
import { startTestApi, type TestApi } from "sekisho/testing";
import { z } from "zod";

let running: TestApi;
/** Handlers that ran, in order, and those that wait to be let go. */
let ran: string[] = [];
let waiting: (() => void)[] = [];

const common = {
  team: "tests",
  lifecycle: production({ since: "2026-01-01" }),
  access: anonymous("tests"),
} as const;

const slow = defineEndpoint({
  ...common,
  method: "GET",
  path: "/slow",
  summary: "Answers when it is let go",
  output: { 200: z.strictObject({ name: z.string().max(20) }) },
  handle: async ({ reply }) => {
    ran.push("slow");
    await new Promise<void>((resolve) => waiting.push(resolve));
    return reply(200, { name: "slow" });
  },
});

const quick = defineEndpoint({
  ...common,
  method: "POST",
  path: "/quick",
  summary: "Takes a body",
  audit: unaudited("tests"),
  body: z.strictObject({ name: z.string().max(20) }),
  output: { 200: z.strictObject({ name: z.string().max(20) }) },
  handle: ({ body, reply }) => {
    ran.push("quick");
    return reply(200, body);
  },
});

before(async () => {
  running = await startTestApi({ endpoints: [slow, quick] });
});
after(() => running.close());
beforeEach(() => {
  ran = [];
  waiting = [];
});

/** Opens a connection; `statuses` are those of all answers, in order, once the server ended it. */
function open(text: string) {
  const socket = connect({
    host: "127.0.0.1",
    port: Number(new URL(running.origin).port),
    allowHalfOpen: true,
  });
  let received = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    received += chunk;
  });
  const statuses = new Promise<number[]>((resolve) => {
    socket.on("error", () => undefined);
    const settle = (): void => {
      socket.destroy();
      resolve([...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status)));
    };
    socket.once("end", settle).once("close", settle);
  });
  socket.write(text);
  return { socket, statuses, received: () => received };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const get = "GET /slow HTTP/1.1\r\nhost: a\r\n\r\n";
const posted = JSON.stringify({ name: "x" });
const post = `POST /quick HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${posted.length}\r\n\r\n${posted}`;
const chunked =
  "POST /quick HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";

describe("a connection", () => {
  it("answers messages that came together in their order", async () => {
    const { socket, statuses, received } = open(get + post);
    await until(() => waiting.length === 1);
    await until(() => ran.includes("quick"));
    assert.equal(received(), "");
    for (const go of waiting) go();
    await until(() => received().includes('"x"'));
    socket.end();
    assert.deepEqual(await statuses, [200, 200]);
    assert.ok(received().indexOf('"slow"') < received().indexOf('"x"'));
  });

  it("answers a message before the bytes behind it that are none", async () => {
    const { statuses, received } = open(`${get}BAD\r\n\r\n`);
    await until(() => waiting.length === 1);
    assert.equal(received(), "");
    for (const go of waiting) go();
    assert.deepEqual(await statuses, [200, 400]);
  });

  it("answers once when a body turns out to be broken, whoever reads it", async () => {
    const { statuses } = open(`${chunked}zz\r\n`);
    assert.deepEqual(await statuses, [400]);
    assert.deepEqual(ran, []);
  });

  it("does not answer again when the body of an answered message is broken", async () => {
    const { socket, statuses, received } = open(chunked.replace("/quick", "/missing"));
    await until(() => received() !== "");
    socket.write("zz\r\n");
    assert.deepEqual(await statuses, [404]);
  });

  it("looks at nothing behind a message that the gate refused", async () => {
    const { statuses } = open(get.replace("host: a", "host: a\r\nhost: b") + post);
    assert.deepEqual(await statuses, [400]);
    assert.deepEqual(ran, []);
  });

  it("carries one message of HTTP/1.0, and more of HTTP/1.1", async () => {
    const old = post.replace("HTTP/1.1\r\n", "HTTP/1.0\r\nconnection: keep-alive\r\n");
    assert.deepEqual(await open(old + post).statuses, [200]);
    assert.deepEqual(ran, ["quick"]);
    const { socket, statuses } = open(post + post);
    await until(() => ran.length === 3);
    socket.end();
    assert.deepEqual(await statuses, [200, 200]);
  });

  it("refuses a request line without a version", async () => {
    assert.deepEqual(await open("GET /slow\r\nhost: a\r\n\r\n").statuses, [400]);
    assert.deepEqual(ran, []);
  });

  it("is no proxy and knows no target for the whole server", async () => {
    const { statuses } = open(get.replace("/slow", "http://a/slow"));
    assert.deepEqual(await statuses, [421]);
    assert.deepEqual(await open("OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n").statuses, [421]);
    assert.deepEqual(ran, []);
  });

  it("takes ports that exist", async () => {
    const { socket, statuses } = open(post.replace("host: a", "host: a:65535"));
    await until(() => ran.length === 1);
    socket.end();
    assert.deepEqual(await statuses, [200]);
    assert.deepEqual(await open(post.replace("host: a", "host: a:65536")).statuses, [400]);
  });
});

describe("an API that stops", () => {
  it("answers every message it took in, and takes none after the last answer", async () => {
    const stopping = await startTestApi({ endpoints: [slow, quick] });
    const socket = connect({ host: "127.0.0.1", port: Number(new URL(stopping.origin).port) });
    let received = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      received += chunk;
    });
    const ended = new Promise((resolve) => socket.once("end", resolve));
    socket.write(get + get);
    await until(() => waiting.length === 2);
    const closed = stopping.close();
    await until(() => !stopping.api.accepting);
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const go of waiting) go();
    await ended;
    await closed;
    const heads = received.split("HTTP/1.1 200 OK").slice(1);
    assert.deepEqual(
      heads.map((head) => head.includes("connection: close")),
      [false, true],
    );
  });
});
