import { strict as assert } from "node:assert";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import type { Exchange } from "../src/wire/exchange.ts";
import { askedWait } from "../src/wire/patience.ts";
import { RunStopped } from "../src/wire/run-stopped.ts";
import {
  callOf,
  clientOf,
  credentialOf,
  pair,
  principalNamed,
  type Seen,
} from "./wire-fixtures.ts";

function seenIn(exchange: Exchange): Seen {
  assert.equal(exchange.failure, undefined);
  return exchange.answer?.json as Seen;
}

describe("what the client sends", () => {
  it("keeps the path as it is written", async (context) => {
    const { client } = await pair(context);
    for (const path of ["/a/../b//c/./d?x=%2e%2E&x=1", "/%00/;v=1", "/a|b{c}^", "*"])
      assert.equal(seenIn(await client.send(callOf({ path }))).url, path);
  });

  it("writes by hand what Node's client refuses: spaces, controls, characters beyond ASCII", async (context) => {
    const heads: string[] = [];
    const server = createTcpServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", (bytes) => {
        heads.push(bytes.toString().split("\r\n")[0] ?? "");
        socket.end("HTTP/1.1 204 No Content\r\n\r\n");
      });
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", resolve);
    await promise;
    const { port } = server.address() as AddressInfo;
    const client = clientOf(`http://127.0.0.1:${port}`);
    context.after(async () => {
      await client.close();
      server.close();
    });
    for (const path of ["/sp ace", "/\u0001", "/é/日", ""])
      assert.equal((await client.send(callOf({ path }))).answer?.status, 204);
    await client.send(callOf({ method: "CONNECT", path: "a:1" }));
    assert.deepEqual(heads, [
      "GET /sp ace HTTP/1.1",
      "GET /\u0001 HTTP/1.1",
      "GET /é/日 HTTP/1.1",
      "GET  HTTP/1.1",
      "CONNECT a:1 HTTP/1.1",
    ]);
  });

  it("keeps header lines in order, repeated ones too, and adds only what is missing", async (context) => {
    const { client } = await pair(context);
    const headers = [
      ["X-One", "1"],
      ["x-two", ""],
      ["X-One", "3"],
      ["user-agent", "mine"],
    ] as const;
    const { lines } = seenIn(await client.send(callOf({ headers })));
    const own = lines.filter(([name]) => /^(x-|user-agent)/i.test(name));
    assert.deepEqual(own, headers);
    const names = lines.map(([name]) => name.toLowerCase());
    assert.deepEqual(
      ["host", "accept"].map((name) => names.filter((one) => one === name).length),
      [1, 1],
    );
    const { lines: other } = seenIn(await client.send(callOf({ headers: [["Host", "other"]] })));
    assert.deepEqual(
      other.filter(([name]) => name.toLowerCase() === "host"),
      [["Host", "other"]],
    );
  });

  it("sends bodies with every method, TRACE without one, and methods nobody knows", async (context) => {
    const { client } = await pair(context);
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "GET", "OPTIONS"]) {
      const seen = seenIn(await client.send(callOf({ method, body: '{"a":"é"}' })));
      assert.deepEqual([seen.method, seen.body], [method, '{"a":"é"}']);
    }
    assert.equal(seenIn(await client.send(callOf({ method: "TRACE" }))).method, "TRACE");
    const unknown = await client.send(callOf({ method: "FROB" }));
    assert.equal(unknown.answer?.status, 400, "the server of Node refuses it, so it was sent");
    const strange = await client.send(callOf({ method: "GE T" }));
    assert.equal(strange.answer?.status, 400);
  });

  it("gives HEAD an answer without a body", async (context) => {
    const { client } = await pair(context);
    const { answer } = await client.send(callOf({ method: "HEAD" }));
    assert.deepEqual([answer?.status, answer?.text], [200, ""]);
  });

  it("adds the credential of the principal, in headers and query", async (context) => {
    const { client } = await pair(context, {
      credentialOf: ({ name }) => ({
        ...credentialOf(["authorization", `Bearer of-${name}`]),
        query: [["key", "a b"]],
      }),
    });
    const principal = principalNamed("alice");
    const exchange = await client.send(callOf({ path: "/x?y=1", principal }));
    const seen = seenIn(exchange);
    assert.equal(seen.url, "/x?y=1&key=a%20b");
    assert.ok(seen.lines.some(([, value]) => value === "Bearer of-alice"));
    assert.equal(exchange.call.path, "/x?y=1");
    assert.equal(exchange.sentPath, seen.url);
    const nobody = seenIn(await client.send(callOf({ path: "/x?y=1" })));
    assert.equal(nobody.url, "/x?y=1");
    assert.ok(!nobody.lines.some(([name]) => name === "authorization"));
  });

  it("follows no redirect", async (context) => {
    const { client, server } = await pair(context, {}, (_seen, response) => {
      response.writeHead(302, { location: "/elsewhere" }).end();
    });
    assert.equal((await client.send(callOf())).answer?.status, 302);
    assert.equal(server.seen.length, 1);
  });

  it("gives each technique a source address of its own, and the set-up the usual one", async (context) => {
    const { client } = await pair(context);
    const setUp = seenIn(await client.send(callOf())).from;
    client.enter("A1-01");
    const one = seenIn(await client.send(callOf())).from;
    const again = seenIn(await client.send(callOf())).from;
    client.enter("A1-02");
    const exchange = await client.send(callOf());
    const other = seenIn(exchange).from;
    assert.equal(setUp, "127.0.0.1");
    assert.equal(one, again);
    assert.equal(exchange.technique, "A1-02");
    // Only Linux binds the whole of 127/8; elsewhere all are one.
    if (process.platform === "linux") assert.equal(new Set([setUp, one, other]).size, 3);
  });
});

describe("an answer", () => {
  it("is decoded, and cut after the cap", async (context) => {
    const { client } = await pair(context, { maxAnswerBytes: 1000 }, ({ url }, response) => {
      const text = url === "/long" ? "y".repeat(50_000) : '{"a":1}';
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(text));
    });
    assert.deepEqual((await client.send(callOf())).answer?.json, { a: 1 });
    const { answer } = await client.send(callOf({ path: "/long" }));
    assert.deepEqual([answer?.text.length, answer?.bytes], [1000, 50_000]);
  });

  it("is JSON when it says so or looks so, and nothing else", async (context) => {
    const texts: Readonly<Record<string, readonly [string, string]>> = {
      "/said": ["application/problem+json", '"word"'],
      "/looks": ["text/plain", " [1]"],
      "/text": ["text/plain", "12"],
      "/broken": ["application/json", "{"],
    };
    const { client } = await pair(context, {}, ({ url }, response) => {
      const [type = "", text = ""] = texts[url] ?? [];
      response.writeHead(200, { "content-type": type }).end(text);
    });
    const read: unknown[] = [];
    for (const path of Object.keys(texts))
      read.push((await client.send(callOf({ path }))).answer?.json);
    assert.deepEqual(read, ["word", [1], undefined, undefined]);
  });

  it("that never comes is a failure in words, and the next is not disturbed", async (context) => {
    const { client } = await pair(context, { timeout: 80 }, ({ url }, response) => {
      if (url === "/reset") response.destroy();
      else if (url === "/fine") response.end("ok");
    });
    const silent = await client.send(callOf({ path: "/silent" }));
    assert.equal(silent.answer, undefined);
    assert.match(silent.failure ?? "", /within 80 ms/);
    const reset = await client.send(callOf({ path: "/reset", method: "POST" }));
    assert.equal(reset.answer, undefined);
    assert.notEqual(reset.failure, undefined);
    assert.equal((await client.send(callOf({ path: "/fine" }))).answer?.text, "ok");
  });

  it("that breaks off keeps what came and says so", async (context) => {
    const { client } = await pair(context, {}, (_seen, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half");
      setTimeout(() => response.destroy(), 20);
    });
    const exchange = await client.send(callOf());
    assert.equal(exchange.answer?.text, "half");
    assert.notEqual(exchange.failure, undefined);
  });

  it("of a closed port is a failure", async (context) => {
    const server = createTcpServer();
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", resolve);
    await promise;
    const { port } = server.address() as AddressInfo;
    server.close();
    const client = clientOf(`http://127.0.0.1:${port}`);
    context.after(async () => client.close());
    assert.match((await client.send(callOf())).failure ?? "", /ECONNREFUSED/);
  });
});

describe("patience", () => {
  it("waits out a 429 and sends again, unless told not to", async (context) => {
    let refusals = 2;
    const { client, server } = await pair(context, {}, (_seen, response) => {
      response.writeHead(refusals-- > 0 ? 429 : 200, { "retry-after": "0" }).end();
    });
    assert.equal((await client.send(callOf())).answer?.status, 200);
    assert.equal(server.seen.length, 3);
    assert.equal(client.exchanges.length, 3);
    refusals = 2;
    assert.equal((await client.send(callOf(), { patient: false })).answer?.status, 429);
    assert.equal(server.seen.length, 4);
  });

  it("reads seconds, a date, and the rest of a window", () => {
    const now = Date.parse("2026-01-01T00:00:00Z");
    assert.equal(askedWait([["Retry-After", "2"]], now), 2000);
    assert.equal(askedWait([["retry-after", "Thu, 01 Jan 2026 00:00:05 GMT"]], now), 5000);
    assert.equal(askedWait([["RateLimit", '"default";r=0;t=7']], now), 7000);
    assert.equal(askedWait([], now), undefined);
  });

  it("renews a token that worked once it is refused, but not one that never did", async (context) => {
    let token = "old";
    let renewals = 0;
    const principal = principalNamed("alice");
    const { client, server } = await pair(
      context,
      {
        credentialOf: () => current,
        renew: () => {
          renewals++;
          current = credentialOf(["authorization", "Bearer new"]);
          return Promise.resolve(true);
        },
      },
      ({ lines }, response) => {
        const valid = lines.some(([, value]) => value === `Bearer ${token}`);
        response.writeHead(valid ? 200 : 401).end();
      },
    );
    let current = credentialOf(["authorization", "Bearer forged"]);
    assert.equal((await client.send(callOf({ principal }))).answer?.status, 401);
    assert.equal(renewals, 0);
    current = credentialOf(["authorization", "Bearer old"]);
    assert.equal((await client.send(callOf({ principal }))).answer?.status, 200);
    token = "new";
    const refused = await client.send(callOf({ principal }), { renew: false });
    assert.deepEqual([refused.answer?.status, renewals], [401, 0]);
    assert.equal((await client.send(callOf({ principal }))).answer?.status, 200);
    assert.deepEqual([renewals, server.seen.length], [1, 5]);
  });
});

describe("the caps of a run", () => {
  it("stop it after the last request", async (context) => {
    const { client, server } = await pair(context, { maxRequests: 2 });
    await client.send(callOf());
    await client.send(callOf());
    await assert.rejects(client.send(callOf()), RunStopped);
    await assert.rejects(client.sendTogether([callOf()]), RunStopped);
    await assert.rejects(client.sendRaw("x"), RunStopped);
    assert.equal(server.seen.length, 2);
  });

  it("stop it at its deadline, also while an answer is awaited", async (context) => {
    const { client } = await pair(context, { deadline: Date.now() + 100 }, () => {});
    const start = performance.now();
    await assert.rejects(client.send(callOf()), /time of the run is over/);
    assert.ok(performance.now() - start < 1000);
  });

  it("stop it when it is interrupted, also while it waits", async (context) => {
    for (const status of [0, 429]) {
      const controller = new AbortController();
      const { client } = await pair(context, { signal: controller.signal }, (_seen, response) => {
        if (status !== 0) response.writeHead(status, { "retry-after": "3" }).end();
      });
      setTimeout(() => controller.abort(), 40);
      const start = performance.now();
      await assert.rejects(client.send(callOf()), /interrupted/);
      assert.ok(performance.now() - start < 1000);
    }
  });

  it("keep the rate", async (context) => {
    const { client } = await pair(context, { rate: 50 });
    const start = performance.now();
    for (let index = 0; index < 6; index++) await client.send(callOf());
    assert.ok(performance.now() - start >= 95);
  });
});

describe("requests sent together", () => {
  it("arrive within a few milliseconds of each other, with bodies and without", async (context) => {
    const arrivals: number[] = [];
    const { client } = await pair(context, {}, ({ at, body }, response) => {
      arrivals.push(at);
      // Answers late, so that one connection after the other would show.
      setTimeout(() => response.end(body), 30);
    });
    const post = callOf({ method: "POST", body: "amount" });
    for (const [call, text] of [
      [post, "amount"],
      [callOf(), ""],
    ] as const) {
      const spreads: number[] = [];
      // A busy machine may spread one round; it does not spread each of five.
      for (let round = 0; round < 5 && Math.min(...spreads) >= 10; round++) {
        arrivals.length = 0;
        const exchanges = await client.sendTogether(Array.from({ length: 10 }, () => call));
        assert.deepEqual(
          exchanges.map(({ answer }) => answer?.text),
          Array.from({ length: 10 }, () => text),
        );
        assert.equal(arrivals.length, 10);
        spreads.push(Math.max(...arrivals) - Math.min(...arrivals));
      }
      assert.ok(Math.min(...spreads) < 10, spreads.join());
    }
  });
});

describe("raw bytes", () => {
  it("go as they are, and what came until the end is given back", async (context) => {
    const { client } = await pair(context);
    const raw = await client.sendRaw("GET /raw HTTP/1.0\r\nx-odd:  1\r\n\r\n");
    assert.equal(raw.status, 200);
    assert.equal(raw.closed, true);
    assert.match(raw.text, /"url":"\/raw"/);
    assert.equal(client.exchanges[0]?.call.path, "/raw");
    const open = await client.sendRaw("GET /half HTTP/1.1\r\n", 60);
    assert.deepEqual([open.status, open.closed], [undefined, false]);
  });
});
