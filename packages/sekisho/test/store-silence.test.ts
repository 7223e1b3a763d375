/** A server that holds its connections and says nothing: nobody waits for it for ever. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Problem } from "sekisho/kernel";
import { createStore, type Store } from "sekisho/store";
import { testDatabases, type OpenTestDatabase } from "sekisho/testing";
import { startProxy, type Proxy } from "./store-proxy.ts";

const server = (await testDatabases()).find(({ name }) => name === "postgresql");

const unavailable = (error: unknown): boolean =>
  error instanceof Problem && error.code === "unavailable";

async function millisecondsOf(work: Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work;
  return performance.now() - started;
}

describe("a silent server", { skip: server === undefined, timeout: 30_000 }, () => {
  let opened: OpenTestDatabase;
  let proxy: Proxy;
  let store: Store;

  before(async () => {
    assert.ok(server);
    opened = await server.open([]);
    proxy = await startProxy(opened.url);
    store = await createStore({ url: proxy.url, migrations: [], statementMilliseconds: 100 });
    // Two connections that stand before the silence begins.
    await Promise.all([
      store.ping(),
      store.asSystem("test", (session) => session.query("SELECT 1")),
    ]);
  });
  after(async () => {
    await store.close();
    await proxy.close();
    await opened.close();
  });

  it("is a 503 soon, for requests and for probes, and no matter once it speaks", async () => {
    proxy.hold();
    const ask = (): Promise<unknown> =>
      store.asSystem("test", (session) => session.query("SELECT 1"));
    const [asked, pinged, pingedAgain] = await Promise.all([
      millisecondsOf(assert.rejects(ask(), unavailable)),
      millisecondsOf(assert.rejects(store.ping(), unavailable)),
      millisecondsOf(assert.rejects(store.ping(), unavailable)),
    ]);
    assert.ok(asked > 2_000 && asked < 4_000, `${asked} ms`);
    for (const took of [pinged, pingedAgain]) assert.ok(took > 1_900 && took < 3_000, `${took} ms`);
    proxy.release();
    await ask();
    await store.ping();
  });
});
