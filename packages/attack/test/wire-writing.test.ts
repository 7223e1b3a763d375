import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { toCurl } from "../src/wire/curl.ts";
import { toHar } from "../src/wire/har.ts";
import { redactBody, redactHeaders, redactPath } from "../src/wire/redact.ts";
import { callOf, credentialOf, pair, principalNamed } from "./wire-fixtures.ts";

const run = promisify(execFile);

describe("a curl line", () => {
  it("runs in a shell and arrives as the engine's own request did", async (context) => {
    const { client, server } = await pair(context, {
      credentialOf: ({ name }) => ({
        ...credentialOf(["authorization", `Bearer secret-of-${name}`], ["x-tenant", "north"]),
        query: [["key", "key-of-alice"]],
      }),
    });
    const principal = principalNamed("alice o'hara!");
    const json = { method: "POST", headers: [["content-type", "application/json"]] } as const;
    const calls = [
      callOf({ path: "/a/../b//c?x=%2e&y=$(id)&z=`id`'\"", principal }),
      callOf({ ...json, path: "/x", body: `{"a":"it's $HOME \`id\` !! \\\\ \\u0000"}`, principal }),
      callOf({ ...json, method: "PUT", body: "line\nline\ttab", principal }),
      callOf({ method: "PATCH", path: "/[1]{2}", body: "@/etc/passwd" }),
      callOf({
        method: "DELETE",
        headers: [
          ["x-one", "1"],
          ["X-One", "$(id)"],
          ["x-empty", ""],
        ],
      }),
      callOf({ method: "HEAD", path: "/head" }),
    ];
    const environment = {
      ...process.env,
      ALICE_O_HARA_TOKEN: "secret-of-alice o'hara!",
      ALICE_O_HARA_TOKEN_2: "key-of-alice",
    };
    for (const call of calls) {
      const line = toCurl(await client.send(call), server.origin);
      assert.ok(!line.includes("secret-of") && !line.includes("key-of"), line);
      await run("bash", ["-c", line], { env: environment });
      const [engine, shell] = server.seen.slice(-2).map((seen) => ({
        method: seen.method,
        url: seen.url,
        body: seen.body,
        lines: seen.lines
          .map(([name, value]) => [name.toLowerCase(), value])
          .filter(([name = ""]) => !/^(host|user-agent|connection|content-length)$/.test(name))
          .map(([name, value]) => `${name}: ${value}`)
          .toSorted((one, other) => one.localeCompare(other)),
      }));
      assert.deepEqual(shell, engine, line);
    }
  });

  it("keeps the template of the header and names the variable after the principal", async (context) => {
    const { client, server } = await pair(context, {
      credentialOf: () => credentialOf(["authorization", "Bearer abcdefgh"]),
    });
    const exchange = await client.send(callOf({ principal: principalNamed("alice") }));
    const line = toCurl(exchange, server.origin);
    assert.ok(line.includes('-H "authorization: Bearer $ALICE_TOKEN"'), line);
  });

  it("shows a token without signature, which is no secret, and says when a body is left out", async (context) => {
    const header = Buffer.from('{"alg":"none"}').toString("base64url");
    const { client, server } = await pair(context, {
      credentialOf: () => credentialOf(["authorization", `Bearer ${header}.e30.`]),
    });
    const forged = await client.send(callOf({ principal: principalNamed("alice") }));
    assert.ok(toCurl(forged, server.origin).includes(`${header}.e30.`));
    const binary = await client.send(callOf({ method: "POST", body: Uint8Array.of(255, 0, 1) }));
    assert.match(
      toCurl(binary, server.origin),
      / # without its body of 3 bytes, which is no text$/,
    );
  });
});

describe("an archive", () => {
  it("holds every exchange and no secret", async (context) => {
    const secret = "s3cr3t-token-of-alice";
    const { client, server } = await pair(
      context,
      {
        credentialOf: () => ({
          ...credentialOf(["authorization", `Bearer ${secret}`], ["cookie", `sid=${secret}2; a=b`]),
          query: [["api_key", `${secret}/3`]],
        }),
      },
      ({ url }, response) => {
        response.setHeader("set-cookie", `sid=${secret}2; HttpOnly`);
        response.setHeader("content-type", "application/json");
        response.end(
          JSON.stringify({ access_token: secret, echo: `${url} ${secret}`, name: "Ann" }),
        );
      },
    );
    const body = '{"username":"alice","password":"pass-word-1"}';
    await client.send(callOf({ method: "POST", path: "/login", body }));
    await client.send(callOf({ path: "/me", principal: principalNamed("alice") }));
    const har = toHar(client.exchanges, { origin: server.origin });
    const text = JSON.stringify(har);
    for (const hidden of [secret, encodeURIComponent(`${secret}/3`), "pass-word-1"])
      assert.ok(!text.includes(hidden), hidden);
    assert.ok(text.includes("<alice's token>"));
    assert.ok(text.includes("Ann"), "what is no secret stays");
    const open = JSON.stringify(
      toHar(client.exchanges, { origin: server.origin, withSecrets: true }),
    );
    assert.ok(open.includes(secret), "the control: with secrets they are there");
    const { log } = har as {
      readonly log: {
        readonly version: string;
        readonly entries: readonly Readonly<Record<string, unknown>>[];
      };
    };
    assert.equal(log.version, "1.2");
    assert.deepEqual(
      log.entries.map((entry) => entry["_principal"]),
      ["anonymous", "alice"],
    );
    assert.equal(log.entries[1]?.["comment"], "set-up, alice");
  });

  it("takes secrets out by name and by form", () => {
    const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl";
    assert.deepEqual(
      redactHeaders(
        [
          ["X-Api-Key", "k-1"],
          ["x-page", "2"],
        ],
        "bob",
      ),
      [
        ["X-Api-Key", "<bob's token>"],
        ["x-page", "2"],
      ],
    );
    assert.equal(redactPath(`/a/${jwt}?page=2`), "/a/<token>?page=2");
    assert.ok(!redactPath("/a?access_token=abc").includes("abc"));
    assert.equal(redactBody("username=al&password=pw"), "username=al&password=<password>");
    assert.equal(redactBody('{"author":"x","tokens":3}'), '{"author":"x","tokens":3}');
    assert.ok(!redactBody(`text ${jwt} text`).includes(jwt));
  });
});
