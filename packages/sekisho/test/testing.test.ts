/** What users are given to test their own API. */

import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { anonymous, authenticated, role } from "sekisho/authorization";
import { createEgress, unsafeDestinations } from "sekisho/egress";
import { ApiFaults, defineEndpoint } from "sekisho/http";
import { production } from "sekisho/inventory";
import { isId } from "sekisho/kernel";
import {
  createFakeResolver,
  createManualClock,
  createSeededRandomness,
  createTestAuthenticator,
  cutAnswer,
  hugeAnswer,
  jsonAnswer,
  redirectAnswer,
  slowAnswer,
  startFakeUpstream,
  startTestApi,
  testDatabases,
  testPrincipal,
  wrongSchemaAnswer,
} from "sekisho/testing";
import { defineUpstream } from "sekisho/upstream";
import { z } from "zod";

describe("a manual clock", () => {
  it("stands still until it is moved", () => {
    const clock = createManualClock("2026-11-01T00:00:00Z");
    assert.equal(clock.now(), Date.UTC(2026, 10, 1));
    assert.equal(clock.now(), Date.UTC(2026, 10, 1));
    assert.equal(clock.advance(1), Date.UTC(2026, 10, 1) + 1);
    assert.equal(clock.advance(0), clock.now());
    assert.equal(createManualClock(5).now(), 5);
  });

  it("begins at a time and does not go back", () => {
    for (const start of ["soon", Number.NaN, 0.5])
      assert.throws(() => createManualClock(start), TypeError);
    const clock = createManualClock(0);
    for (const step of [-1, 0.5, Number.NaN]) assert.throws(() => clock.advance(step), TypeError);
    assert.equal(clock.now(), 0);
  });
});

describe("seeded randomness", () => {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

  it("repeats with its seed, and differs from call to call and from seed to seed", () => {
    const [one, same, other] = ["a", "a", "b"].map(createSeededRandomness);
    assert.ok(one && same && other);
    const first = hex(one.bytes(40));
    assert.equal(first.length, 80);
    assert.equal(hex(same.bytes(40)), first);
    assert.notEqual(hex(other.bytes(40)), first);
    assert.notEqual(hex(one.bytes(40)), first);
    assert.equal(hex(one.bytes(0)), "");
  });
});

describe("a test principal", () => {
  it("is somebody new who has just signed in, and may be anything else", () => {
    const [one, other] = [testPrincipal(), testPrincipal()];
    assert.ok(isId(one.subject));
    assert.notEqual(one.subject, other.subject);
    assert.notEqual(one.sessionId, other.sessionId);
    assert.equal(one.roles.size, 0);
    assert.ok(Math.abs(one.authenticatedAt - Date.now() / 1000) < 60);
    const chosen = {
      subject: one.subject,
      kind: "service",
      tenant: "acme",
      authenticatedAt: 7,
    } as const;
    const made = testPrincipal({ ...chosen, roles: ["admin"], methods: ["pwd", "otp"] });
    assert.deepEqual({ ...chosen, ...made }, made);
    assert.deepEqual([[...made.roles], made.methods], [["admin"], ["pwd", "otp"]]);
  });

  it("is known by its token, and nobody else is", () => {
    const alice = testPrincipal();
    const authenticator = createTestAuthenticator({ alice });
    assert.deepEqual(authenticator.authenticate("alice"), { effect: "allow", principal: alice });
    for (const token of ["", "bob", "ALICE", "constructor", "__proto__"])
      assert.equal(authenticator.authenticate(token).effect, "deny", token);
  });
});

describe("a test API", () => {
  const common = {
    summary: "A sample",
    team: "tests",
    lifecycle: production({ since: "2026-01-01" }),
    output: { 200: z.strictObject({ id: z.string().max(64) }) },
  } as const;
  const mine = defineEndpoint({
    ...common,
    method: "POST",
    path: "/mine",
    access: role("admin"),
    audit: { unaudited: "tests" },
    body: z.strictObject({ id: z.string().max(8) }),
    handle: ({ body, reply }) => reply(200, { id: body.id }),
  });
  const careless = defineEndpoint({
    ...common,
    method: "GET",
    path: "/careless",
    access: anonymous("tests"),
    handle: ({ reply }) => reply(200, { id: "1", password: "x" } as never),
  });

  it("answers on loopback, whole, and fails where a contract is not kept", async () => {
    const told: unknown[] = [];
    const running = await startTestApi({
      endpoints: [mine, careless],
      authenticator: createTestAuthenticator({ admin: testPrincipal({ roles: ["admin"] }) }),
      onInternalError: (error) => told.push(error),
    });
    assert.match(running.origin, /^http:\/\/127\.0\.0\.1:\d+$/);
    const answer = await running.send("/mine", { token: "admin", json: { id: "x" } });
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.json(), { id: "x" });
    assert.equal(answer.problem, undefined);
    const text = {
      token: "admin",
      body: '{"id":"y"}',
      headers: { "content-type": "application/json" },
    };
    assert.deepEqual((await running.send("/mine", text)).json(), { id: "y" });
    assert.equal((await running.send("/mine", { method: "POST" })).problem, "unauthenticated");
    await assert.rejects(running.send("/mine", { json: {}, body: "" }), TypeError);

    assert.deepEqual(running.internalErrors, []);
    assert.equal((await running.send("/careless")).problem, "internal-error");
    assert.equal(running.internalErrors.length, 1);
    assert.deepEqual(told, running.internalErrors);
    await running.close();
    await assert.rejects(running.send("/careless"));
  });

  it("is strict about contracts unless it is told to be like production", async () => {
    const running = await startTestApi({ endpoints: [careless], mode: "production" });
    assert.deepEqual((await running.send("/careless")).json(), { id: "1" });
    await running.close();
  });

  it("does not start with faults", async () => {
    const faulty = { ...mine, access: authenticated(), team: "" };
    await assert.rejects(startTestApi({ endpoints: [faulty] }), ApiFaults);
  });
});

describe("a fake upstream", async () => {
  const fake = await startFakeUpstream({
    "GET /documents/sound": jsonAnswer({ title: "One" }),
    "GET /documents/away": jsonAnswer({}, { status: 503, headers: { "retry-after": "7" } }),
    "GET /documents/wrong": wrongSchemaAnswer(),
    "GET /documents/slow": slowAnswer(30_000, jsonAnswer({ title: "Slow" })),
    "GET /documents/late": slowAnswer(20, jsonAnswer({ title: "Late" })),
    "GET /documents/cut": cutAnswer(),
    "GET /documents/huge": hugeAnswer(5_000_000),
    "GET /documents/moved": redirectAnswer("http://169.254.169.254/"),
  });
  const egress = createEgress({
    policy: { schemes: ["https"], hosts: ["api.partner.com"], ports: [443] },
    [unsafeDestinations]: { "https://api.partner.com": fake.destination },
  });
  const partner = defineUpstream("partner", {
    origin: "https://api.partner.com",
    egress,
    endpoints: {
      getDocument: {
        method: "GET",
        path: "/documents/:name",
        response: z.object({ title: z.string().max(200) }),
        timeoutMilliseconds: 400,
        idempotent: false,
        maximumBytes: 100_000,
      },
      addDocument: {
        method: "POST",
        path: "/documents",
        body: z.strictObject({ title: z.string() }),
        response: z.object({}),
        timeoutMilliseconds: 400,
        idempotent: false,
        maximumBytes: 100_000,
      },
    },
    retry: { attempts: 1, budget: 0.2 },
    breaker: { threshold: 0.9, window: 100, minimumCalls: 100, halfOpenAfterMilliseconds: 1_000 },
    bulkhead: { concurrent: 4, queued: 4 },
    assessment: { date: "2026-09-01", owner: "tests" },
  });
  after(async () => {
    await egress.close();
    await fake.close();
  });

  for (const [name, outcome] of [
    ["sound", "allow"],
    ["late", "allow"],
    ["away", "status"],
    ["missing", "status"],
    ["wrong", "schema"],
    ["slow", "deadline"],
    ["cut", "network"],
    ["huge", "too-large"],
    ["moved", "redirect"],
  ] as const)
    it(`that is ${name}: ${outcome}`, async () => {
      const decision = await partner.call("getDocument", { path: { name } });
      assert.equal(decision.effect === "allow" ? "allow" : decision.reason, outcome);
    });

  it("keeps what it was sent, and answers otherwise from now on", async () => {
    fake.answer("POST /documents", jsonAnswer({}, { status: 201 }));
    const sent = await partner.call("addDocument", { body: { title: "Two" } });
    assert.equal(sent.effect, "allow");
    const seen = fake.requests.at(-1);
    assert.equal(
      `${seen?.method} ${seen?.target} ${seen?.body}`,
      'POST /documents {"title":"Two"}',
    );
    assert.equal(seen?.headers["content-type"], "application/json");
    fake.answer("GET /documents/sound", wrongSchemaAnswer());
    const again = await partner.call("getDocument", { path: { name: "sound" } });
    assert.equal(again.effect, "deny");
  });

  it("sends the whole of what is huge", async () => {
    const answer = await fetch(`${fake.origin}/documents/huge`);
    assert.equal((await answer.text()).length, 5_000_000);
  });
});

describe("a fake resolver", () => {
  it("answers from its list, one after the other, and tells what it was asked", async () => {
    const resolve = createFakeResolver({
      "api.partner.com": ["93.184.216.34", "2606:2800:220:1::1"],
      "rebinding.example": [["93.184.216.34"], ["127.0.0.1"]],
      "empty.example": [],
    });
    assert.deepEqual(await resolve("api.partner.com"), [
      { address: "93.184.216.34", family: 4 },
      { address: "2606:2800:220:1::1", family: 6 },
    ]);
    assert.deepEqual(await resolve("rebinding.example"), [{ address: "93.184.216.34", family: 4 }]);
    assert.deepEqual(await resolve("rebinding.example"), [{ address: "127.0.0.1", family: 4 }]);
    assert.deepEqual(await resolve("rebinding.example"), [{ address: "127.0.0.1", family: 4 }]);
    assert.deepEqual(await resolve("empty.example"), []);
    await assert.rejects(resolve("other.example"), /does not know other\.example/);
    assert.deepEqual(resolve.asked.slice(0, 2), ["api.partner.com", "rebinding.example"]);
  });

  it("lets egress refuse a name that turns inside", async () => {
    const resolve = createFakeResolver({ "inside.example": ["10.0.0.1"] });
    const policy = { schemes: ["https"], hosts: "public", ports: [443] } as const;
    const egress = createEgress({ policy, resolve });
    const decision = await egress.request("https://inside.example/");
    await egress.close();
    assert.equal(decision.effect, "deny");
    assert.deepEqual(resolve.asked, ["inside.example"]);
  });
});

describe("a test database", () => {
  it("is fresh and migrated, wherever one can be had", async () => {
    const databases = await testDatabases();
    assert.equal(databases[0]?.name, "embedded");
    for (const database of databases) {
      const opened = await database.open([{ id: "a", sql: "CREATE TABLE a (id int)" }]);
      assert.equal(opened.store.kind, database.name);
      assert.deepEqual(await opened.store.migrate(), []);
      await opened.close();
    }
  });

  it("that cannot be migrated leaves nothing behind", async () => {
    for (const database of await testDatabases())
      await assert.rejects(database.open([{ id: "a", sql: "SELECT 1 / 0" }]), /migration a failed/);
  });
});
