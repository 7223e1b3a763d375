/**
 * API2:2023 Broken Authentication: tokens and passwords (API2.V3 to V8, S1; 8.1 no. 1, 8.2, 8.5).
 * Guessing is in `api2-guessing.test.ts`, sessions are in `api2-sessions.test.ts`.
 */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createSigningKey } from "sekisho/authentication";
import { holdClock } from "../held-clock.ts";
import {
  runShop,
  visible,
  type Answer,
  type Person,
  type RunningShop,
  type Sent,
} from "../running-shop.ts";
import { claimAttacks, partsOf, seal, signatureAttacks } from "./access-tokens.ts";
import { createCalls, fillPath, missingId, type Calls } from "./declared-calls.ts";
import { exchange } from "./wire.ts";

const clock = holdClock(Date.now());
const key = createSigningKey();
const signInPath = "/api/auth/token";

describe("API2: nobody is taken for somebody else", () => {
  let running: RunningShop;
  let calls: Calls;
  let alice: Person;
  let bob: Person;

  before(async () => {
    const SIGNING_KEY = String(key.privateKey.export({ type: "pkcs8", format: "pem" }));
    running = await runShop({ clock }, { SIGNING_KEY, TRUSTED_PROXIES: "127.0.0.1" });
    calls = createCalls(running, clock);
    alice = await running.signIn("alice");
    bob = await running.signIn("bob");
  });
  after(async () => {
    await running.close();
    assert.deepEqual(running.internalErrors, []);
  });

  const me = (token: string): Promise<Answer> => calls.send("/api/users/me", { token });
  const signIn = (username: string, password: string, from: string, node = running) =>
    node.send(signInPath, {
      json: { username, password },
      headers: { "x-forwarded-for": from },
    });

  it("only a token that the shop signed, for this use, this time and this person opens anything", async () => {
    const { header, claims } = partsOf(alice.token);
    const control = seal(header, { ...claims, jti: missingId }, key.privateKey);
    assert.equal((await me(control)).status, 200, "a well-made token is one of the shop's");
    const others = { subject: bob.id, session: String(partsOf(bob.token).claims["sid"]) };
    const attacks = [
      ...signatureAttacks(alice.token, key),
      ...claimAttacks(alice.token, key, others),
    ];
    assert.ok(attacks.length >= 80, `only ${attacks.length} tokens are tried`);
    const first = visible(await me("garbage"));
    for (const [name, token] of attacks) {
      const answer = await me(token);
      assert.equal(answer.status, 401, `${name}: ${answer.text}`);
      assert.match(answer.headers.get("www-authenticate") ?? "", /error="invalid_token"$/, name);
      assert.deepEqual(visible(answer), first, name);
    }
    assert.equal((await me(alice.token)).status, 200);
  });

  it("a token ends at the second it says", async () => {
    const person = await calls.again(alice);
    clock.pass(899);
    assert.equal((await me(person.token)).status, 200);
    clock.pass(1);
    assert.equal((await me(person.token)).status, 401);
    assert.equal((await me((await calls.again(alice)).token)).status, 200);
  });

  it("a token counts in the Authorization field and nowhere else", async () => {
    const { token } = await calls.again(alice);
    const path = "/api/users/me";
    const field = (name: string, value: string): Sent => ({ headers: { [name]: value } });
    for (const sent of [
      field("cookie", `access_token=${token}; token=${token}`),
      field("x-access-token", token),
      field("x-authorization", `Bearer ${token}`),
      field("proxy-authorization", `Bearer ${token}`),
      field("authorization", token),
      field("authorization", `Basic ${Buffer.from(`alice:${token}`).toString("base64")}`),
      field("authorization", `Token ${token}`),
      field("authorization", `Bearer ${token},${token}`),
      field("authorization", `Bearer ${token} ${token}`),
      field("authorization", "Bearer"),
      field("authorization", `Bearer=${token}`),
    ])
      assert.equal((await calls.send(path, sent)).status, 401, JSON.stringify(sent).slice(0, 60));
    for (const query of ["access_token", "token", "api_key"])
      assert.equal((await calls.send(`${path}?${query}=${token}`)).status, 401, query);
    const inBody = { method: "PATCH", json: { display_name: "x", access_token: token } };
    assert.equal((await calls.send(path, inBody)).status, 401);

    const twice = ["x", token].map((one) => ["authorization", `Bearer ${one}`] as const);
    for (const fields of [twice, twice.toReversed(), [twice[1] ?? ["", ""], twice[1] ?? ["", ""]]])
      assert.equal((await exchange(running.origin, { path, fields })).status, 400);
    for (const scheme of ["Bearer", "bearer", "BEARER"]) {
      const answer = await calls.send(path, field("authorization", `${scheme} ${token}`));
      assert.equal(answer.status, 200, scheme);
    }
  });

  it("nothing but what is open is open: every other endpoint asks who is there before all else", async () => {
    let tried = 0;
    const path = (one: string): string =>
      fillPath(one, { order_id: "x", user_id: alice.id, session_id: "x" });
    for (const declared of calls.endpoints) {
      if (declared.caller === "anonymous") continue;
      tried++;
      const headers = { "content-type": "text/plain" };
      const body = declared.method === "GET" ? {} : { body: "{", headers };
      for (const [token, challenge] of [
        [undefined, /^Bearer realm="[^"]+"$/],
        ["garbage", /^Bearer realm="[^"]+", error="invalid_token"$/],
      ] as const) {
        if (declared.caller === "webhook") continue;
        const sent = { method: declared.method, token, ...body };
        const answer = await calls.send(`${path(declared.path)}?x=1`, sent);
        assert.equal(answer.status, 401, `${declared.name}: ${answer.text}`);
        assert.match(answer.headers.get("www-authenticate") ?? "", challenge, declared.name);
      }
      const call = await calls.prepare(declared);
      const { status } = await calls.send(call.path, {
        method: call.method,
        json:
          call.json ?? (declared.caller === "webhook" ? JSON.parse(String(call.body)) : undefined),
      });
      assert.equal(status, 401, declared.name);
    }
    assert.ok(tried >= 20, `only ${tried} endpoints are closed`);
  });

  it("a wrong password and an unknown name are one answer", async (t) => {
    const medians: string[] = [];
    const answers: unknown[] = [];
    for (const [index, name] of ["alice", "nobody-of-that-name", "Alice "].entries()) {
      const times: number[] = [];
      for (let count = 0; count < 4; count++) {
        clock.pass(60);
        const start = performance.now();
        const answer = await signIn(name, "not the password!", `198.51.100.${index}`);
        times.push(performance.now() - start);
        assert.equal(answer.status, 401);
        answers.push(visible(answer));
      }
      medians.push(`${times.toSorted((a, b) => a - b)[2]?.toFixed(1)} ms`);
    }
    for (const answer of answers) assert.deepEqual(answer, answers[0]);
    t.diagnostic(`medians of wrong password, unknown name, malformed name: ${medians.join(", ")}`);
    assert.equal((await signIn("alice", alice.password, "198.51.100.0")).status, 200);
  });

  it("a password is as the policy wants it, at its borders", async () => {
    const rows: readonly (readonly [password: string, status: number])[] = [
      ["Xq7!Xq8?Xq9", 422],
      ["Xq7!Xq8?Xq9.", 201],
      ["Xq7aXq8bXq9cde", 422],
      ["Xq7aXq8bXq9cdef", 201],
      [`${"gravel orbit ".repeat(78)}0123456789`, 201],
      [`${"gravel orbit ".repeat(78)}01234567890`, 422],
      ["é".repeat(500) + "gravel orbit lantern!!!!", 201],
      ["é".repeat(500) + "gravel orbit lantern!!!!!", 422],
      ["🙂🙃🙂🙃🙂🙃🙂🙃🙂🙃😀😁😂😃😄", 201],
      ["password1234567", 422],
      ["aaaaaaaaaaaaaaaaaa", 422],
      ["Margarete-2026-Margarete!", 422],
      ["", 422],
    ];
    for (const [index, [password, status]] of rows.entries()) {
      clock.pass(2);
      const username = `margarete-${index}`;
      const person = { username, display_name: "Margarete", email: "m@mail.example", password };
      const answer = await calls.send("/api/auth/register", { json: person });
      assert.equal(answer.status, status, `${password.slice(0, 40)}: ${answer.text}`);
      if (password !== "") assert.ok(!answer.text.includes(password));
      if (status === 201) await calls.again({ ...alice, ...person });
    }
    const taken = { username: "ALICE", display_name: "A", email: "a@mail.example" };
    const json = { ...taken, password: "Xq7!Xq8?Xq9." };
    assert.equal((await calls.send("/api/auth/register", { json })).status, 409);
  });

  it("one request is one try: no lists, no second body, no repeated names", async () => {
    const open = calls.endpoints.filter(({ path, body }) => path.startsWith("/api/auth/") && body);
    assert.ok(open.length >= 4, `only ${open.length} endpoints take credentials`);
    for (const declared of open) {
      const call = await calls.prepare(declared);
      const text = JSON.stringify(call.json);
      const [name = ""] = Object.keys(call.json as object);
      for (const [body, status] of [
        [`[${text}]`, 422],
        [`[${text},${text}]`, 422],
        [`{"0":${text},"1":${text}}`, 422],
        [`${text}\n${text}`, 400],
        [text.replace("{", `{${JSON.stringify(name)}:"x",`), 400],
        [text.replace(/:("[^"]*")/, ":[$1]"), 422],
      ] as const) {
        const headers = { "content-type": "application/json" };
        const sent = { method: "POST", token: call.token, body, headers };
        const answer = await calls.send(call.path, sent);
        assert.equal(answer.status, status, `${declared.name} ${body.slice(0, 60)}`);
      }
      const control = await calls.send(call.path, { token: call.token, json: call.json });
      assert.ok(control.status < 300, `${declared.name}: ${control.text}`);
    }
  });

  it("the published keys are public ones", async () => {
    const { keys } = (await calls.send("/.well-known/jwks.json")).json() as {
      keys: readonly Readonly<Record<string, unknown>>[];
    };
    assert.ok(keys.length >= 1);
    const allowed = new Set(["kty", "crv", "x", "y", "kid", "alg", "use", "key_ops"]);
    for (const one of keys)
      for (const name of Object.keys(one)) assert.ok(allowed.has(name), `${name} is published`);
    const named = keys.map(({ kid }) => kid);
    assert.ok(named.includes(partsOf(alice.token).header["kid"]));
  });
});
