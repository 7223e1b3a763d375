import assert from "node:assert/strict";
import { connect, createServer as createTcpServer, Socket } from "node:net";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import {
  unsafeDestinations,
  type DialTarget,
  type EgressDecision,
  type EgressObservation,
  type JudgedAddress,
} from "sekisho/egress";
import type { SecurityEvent } from "sekisho/kernel";
import { dialTo, listen, openEgress, publicAddress, serve, textOf } from "./egress-servers.ts";

/** Status and body, or the reason. */
function summary(decision: EgressDecision): string {
  return decision.effect === "allow"
    ? `${decision.status} ${textOf(decision.body)}`
    : decision.reason;
}

/** A resolver that gives each question the next answer and counts. */
function answers(...each: readonly (readonly string[])[]) {
  const asked: string[] = [];
  return {
    asked,
    resolve: (host: string): Promise<readonly JudgedAddress[]> => {
      const answer = each[Math.min(asked.length, each.length - 1)] ?? [];
      asked.push(host);
      return Promise.resolve(
        answer.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
      );
    },
  };
}

describe("egress connects to judged addresses only", () => {
  it("sends a request to the judged address with the original name as Host", async (t) => {
    const port = await serve(t, (request, response) => {
      response.end(`${request.method} ${request.url} ${request.headers.host}`);
    });
    const seen: DialTarget[] = [];
    const egress = openEgress(t, { dial: dialTo(port, seen) });
    const decision = await egress.request("http://Example.com./a?b=c#d");
    assert.equal(summary(decision), "200 GET /a?b=c example.com");
    assert.deepEqual(seen, [{ ...publicAddress, port: 80 }]);
  });

  it("resolves once: a name that flips to loopback never gets there", async (t) => {
    const port = await serve(t, (_, response) => response.end("ok"));
    const seen: DialTarget[] = [];
    const { asked, resolve } = answers(["8.8.8.8"], ["127.0.0.1"]);
    const egress = openEgress(t, { dial: dialTo(port, seen), resolve });
    assert.equal(summary(await egress.request("http://rebind.example/")), "200 ok");
    assert.deepEqual([asked.length, seen.map(({ address }) => address)], [1, ["8.8.8.8"]]);
    assert.equal(summary(await egress.request("http://rebind.example/")), "loopback");
    assert.deepEqual([asked.length, seen.length], [2, 1]);
  });

  it("does not reuse a connection for a name that has moved", async (t) => {
    const port = await serve(t, (_, response) => response.end("ok"));
    const seen: DialTarget[] = [];
    const { resolve } = answers(["8.8.8.8"], ["8.8.8.8"], ["8.8.4.4"]);
    const egress = openEgress(t, { dial: dialTo(port, seen), resolve });
    for (let turn = 0; turn < 3; turn++) {
      await egress.request("http://moving.example/");
      // The connection becomes free after the answer, in a later turn of the event loop.
      await setImmediate();
    }
    assert.deepEqual(
      seen.map(({ address }) => address),
      ["8.8.8.8", "8.8.4.4"],
    );
  });

  it("opens nothing for refused destinations, and resolves no literal", async (t) => {
    const port = await serve(t, (_, response) => response.end("inside"));
    const seen: DialTarget[] = [];
    const { asked, resolve } = answers(["8.8.8.8", "::1"]);
    const egress = openEgress(t, { dial: dialTo(port, seen), resolve });
    const refused: [url: string, reason: string][] = [
      ["http://dual.example/", "loopback"],
      ["http://127.0.0.1/", "loopback"],
      ["http://0.0.0.0/", "this-network"],
      ["http://[::]/", "unspecified"],
      ["http://[::ffff:127.0.0.1]/", "ipv4-mapped"],
      ["http://2130706433/", "loopback"],
      [`http://localhost:${port}/`, "port"],
      [`http://127.0.0.1:${port}/`, "port"],
    ];
    for (const [url, reason] of refused) assert.equal(summary(await egress.request(url)), reason);
    assert.deepEqual([asked, seen], [["dual.example"], []]);
    assert.equal(summary(await egress.request("http://8.8.8.8/")), "200 inside");
    assert.deepEqual([asked.length, seen], [1, [{ address: "8.8.8.8", family: 4, port: 80 }]]);
  });

  it("hangs up on a peer that is not the judged one, before a byte is sent", async (t) => {
    let bytes = 0;
    const server = createTcpServer((socket) => {
      socket.on("data", (data) => {
        bytes += data.length;
      });
      socket.on("error", () => undefined);
    });
    const port = await listen(t, server);
    const egress = openEgress(t, { dial: () => connect(port, "127.0.0.1") });
    assert.equal(summary(await egress.request("http://example.com/")), "peer");
    assert.equal(bytes, 0);
  });

  it("tries the next judged address when one refuses or stays silent", async (t) => {
    const port = await serve(t, (_, response) => response.end("ok"));
    const seen: string[] = [];
    const silent = new Socket();
    const { resolve } = answers(["8.8.8.1", "8.8.8.2", "8.8.8.3", "2606:4700::1"]);
    const egress = openEgress(t, {
      resolve,
      dial: (target) => {
        seen.push(target.address);
        if (target.address === "8.8.8.3") return dialTo(port)(target);
        return target.family === 6 ? silent : connect(1, "127.0.0.1");
      },
    });
    assert.equal(summary(await egress.request("http://example.com/")), "200 ok");
    assert.deepEqual(seen, ["8.8.8.1", "2606:4700::1", "8.8.8.2", "8.8.8.3"]);
    assert.ok(silent.destroyed);
  });

  it("gives up when no address answers", async (t) => {
    const refusing = openEgress(t, { dial: () => connect(1, "127.0.0.1") });
    assert.equal(summary(await refusing.request("http://example.com/")), "connect");
    const silent = new Socket();
    const hanging = openEgress(t, { dial: () => silent, limits: { connectMs: 50 } });
    assert.equal(summary(await hanging.request("http://example.com/")), "connect");
    assert.ok(silent.destroyed);
  });

  it("ignores proxy settings of the environment", async (t) => {
    const port = await serve(t, (request, response) => response.end(request.url));
    let proxied = 0;
    const proxy = await listen(
      t,
      createTcpServer((socket) => {
        proxied += 1;
        socket.destroy();
      }),
    );
    const names = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "NODE_USE_ENV_PROXY"];
    for (const name of names) process.env[name] = `http://127.0.0.1:${proxy}`;
    t.after(() => {
      for (const name of names) delete process.env[name];
    });
    const egress = openEgress(t, { dial: dialTo(port) });
    assert.equal(summary(await egress.request("http://example.com/x")), "200 /x");
    assert.equal(proxied, 0);
  });
});

describe("egress and redirects", () => {
  it("refuses every 3xx by default, and follows none", async (t) => {
    const paths: (string | undefined)[] = [];
    const port = await serve(t, (request, response) => {
      paths.push(request.url);
      response.writeHead(Number(request.url?.slice(1)), { location: "/followed" }).end();
    });
    const egress = openEgress(t, { dial: dialTo(port) });
    for (const status of [300, 301, 302, 303, 304, 305, 307, 308, 399])
      assert.equal(summary(await egress.request(`http://example.com/${status}`)), "redirect");
    assert.equal(paths.length, 9);
    assert.ok(!paths.includes("/followed"));
    assert.equal(summary(await egress.request("http://example.com/404")), "404 ");
  });

  it("follows as many as were granted, not one more", async (t) => {
    const port = await serve(t, (request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end("arrived");
      else response.writeHead(302, { location: `/${left - 1}` }).end();
    });
    const egress = openEgress(t, { dial: dialTo(port) });
    const near = await egress.request("http://example.com/2", { redirects: 2 });
    assert.equal(summary(near), "200 arrived");
    assert.equal(near.effect === "allow" && near.url.href, "http://example.com/0");
    const far = await egress.request("http://example.com/3", { redirects: 2 });
    assert.equal(summary(far), "redirect");
  });

  it("judges every hop like a first address", async (t) => {
    const port = await serve(t, (request, response) => {
      const location = decodeURIComponent(request.url?.slice(1) ?? "");
      response.writeHead(302, { location }).end();
    });
    const seen: DialTarget[] = [];
    const egress = openEgress(t, {
      dial: dialTo(port, seen),
      resolve: (host) =>
        Promise.resolve([
          host.startsWith("in.") ? { address: "10.0.0.1", family: 4 } : publicAddress,
        ]),
    });
    const hops: [location: string, reason: string][] = [
      ["http://169.254.169.254/latest/meta-data/", "link-local"],
      ["//127.0.0.1/", "loopback"],
      ["http://[::1]/", "loopback"],
      ["http://in.example.com/", "private"],
      ["http://localhost/", "single-label"],
      ["http://user@example.com/", "userinfo"],
      ["http://example.com:22/", "port"],
      ["file:///etc/passwd", "scheme"],
      ["gopher://127.0.0.1:6379/_INFO", "scheme"],
    ];
    for (const [location, reason] of hops) {
      const url = `http://example.com/${encodeURIComponent(location)}`;
      assert.equal(summary(await egress.request(url, { redirects: 5 })), reason, location);
    }
    assert.deepEqual(new Set(seen.map(({ address }) => address)), new Set([publicAddress.address]));
  });

  it("takes credentials along within an origin and nowhere else", async (t) => {
    const got: unknown[] = [];
    const port = await serve(t, (request, response) => {
      const { host, authorization, "x-api-key": key, cookie } = request.headers;
      got.push([host, authorization, key, cookie]);
      const location = request.url === "/in" ? "/out" : "http://other.example/end";
      if (request.url === "/end") response.end("end");
      else response.writeHead(302, { location }).end();
    });
    const egress = openEgress(t, { dial: dialTo(port) });
    const headers = { authorization: "Bearer t", "X-Api-Key": "k", cookie: "c=1" };
    const decision = await egress.request("http://example.com/in", { headers, redirects: 2 });
    assert.equal(summary(decision), "200 end");
    assert.deepEqual(got, [
      ["example.com", "Bearer t", "k", "c=1"],
      ["example.com", "Bearer t", "k", "c=1"],
      ["other.example", undefined, undefined, undefined],
    ]);
  });

  it("never takes a body to another origin, and makes GET of a POST that is sent on", async (t) => {
    const got: string[] = [];
    const port = await serve(t, (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        got.push(`${request.method} ${request.headers.host}${request.url} ${text}`);
        const [, status, location] = /^\/(\d+)\/(.*)$/.exec(request.url ?? "") ?? [];
        if (status === undefined) response.end("end");
        else
          response
            .writeHead(Number(status), { location: decodeURIComponent(location ?? "") })
            .end();
      });
    });
    const egress = openEgress(t, { dial: dialTo(port) });
    const post = (status: number, location: string): Promise<EgressDecision> =>
      egress.request(`http://example.com/${status}/${encodeURIComponent(location)}`, {
        method: "POST",
        body: "secret",
        redirects: 1,
      });
    assert.equal(summary(await post(308, "http://other.example/sink")), "redirect");
    assert.equal(summary(await post(307, "http://other.example/sink")), "redirect");
    assert.ok(!got.some((line) => line.includes(" other.example")));
    got.length = 0;
    assert.equal(summary(await post(308, "/same")), "200 end");
    assert.equal(summary(await post(303, "http://other.example/seen")), "200 end");
    assert.deepEqual(
      got.filter((line) => !line.includes("/30")),
      ["POST example.com/same secret", "GET other.example/seen "],
    );
  });
});

describe("egress reads no more than it was allowed", () => {
  const limits = { bodyBytes: 1000 };

  it("counts the bytes of a body, declared or not", async (t) => {
    const port = await serve(t, (request, response) => {
      const [, kind, size] = request.url?.split("/") ?? [];
      const body = "x".repeat(Number(size));
      if (kind === "declared") response.setHeader("content-length", body.length);
      response.write(body.slice(0, 10));
      response.end(body.slice(10));
    });
    const egress = openEgress(t, { dial: dialTo(port), limits });
    for (const kind of ["declared", "chunked"]) {
      const within = await egress.request(`http://example.com/${kind}/1000`);
      assert.equal(within.effect === "allow" && within.body.byteLength, 1000, kind);
      const over = await egress.request(`http://example.com/${kind}/1001`);
      assert.equal(summary(over), "too-large", kind);
    }
  });

  it("hangs up on a body without an end", async (t) => {
    let hungUp: (() => void) | undefined;
    const closed = new Promise<void>((resolve) => {
      hungUp = resolve;
    });
    const port = await serve(t, (_, response) => {
      response.on("close", () => hungUp?.());
      const timer = setInterval(() => response.write("x".repeat(100)), 1);
      response.on("close", () => clearInterval(timer));
    });
    const egress = openEgress(t, { dial: dialTo(port), limits });
    assert.equal(summary(await egress.request("http://example.com/")), "too-large");
    await closed;
  });

  it("refuses codings that it did not ask for, and counts after decoding those it did", async (t) => {
    const bodies: Record<string, Buffer> = {
      "/small": gzipSync("hello"),
      "/bomb": gzipSync(Buffer.alloc(50_000_000)),
      "/broken": Buffer.from("no gzip"),
    };
    const port = await serve(t, (request, response) => {
      const asked = request.headers["accept-encoding"];
      const coding = request.url === "/odd" ? "zstd" : "gzip";
      response.writeHead(200, { "content-encoding": coding, "x-asked": asked });
      response.end(bodies[request.url ?? ""]);
    });
    const wide = { bodyBytes: 100_000 };
    const egress = openEgress(t, { dial: dialTo(port), limits: wide });
    const plain = (path: string) => egress.request(`http://example.com${path}`);
    assert.equal(summary(await plain("/small")), "content-encoding");
    const asking = (path: string) =>
      egress.request(`http://example.com${path}`, { compressed: true });
    const small = await asking("/small");
    assert.equal(summary(small), "200 hello");
    assert.equal(small.effect === "allow" && small.headers["x-asked"], "gzip, br");
    assert.ok((bodies["/bomb"]?.byteLength ?? Infinity) < wide.bodyBytes);
    assert.equal(summary(await asking("/bomb")), "too-large");
    assert.equal(summary(await asking("/odd")), "content-encoding");
    assert.equal(summary(await asking("/broken")), "network");
  });

  it("counts the wire too, where much of it decodes to nothing", async (t) => {
    const nothing = gzipSync("");
    const port = await serve(t, (_, response) => {
      response.writeHead(200, { "content-encoding": "gzip" });
      response.end(Buffer.concat(Array.from({ length: 100 }, () => nothing)));
    });
    const egress = openEgress(t, { dial: dialTo(port) });
    const ask = (bodyBytes: number) =>
      egress.request("http://example.com/", { compressed: true, limits: { bodyBytes } });
    assert.equal(summary(await ask(100 * nothing.byteLength)), "200 ");
    assert.equal(summary(await ask(100 * nothing.byteLength - 1)), "too-large");
  });

  it("believes a declared length that is too large, and waits for nothing", async (t) => {
    const port = await serve(t, (_, response) => {
      response.writeHead(200, { "content-length": 1_001 }).flushHeaders();
    });
    const egress = openEgress(t, { dial: dialTo(port), limits: { ...limits, totalMs: 500 } });
    assert.equal(summary(await egress.request("http://example.com/")), "too-large");
  });

  const floods: [name: string, start: string, endless: string, reason: string][] = [
    ["interim answers", "", "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n", "deadline"],
    ["a status line", "HTTP/1.1 200 ", "x".repeat(100), "deadline"],
    ["header fields", "HTTP/1.1 200 OK\r\n", "x-a: b\r\n", "headers-too-large"],
    ["a header value", "HTTP/1.1 200 OK\r\nx-a: ", "x".repeat(100), "headers-too-large"],
    [
      "trailer fields",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n",
      "x-a: b\r\n",
      "headers-too-large",
    ],
    [
      "a chunk extension",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;",
      "x".repeat(100),
      "deadline",
    ],
  ];
  for (const [name, start, endless, reason] of floods)
    it(`ends ${name} without an end`, async (t) => {
      const port = await listen(
        t,
        createTcpServer((socket) => {
          socket.on("error", () => undefined);
          socket.write(start);
          const timer = setInterval(() => socket.write(endless.repeat(200)), 1);
          socket.on("close", () => clearInterval(timer));
        }),
      );
      const totalMs = reason === "deadline" ? 300 : 5_000;
      const egress = openEgress(t, { dial: dialTo(port), limits: { totalMs } });
      assert.equal(summary(await egress.request("http://example.com/")), reason);
    });

  it("checks the media type of a success and drops the text of an error page", async (t) => {
    const port = await serve(t, (request, response) => {
      const [, status, type] = request.url?.split("/") ?? [];
      if (type !== undefined && type !== "")
        response.setHeader("content-type", decodeURIComponent(type));
      response.writeHead(Number(status)).end("body");
    });
    const egress = openEgress(t, { dial: dialTo(port) });
    const ask = async (status: number, type: string): Promise<string> =>
      summary(
        await egress.request(`http://example.com/${status}/${encodeURIComponent(type)}`, {
          mediaTypes: ["application/json"],
        }),
      );
    assert.equal(await ask(200, "application/json"), "200 body");
    assert.equal(await ask(200, "Application/JSON; charset=utf-8"), "200 body");
    assert.equal(await ask(200, "application/json+html"), "media-type");
    assert.equal(await ask(200, "text/html"), "media-type");
    assert.equal(await ask(200, ""), "media-type");
    assert.equal(await ask(503, "text/html"), "503 ");
    assert.equal(await ask(422, "application/json"), "422 body");
    assert.equal(await ask(204, ""), "204 ");
  });

  it("refuses a header section that is too large", async (t) => {
    const port = await serve(t, (request, response) => {
      response.writeHead(200, { "x-long": "x".repeat(Number(request.url?.slice(1))) }).end("ok");
    });
    const egress = openEgress(t, { dial: dialTo(port), limits: { headerBytes: 4096 } });
    assert.equal(summary(await egress.request("http://example.com/1000")), "200 ok");
    assert.equal(summary(await egress.request("http://example.com/9000")), "headers-too-large");
  });

  it("says network when the answer is cut off", async (t) => {
    const port = await serve(t, (request, response) => {
      if (request.url === "/declared") response.setHeader("content-length", 100);
      response.write("half");
      setTimeout(() => response.destroy(), 10);
    });
    const egress = openEgress(t, { dial: dialTo(port) });
    assert.equal(summary(await egress.request("http://example.com/declared")), "network");
    assert.equal(summary(await egress.request("http://example.com/chunked")), "network");
  });

  it("says network when the answer is no HTTP", async (t) => {
    const port = await listen(
      t,
      createTcpServer((socket) => {
        socket.on("error", () => undefined);
        socket.end("220 smtp ready\r\n");
      }),
    );
    const egress = openEgress(t, { dial: dialTo(port) });
    assert.equal(summary(await egress.request("http://example.com/")), "network");
  });
});

describe("egress keeps time", () => {
  it("ends slow headers, slow bodies and slow names at the deadline", async (t) => {
    const port = await serve(t, (request, response) => {
      if (request.url === "/silent") return;
      const timer = setInterval(() => response.write("x"), 5);
      response.on("close", () => clearInterval(timer));
    });
    const egress = openEgress(t, { dial: dialTo(port), limits: { totalMs: 100 } });
    const started = performance.now();
    assert.equal(summary(await egress.request("http://example.com/silent")), "deadline");
    assert.equal(summary(await egress.request("http://example.com/drip")), "deadline");
    const lost = openEgress(t, {
      dial: dialTo(port),
      limits: { totalMs: 100 },
      resolve: () => Promise.withResolvers<readonly JudgedAddress[]>().promise,
    });
    assert.equal(summary(await lost.request("http://example.com/")), "deadline");
    assert.ok(performance.now() - started < 1500);
  });

  it("gives headers their own limit", async (t) => {
    const port = await serve(t, (request, response) => {
      if (request.url === "/silent") return;
      response.write("slow ");
      setTimeout(() => response.end("body"), 150);
    });
    const egress = openEgress(t, { dial: dialTo(port), limits: { headersMs: 100 } });
    assert.equal(summary(await egress.request("http://example.com/silent")), "deadline");
    assert.equal(summary(await egress.request("http://example.com/body")), "200 slow body");
  });

  it("keeps the caller's deadline, which is a moment of the clock", async (t) => {
    const port = await serve(t, (request, response) => {
      if (request.url === "/fast") response.end("fast");
    });
    const seen: DialTarget[] = [];
    const clock = { now: () => 1_000_000 };
    const egress = openEgress(t, { dial: dialTo(port, seen), clock });
    const past = await egress.request("http://example.com/fast", { deadline: 1_000_000 });
    assert.equal(summary(past), "deadline");
    assert.equal(seen.length, 0);
    const near = await egress.request("http://example.com/slow", { deadline: 1_000_050 });
    assert.equal(summary(near), "deadline");
    const far = await egress.request("http://example.com/fast", { deadline: 1_005_000 });
    assert.equal(summary(far), "200 fast");
  });

  it("stops when the caller does", async (t) => {
    const port = await serve(t, () => undefined);
    const egress = openEgress(t, { dial: dialTo(port) });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 30);
    const { signal } = controller;
    assert.equal(summary(await egress.request("http://example.com/", { signal })), "aborted");
    assert.equal(summary(await egress.request("http://example.com/", { signal })), "aborted");
  });

  it("answers no refusal earlier than the floor", async (t) => {
    const egress = openEgress(t, { refusalFloorMs: 80, dial: () => connect(1, "127.0.0.1") });
    for (const url of ["http://127.0.0.1/", "http://localhost/", "http://example.com/"]) {
      const started = performance.now();
      assert.equal((await egress.request(url)).effect, "deny");
      assert.ok(performance.now() - started >= 75, url);
    }
  });
});

describe("egress and its caller", () => {
  it("sends method, body and headers, and its own user agent", async (t) => {
    const port = await serve(t, (request, response) => {
      const { "content-type": type, "user-agent": agent, "x-one": one } = request.headers;
      request.setEncoding("utf8");
      request.on("data", (chunk: string) => {
        response.end([request.method, type, agent, one, chunk].join(" "));
      });
    });
    const egress = openEgress(t, { dial: dialTo(port), userAgent: "shop (ops@example.com)" });
    const decision = await egress.request("http://example.com/", {
      method: "POST",
      body: "hello",
      headers: { "Content-Type": "text/plain", "X-One": "1" },
    });
    assert.equal(summary(decision), "200 POST text/plain shop (ops@example.com) 1 hello");
  });

  it("accepts no header that frames, routes or codes the message", async (t) => {
    const egress = openEgress(t);
    for (const name of ["Host", "content-length", "Transfer-Encoding", "Connection", "TE"])
      await assert.rejects(
        egress.request("http://example.com/", { headers: { [name]: "x" } }),
        TypeError,
        name,
      );
  });

  it("refuses header values and paths that would split the message", async (t) => {
    const port = await serve(t, (_, response) => response.end("ok"));
    const egress = openEgress(t, { dial: dialTo(port) });
    const headers = { "x-one": "a\r\nX-Two: b" };
    assert.equal(summary(await egress.request("http://example.com/", { headers })), "header");
    const split = "http://example.com/a%0d%0aX-Two:b";
    assert.equal(summary(await egress.request(split)), "200 ok");
  });

  it("tells operators what happened, in named outcomes only", async (t) => {
    const port = await serve(t, (request, response) => {
      if (request.url === "/moved") response.writeHead(302, { location: "/" });
      response.end();
    });
    const events: SecurityEvent[] = [];
    const observed: EgressObservation[] = [];
    const egress = openEgress(t, {
      name: "previews",
      dial: dialTo(port),
      clock: { now: () => 5 },
      events: { note: (event) => events.push(event) },
      observe: (decision) => observed.push(decision),
    });
    await egress.request("http://example.com/secret");
    await egress.request("http://example.com/moved");
    await egress.request("http://10.0.0.1/secret");
    await egress.request("nonsense");
    const origin = "http://example.com";
    assert.deepEqual(observed, [
      { effect: "allow", status: 200, origin, milliseconds: 0 },
      { effect: "deny", reason: "redirect", origin, milliseconds: 0 },
      { effect: "deny", reason: "private", origin: "http://10.0.0.1", milliseconds: 0 },
      { effect: "deny", reason: "url-malformed", milliseconds: 0 },
    ]);
    const event = { name: "x_egress_refused", subject: undefined, object: "egress:previews" };
    assert.deepEqual(
      events,
      ["redirect", "private", "url-malformed"].map((reason) => ({ ...event, reason })),
    );
    assert.ok(!JSON.stringify([events, observed]).includes("secret"));
  });

  it("notes no security event for an outage", async (t) => {
    const events: SecurityEvent[] = [];
    const egress = openEgress(t, {
      dial: () => connect(1, "127.0.0.1"),
      events: { note: (event) => events.push(event) },
    });
    assert.equal(summary(await egress.request("http://example.com/")), "connect");
    assert.deepEqual(events, []);
  });

  it("sends nothing after it was closed", async (t) => {
    const port = await serve(t, (_, response) => response.end("ok"));
    const egress = openEgress(t, { dial: dialTo(port) });
    assert.equal(summary(await egress.request("http://example.com/")), "200 ok");
    await egress.close();
    assert.equal(summary(await egress.request("http://example.com/")), "closed");
  });
});

describe("the development exception", () => {
  it("leads one listed origin to a port of this machine, and no other", async (t) => {
    const port = await serve(t, (request, response) => {
      response.end(`${request.headers.host}${request.url}`);
    });
    const { asked, resolve } = answers(["127.0.0.1"]);
    const egress = openEgress(t, {
      policy: {
        schemes: ["https"],
        hosts: ["api.partner.com", "b.partner.com"],
        ports: [443, 444],
      },
      resolve,
      [unsafeDestinations]: { "https://api.partner.com": { address: "127.0.0.1", port } },
    });
    const ask = async (url: string): Promise<string> => summary(await egress.request(url));
    assert.equal(await ask("https://api.partner.com/a?b"), "200 api.partner.com/a?b");
    assert.equal(await ask("https://API.partner.com.:443/"), "200 api.partner.com/");
    assert.deepEqual(asked, []);
    assert.equal(await ask("https://b.partner.com/"), "loopback");
    assert.equal(await ask("https://api.partner.com:444/"), "loopback");
    assert.equal(await ask(`https://127.0.0.1:${port}/`), "port");
    assert.equal(await ask("https://127.0.0.1/"), "host-not-listed");
    assert.equal(await ask("http://api.partner.com/"), "scheme");
    assert.equal(await ask("https://evil.api.partner.com/"), "host-not-listed");
  });
});
