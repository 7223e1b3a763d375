/**
 * What happened is told to administrators, once and by its name in the OWASP vocabulary, and no secret
 * with it (requirements 3, ASVS 16.2.5, 16.3; 8.1 no. 6).
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createDecisionLog } from "sekisho/audit";
import { paymentEvent, paymentPath, standardHeaders } from "./payment-sender.ts";
import { runShop, type Answer, type Person, type RunningShop, type Sent } from "./running-shop.ts";

interface Event {
  readonly name: string;
  readonly level: string;
  readonly subject: string | null;
  readonly object: string | null;
  readonly reason: string | null;
  readonly request_id: string;
}

const canary = `canary-${randomBytes(8).toString("hex")}`;

describe("security events", () => {
  let running: RunningShop;
  let alice: Person;
  let bob: Person;
  let carol: Person;
  let orderId: string;
  let log = "";
  const secrets: string[] = [canary];

  before(async () => {
    const destination = { write: (text: string) => (log += text) };
    running = await runShop({
      log: createDecisionLog({ level: "info", name: "shop", destination }),
    });
    [alice, bob, carol] = [
      await running.signIn("alice"),
      await running.signIn("bob"),
      await running.signIn("carol"),
    ];
    orderId = await running.order(alice);
    for (const { password, token, refreshToken } of [alice, bob, carol])
      secrets.push(password, token, refreshToken);
    secrets.push(running.shop.paymentSecret, running.shop.paymentSecret.slice(6));
  });
  after(() => running.close());

  /** Everything that carol can read, oldest first. */
  async function listed(): Promise<readonly Event[]> {
    const events: Event[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const query: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const answer = await running.send(`/api/admin/events?limit=50${query}`, {
        token: carol.token,
      });
      assert.equal(answer.status, 200, answer.text);
      const page = answer.json() as { items: Event[]; next_cursor: string | null };
      events.push(...page.items);
      cursor = page.next_cursor;
    }
    return events.toReversed();
  }

  /**
   * The events of what `act` does. Refusals are written a moment later than the answer: it waits
   * until there are so many, and then a little for those that should not be.
   */
  async function eventsOf(count: number, act: () => Promise<unknown>): Promise<readonly Event[]> {
    const known = (await listed()).length;
    await act();
    const until = Date.now() + 5_000;
    while ((await listed()).length < known + count && Date.now() < until) await sleep(50);
    await sleep(count === 0 ? 350 : 60);
    return (await listed()).slice(known);
  }

  const send = (path: string, sent: Sent = {}): Promise<Answer> => running.send(path, sent);
  async function signIn(password: string): Promise<Answer> {
    const answer = await send("/api/auth/token", { json: { username: "bob", password } });
    const { access_token, refresh_token } = answer.json();
    if (answer.status === 200) secrets.push(String(access_token), String(refresh_token));
    return answer;
  }

  async function flood(): Promise<void> {
    for (let count = 0; count < 100; count++)
      if ((await send(`/api/search?q=${canary}`)).status === 429) return;
    assert.fail("no 429");
  }

  const foreign = `https://evil.example/${canary}?token=${canary}`;
  const url = { url: foreign };
  const webhook = paymentEvent("payment.succeeded", "019ab3c4-5d6e-7f80-9123-456789abcdef");

  type Outcome = readonly [
    what: string,
    status: number | undefined,
    act: () => Promise<Answer | void>,
    events: readonly (readonly [
      name: string,
      who: "alice" | "bob" | "carol" | null,
      reason?: string,
    ])[],
  ];

  const outcomes: readonly Outcome[] = [
    [
      "a sign-in",
      200,
      () => signIn(bob.password),
      [
        ["session_created", "bob"],
        ["authn_login_success", "bob"],
      ],
    ],
    ["a wrong password", 401, () => signIn(`${canary} wrong`), [["authn_login_fail", "bob"]]],
    [
      "a function of others",
      403,
      () => send("/api/admin/users", { token: alice.token }),
      [["authz_fail", "alice", "role-missing"]],
    ],
    [
      "an order of somebody else",
      404,
      () => send(`/api/orders/${orderId}`, { token: bob.token }),
      [["malicious_direct_reference", "bob", "object-not-visible"]],
    ],
    [
      "a property that is not asked for",
      422,
      () =>
        send("/api/users/me", {
          method: "PATCH",
          token: alice.token,
          json: { display_name: "Alice", [canary]: canary },
        }),
      [["malicious_extraneous", "alice", "unknown-names"]],
    ],
    [
      "a body that is no JSON",
      400,
      () =>
        send("/api/orders", {
          token: alice.token,
          body: `{"${canary}`,
          headers: { "content-type": "application/json" },
        }),
      [["input_validation_fail", "alice"]],
    ],
    ["too many requests", undefined, flood, [["excess_rate_limit_exceeded", null]]],
    [
      "a step out of turn",
      409,
      () => send(`/api/orders/${orderId}/execute`, { method: "POST", token: alice.token }),
      [["sequence_fail", "alice", "illegal-step"]],
    ],
    [
      "a step in turn",
      200,
      () => send(`/api/orders/${orderId}/validate`, { method: "POST", token: alice.token }),
      [["x_order_validated", "alice"]],
    ],
    [
      "an event that is not signed",
      401,
      () =>
        send(paymentPath, {
          body: webhook,
          headers: { "content-type": "application/json", "x-signature": canary },
        }),
      [["x_webhook_refused", null, "signature-malformed"]],
    ],
    [
      "a signed event about an order that is not there",
      202,
      () =>
        send(paymentPath, {
          body: webhook,
          headers: standardHeaders(running.shop.paymentSecret, webhook),
        }),
      [
        ["sequence_fail", null, "payment-missing"],
        ["x_webhook_accepted", null],
      ],
    ],
    [
      "an address that is not to be fetched",
      422,
      () => send("/api/fetch-metadata", { token: alice.token, json: url }),
      [["x_egress_refused", "alice", "upstream-destination-refused"]],
    ],
    [
      "a change of roles, and what it ends",
      200,
      () =>
        send(`/api/admin/users/${bob.id}`, {
          method: "PATCH",
          token: carol.token,
          json: { roles: ["user", "admin"] },
        }),
      [
        ["authz_change", "carol"],
        // One for each of the two sessions that bob has by now.
        ["authn_token_revoked", "bob", "roles-changed"],
        ["authn_token_revoked", "bob", "roles-changed"],
        ["authz_admin", "carol"],
      ],
    ],
    [
      "a token that was ended",
      401,
      () => send("/api/users/me", { token: bob.token }),
      [["session_use_after_expire", "bob", "session-ended"]],
    ],
    ["no credentials", 401, () => send("/api/users/me"), []],
    ["a garbled token", 401, () => send("/api/users/me", { token: canary }), []],
    ["a path that is not there", 404, () => send(`/${canary}`), []],
    ["reading", 200, () => send("/api/users/me", { token: alice.token }), []],
  ];

  for (const [what, status, act, expected] of outcomes)
    it(`${what}: ${expected.map(([name]) => name).join(", ") || "no event"}`, async () => {
      const events = await eventsOf(expected.length, async () => {
        const answer = await act();
        if (status !== undefined) assert.equal(answer?.status, status, answer?.text);
      });
      const ids = { alice: alice.id, bob: bob.id, carol: carol.id };
      assert.deepEqual(
        events.map(({ name, subject }) => [name, subject]),
        expected.map(([name, who]) => [name, who === null ? null : ids[who]]),
        JSON.stringify(events),
      );
      for (const [index, [, , reason]] of expected.entries())
        if (reason !== undefined) assert.equal(events[index]?.reason, reason);
    });

  it("says where it came from, what it was about and in which request", async () => {
    const { rows } = await running.shop.store.asSystem("test: read the newest", (session) =>
      session.query<{ name: string; object: string; source: string; request_id: string }>(
        "SELECT name, object, source, request_id FROM sekisho_security_event ORDER BY id",
      ),
    );
    const newest = (name: string) => rows.findLast((row) => row.name === name) ?? assert.fail(name);
    for (const name of ["authn_login_success", "authn_login_fail", "authz_fail", "authz_admin"])
      assert.equal(newest(name).source, "127.0.0.1", name);
    assert.equal(newest("authz_admin").object, `user_id:${bob.id}`);
    assert.equal(newest("sequence_fail").source, "127.0.0.1");
    assert.match(newest("session_use_after_expire").object, /^session:[0-9a-f-]{36}$/);

    assert.equal(newest("malicious_direct_reference").object, `order_id:${orderId}`);

    let requestId: unknown;
    const [refused] = await eventsOf(1, async () => {
      const answer = await send("/api/admin/inventory", { token: alice.token });
      requestId = answer.json()["request_id"];
    });
    assert.equal(refused?.name, "authz_fail");
    assert.equal(refused.request_id, requestId);

    const typed = await eventsOf(1, () => send(`/api/orders/${canary}!`, { token: alice.token }));
    assert.deepEqual(
      typed.map(({ name, object }) => [name, object]),
      [["malicious_direct_reference", "get-api-orders-order_id"]],
    );
  });

  it("nobody but administrators reads them, and nobody changes them", async () => {
    assert.equal((await send("/api/admin/events", { token: alice.token })).status, 403);
    assert.equal((await send("/api/admin/events")).status, 401);
    const { store } = running.shop;
    for (const sql of [
      "UPDATE sekisho_security_event SET name = 'x'",
      "DELETE FROM sekisho_security_event",
    ])
      await assert.rejects(store.asSystem("test: cover tracks", (session) => session.query(sql)));
  });

  it("no password, token, key or word of a client is in the table or in the log", async () => {
    const { rows } = await running.shop.store.asSystem("test: read everything", (session) =>
      session.query<{ text: string }>(
        "SELECT to_jsonb(e)::text AS text FROM sekisho_security_event AS e",
      ),
    );
    const table = rows.map(({ text }) => text).join("\n");
    await sleep(300);
    const lines = log.trim().split("\n");
    assert.ok(rows.length >= outcomes.length && lines.length >= outcomes.length * 2);
    for (const secret of secrets)
      for (const [place, text] of Object.entries({ table, log }))
        assert.ok(!text.includes(secret), `a secret is in the ${place}`);
    for (const line of lines) JSON.parse(line);
    assert.ok(table.includes(alice.id) && log.includes(alice.id));
  });
});
