import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { createVerifiedTokenCache } from "sekisho/authentication";
import type { Principal } from "sekisho/kernel";
import { clock, start } from "./tokens-forge.ts";

describe("the cache of verified tokens", () => {
  const principal = (sessionId: string): Principal => ({
    subject: "s",
    kind: "user",
    tenant: undefined,
    roles: new Set(),
    sessionId,
    tokenId: "t",
    authenticatedAt: start,
    methods: [],
  });
  const cacheOf = (maxBytes: number) => createVerifiedTokenCache({ maxBytes, clock });

  it("answers for the very same token until it expires", () => {
    const cache = cacheOf(10_000);
    const alice = principal("a");
    cache.set("token", alice, start + 10);
    assert.equal(cache.get("token"), alice);
    assert.equal(cache.get("tokeN"), undefined);
    clock.seconds = start + 9.999;
    assert.equal(cache.get("token"), alice);
    clock.seconds = start + 10;
    assert.equal(cache.get("token"), undefined);
    assert.equal(cache.bytes, 0);
    clock.seconds = start;
  });

  it("does not keep what has expired", () => {
    const cache = cacheOf(10_000);
    for (const expiresAt of [start, Number.NaN]) cache.set("token", principal("a"), expiresAt);
    assert.equal(cache.size, 0);
  });

  it("forgets every token of a session and no other", () => {
    const cache = cacheOf(10_000);
    cache.set("a1", principal("a"), start + 10);
    cache.set("a2", principal("a"), start + 10);
    cache.set("b1", principal("b"), start + 10);
    cache.forgetSession("a");
    assert.deepEqual([cache.get("a1"), cache.get("a2")], [undefined, undefined]);
    assert.ok(cache.get("b1"));
    cache.forgetSession("b");
    assert.deepEqual([cache.size, cache.bytes], [0, 0]);
  });

  it("never grows over its bound, and keeps what is in use", () => {
    const cache = cacheOf(5100);
    for (let index = 0; index < 100; index++) {
      cache.set(`t${index}`, principal(`s${index}`), start + 10);
      assert.ok(cache.bytes <= 5100);
      assert.ok(cache.get("t0"), "asked for each time");
    }
    assert.equal(cache.get("t50"), undefined);
    assert.ok(cache.get("t99"));
  });

  it("does not keep a token larger than itself", () => {
    const cache = cacheOf(600);
    cache.set("t".repeat(101), principal("a"), start + 10);
    assert.equal(cache.size, 0);
    cache.set("t".repeat(100), principal("a"), start + 10);
    assert.equal(cache.size, 1);
  });

  it("is empty after clear", () => {
    const cache = cacheOf(10_000);
    cache.set("token", principal("a"), start + 10);
    cache.clear();
    assert.deepEqual([cache.get("token"), cache.size, cache.bytes], [undefined, 0, 0]);
  });

  it("refuses a bound that is none", () => {
    for (const maxBytes of [0, -1, Number.NaN, 1.5])
      assert.throws(() => cacheOf(maxBytes), TypeError);
  });
});
