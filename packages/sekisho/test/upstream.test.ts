import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { describe, it, type TestContext } from "node:test";
import { z } from "zod";
import {
  createEgress,
  unsafeDestinations,
  type Egress,
  type EgressDecision,
  type EgressReason,
  type EgressRequest,
} from "sekisho/egress";
import { Problem, problemBody, Secret, type Clock, type SecurityEvent } from "sekisho/kernel";
import {
  defineUpstream,
  toProblem,
  upstreamReasonOf,
  type UpstreamDecision,
  type UpstreamReason,
} from "sekisho/upstream";
import { serve } from "./egress-servers.ts";

const origin = "https://api.partner.com";
const policy = { schemes: ["https"], hosts: ["api.partner.com"], ports: [443] };
const Document = z.object({ title: z.string().max(20), pages: z.number().int().optional() });

const read = {
  method: "GET",
  path: "/documents/:documentId",
  response: Document,
  timeoutMilliseconds: 300,
  idempotent: true,
  maximumBytes: 1000,
} as const;
const endpoints = {
  getDocument: read,
  search: { ...read, path: "/search", response: z.array(Document) },
  addDocument: { ...read, method: "POST", path: "/documents", idempotent: false },
  putDocument: { ...read, method: "PUT" },
  remove: { ...read, method: "DELETE", response: z.undefined() },
} as const;
const settings = {
  origin,
  endpoints,
  retry: { attempts: 1, budget: 0.2, baseMilliseconds: 1 },
  breaker: { threshold: 0.5, window: 10, minimumCalls: 4, halfOpenAfterMilliseconds: 10_000 },
  bulkhead: { concurrent: 4, queued: 0 },
};

/** The value as JSON, or the reason with its detail. */
function summary(decision: UpstreamDecision<unknown>): string {
  return decision.effect === "allow"
    ? `${decision.status} ${JSON.stringify(decision.value)}`
    : `${decision.reason}: ${decision.detail}`;
}

/** A clock that moves when it is told to. */
function heldClock(): Clock & { advance(milliseconds: number): void } {
  let now = 1_000_000;
  return {
    now: () => now,
    advance(milliseconds) {
      now += milliseconds;
    },
  };
}

type Reply = EgressDecision | Promise<EgressDecision>;

function reply(status: number, body: unknown, headers = {}): EgressDecision {
  const bytes = new TextEncoder().encode(body === undefined ? "" : JSON.stringify(body));
  return { effect: "allow", status, headers, body: bytes, url: new URL(origin) };
}
const fine = reply(200, { title: "a" });
const failing = reply(503, { error: "down" });
const denied = (reason: EgressReason): EgressDecision => ({ effect: "deny", reason });

/** An egress that answers from a script; the last reply repeats. */
function scripted(...replies: (Reply | (() => Reply))[]) {
  const sent: { readonly url: string; readonly options: EgressRequest }[] = [];
  const egress: Egress = {
    policy,
    unsafe: [],
    close: () => Promise.resolve(),
    async request(url, options = {}) {
      const next = replies[Math.min(sent.length, replies.length - 1)] ?? fine;
      sent.push({ url, options });
      return typeof next === "function" ? next() : next;
    },
  };
  return { egress, sent };
}

/** The upstream in front of a real server. */
async function partner(t: TestContext, listener: RequestListener) {
  const port = await serve(t, listener);
  const egress = createEgress({
    policy,
    [unsafeDestinations]: { [origin]: { address: "127.0.0.1", port } },
  });
  t.after(() => egress.close());
  return defineUpstream("partner", { ...settings, egress });
}

describe("an upstream in front of a server", () => {
  it("gives what the schema names, and nothing else", async (t) => {
    const upstream = await partner(t, (request, response) => {
      response.setHeader("content-type", "application/json; charset=utf-8");
      response.end(
        `{"title":${JSON.stringify(request.url)},"secret":1,"__proto__":{"admin":true},"\\u005f_proto__":{"admin":true}}`,
      );
    });
    const decision = await upstream.call("getDocument", { path: { documentId: "7" } });
    assert.equal(summary(decision), '200 {"title":"/documents/7"}');
    if (decision.effect !== "allow") return;
    const title: string = decision.value.title;
    assert.equal(title, "/documents/7");
    assert.equal((decision.value as { admin?: boolean }).admin, undefined);
  });

  const faults: [name: string, listener: RequestListener, expected: string | RegExp][] = [
    ["never answers", () => undefined, "deadline: deadline"],
    [
      "drips",
      (_, response) => {
        response.setHeader("content-type", "application/json");
        const timer = setInterval(() => response.write(" "), 5);
        response.on("close", () => clearInterval(timer));
      },
      "deadline: deadline",
    ],
    [
      "cuts the answer off",
      (_, response) => {
        response.writeHead(200, { "content-type": "application/json" });
        response.write('{"title":');
        setTimeout(() => response.destroy(), 5);
      },
      "network: network",
    ],
    ["hangs up", (request) => request.socket.destroy(), "network: network"],
    [
      "sends another shape",
      (_, response) => {
        response.setHeader("content-type", "application/json");
        response.end('{"title":{"$gt":""}}');
      },
      "schema: invalid_type at /title",
    ],
    [
      "sends a number that is too large for one",
      (_, response) => {
        response.setHeader("content-type", "application/json");
        response.end('{"title":"a","pages":1e999}');
      },
      /^schema: invalid_type at \/pages$/,
    ],
    [
      "sends no JSON",
      (_, response) => {
        response.setHeader("content-type", "application/json");
        response.end("<html>");
      },
      "schema: not JSON",
    ],
    [
      "sends no Unicode",
      (_, response) => {
        response.setHeader("content-type", "application/json");
        response.end(Buffer.from([0x22, 0xff, 0x22]));
      },
      "schema: not JSON",
    ],
    [
      "sends JSON as HTML",
      (_, response) => {
        response.setHeader("content-type", "text/html");
        response.end('{"title":"a"}');
      },
      "media-type: media-type",
    ],
    [
      "sends a coding that was not asked for",
      (_, response) => {
        response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
        response.end("x");
      },
      "media-type: content-encoding",
    ],
    [
      "sends too much",
      (_, response) => {
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify({ title: "a", more: "x".repeat(1000) }));
      },
      "too-large: too-large",
    ],
    [
      "sends too many headers",
      (_, response) => {
        response.writeHead(200, { "x-long": "x".repeat(20_000) }).end();
      },
      "too-large: headers-too-large",
    ],
    [
      "points elsewhere",
      (_, response) => {
        response.writeHead(302, { location: "http://169.254.169.254/" }).end();
      },
      "redirect: redirect",
    ],
    [
      "fails",
      (_, response) => {
        response.writeHead(500, { "content-type": "text/html" }).end("<h1>stack trace</h1>");
      },
      "status: 500",
    ],
  ];
  for (const [name, listener, expected] of faults)
    it(`gives no value when it ${name}`, async (t) => {
      const upstream = await partner(t, listener);
      const decision = await upstream.call("getDocument", { path: { documentId: "7" } });
      if (typeof expected === "string") assert.equal(summary(decision), expected);
      else assert.match(summary(decision), expected);
      assert.deepEqual(upstream.figures().errors, 1);
    });
});

describe("a call", () => {
  it("is sent with the endpoint's limits, the deadline and the declared headers", async () => {
    const { egress, sent } = scripted(reply(200, []));
    const clock = heldClock();
    const headers = { Authorization: new Secret("Bearer key"), "x-client": "shop" };
    const upstream = defineUpstream("partner", { ...settings, egress, clock, headers });
    const { signal } = new AbortController();
    await upstream.call("search", {
      query: { q: "a&b=c", page: 2, open: undefined },
      headers: { Authorization: "Bearer mine", "X-Trace": "1" },
      deadline: 1_000_100,
      signal,
    });
    assert.deepEqual(sent, [
      {
        url: "https://api.partner.com/search?q=a%26b%3Dc&page=2",
        options: {
          method: "GET",
          headers: {
            accept: "application/json",
            authorization: "Bearer key",
            "x-client": "shop",
            "x-trace": "1",
          },
          signal,
          deadline: 1_000_100,
          mediaTypes: ["application/json"],
          limits: { totalMs: 300, headersMs: 300, bodyBytes: 1000 },
        },
      },
    ]);
  });

  it("sends a body as JSON", async () => {
    const { egress, sent } = scripted(fine);
    const upstream = defineUpstream("partner", { ...settings, egress });
    await upstream.call("addDocument", { body: { title: "'); DROP TABLE x" } });
    assert.equal(sent[0]?.options.body, `{"title":"'); DROP TABLE x"}`);
    assert.equal(sent[0]?.options.headers?.["content-type"], "application/json");
  });

  it("keeps a parameter within its segment", async () => {
    const { egress, sent } = scripted(fine);
    const upstream = defineUpstream("partner", { ...settings, egress });
    const ask = (documentId: string) => upstream.call("getDocument", { path: { documentId } });
    for (const value of ["a/b", "../admin", "a?b#c", "%2e%2e", "é"])
      assert.equal((await ask(value)).effect, "allow", value);
    assert.deepEqual(
      sent.map(({ url }) => new URL(url).pathname),
      ["a%2Fb", "..%2Fadmin", "a%3Fb%23c", "%252e%252e", "%C3%A9"].map(
        (end) => `/documents/${end}`,
      ),
    );
    for (const value of ["", ".", "..", "\ud800"])
      assert.equal(summary(await ask(value)), "destination-refused: path-parameter", value);
    assert.equal(sent.length, 5);
  });

  it("takes an empty answer where the schema allows none", async () => {
    const { egress } = scripted(reply(204, undefined));
    const upstream = defineUpstream("partner", { ...settings, egress });
    const removed = await upstream.call("remove", { path: { documentId: 7 } });
    assert.deepEqual(
      [removed.effect, removed.effect === "allow" && removed.status],
      ["allow", 204],
    );
    const got = await upstream.call("getDocument", { path: { documentId: 7 } });
    assert.equal(summary(got), "schema: invalid_type at /");
  });

  it("never hands on names that reach a prototype, however they are spelled", async () => {
    const text = String.raw`{"a":{"__proto__":1,"_\u005fproto__":2,"b":3}}`;
    const body = new TextEncoder().encode(text);
    assert.ok(Object.hasOwn(JSON.parse(text).a, "__proto__"));
    const { egress } = scripted({ ...reply(200, {}), body } as EgressDecision);
    const upstream = defineUpstream("partner", {
      ...settings,
      egress,
      endpoints: { any: { ...read, path: "/any", response: z.unknown() } },
    });
    assert.equal(summary(await upstream.call("any")), '200 {"a":{"b":3}}');
  });

  it("survives a schema that throws", async () => {
    const { egress } = scripted(fine);
    const response = z.object({ title: z.string() }).transform(() => {
      throw new Error("secret of the schema");
    });
    const upstream = defineUpstream("partner", {
      ...settings,
      egress,
      endpoints: { odd: { ...read, path: "/odd", response } },
    });
    assert.equal(summary(await upstream.call("odd")), "schema: the schema threw");
  });
});

describe("an address that a user gave", () => {
  const cases: [url: string, outcome: string][] = [
    ["https://api.partner.com/documents/7", "allow"],
    ["https://API.partner.com.:443/documents/7?x=1#y", "allow"],
    ["https://api.partner.com/documents/x/../7", "allow"],
    ["https://api.partner.com/documents/", "other-path"],
    ["https://api.partner.com/documents/7/private", "other-path"],
    ["https://api.partner.com/admin", "other-path"],
    ["https://api.partner.com/documents/7/../../admin", "other-path"],
    ["https://api.partner.com/documents/%2e%2e/admin", "other-path"],
    ["https://api.partner.com/documents/..%2fadmin", "other-path"],
    ["https://api.partner.com/documents/..%5Cadmin", "other-path"],
    ["https://api.partner.com/documents/7%00", "other-path"],
    ["https://api.partner.com/documents/%252e%252e", "other-path"],
    ["https://api.partner.com/documents/..%252fadmin", "other-path"],
    ["https://api.partner.com/documents/..;", "other-path"],
    ["https://api.partner.com/documents/..;x=1", "other-path"],
    ["https://api.partner.com/documents/100%25", "allow"],
    ["https://api.partner.com/documents/a..;b", "allow"],
    ["https://b.partner.com/documents/7", "other-origin"],
    ["https://api.partner.com:444/documents/7", "port"],
    ["http://api.partner.com/documents/7", "scheme"],
    ["https://evil.com/documents/7", "host-not-listed"],
    ["https://api.partner.com@evil.com/documents/7", "userinfo"],
    ["https://api.partner.com.evil.com/documents/7", "host-not-listed"],
    ["https://127.0.0.1/documents/7", "host-not-listed"],
    ["https://localhost/documents/7", "single-label"],
    ["documents/7", "url-malformed"],
  ];
  for (const [url, outcome] of cases)
    it(`${url}: ${outcome}`, async () => {
      const { egress, sent } = scripted(fine);
      const events: SecurityEvent[] = [];
      const wide = { ...policy, hosts: [...policy.hosts, "b.partner.com"] };
      const upstream = defineUpstream("partner", {
        ...settings,
        egress: { ...egress, policy: wide },
        headers: { authorization: new Secret("Bearer key") },
        events: { note: (event) => events.push(event) },
      });
      const decision = await upstream.fetchUrl("getDocument", url);
      if (outcome === "allow") {
        assert.equal(summary(decision), '200 {"title":"a"}');
        assert.deepEqual(sent[0]?.options.headers, { accept: "application/json" });
        assert.deepEqual(events, []);
        return;
      }
      assert.equal(summary(decision), `destination-refused: ${outcome}`);
      assert.deepEqual(sent, []);
      const [event] = events;
      assert.deepEqual(
        [event?.name, event?.object, event?.reason],
        ["x_egress_refused", "upstream:partner", outcome],
      );
    });

  it("may be anything under an open path", async () => {
    const { egress, sent } = scripted(fine);
    const upstream = defineUpstream("partner", {
      ...settings,
      egress,
      endpoints: { any: { ...read, path: "/public/*" } },
    });
    const ask = async (path: string): Promise<string> =>
      (await upstream.fetchUrl("any", `${origin}${path}`)).effect;
    assert.equal(await ask("/public/a/b/c"), "allow");
    assert.equal(await ask("/public/"), "allow");
    assert.equal(await ask("/public"), "deny");
    assert.equal(await ask("/publicity/a"), "deny");
    assert.equal(await ask("/public/../private"), "deny");
    assert.equal(sent.length, 2);
    await assert.rejects(upstream.call("any"), /fetchUrl only/);
  });
});

describe("trying again", () => {
  const retry = { attempts: 3, budget: 0, baseMilliseconds: 1 };

  it("is for idempotent endpoints only", async () => {
    for (const [name, expected] of [
      ["getDocument", 3],
      ["putDocument", 3],
      ["addDocument", 1],
    ] as const) {
      const { egress, sent } = scripted(failing, denied("network"), fine);
      const upstream = defineUpstream("partner", { ...settings, retry, egress });
      const decision =
        name === "addDocument"
          ? await upstream.call(name)
          : await upstream.call(name, { path: { documentId: 7 } });
      assert.equal(sent.length, expected, name);
      assert.equal(decision.effect, expected === 3 ? "allow" : "deny");
      if (decision.effect === "allow") assert.equal(decision.attempts, 3);
      assert.equal(upstream.figures().retries, expected - 1);
    }
  });

  const worth: [name: string, first: EgressDecision, attempts: number][] = [
    ["a 503", failing, 3],
    ["a 502", reply(502, {}), 3],
    ["a 429", reply(429, {}), 3],
    ["a lost connection", denied("network"), 3],
    ["a refused connection", denied("connect"), 3],
    ["a 500", reply(500, {}), 1],
    ["a 404", reply(404, {}), 1],
    ["a wrong shape", reply(200, {}), 1],
    ["a bad certificate", denied("tls"), 1],
    ["a refused destination", denied("private"), 1],
    ["a redirect", denied("redirect"), 1],
    ["a passed deadline", denied("deadline"), 1],
  ];
  for (const [name, first, attempts] of worth)
    it(`${attempts === 1 ? "is not" : "is"} for ${name}`, async () => {
      const { egress, sent } = scripted(first);
      const upstream = defineUpstream("partner", { ...settings, retry, egress });
      await upstream.call("getDocument", { path: { documentId: 7 } });
      assert.equal(sent.length, attempts);
    });

  it("stays within the budget: a reserve, and a share of the calls", async () => {
    const { egress, sent } = scripted(failing);
    const upstream = defineUpstream("partner", {
      ...settings,
      egress,
      retry: { attempts: 2, budget: 0.25, reserve: 2, baseMilliseconds: 1 },
      breaker: { ...settings.breaker, window: 100, minimumCalls: 100 },
    });
    for (let turn = 0; turn < 12; turn++)
      await upstream.call("getDocument", { path: { documentId: 7 } });
    // Two saved up, and a quarter of the ten calls that found none.
    assert.equal(sent.length - 12, 4);
    assert.equal(upstream.figures().retries, 4);
  });

  it("waits with full jitter, taken from the randomness it was given", async () => {
    const { egress } = scripted(failing);
    const waits: number[] = [];
    for (const byte of [0x00, 0x80, 0xff]) {
      const upstream = defineUpstream("partner", {
        ...settings,
        egress,
        retry: { attempts: 2, budget: 1, baseMilliseconds: 100 },
        randomness: { bytes: (length) => new Uint8Array(length).fill(byte) },
      });
      const started = performance.now();
      await upstream.call("getDocument", { path: { documentId: 7 } });
      waits.push(performance.now() - started);
    }
    const [low = 0, middle = 0, high = 0] = waits;
    assert.ok(low < middle && middle >= 48 && high >= 97, String(waits));
  });

  it("does not outlive the deadline, nor come before the upstream wants it", async () => {
    const clock = heldClock();
    for (const [seconds, attempts] of [
      ["0", 2],
      ["1", 1],
      [new Date(clock.now()).toUTCString(), 2],
      [new Date(clock.now() + 60_000).toUTCString(), 1],
      ["nonsense", 2],
    ] as const) {
      const { egress, sent } = scripted(reply(503, {}, { "retry-after": seconds }), fine);
      const upstream = defineUpstream("partner", { ...settings, retry, egress, clock });
      await upstream.call("getDocument", { path: { documentId: 7 } });
      assert.equal(sent.length, attempts, seconds);
    }
  });

  it("ends when the caller hangs up", async () => {
    const { egress, sent } = scripted(failing);
    const upstream = defineUpstream("partner", {
      ...settings,
      egress,
      retry: { attempts: 3, budget: 1, baseMilliseconds: 250 },
      randomness: { bytes: (length) => new Uint8Array(length).fill(0xff) },
    });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 10);
    const started = performance.now();
    await upstream.call("getDocument", { path: { documentId: 7 }, signal: controller.signal });
    assert.equal(sent.length, 1);
    assert.ok(performance.now() - started < 240);
  });
});

describe("the breaker", () => {
  const path = { documentId: 7 };

  /** An upstream whose breaker was opened by four failures. */
  async function opened(...afterwards: (Reply | (() => Reply))[]) {
    const clock = heldClock();
    const script = scripted(failing, failing, failing, failing, ...afterwards);
    const upstream = defineUpstream("partner", { ...settings, clock, egress: script.egress });
    for (let turn = 0; turn < 4; turn++) {
      assert.equal(upstream.figures().breaker, "closed");
      await upstream.call("getDocument", { path });
    }
    assert.equal(upstream.figures().breaker, "open");
    return { ...script, clock, upstream };
  }

  it("opens at its threshold and then sends nothing", async () => {
    const { sent, upstream } = await opened(fine);
    const decision = await upstream.call("getDocument", { path });
    assert.equal(summary(decision), "breaker-open: breaker-open");
    assert.equal(decision.effect === "deny" && decision.retryAfterSeconds, 10);
    assert.equal(sent.length, 4);
    assert.deepEqual([upstream.figures().calls, upstream.figures().refused], [4, 1]);
  });

  it("lets one trial through after its time, and closes when that succeeds", async () => {
    const { clock, sent, upstream } = await opened(fine);
    clock.advance(9_999);
    assert.equal((await upstream.call("getDocument", { path })).effect, "deny");
    clock.advance(1);
    assert.equal((await upstream.call("getDocument", { path })).effect, "allow");
    assert.equal(upstream.figures().breaker, "closed");
    assert.equal((await upstream.call("getDocument", { path })).effect, "allow");
    assert.equal(sent.length, 6);
  });

  it("stays open when the trial fails, for another full time", async () => {
    const { clock, sent, upstream } = await opened(failing, fine);
    clock.advance(10_000);
    assert.equal(summary(await upstream.call("getDocument", { path })), "status: 503");
    clock.advance(9_999);
    assert.match(summary(await upstream.call("getDocument", { path })), /breaker-open/);
    clock.advance(1);
    assert.equal((await upstream.call("getDocument", { path })).effect, "allow");
    assert.equal(sent.length, 6);
  });

  it("refuses everybody else at once while the trial is under way", async () => {
    const trial = Promise.withResolvers<EgressDecision>();
    const { clock, sent, upstream } = await opened(() => trial.promise, fine);
    clock.advance(10_000);
    const first = upstream.call("getDocument", { path });
    assert.match(summary(await upstream.call("getDocument", { path })), /breaker-open/);
    assert.equal(upstream.figures().breaker, "half-open");
    trial.resolve(fine);
    assert.equal((await first).effect, "allow");
    assert.equal(sent.length, 5);
  });

  it("is not closed by a trial that was given up", async () => {
    for (const [reason, input] of [
      ["aborted", {}],
      ["deadline", { deadline: 1_010_001 }],
    ] as const) {
      const { clock, upstream } = await opened(denied(reason), fine);
      clock.advance(10_000);
      assert.match(summary(await upstream.call("getDocument", { path, ...input })), /^deadline/);
      assert.equal(upstream.figures().breaker, "open", reason);
    }
  });

  const counted: [name: string, answer: EgressDecision, opens: boolean][] = [
    ["500", reply(500, {}), true],
    ["429", reply(429, {}), true],
    ["lost connections", denied("network"), true],
    ["bad certificates", denied("tls"), true],
    ["its own slowness", denied("deadline"), true],
    ["404", reply(404, {}), false],
    ["wrong shapes", reply(200, {}), false],
    ["refused destinations", denied("private"), false],
    ["large answers", denied("too-large"), false],
    ["callers that hang up", denied("aborted"), false],
  ];
  for (const [name, answer, opens] of counted)
    it(`${opens ? "counts" : "does not count"} ${name}`, async () => {
      const { egress } = scripted(answer);
      const upstream = defineUpstream("partner", { ...settings, egress });
      for (let turn = 0; turn < 10; turn++) await upstream.call("getDocument", { path });
      assert.equal(upstream.figures().breaker, opens ? "open" : "closed");
    });

  it("does not count the impatience of callers", async () => {
    const { egress } = scripted(denied("deadline"));
    const clock = heldClock();
    const upstream = defineUpstream("partner", { ...settings, egress, clock });
    for (let turn = 0; turn < 10; turn++)
      await upstream.call("getDocument", { path, deadline: clock.now() + 10 });
    assert.equal(upstream.figures().breaker, "closed");
  });
});

describe("the bulkhead", () => {
  const path = { documentId: 7 };
  const bulkhead = { concurrent: 2, queued: 1 };

  it("refuses at once what finds neither a place nor a queue", async () => {
    const hold = Promise.withResolvers<EgressDecision>();
    const { egress, sent } = scripted(() => hold.promise);
    const upstream = defineUpstream("partner", { ...settings, bulkhead, egress });
    const under = [1, 2, 3].map(() => upstream.call("getDocument", { path }));
    assert.equal(
      summary(await upstream.call("getDocument", { path })),
      "bulkhead-full: bulkhead-full",
    );
    assert.equal(sent.length, 2);
    hold.resolve(fine);
    const finished = await Promise.all(under);
    assert.deepEqual(
      finished.map(({ effect }) => effect),
      ["allow", "allow", "allow"],
    );
    assert.equal(sent.length, 3);
    assert.equal((await upstream.call("getDocument", { path })).effect, "allow");
  });

  it("lets nobody queue beyond the deadline or after hanging up", async () => {
    const hold = Promise.withResolvers<EgressDecision>();
    const { egress, sent } = scripted(() => hold.promise);
    const upstream = defineUpstream("partner", { ...settings, bulkhead, egress });
    const under = [1, 2].map(() => upstream.call("getDocument", { path }));
    const late = await upstream.call("getDocument", { path, deadline: Date.now() + 20 });
    assert.equal(summary(late), "deadline: queued");
    hold.resolve(fine);
    await Promise.all(under);
    assert.equal(sent.length, 2);
  });
});

describe("the figures", () => {
  it("tell calls, errors and latencies of the window, as a whole and by endpoint", async () => {
    const clock = heldClock();
    let latency = 0;
    const { egress } = scripted(() => {
      clock.advance(latency);
      return latency === 100 ? reply(404, {}) : fine;
    });
    const upstream = defineUpstream("partner", {
      ...settings,
      egress,
      clock,
      windowMilliseconds: 60_000,
    });
    const idle = { calls: 0, errors: 0, p50: 0, p95: 0, p99: 0 };
    const rest = { retries: 0, refused: 0, breaker: "closed" };
    assert.deepEqual(upstream.figures(), { ...idle, ...rest });
    for (latency = 1; latency <= 100; latency++)
      await upstream.call("getDocument", { path: { documentId: 7 } });
    latency = 500;
    await upstream.call("addDocument");
    const reads = { calls: 100, errors: 1, p50: 50, p95: 95, p99: 99 };
    assert.deepEqual(upstream.figures("getDocument"), { ...reads, ...rest });
    assert.equal(upstream.figures().calls, 101);
    clock.advance(60_000);
    assert.equal(upstream.figures().calls, 1);
    clock.advance(1);
    assert.deepEqual(upstream.figures(), { ...idle, ...rest });
  });

  it("hold no more than the ring", async () => {
    const { egress } = scripted(fine);
    const upstream = defineUpstream("partner", { ...settings, egress, clock: heldClock() });
    for (let turn = 0; turn < 1_030; turn++) await upstream.call("addDocument");
    assert.equal(upstream.figures().calls, 1_024);
  });
});

describe("what others are told", () => {
  const reasons: [reason: UpstreamReason, status: number, code: string][] = [
    ["destination-refused", 422, "destination-refused"],
    ["breaker-open", 503, "unavailable"],
    ["bulkhead-full", 503, "unavailable"],
    ["deadline", 502, "upstream-failed"],
    ["status", 502, "upstream-failed"],
    ["schema", 502, "upstream-failed"],
    ["media-type", 502, "upstream-failed"],
    ["too-large", 502, "upstream-failed"],
    ["redirect", 502, "upstream-failed"],
    ["network", 502, "upstream-failed"],
  ];
  for (const [reason, status, code] of reasons)
    it(`${reason} is ${status} ${code}, and its detail stays inside`, () => {
      const problem = toProblem({ effect: "deny", reason, detail: "10.0.0.1 said no" });
      assert.ok(problem instanceof Problem);
      assert.deepEqual([problem.status, problem.code], [status, code]);
      assert.equal(problem.reason, `upstream-${reason}`);
      const other = toProblem({ effect: "deny", reason, detail: "another detail" });
      const body = JSON.stringify(problemBody(problem, "1"));
      assert.equal(body, JSON.stringify(problemBody(other, "1")));
      assert.ok(!body.includes("10.0.0.1"));
    });

  it("every reason of egress has a reason here", () => {
    assert.equal(upstreamReasonOf("loopback"), "destination-refused");
    assert.equal(upstreamReasonOf("peer"), "destination-refused");
    assert.equal(upstreamReasonOf("unresolvable"), "network");
    assert.equal(upstreamReasonOf("aborted"), "deadline");
  });

  it("operators see one event for an answer that is not what was agreed, none for an outage", async () => {
    const events: SecurityEvent[] = [];
    for (const answer of [reply(200, {}), denied("redirect"), denied("too-large"), failing]) {
      const { egress } = scripted(answer);
      const upstream = defineUpstream("partner", {
        ...settings,
        egress,
        events: { note: (event) => events.push(event) },
      });
      await upstream.call("getDocument", { path: { documentId: 7 } });
    }
    assert.deepEqual(
      events.map(({ name, object, reason }) => [name, object, reason]),
      ["schema", "redirect", "too-large"].map((reason) => [
        "x_upstream_refused",
        "upstream:partner",
        reason,
      ]),
    );
  });
});

describe("a declaration that makes no sense stops the start", () => {
  const { egress } = scripted(fine);
  const good = { ...settings, egress };
  const faults: [name: string, declare: () => unknown, message: RegExp][] = [
    [
      "plain http",
      () => defineUpstream("p", { ...good, origin: "http://api.partner.com" }),
      /scheme/,
    ],
    [
      "an origin with a path",
      () => defineUpstream("p", { ...good, origin: `${origin}/v1` }),
      /not an origin/,
    ],
    [
      "a host that egress does not allow",
      () => defineUpstream("p", { ...good, origin: "https://evil.com" }),
      /host-not-listed/,
    ],
    ["no endpoint", () => defineUpstream("p", { ...good, endpoints: {} }), /no endpoints/],
    [
      "no time",
      () => defineUpstream("p", { ...good, endpoints: { a: { ...read, timeoutMilliseconds: 0 } } }),
      /timeoutMilliseconds/,
    ],
    [
      "no size",
      () => defineUpstream("p", { ...good, endpoints: { a: { ...read, maximumBytes: 0.5 } } }),
      /maximumBytes/,
    ],
    [
      "a path with a query",
      () => defineUpstream("p", { ...good, endpoints: { a: { ...read, path: "/a?b" } } }),
      /path/,
    ],
    [
      "no attempt",
      () => defineUpstream("p", { ...good, retry: { attempts: 0, budget: 0 } }),
      /attempts/,
    ],
    [
      "a budget above all calls",
      () => defineUpstream("p", { ...good, retry: { attempts: 1, budget: 2 } }),
      /budget/,
    ],
    [
      "a bulkhead without a place",
      () => defineUpstream("p", { ...good, bulkhead: { concurrent: 0, queued: 0 } }),
      /concurrent/,
    ],
    [
      "a breaker that never opens",
      () => defineUpstream("p", { ...good, breaker: { ...good.breaker, threshold: 1 } }),
      /threshold/,
    ],
  ];
  for (const [name, declare, message] of faults)
    it(name, () => {
      assert.throws(declare, message);
    });

  it("and one that does is a client with its declaration", () => {
    const upstream = defineUpstream("p", good);
    assert.equal(upstream.declaration.origin, origin);
    assert.deepEqual(Object.keys(upstream.declaration.endpoints), Object.keys(endpoints));
  });
});
