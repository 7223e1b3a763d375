/** API2:2023 Broken Authentication: what happens to sessions (API2.V5, S2, P5; 5.14, 8.3). */

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, it } from "node:test";
import { holdClock } from "../held-clock.ts";
import {
  backend,
  runShop,
  visible,
  type Answer,
  type Person,
  type RunningShop,
} from "../running-shop.ts";
import { partsOf } from "./access-tokens.ts";
import { tableNames } from "./database-contents.ts";
import { createCalls, malformedIds, missingId, type Calls } from "./declared-calls.ts";

const clock = holdClock(Date.now());

describe("API2: a session is one person's, and ends when it is told to", () => {
  let running: RunningShop;
  let calls: Calls;
  let alice: Person;
  let carol: Person;

  before(async () => {
    running = await runShop({ clock });
    calls = createCalls(running, clock);
    alice = await running.signIn("alice");
    carol = await running.signIn("carol");
  });
  after(async () => {
    await running.close();
    assert.deepEqual(running.internalErrors, []);
  });

  const statusOf = async (token: string): Promise<number> =>
    (await calls.send("/api/users/me", { token })).status;
  const refresh = (refreshToken: string, agent = "test"): Promise<Answer> =>
    calls.send("/api/auth/token/refresh", {
      json: { refresh_token: refreshToken },
      headers: { "user-agent": agent },
    });

  async function renewed(refreshToken: string): Promise<{ access: string; refresh: string }> {
    const answer = await refresh(refreshToken);
    assert.equal(answer.status, 200, answer.text);
    const tokens = answer.json();
    return { access: String(tokens["access_token"]), refresh: String(tokens["refresh_token"]) };
  }

  /** Both tokens of a session are dead, and nothing brings it back. */
  async function assertDead(person: Pick<Person, "token" | "refreshToken">): Promise<void> {
    assert.equal(await statusOf(person.token), 401);
    assert.equal((await refresh(person.refreshToken)).status, 401);
  }

  async function assertAlive(person: Person): Promise<void> {
    assert.equal(await statusOf(person.token), 200);
    assert.equal((await refresh(person.refreshToken)).status, 200);
  }

  it("a refresh token works once; used again it ends the session and its access tokens", async () => {
    const person = await calls.again(alice);
    const other = await calls.again(alice);
    const second = await renewed(person.refreshToken);
    const third = await renewed(second.refresh);
    assert.equal(await statusOf(third.access), 200);
    clock.pass(11);
    assert.equal((await refresh(person.refreshToken)).status, 401);
    for (const token of [person.token, second.access, third.access])
      assert.equal(await statusOf(token), 401);
    assert.equal((await refresh(third.refresh)).status, 401);
    await assertAlive(other);
  });

  it("a lost answer can be fetched once more, by the same client, right away, and is the same", async () => {
    const honest = await calls.again(alice);
    const first = await renewed(honest.refreshToken);
    clock.pass(9.999);
    const again = await renewed(honest.refreshToken);
    assert.equal(again.refresh, first.refresh);
    assert.equal(await statusOf(again.access), 200);
    assert.equal((await refresh(honest.refreshToken)).status, 401, "a third time is theft");
    await assertDead({ token: first.access, refreshToken: first.refresh });

    const late = await calls.again(alice);
    await renewed(late.refreshToken);
    clock.pass(10);
    assert.equal((await refresh(late.refreshToken)).status, 401);

    const stolen = await calls.again(alice);
    const own = await renewed(stolen.refreshToken);
    assert.equal((await refresh(stolen.refreshToken, "thief")).status, 401);
    await assertDead({ token: own.access, refreshToken: own.refresh });
  });

  it("fifty refreshes at once leave no second lineage", async () => {
    const person = await calls.again(alice);
    const other = await calls.again(alice);
    clock.pass(60);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => refresh(person.refreshToken)),
    );
    const successors = new Set<string>();
    for (const answer of answers) {
      assert.ok([200, 401].includes(answer.status), answer.text);
      if (answer.status === 200) successors.add(String(answer.json()["refresh_token"]));
    }
    assert.equal(successors.size, 1, `${successors.size} successors of one token`);
    for (const token of successors) assert.equal((await refresh(token)).status, 401);
    await assertDead(person);
    await assertAlive(other);
  });

  it("what is no refresh token of the shop is one answer, and no token does the work of another", async () => {
    const person = await calls.again(alice);
    const unknown = await refresh("x".repeat(43));
    assert.equal(unknown.status, 401);
    for (const text of [
      person.token.slice(0, 512),
      `${person.refreshToken}A`,
      "null",
      "x".repeat(512),
    ])
      assert.deepEqual(visible(await refresh(text)), visible(unknown), text.slice(0, 40));
    assert.equal((await refresh(person.token)).status, 422, "it is too long to be one");
    assert.equal(await statusOf(person.refreshToken), 401);
    await assertAlive(person);
  });

  it("neither token stands in the database as it is sent", async () => {
    const person = await calls.again(alice);
    let tables = 0;
    for (const name of await tableNames(running))
      await running.shop.store.asSystem("test: is a token kept as it is", async (session) => {
        const text = `SELECT 1 FROM ${name} AS t WHERE position($1 in to_jsonb(t)::text) > 0`;
        for (const secret of [person.refreshToken, person.token, person.password])
          assert.equal((await session.query(text, [secret])).rowCount, 0, name);
        tables += (await session.query(text, [alice.id])).rowCount > 0 ? 1 : 0;
      });
    assert.ok(tables >= 4, "the search finds what is there");
  });

  it("logout, disabling, demotion and a new password end what they should, at once", async () => {
    const person = await calls.again(await calls.person("user"));
    const other = await calls.again(person);
    const logout = await calls.send("/api/auth/logout", { method: "POST", token: person.token });
    assert.equal(logout.status, 204);
    await assertDead(person);
    await assertAlive(other);

    const change = (json: object): Promise<Answer> =>
      calls.send(`/api/admin/users/${person.id}`, { method: "PATCH", token: carol.token, json });
    for (const json of [
      { status: "disabled" },
      { status: "active" },
      { roles: ["user", "admin"] },
      { roles: ["user"] },
    ] as const) {
      const signIn = { username: person.username, password: person.password };
      const session = await calls.send("/api/auth/token", { json: signIn });
      assert.equal((await change(json)).status, 200);
      if ("status" in json && json.status === "active") {
        assert.equal(session.status, 401, "a disabled person does not get in");
        continue;
      }
      const tokens = session.json();
      const [token, refreshToken] = [tokens["access_token"], tokens["refresh_token"]].map(String);
      await assertDead({ token: token ?? "", refreshToken: refreshToken ?? "" });
    }

    const [kept, ended] = [await calls.again(person), await calls.again(person)];
    const json = { current_password: person.password, new_password: "quite another passphrase" };
    const changed = await calls.send("/api/auth/password", { token: kept.token, json });
    assert.equal(changed.status, 204, changed.text);
    await assertAlive(kept);
    await assertDead(ended);
    const oldSignIn = { username: person.username, password: person.password };
    assert.equal((await calls.send("/api/auth/token", { json: oldSignIn })).status, 401);
    await calls.again({ ...person, password: json.new_password });
  });

  it("a password is changed by whoever knows it and signed in within ten minutes", async () => {
    const person = await calls.person("user");
    const json = { current_password: person.password, new_password: "quite another passphrase" };
    const change = (token: string, body: object = json): Promise<Answer> =>
      calls.send("/api/auth/password", { token, json: body });
    const wrong = await change(person.token, { ...json, current_password: "not this one at all" });
    assert.equal(wrong.status, 422);
    assert.match(wrong.text, /#\/current_password/);

    clock.pass(540);
    const later = await renewed(person.refreshToken);
    const at = (token: string): unknown => partsOf(token).claims["auth_time"];
    assert.equal(at(later.access), at(person.token), "a refresh proves nothing anew");
    clock.pass(61);
    const stale = await change(later.access);
    assert.equal(stale.status, 401);
    assert.equal(stale.json()["code"], "step-up-required");
    assert.equal(stale.json()["max_age"], 600);
    const challenge = stale.headers.get("www-authenticate") ?? "";
    assert.match(challenge, /error="insufficient_user_authentication", max_age="600"$/);
    assert.equal(await statusOf(later.access), 200, "for everything else it is good");

    const fresh = await calls.again(person);
    clock.pass(600);
    assert.equal((await change(fresh.token)).status, 204);
  });

  it("a session ends an hour after its last use and a day after its start, whatever happens", async () => {
    const idle = await calls.again(alice);
    const busy = await calls.again(alice);
    let tokens = await renewed(busy.refreshToken);
    clock.pass(3_599);
    tokens = await renewed(tokens.refresh);
    clock.pass(1);
    assert.equal((await refresh(idle.refreshToken)).status, 401);
    // 24 h in all: one is gone, 27 times 50 minutes and 29 minutes come.
    for (let count = 0; count < 27; count++) {
      clock.pass(3_000);
      tokens = await renewed(tokens.refresh);
    }
    clock.pass(1_799);
    tokens = await renewed(tokens.refresh);
    assert.equal(await statusOf(tokens.access), 200);
    clock.pass(1);
    await assertDead({ token: tokens.access, refreshToken: tokens.refresh });
    alice = await calls.again(alice);
    carol = await calls.again(carol);
  });

  it("people see and end their own sessions, and no others", async () => {
    const person = await calls.person("user");
    const second = await calls.again(person);
    const stranger = await calls.person("user");
    const list = async ({ token }: Person) =>
      (await calls.send("/api/auth/sessions", { token })).json()["items"] as readonly {
        readonly id: string;
        readonly current: boolean;
      }[];
    const end = ({ token }: Person, id: string): Promise<Answer> =>
      calls.send(`/api/auth/sessions/${id}`, { method: "DELETE", token });
    const own = await list(person);
    assert.equal(own.length, 2);
    const theirs = (await list(second)).find(({ current }) => current)?.id ?? "";
    assert.ok(own.some(({ id, current }) => id === theirs && !current));
    for (const { id } of await list(stranger)) assert.ok(own.every((session) => session.id !== id));

    const missing = await end(stranger, missingId);
    assert.equal(missing.status, 404);
    for (const who of [stranger, carol])
      for (const id of [theirs, ...malformedIds])
        assert.deepEqual(visible(await end(who, id)), visible(missing), id);
    await assertAlive(second);
    assert.equal((await end(person, theirs)).status, 204);
    assert.equal((await end(person, theirs)).status, 404, "it is gone");
    assert.equal(await statusOf(second.token), 401);
    assert.equal((await list(person)).length, 1);
    await assertAlive(person);
  });

  if (backend === "servers")
    it("what ends on one node ends on the other", async () => {
      const second = await running.secondNode();
      const person = await calls.again(alice);
      const other = await calls.again(alice);
      const there = async ({ token }: Person): Promise<number> =>
        (await second.send("/api/users/me", { token })).status;
      for (let count = 0; count < 3; count++) assert.equal(await there(person), 200);
      await calls.send("/api/auth/logout", { method: "POST", token: person.token });
      const start = performance.now();
      while ((await there(person)) === 200 && performance.now() - start < 1_000) await sleep(5);
      assert.equal(await there(person), 401);
      assert.equal(await there(other), 200);
    });
});
