/**
 * API10:2023 Unsafe Consumption of APIs: events that claim to be the payment service's (requirements 5.7,
 * 8.8). The partner whose documents are fetched is in `api10-unsafe-consumption.test.ts`.
 */

import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { after, before, beforeEach, describe, it } from "node:test";
import { Webhook } from "standardwebhooks";
import { holdClock } from "../held-clock.ts";
import { hmacHeaders, paymentEvent, paymentPath, standardHeaders } from "../payment-sender.ts";
import {
  backend,
  runShop,
  visible,
  type Answer,
  type Person,
  type RunningShop,
} from "../running-shop.ts";

const freshSecret = (): string => `whsec_${randomBytes(32).toString("base64")}`;

const [secret, olderSecret, foreignSecret] = [freshSecret(), freshSecret(), freshSecret()];
const clock = holdClock(Date.parse("2026-12-01T12:00:00Z"));
const now = (offsetSeconds = 0): Date => new Date(clock.now() + offsetSeconds * 1000);

type Headers = Record<string, string>;

describe("API10: only the payment service moves an order to paid", () => {
  let running: RunningShop;
  let alice: Person;
  let orderId: string;
  let body: string;

  before(async () => {
    running = await runShop({ clock }, { PAYMENT_WEBHOOK_SECRET: `${secret} ${olderSecret}` });
    alice = await running.signIn("alice");
  });
  after(() => running.close());

  beforeEach(async () => {
    clock.pass(2);
    orderId = await executedOrder();
    body = paymentEvent("payment.succeeded", orderId, now());
  });

  const deliver = (headers: Headers, text = body, at = running): Promise<Answer> =>
    at.send(paymentPath, { body: text, headers });
  const standard = (text = body, options = {}): Headers =>
    standardHeaders(secret, text, { at: now(), ...options });

  async function executedOrder(): Promise<string> {
    const id = await running.order(alice);
    for (const step of ["validate", "execute"]) {
      const path = `/api/orders/${id}/${step}`;
      const answer = await running.send(path, { method: "POST", token: alice.token });
      assert.ok(answer.status < 300, answer.text);
    }
    return id;
  }

  async function eventsOf(id = orderId): Promise<readonly string[]> {
    const answer = await running.send(`/api/orders/${id}/events`, { token: alice.token });
    const { items } = answer.json() as { items: readonly { type: string }[] };
    return items.map(({ type }) => type).slice(3);
  }

  async function countOf(text: string, values: readonly unknown[] = []): Promise<number> {
    const { rows } = await running.shop.store.asSystem("test: count", (session) =>
      session.query<{ count: number }>(`SELECT count(*)::integer AS count FROM ${text}`, values),
    );
    return rows[0]?.count ?? assert.fail();
  }
  const remembered = (): Promise<number> => countOf("sekisho_webhook_inbox");

  async function assertAccepted(answer: Answer): Promise<void> {
    assert.equal(answer.status, 202, answer.text);
    assert.deepEqual(answer.json(), { status: "accepted" });
    assert.deepEqual(await eventsOf(), ["paid"]);
  }

  async function assertRefused(
    attempts: Readonly<Record<string, readonly [Headers, string?]>>,
  ): Promise<void> {
    const known = await remembered();
    let first: unknown;
    for (const [what, [headers, text]] of Object.entries(attempts)) {
      const answer = await deliver(headers, text);
      assert.equal(answer.status, 401, `${what}: ${answer.text}`);
      assert.equal(answer.json()["code"], "webhook-signature-invalid", what);
      first ??= visible(answer);
      assert.deepEqual(visible(answer), first, what);
    }
    assert.deepEqual(await eventsOf(), []);
    assert.equal(await remembered(), known);
  }

  const without = (headers: Headers, name: string): Headers =>
    Object.fromEntries(Object.entries(headers).filter(([known]) => known !== name));

  it("takes what is signed by the public package, and by the older scheme", async () => {
    await assertAccepted(await deliver(standard()));
    orderId = await executedOrder();
    body = paymentEvent("payment.succeeded", orderId, now());
    await assertAccepted(await deliver(hmacHeaders(secret, body)));
    const failed = await executedOrder();
    const text = paymentEvent("payment.failed", failed, now());
    assert.equal((await deliver(standard(text), text)).status, 202);
    assert.deepEqual(await eventsOf(failed), ["payment_failed"]);
  });

  it("refuses every message whose Standard Webhooks signature does not fit, all alike", async () => {
    const good = standard();
    const signature = good["webhook-signature"] ?? "";
    const other = paymentEvent("payment.succeeded", await running.order(alice), now());
    const signed = (value: string): readonly [Headers] => [{ ...good, "webhook-signature": value }];
    const raw = signature.slice(3);
    await assertRefused({
      "wrong secret": [standardHeaders(foreignSecret, body, { at: now() })],
      "changed body": [good, other],
      "re-serialised body": [good, JSON.stringify(JSON.parse(body), null, 1)],
      "one more blank": [good, `${body} `],
      "changed id": [{ ...good, "webhook-id": "msg_other" }],
      "changed timestamp": [{ ...good, "webhook-timestamp": String(now(1).getTime() / 1000) }],
      "id missing": [without(good, "webhook-id")],
      "timestamp missing": [without(good, "webhook-timestamp")],
      "signature missing": [without(good, "webhook-signature")],
      "signature empty": signed(""),
      "no version": signed(raw),
      "unknown version": signed(`v2,${raw}`),
      "asymmetric version with a symmetric signature": signed(`v1a,${raw}`),
      truncated: signed(signature.slice(0, -4)),
      "one bit off": signed(`v1,${raw.startsWith("A") ? "B" : "A"}${raw.slice(1)}`),
      hexadecimal: signed(`v1,${Buffer.from(raw, "base64").toString("hex")}`),
      "junk inside": signed(`v1,${raw.slice(0, 10)}!!${raw.slice(10)}`),
      "without padding": signed(signature.replace(/=+$/, "")),
      "more signatures than anybody sends": signed(`${"v1,AAAA ".repeat(40)}${signature}`),
      "timestamp in milliseconds": [standardTimed(String(clock.now()))],
      "timestamp with a sign": [standardTimed(`+${Math.floor(clock.now() / 1000)}`)],
      "timestamp no number": [standardTimed("soon")],
      "nothing at all": [{ "content-type": "application/json" }],
    });
    await assertAccepted(await deliver(good));
  });

  /** Correctly signed over whatever is said to be the time. */
  function standardTimed(timestamp: string): Headers {
    const id = "msg_timed";
    const key = Buffer.from(secret.slice(6), "base64");
    const digest = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
    return {
      ...standard(),
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": `v1,${digest}`,
    };
  }

  it("refuses every message whose X-Signature does not fit, all alike", async () => {
    const good = hmacHeaders(secret, body);
    const signature = good["x-signature"] ?? "";
    const signed = (value: string): readonly [Headers] => [{ ...good, "x-signature": value }];
    const textKey = createHmac("sha256", secret).update(body).digest("hex");
    await assertRefused({
      "wrong secret": [hmacHeaders(foreignSecret, body)],
      "the text of the secret as key": signed(textKey),
      "changed body": [good, body.replace("succeeded", "failed")],
      "re-serialised body": [good, JSON.stringify(JSON.parse(body), null, 2)],
      empty: signed(""),
      truncated: signed(signature.slice(0, 32)),
      odd: signed(signature.slice(1)),
      prefixed: signed(`sha256=${signature}`),
      base64: signed(Buffer.from(signature, "hex").toString("base64")),
      twice: signed(`${signature},${signature}`),
      longer: signed(`${signature}00`),
    });
    await assertAccepted(await deliver(good));
  });

  it("judges a message with Standard Webhooks headers by them alone", async () => {
    const older = hmacHeaders(secret, body);
    const broken = standardHeaders(foreignSecret, body, { at: now() });
    await assertRefused({
      "broken signature beside a valid one": [{ ...broken, ...older }],
      "only the id beside a valid one": [{ ...older, "webhook-id": "msg_1" }],
      "only an empty signature beside a valid one": [{ ...older, "webhook-signature": "" }],
      "too old beside a valid one": [{ ...standard(body, { at: now(-301) }), ...older }],
    });
    const other = { ...standard(), "x-signature": "00" };
    await assertAccepted(await deliver(other));
  });

  it("takes a message up to 300 seconds old or new, and none beyond", async () => {
    await assertRefused({
      "too old": [standard(body, { at: now(-301) })],
      "too new": [standard(body, { at: now(301) })],
      "of another year": [standard(body, { at: now(-31_536_000) })],
    });
    for (const offset of [-300, 300]) {
      orderId = await executedOrder();
      body = paymentEvent("payment.succeeded", orderId, now());
      await assertAccepted(await deliver(standard(body, { at: now(offset) })));
    }
  });

  it("takes the newer and the older secret during a rotation, and no third one", async () => {
    await assertRefused({ third: [standardHeaders(foreignSecret, body, { at: now() })] });
    const sign = (key: string): string => new Webhook(key).sign("msg_both", now(), body);
    const both = [sign(foreignSecret), "v9,AAAA", sign(olderSecret)].join(" ");
    await assertAccepted(
      await deliver({ ...standard(body, { id: "msg_both" }), "webhook-signature": both }),
    );
    for (const make of [standardHeaders, hmacHeaders]) {
      orderId = await executedOrder();
      body = paymentEvent("payment.succeeded", orderId, now());
      await assertAccepted(await deliver(make(olderSecret, body, { at: now() })));
    }
  });

  it("of 50 parallel copies one has an effect, and all are accepted", async () => {
    const other = backend === "servers" ? await running.secondNode() : running;
    for (const sign of [standardHeaders, hmacHeaders]) {
      const known = await remembered();
      const headers = sign(secret, body, { at: now() });
      const copies = Array.from({ length: 50 }, (_, index) =>
        deliver(headers, body, index % 2 === 0 ? running : other),
      );
      for (const answer of await Promise.all(copies)) assert.equal(answer.status, 202);
      assert.deepEqual(await eventsOf(), ["paid"]);
      assert.equal(await remembered(), known + 1);
      const trail = "sekisho_security_event WHERE at = $1 AND name = $2";
      assert.equal(await countOf(trail, [now(), "x_webhook_accepted"]), 1);
      assert.equal(await countOf(trail, [now(), "x_webhook_replayed"]), 49);
      clock.pass(2);
      orderId = await executedOrder();
      body = paymentEvent("payment.succeeded", orderId, now());
    }
  });

  it("success and failure race to one end", async () => {
    const failed = paymentEvent("payment.failed", orderId, now());
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => {
        const text = index % 2 === 0 ? body : failed;
        return deliver(standard(text), text);
      }),
    );
    for (const answer of answers) assert.equal(answer.status, 202);
    assert.equal((await eventsOf()).length, 1);
  });

  it("an id stands for one message, even when another is signed under it", async () => {
    const headers = standard(body, { id: "msg_once" });
    await assertAccepted(await deliver(headers));
    const next = await executedOrder();
    const text = paymentEvent("payment.succeeded", next, now());
    assert.equal((await deliver(standard(text, { id: "msg_once" }), text)).status, 202);
    assert.deepEqual(await eventsOf(next), []);
    const trail = "sekisho_security_event WHERE at = $1 AND reason = $2";
    assert.equal(await countOf(trail, [now(), "other-body-under-a-known-id"]), 1);
    assert.equal((await deliver(standard(text, { id: "msg_twice" }), text)).status, 202);
    assert.deepEqual(await eventsOf(next), ["paid"]);
  });

  it("an unknown order and one in another state are accepted, recorded and left alone", async () => {
    const draft = await running.order(alice);
    const refusals = (id: string): Promise<number> =>
      countOf("sekisho_security_event WHERE name = 'sequence_fail' AND object = $1", [
        `order:${id}`,
      ]);
    for (const id of [draft, "019ab3c4-5d6e-7f80-9123-456789abcdef"]) {
      const text = paymentEvent("payment.succeeded", id, now());
      const answer = await deliver(standard(text), text);
      assert.equal(answer.status, 202, answer.text);
      assert.deepEqual(answer.json(), { status: "accepted" });
      assert.equal(await refusals(id), 1);
    }
    assert.equal(
      (await running.send(`/api/orders/${draft}`, { token: alice.token })).json()["status"],
      "draft",
    );
    await assertAccepted(await deliver(standard()));
    assert.equal(await refusals(orderId), 0);
  });

  it("a signed message must also meet the contract, and one that does not uses no id up", async () => {
    const event = JSON.parse(body) as Record<string, unknown>;
    const violations: readonly (readonly [status: number, event: unknown])[] = [
      [422, { ...event, type: "payment.refunded" }],
      [422, { ...event, amount: 1 }],
      [422, { ...event, data: { order_id: 7 } }],
      [422, { ...event, data: { order_id: orderId, extra: true } }],
      [422, { ...event, timestamp: "yesterday" }],
      [422, []],
      [422, null],
    ];
    const known = await remembered();
    for (const [status, value] of violations) {
      const text = JSON.stringify(value);
      const answer = await deliver(standard(text, { id: "msg_contract" }), text);
      assert.equal(answer.status, status, `${text} ${answer.text}`);
      assert.ok(Array.isArray(answer.json()["errors"]), text);
    }
    const twice = body.replace("{", `{"type":"payment.failed",`);
    for (const text of ["{", twice, "\ufeff{}"])
      assert.equal((await deliver(standard(text), text)).status, 400, text);
    assert.equal(await remembered(), known);
    await assertAccepted(await deliver(standard(body, { id: "msg_contract" })));
  });

  it("what is not signed is refused before anything of it is read as an event", async () => {
    const json = { "content-type": "application/json" };
    await assertRefused({
      "no JSON": [json, "{"],
      "against the contract": [json, "[]"],
      "prototype names": [json, '{"__proto__":{}}'],
    });
    const long = JSON.stringify({ padding: "a".repeat(65_536) });
    assert.equal((await deliver(standard(long), long)).status, 413);
    assert.equal((await deliver({ ...standard(), "content-type": "text/plain" })).status, 415);
    await assertAccepted(await deliver(standard()));
  });

  it("nothing of all this was an internal error", () => {
    assert.deepEqual(running.internalErrors, []);
  });
});
