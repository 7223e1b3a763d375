/** A shop that is told to stop says so first, finishes what it began, and lets go of its database last. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, describe, it } from "node:test";
import { runShop, type RunningShop } from "./running-shop.ts";

const body = JSON.stringify({ username: "alice", password: "not the one of alice" });

describe("a shop that is told to stop", () => {
  let running: RunningShop;
  before(async () => {
    running = await runShop();
  });
  after(() => running.close());

  it("is not ready while it finishes, and answers what was under way", async () => {
    const { shop, origin } = running;
    const probe = async (): Promise<number> =>
      (await fetch(`${shop.operationsOrigin}/readyz`)).status;
    assert.equal(await probe(), 200, "the control");

    const socket = connect(Number(new URL(origin).port), "127.0.0.1");
    await once(socket, "connect");
    const head = [
      "POST /api/auth/token HTTP/1.1",
      "Host: shop",
      "Content-Type: application/json",
      `Content-Length: ${body.length}`,
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n${body.slice(0, 10)}`);
    // The same process serves both ports: when this is answered, the message has been begun.
    await probe();

    let stopped = false;
    const stop = shop.close().then(() => (stopped = true));
    assert.equal(await probe(), 503);
    await assert.rejects(fetch(`${origin}/livez`), "nobody new is let in");
    assert.equal(stopped, false);

    let answer = "";
    socket.on("data", (chunk: Buffer) => (answer += String(chunk)));
    socket.write(body.slice(10));
    await once(socket, "close");
    assert.match(answer, /^HTTP\/1\.1 401 /, "its password was compared, in the database");
    assert.match(answer, /^connection: close\r$/m);
    await stop;
    await assert.rejects(probe());
  });
});
