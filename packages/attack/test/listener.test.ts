import { strict as assert } from "node:assert";
import { request } from "node:http";
import { connect } from "node:net";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startListener, type Listener } from "../src/wire/listener.ts";

let listener: Listener;
let state = 7;

/** A small generator, so that the tokens of the test are its own. */
function random(): number {
  state = (state * 48_271) % 2_147_483_647;
  return state / 2_147_483_647;
}

before(async () => {
  listener = await startListener(random);
});
after(async () => {
  await listener.close();
});

describe("the listener", () => {
  it("files a visit under the token of its URL, with its header lines and body", async () => {
    const { url, token, path } = listener.lay();
    const other = listener.lay();
    await fetch(url, { method: "POST", headers: { "x-from": "target" }, body: "hello" });
    const [visit, ...more] = listener.visits(token);
    assert.equal(more.length, 0);
    assert.equal(visit?.method, "POST");
    assert.equal(visit?.path, path);
    assert.equal(visit?.body, "hello");
    assert.ok(visit?.headers.some(([name, value]) => name === "x-from" && value === "target"));
    assert.deepEqual(listener.visits(other.token), []);
  });

  it("gives every bait its own token and secret, and answers with the secret", async () => {
    const one = listener.lay();
    const two = listener.lay();
    assert.notEqual(one.token, two.token);
    assert.notEqual(one.secret, two.secret);
    assert.ok(one.url.endsWith(one.token));
    const text = await (await fetch(one.url)).text();
    assert.ok(text.includes(one.secret));
    assert.ok(!text.includes(two.secret));
  });

  it("answers as the bait says, after its delay", async () => {
    const { url } = listener.lay({
      status: 302,
      headers: [["location", "http://127.0.0.1:9/next"]],
      body: "moved",
      delay: 60,
    });
    const start = performance.now();
    const response = await fetch(url, { redirect: "manual" });
    assert.equal(response.status, 302);
    assert.equal(response.headers.get("location"), "http://127.0.0.1:9/next");
    assert.ok(performance.now() - start >= 55);
  });

  it("floods with as many bytes as it was told", async () => {
    const { url } = listener.lay({ flood: 1_000_000 });
    const bytes = (await (await fetch(url)).arrayBuffer()).byteLength;
    assert.ok(bytes >= 1_000_000 && bytes < 1_100_000, String(bytes));
  });

  it("answers 404 to whoever has no token, and files nothing", async () => {
    assert.equal((await fetch(`${listener.origin}/visit/unknown`)).status, 404);
  });

  it("knows a token below another path, and in a query", async () => {
    const { token } = listener.lay();
    await fetch(`${listener.origin}/a/b?next=${token}`);
    assert.equal(listener.visits(token).length, 1);
  });

  it("files a request that is broken", async () => {
    const { token, path } = listener.lay();
    const socket = connect(listener.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.end(`GET ${path} HTTP/1.1\r\nhost: x\r\nbro ken\r\n\r\n`);
    for (let tries = 0; tries < 50 && listener.visits(token).length === 0; tries++) await sleep(10);
    const [visit] = listener.visits(token);
    assert.equal(visit?.path, `${path} HTTP/1.1`.split(" ")[0]);
    assert.match(visit?.body ?? "", /bro ken/);
  });

  it("files a visitor whose body never ends", async () => {
    const { token, path } = listener.lay();
    const visitor = request({ port: listener.port, host: "127.0.0.1", path, method: "POST" });
    visitor.on("error", () => {});
    visitor.write("part");
    for (let tries = 0; tries < 50 && listener.visits(token).length === 0; tries++) await sleep(10);
    assert.equal(listener.visits(token).length, 1);
    visitor.destroy();
  });
});
