import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { parseTarget, requireLeave, TargetFault } from "../src/wire/target.ts";

describe("a target", () => {
  it("is read with its base path and port", () => {
    assert.deepEqual(parseTarget("http://localhost:8080/v1/"), {
      origin: "http://localhost:8080",
      basePath: "/v1",
      host: "localhost",
      port: 8080,
      loopback: true,
    });
    assert.equal(parseTarget("https://api.example.com").port, 443);
  });

  it("is loopback only when its host is, not when it looks so", () => {
    for (const host of ["localhost", "LOCALHOST", "127.0.0.1", "127.9.8.7", "[::1]"])
      assert.equal(parseTarget(`http://${host}:1`).loopback, true, host);
    for (const host of [
      "localhost.evil.com",
      "127.0.0.1.evil.com",
      "0.0.0.0",
      "128.0.0.1",
      "[::2]",
    ])
      assert.equal(parseTarget(`http://${host}:1`).loopback, false, host);
  });

  it("that cannot be read is refused with what to write", () => {
    const faults: readonly [string, RegExp][] = [
      ["", /write one such as/],
      ["localhost:8080", /write "http:\/\/localhost:8080"/],
      ["ftp://localhost", /only http and https/],
      ["http://a:b@localhost", /as a principal/],
      ["http://localhost/?x=1", /query or fragment/],
      ["http://", /is no URL/],
    ];
    for (const [text, expected] of faults)
      assert.throws(
        () => parseTarget(text),
        (error) => error instanceof TargetFault && expected.test(error.message),
        text,
      );
  });

  it("that is not loopback needs its host named exactly", () => {
    const target = parseTarget("https://api.example.com");
    requireLeave(parseTarget("http://127.0.0.1"), []);
    requireLeave(target, ["API.example.com"]);
    requireLeave(target, ["api.example.com:443"]);
    for (const named of [[], ["example.com"], ["*.example.com"], ["api.example.com:8443"]])
      assert.throws(() => requireLeave(target, named), TargetFault);
  });
});
