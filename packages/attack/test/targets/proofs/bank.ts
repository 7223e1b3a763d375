/**
 * Proofs for the bank.
 *
 * @module
 */

import { strict as assert } from "node:assert";
import { unsigned } from "../token.ts";
import { at, type Proof, type Visit } from "../visit.ts";

async function account(visit: Visit, name: string): Promise<string> {
  return String(at((await visit.as(name, "GET /v2/accounts")).body, "/0/number"));
}

async function balance(visit: Visit, name: string, number: string): Promise<number> {
  return Number(at((await visit.as(name, `GET /v2/accounts/${number}`)).body, "/balance"));
}

async function pair(visit: Visit): Promise<{ alice: string; bob: string }> {
  return { alice: await account(visit, "alice"), bob: await account(visit, "bob") };
}

/** By the sentence of the hole. */
export const proofs: Readonly<Record<string, Proof>> = {
  "Money leaves anybody's account.": async (visit) => {
    const { alice, bob } = await pair(visit);
    await visit.as("bob", "POST /v2/transfers", { from: alice, to: bob, amount: 40 });
    assert.equal(await balance(visit, "alice", alice), 60);
    assert.equal((await visit.as("bob", `GET /v2/accounts/${alice}`)).status, 404);
    assert.equal((await visit.as("bob", `DELETE /v2/accounts/${alice}`)).status, 404);
    const label = { label: "mine" };
    assert.equal((await visit.as("bob", `PUT /v2/accounts/${alice}`, label)).status, 404);
    assert.equal((await visit.as("alice", `PUT /v2/accounts/${alice}`, label)).status, 200);
  },
  "A negative amount pulls money.": async (visit) => {
    const { alice, bob } = await pair(visit);
    await visit.as("bob", "POST /v2/transfers", { from: bob, to: alice, amount: -25 });
    assert.equal(await balance(visit, "alice", alice), 75);
    const dear = await visit.as("bob", "POST /v2/transfers", { from: bob, to: alice, amount: 999 });
    assert.equal(dear.status, 409);
  },
  "The same balance is spent many times at once.": async (visit) => {
    const { alice, bob } = await pair(visit);
    const send = async (): Promise<number> =>
      (await visit.as("bob", "POST /v2/transfers", { from: bob, to: alice, amount: 100 })).status;
    await Promise.all(Array.from({ length: 8 }, send));
    assert.ok((await balance(visit, "bob", bob)) < 0);
    assert.equal(await send(), 409);
  },
  "The customer says the rate.": async (visit) => {
    const from = await account(visit, "alice");
    const opened = await visit.as("alice", "POST /v2/accounts", { label: "Yen", currency: "JPY" });
    const to = String(at(opened.body, "/number"));
    await visit.as("alice", "POST /v2/exchange", { from, to, amount: 1, rate: 1_000_000 });
    assert.equal(await balance(visit, "alice", to), 1_000_100);
    const foreign = { from, to: await account(visit, "bob"), amount: 1, rate: 1 };
    assert.equal((await visit.as("alice", "POST /v2/exchange", foreign)).status, 404);
  },
  "Sessions need no signature when they say so.": async (visit) => {
    const claims = { sub: "alice", role: "clerk", exp: 9_999_999_999 };
    const me = async (alg: string): Promise<Readonly<Record<string, unknown>>> => {
      const cookie = `session=${unsigned({ alg, typ: "JWT" }, claims)}.`;
      const { status, body } = await visit.as("nobody", "GET /v2/me", undefined, { cookie });
      return { status, customer: at(body, "/customer") };
    };
    assert.deepEqual(await me("none"), { status: 200, customer: "alice" });
    assert.deepEqual(await me("HS256"), { status: 401, customer: undefined });
  },
  "Scripts and foreign sites see the cookie.": async (visit) => {
    const login = visit.principals[0]?.login;
    const answer = await visit.as("nobody", "POST /v2/login", login?.body);
    const [cookie] = answer.headers.getSetCookie();
    assert.match(cookie ?? "", /^session=/);
    assert.doesNotMatch(cookie ?? "", /httponly|samesite/i);
  },
  "The old version asks nobody who owns it.": async (visit) => {
    const number = await account(visit, "alice");
    const old = await visit.as("bob", `GET /v1/accounts/${number}`);
    assert.deepEqual([at(old.body, "/balance"), at(old.body, "/pin")], [100, "alice-903114"]);
    assert.equal((await visit.as("bob", `GET /v2/accounts/${number}`)).status, 404);
    assert.equal((await visit.as("nobody", `GET /v1/accounts/${number}`)).status, 401);
  },
  "The file may lie in any folder.": async (visit) => {
    const file = async (name: string): Promise<unknown> =>
      (await visit.as("bob", `GET /v2/statements?file=${encodeURIComponent(name)}`)).body;
    assert.equal(await file("2026-01.txt"), "Statement of bob, January\n");
    assert.equal(await file("../alice/2026-01.txt"), "Statement of alice, January\n");
    assert.match(String(await file("../../../../../etc/passwd")), /^root:x:0:0/);
    assert.equal(at(await file("2031-01.txt"), "/message"), "No such statement");
  },
  "Errors are stack traces.": async (visit) => {
    const broken = await visit.as("alice", "POST /v2/accounts", "{ not json");
    assert.match(String(broken.body), /SyntaxError[\s\S]*at .*vulnerable-bank/);
    const typed = await visit.as("alice", "POST /v2/accounts", { label: 7 });
    assert.match(String(typed.body), /TypeError[\s\S]*at .*vulnerable-bank/);
    assert.equal((await visit.as("alice", "POST /v2/accounts", { label: "ok" })).status, 201);
  },
  "Every origin may read with the cookie.": async (visit) => {
    const origin = "https://evil.example";
    const { headers } = await visit.as("alice", "GET /v2/me", undefined, { origin });
    assert.equal(headers.get("access-control-allow-origin"), origin);
    assert.equal(headers.get("access-control-allow-credentials"), "true");
  },
  "A form of a foreign page works.": async (visit) => {
    const headers = { "content-type": "text/plain", origin: "https://evil.example" };
    const body = JSON.stringify({ label: "planted" });
    const made = await visit.as("alice", "POST /v2/accounts", body, headers);
    assert.equal(made.status, 201);
    assert.match(JSON.stringify((await visit.as("alice", "GET /v2/accounts")).body), /planted/);
    assert.equal((await visit.as("nobody", "POST /v2/accounts", body, headers)).status, 401);
  },
};
