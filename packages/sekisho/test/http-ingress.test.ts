/** What arrives before there is a request: heads, framing, expectations and slow senders. */

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { anonymous, authenticated } from "sekisho/authorization";
import {
  createApi,
  decideIngress,
  defineEndpoint,
  unaudited,
  type IngressReason,
} from "sekisho/http";
import { production } from "sekisho/inventory";
import {
  createTestAuthenticator,
  startTestApi,
  testPrincipal,
  type TestApi,
} from "sekisho/testing";
import { z } from "zod";
import { exchange, open, parseAnswers, requestText, type RawAnswer } from "./http-raw.ts";

const common = {
  summary: "A sample",
  team: "tests",
  lifecycle: production({ since: "2026-01-01" }),
  quota: "60000/minute",
} as const;
/** What handlers were asked for. */
let asked: string[] = [];

const endpoints = [
  defineEndpoint({
    ...common,
    access: anonymous("tests"),
    method: "GET",
    path: "/plain",
    query: z.strictObject({ q: z.string().max(20_000).optional() }),
    output: { 200: z.strictObject({}) },
    handle: ({ reply }) => {
      asked.push("plain");
      return reply(200, {});
    },
  }),
  defineEndpoint({
    ...common,
    access: anonymous("tests"),
    method: "POST",
    path: "/notes",
    audit: unaudited("tests"),
    body: z.strictObject({ note: z.string().max(8) }),
    output: { 200: z.strictObject({}) },
    handle: ({ body, reply }) => {
      asked.push(`note ${body.note}`);
      return reply(200, {});
    },
  }),
  defineEndpoint({
    ...common,
    access: authenticated(),
    method: "POST",
    path: "/mine",
    audit: unaudited("tests"),
    body: z.strictObject({ note: z.string().max(8) }),
    output: { 200: z.strictObject({}) },
    handle: ({ reply }) => {
      asked.push("mine");
      return reply(200, {});
    },
  }),
];

let running: TestApi;
before(async () => {
  running = await startTestApi({
    endpoints,
    authenticator: createTestAuthenticator({ alice: testPrincipal() }),
  });
});
after(async () => {
  await running.close();
  assert.deepEqual(running.internalErrors, []);
});
beforeEach(() => {
  asked = [];
});

/** Sends text and returns every answer; the server has to end the connection. */
async function send(text: string): Promise<readonly RawAnswer[]> {
  const connection = open(running.origin);
  connection.write(text);
  return connection.answers();
}
const codes = async (text: string): Promise<readonly (string | number)[]> =>
  (await send(text)).map(({ code, status }) => code ?? status);

const note = '{"note":"x"}';
const type = "content-type: application/json\r\n";

describe("a head that two readers could read differently", () => {
  const rows: readonly (readonly [what: string, fields: string, code: string | number])[] = [
    ["two hosts", "host: a\r\nhost: b\r\n", "malformed-request"],
    ["the same host twice", "host: a\r\nhost: a\r\n", "malformed-request"],
    ["no host", "", "malformed-request"],
    ["an empty host", "host:\r\n", "malformed-request"],
    ["a host with a path", "host: a/b\r\n", "malformed-request"],
    ["a host with credentials", "host: u@a\r\n", "malformed-request"],
    ["two hosts in one field", "host: a, b\r\n", "malformed-request"],
    ["a host with a blank", "host: a b\r\n", "malformed-request"],
    ["a host with a port that is none", "host: a:b\r\n", "malformed-request"],
    ["a host with half a bracket", "host: [::1\r\n", "malformed-request"],
    ["a host of 254 characters", `host: ${"a".repeat(254)}\r\n`, "malformed-request"],
    ["a host of 253 characters", `host: ${"a".repeat(253)}\r\n`, 200],
    ["an IPv6 host", "host: [::1]:8080\r\n", 200],
    ["a host in capitals", "HOST: EXAMPLE.com\r\n", 200],
    [
      "two tokens",
      "host: a\r\nauthorization: Bearer a\r\nauthorization: Bearer b\r\n",
      "malformed-request",
    ],
    [
      "two tokens in other letters",
      "host: a\r\nAuthorization: Bearer a\r\nAUTHORIZATION: b\r\n",
      "malformed-request",
    ],
    ["two origins", "host: a\r\norigin: https://a\r\norigin: https://b\r\n", "malformed-request"],
    [
      "two keys",
      'host: a\r\nidempotency-key: "a"\r\nidempotency-key: "b"\r\n',
      "malformed-request",
    ],
    ["two media types", `host: a\r\n${type}${type}`, "malformed-request"],
    ["a field that may be repeated", "host: a\r\naccept: */*\r\naccept: text/html\r\n", 200],
    ["a blank before the colon", "host: a\r\nauthorization : Bearer a\r\n", "malformed-request"],
    ["a folded field", "host: a\r\nx-a: 1\r\n 2\r\n", "malformed-request"],
    ["a bare line feed", "host: a\r\nx-a: 1\nx-b: 2\r\n", "malformed-request"],
    ["a bare carriage return", "host: a\r\nx-a: 1\rx-b: 2\r\n", "malformed-request"],
    ["a NUL", "host: a\r\nx-a: 1\u00002\r\n", "malformed-request"],
    ["a field without a name", "host: a\r\n: 1\r\n", "malformed-request"],
    ["a field without a colon", "host: a\r\nabc\r\n", "malformed-request"],
  ];
  for (const [what, fields, code] of rows)
    it(`${what}: ${code}`, async () => {
      const text = `GET /plain HTTP/1.1\r\nconnection: close\r\n${fields}\r\n`;
      assert.deepEqual(await codes(text), [code]);
      assert.deepEqual(asked, code === 200 ? ["plain"] : []);
    });

  const lines: readonly (readonly [line: string, code: string | number])[] = [
    ["GET /plain HTTP/1.1", 200],
    ["GET  /plain HTTP/1.1", 200],
    ["GET /plain  HTTP/1.1", 200],
    ["GET /plain HTTP/1.2", "malformed-request"],
    ["GET /plain HTTP/2.0", "malformed-request"],
    ["get /plain HTTP/1.1", "malformed-request"],
    ["GETS /plain HTTP/1.1", "malformed-request"],
    ["GET plain HTTP/1.1", "malformed-request"],
    ["GET /plain#fragment HTTP/1.1", "malformed-request"],
    ["GET /pl\u0000ain HTTP/1.1", "malformed-request"],
    ["GET /pl\u00e4in HTTP/1.1", "malformed-request"],
    ["GET http://a/plain HTTP/1.1", "misdirected-request"],
    ["GET //a/plain HTTP/1.1", "not-found"],
    ["OPTIONS * HTTP/1.1", "misdirected-request"],
    ["CONNECT a:443 HTTP/1.1", "malformed-request"],
    ["PRI * HTTP/2.0", "malformed-request"],
    ["TRACE /plain HTTP/1.1", "method-not-allowed"],
  ];
  for (const [line, code] of lines)
    it(`${JSON.stringify(line)}: ${code}`, async () => {
      assert.deepEqual(await codes(`${line}\r\nhost: a\r\nconnection: close\r\n\r\n`), [code]);
    });

  it("bytes of TLS are refused like any other garbage", async () => {
    const connection = open(running.origin);
    connection.write(Buffer.from("16030100a5010000a1030365", "hex"));
    assert.deepEqual(
      (await connection.answers()).map(({ status }) => status),
      [400],
    );
  });

  it("is named by the gate, which can be asked by itself", () => {
    const decide = (url: string, rawHeaders: string[], minor = 1): IngressReason | "allow" => {
      const message = { url, rawHeaders, httpVersionMajor: 1, httpVersionMinor: minor };
      const decision = decideIngress(message);
      return decision.effect === "allow" ? "allow" : decision.reason;
    };
    assert.equal(decide("/a", ["host", "a"]), "allow");
    assert.equal(decide("/a", []), "host-missing");
    assert.equal(decide("/a", [], 0), "allow");
    assert.equal(decide("/a", ["host", "a", "Host", "a"]), "host-repeated");
    assert.equal(decide("/a", ["host", "a@b"]), "host-malformed");
    assert.equal(
      decide("/a", ["host", "a", "transfer-encoding", "chunked"], 0),
      "transfer-coding-in-http-1.0",
    );
    assert.equal(decide("/a", ["host", "a", "transfer-encoding", "chunked"]), "allow");
    assert.equal(decide("a", ["host", "a"]), "target-not-origin-form");
    assert.equal(decide("/\u0001", ["host", "a"]), "target-malformed");
    for (const name of [
      "Authorization",
      "Content-Type",
      "Content-Length",
      "Idempotency-Key",
      "X-Signature",
      "Origin",
    ]) {
      assert.equal(
        decide("/a", ["host", "a", name, "1", name.toLowerCase(), "1"]),
        "field-repeated",
        name,
      );
      assert.equal(decide("/a", ["host", "a", name, "1"]), "allow", name);
    }
  });
});

describe("sizes", () => {
  it("a target may have 8,192 characters: 414 beyond", async () => {
    const get = (length: number): string => requestText(`GET ${"/plain?q=".padEnd(length, "x")}`);
    assert.deepEqual(await codes(get(8_192)), [200]);
    assert.deepEqual(await codes(get(8_193)), ["url-too-long"]);
  });

  it("a head may have 16 KiB: 431 beyond, in one field or in many", async () => {
    const one = (length: number): string =>
      requestText("GET /plain", { "x-long": "x".repeat(length) });
    assert.deepEqual(await codes(one(15_000)), [200]);
    assert.deepEqual(await codes(one(17_000)), ["headers-too-large"]);
    const many = (count: number): string =>
      `GET /plain HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${"x-a: 12\r\n".repeat(count)}\r\n`;
    assert.deepEqual(await codes(many(1_500)), [200]);
    assert.deepEqual(await codes(many(2_500)), ["headers-too-large"]);
  });

  it("many small fields do not push a repeated one out of sight", async () => {
    const fields = `host: a\r\n${"x-a: 1\r\n".repeat(1_200)}host: b\r\n`;
    const text = `GET /plain HTTP/1.1\r\nconnection: close\r\n${fields}\r\n`;
    assert.deepEqual(await codes(text), ["malformed-request"]);
  });
});

describe("framing", () => {
  const hidden = "GET /plain HTTP/1.1\r\nhost: a\r\n\r\n";
  const rows: readonly (readonly [what: string, fields: string, body: string])[] = [
    [
      "length and chunks",
      `content-length: ${note.length}\r\ntransfer-encoding: chunked\r\n`,
      `c\r\n${note}\r\n0\r\n\r\n`,
    ],
    [
      "chunks and length",
      `transfer-encoding: chunked\r\ncontent-length: ${note.length}\r\n`,
      `c\r\n${note}\r\n0\r\n\r\n`,
    ],
    [
      "length of zero and chunks",
      "content-length: 0\r\ntransfer-encoding: chunked\r\n",
      `c\r\n${note}\r\n0\r\n\r\n`,
    ],
    ["two lengths", `content-length: ${note.length}\r\ncontent-length: 0\r\n`, note],
    [
      "the same length twice",
      `content-length: ${note.length}\r\ncontent-length: ${note.length}\r\n`,
      note,
    ],
    ["a list of lengths", `content-length: ${note.length}, ${note.length}\r\n`, note],
    ["a signed length", `content-length: +${note.length}\r\n`, note],
    ["a negative length", "content-length: -1\r\n", note],
    ["a hexadecimal length", "content-length: 0xc\r\n", note],
    ["a fractional length", "content-length: 12.0\r\n", note],
    ["a blank within a length", "content-length: 1 2\r\n", note],
    ["an empty length", "content-length:\r\n", note],
    ["a length beyond every number", "content-length: 18446744073709551628\r\n", note],
    ["an unknown coding", "transfer-encoding: xchunked\r\n", `c\r\n${note}\r\n0\r\n\r\n`],
    ["identity", "transfer-encoding: identity\r\n", note],
    [
      "chunks that are not last",
      "transfer-encoding: chunked, gzip\r\n",
      `c\r\n${note}\r\n0\r\n\r\n`,
    ],
    ["chunks twice", "transfer-encoding: chunked, chunked\r\n", `c\r\n${note}\r\n0\r\n\r\n`],
    [
      "chunks in two fields",
      "transfer-encoding: gzip\r\ntransfer-encoding: chunked\r\n",
      `c\r\n${note}\r\n0\r\n\r\n`,
    ],
    [
      "a vertical tab before chunked",
      "transfer-encoding: \u000bchunked\r\n",
      `c\r\n${note}\r\n0\r\n\r\n`,
    ],
    ["a blank before the colon of a length", `content-length : ${note.length}\r\n`, note],
    ["a chunk size with a sign", "transfer-encoding: chunked\r\n", `+c\r\n${note}\r\n0\r\n\r\n`],
    ["a chunk size in 0x", "transfer-encoding: chunked\r\n", `0xc\r\n${note}\r\n0\r\n\r\n`],
    [
      "a chunk that is longer than its size",
      "transfer-encoding: chunked\r\n",
      `b\r\n${note}\r\n0\r\n\r\n`,
    ],
    [
      "a chunk line that ends in a bare line feed",
      "transfer-encoding: chunked\r\n",
      `c\n${note}\r\n0\r\n\r\n`,
    ],
    [
      "a chunk size beyond every number",
      "transfer-encoding: chunked\r\n",
      `fffffffffffffffff\r\n${note}\r\n0\r\n\r\n`,
    ],
  ];
  for (const [what, fields, body] of rows)
    it(`${what}: one refusal, and nothing behind it is a request`, async () => {
      const answers = await send(
        `POST /notes HTTP/1.1\r\nhost: a\r\n${type}${fields}\r\n${body}${hidden}`,
      );
      assert.equal(answers.length, 1);
      assert.ok([400, 501].includes(answers[0]?.status ?? 0), JSON.stringify(answers));
      assert.equal(answers[0]?.headers["connection"], "close");
      assert.ok(!asked.includes("plain"), "the hidden request was answered");
      assert.deepEqual(asked, []);
    });

  it("in a coding that nobody knows is 501, and 400 where only the length is unclear", async () => {
    const coded = (coding: string): string =>
      `POST /notes HTTP/1.1\r\nhost: a\r\n${type}transfer-encoding: ${coding}\r\n\r\nc\r\n${note}\r\n0\r\n\r\n`;
    assert.deepEqual(await codes(coded("gzip, chunked")), ["method-not-implemented"]);
    for (const unclear of ["chunked, chunked", "pigeons", "chunkedchunked", "chunked, gzip"])
      assert.deepEqual(await codes(coded(unclear)), ["malformed-request"], unclear);
    const end = requestText("GET /plain");
    assert.deepEqual(await codes(coded("CHUNKED") + end), [200, 200], "the control");
  });

  it("in HTTP/1.0 with chunks is refused; with a length it is not", async () => {
    const chunked = `POST /notes HTTP/1.0\r\nhost: a\r\n${type}transfer-encoding: chunked\r\n\r\nc\r\n${note}\r\n0\r\n\r\n`;
    assert.deepEqual(await codes(chunked), ["malformed-request"]);
    const plain = `POST /notes HTTP/1.0\r\nhost: a\r\n${type}content-length: ${note.length}\r\n\r\n${note}`;
    assert.deepEqual(await codes(plain), [200]);
  });

  it("that is sound keeps two requests apart", async () => {
    const chunked = `POST /notes HTTP/1.1\r\nhost: a\r\n${type}transfer-encoding: chunked\r\n\r\nc\r\n${note}\r\n0\r\n\r\n`;
    const sized = requestText("POST /notes", { "content-type": "application/json" }, note);
    assert.deepEqual(await codes(chunked + sized), [200, 200]);
    assert.deepEqual(asked, ["note x", "note x"]);
  });

  it("of GET with a body does not let the body become a request", async () => {
    const text = `GET /plain HTTP/1.1\r\nhost: a\r\ncontent-length: ${hidden.length}\r\n\r\n${hidden}`;
    const end = requestText("GET /none");
    assert.deepEqual(await codes(text + end), ["unsupported-media-type", "not-found"]);
    assert.deepEqual(asked, []);
  });
});

describe("an expectation", () => {
  const hidden = "GET /plain HTTP/1.1\r\nhost: a\r\n\r\n";
  /** Waits for leave to send a body as long as the hidden request. */
  const expecting = (path: string): string =>
    `POST ${path} HTTP/1.1\r\nhost: a\r\n${type}expect: 100-continue\r\ncontent-length: ${hidden.length}\r\n\r\n`;

  for (const [what, path, status] of [
    ["without a token", "/mine", 401],
    ["on a path that is none", "/none", 404],
    ["with a method that is none", "/plain", 405],
  ] as const)
    it(`refused ${what} ends the connection: what comes next is neither body nor request`, async () => {
      const answers = await send(expecting(path) + hidden);
      assert.deepEqual(
        answers.map((answer) => answer.status),
        [status],
      );
      assert.equal(answers[0]?.headers["connection"], "close");
      assert.deepEqual(asked, []);
    });

  it("refused for its declared length ends the connection, too", async () => {
    const answers = await send(
      expecting("/notes").replace(/length: \d+/, "length: 2000000") + hidden,
    );
    assert.deepEqual(
      answers.map((answer) => answer.status),
      [413],
    );
    assert.equal(answers[0]?.headers["connection"], "close");
    assert.deepEqual(asked, []);
  });

  it("that is met gets its body read, and the connection goes on", async () => {
    const connection = open(running.origin);
    connection.write(expecting("/notes").replace(/length: \d+/, `length: ${note.length}`));
    await connection.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    connection.write(note + requestText("GET /plain"));
    await connection.answers();
    const answers = parseAnswers(
      connection.received().replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, ""),
    );
    assert.deepEqual(
      answers.map((answer) => answer.status),
      [200, 200],
    );
    assert.deepEqual(asked.toSorted(), ["note x", "plain"]);
  });

  it("that is unknown is 417, and nothing behind it is looked at", async () => {
    for (const expectation of ["200-ok", "100-continue, x", "x"]) {
      const text = `POST /notes HTTP/1.1\r\nhost: a\r\n${type}expect: ${expectation}\r\ncontent-length: 12\r\n\r\n`;
      assert.deepEqual(await codes(text + hidden), ["expectation-failed"], expectation);
    }
    assert.deepEqual(asked, []);
  });
});

describe("a slow sender", () => {
  let impatient: TestApi;
  before(async () => {
    impatient = await startTestApi({
      endpoints,
      timeouts: { headMilliseconds: 120, requestMilliseconds: 240, idleMilliseconds: 100 },
    });
  });
  after(() => impatient.close());

  /** Sends pieces with pauses until the server ends the connection. */
  async function drip(pieces: readonly string[]): Promise<readonly RawAnswer[]> {
    const connection = open(impatient.origin);
    let ended = false;
    const answers = connection.answers().finally(() => {
      ended = true;
    });
    for (const piece of pieces) {
      if (ended) break;
      connection.write(piece);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    return answers;
  }

  it("of a head is given up with 408", async () => {
    const answers = await drip([
      "GET /plain HTTP/1.1\r\nhost: a\r\n",
      ...("x-a: 1\r\n".repeat(20).match(/.{4}/gs) ?? []),
    ]);
    assert.deepEqual(
      answers.map(({ code }) => code),
      ["request-timeout"],
    );
    assert.equal(answers[0]?.headers["connection"], "close");
  });

  it("of a body is given up with 408", async () => {
    const head = `POST /notes HTTP/1.1\r\nhost: a\r\n${type}content-length: 4000\r\n\r\n`;
    const answers = await drip([head, ...Array.from({ length: 60 }, () => " ")]);
    assert.deepEqual(
      answers.map(({ code }) => code),
      ["request-timeout"],
    );
    assert.deepEqual(asked, []);
  });

  it("who says nothing at all is let go", async () => {
    const answers = await drip([]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [408],
    );
  });

  it("between two requests is let go without a word", async () => {
    const connection = open(impatient.origin);
    connection.write("GET /plain HTTP/1.1\r\nhost: a\r\n\r\n");
    assert.deepEqual(
      (await connection.answers()).map(({ status }) => status),
      [200],
    );
  });

  it("who is in time is served", async () => {
    const text = requestText("POST /notes", { "content-type": "application/json" }, note);
    assert.deepEqual(
      (await drip([text.slice(0, 20), text.slice(20)])).map(({ status }) => status),
      [200],
    );
  });

  it("cannot be waited for longer than a minute, nor for no time", async () => {
    for (const time of [0, -1, 1.5, 60_001, Number.NaN, Number.POSITIVE_INFINITY])
      for (const name of ["headMilliseconds", "requestMilliseconds", "idleMilliseconds"]) {
        const options = { title: "Test", version: "1.0.0", endpoints };
        await assert.rejects(createApi({ ...options, timeouts: { [name]: time } }), TypeError);
      }
    const longest = { headMilliseconds: 60_000, requestMilliseconds: 60_000, idleMilliseconds: 1 };
    const api = await createApi({ title: "Test", version: "1.0.0", endpoints, timeouts: longest });
    await api.close();
  });

  it("does not disturb anybody else", async () => {
    const answer = await exchange(impatient.origin, requestText("GET /plain"));
    assert.equal(answer.status, 200);
  });
});
