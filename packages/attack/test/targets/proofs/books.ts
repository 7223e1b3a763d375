/**
 * Proofs for the books.
 *
 * @module
 */

import { strict as assert } from "node:assert";
import { mint } from "../token.ts";
import { at, type Proof } from "../visit.ts";

/** By the sentence of the hole. */
export const proofs: Readonly<Record<string, Proof>> = {
  "Any member reads the secret of any book.": async (visit) => {
    await visit.as("alice", "POST /books", { title: "diary", secret: "under the bed" });
    const foreign = await visit.as("bob", "GET /books/diary");
    assert.equal(at(foreign.body, "/secret"), "under the bed");
    assert.equal((await visit.as("nobody", "GET /books/diary")).status, 401);
    assert.equal((await visit.as("bob", "DELETE /books/diary")).status, 403);
    assert.equal((await visit.as("alice", "DELETE /books/diary")).status, 200);
  },
  "The password of the member in the path changes, whoever asks.": async (visit) => {
    const login = async (password: string): Promise<unknown> =>
      at(
        (await visit.as("nobody", "POST /login", { username: "alice", password })).body,
        "/status",
      );
    assert.equal(await login("wonder-42"), "success");
    await visit.as("bob", "PUT /users/alice/password", { password: "bob-was-here" });
    assert.deepEqual([await login("wonder-42"), await login("bob-was-here")], ["fail", "success"]);
    await visit.as("bob", "PUT /users/alice/email", { email: "bob@evil.test" });
    const alice = await visit.as("nobody", "GET /users/alice");
    assert.equal(at(alice.body, "/email"), "alice@books.test", "the e-mail is the caller's own");
  },
  "Tokens are signed with a secret that is in every list.": async (visit) => {
    const claims = { sub: "root", exp: Date.now() / 1000 + 60 };
    const me = async (secret: string): Promise<unknown> => {
      const authorization = `Bearer ${mint(claims, secret)}`;
      const reply = await visit.as("nobody", "GET /me", undefined, { authorization });
      return at(reply.body, "/username");
    };
    assert.deepEqual([await me("changeme"), await me("another")], ["root", undefined]);
  },
  "The answer tells an unknown member from a wrong password.": async (visit) => {
    const answer = async (username: string): Promise<unknown> =>
      (await visit.as("nobody", "POST /login", { username, password: "wrong" })).body;
    assert.notDeepEqual(await answer("alice"), await answer("nobody-here"));
    assert.deepEqual(await answer("alice"), await answer("bob"));
  },
  "Passwords can be tried without end.": async (visit) => {
    for (let attempt = 0; attempt < 40; attempt += 1) {
      const body = { username: "alice", password: `wrong-${attempt}` };
      assert.equal((await visit.as("nobody", "POST /login", body)).status, 200);
    }
    assert.equal((await visit.as("alice", "GET /me")).status, 200);
  },
  "Whoever registers with `admin: true` is one.": async (visit) => {
    const admin = async (username: string, extra: object): Promise<unknown> => {
      const account = { username, password: "long-enough", email: "x@books.test" };
      await visit.as("nobody", "POST /register", { ...account, ...extra });
      const { body } = await visit.as("nobody", "POST /login", account);
      const authorization = `Bearer ${String(at(body, "/access_token"))}`;
      const me = await visit.as("nobody", "GET /me", undefined, { authorization });
      return at(me.body, "/admin");
    };
    assert.deepEqual([await admin("eve", { admin: true }), await admin("eva", {})], [true, false]);
    assert.equal((await visit.as("bob", "DELETE /users/eva")).status, 401);
    assert.equal((await visit.as("root", "DELETE /users/eva")).status, 200);
  },
  "Passwords and addresses of everybody, for everybody.": async (visit) => {
    const debug = await visit.as("nobody", "GET /users/_debug");
    assert.match(JSON.stringify(debug.body), /wonder-42/);
    const users = await visit.as("nobody", "GET /users");
    assert.doesNotMatch(JSON.stringify(users.body), /wonder-42|books\.test/);
  },
  "The pattern for addresses takes exponential time.": async (visit) => {
    const time = async (email: string): Promise<number> => {
      const start = performance.now();
      await visit.as("alice", "PUT /users/alice/email", { email });
      return performance.now() - start;
    };
    await time("aa@bee.test");
    const [short, long] = [await time(`${"a".repeat(18)}!`), await time(`${"a".repeat(28)}!`)];
    const control = await time(`${"a".repeat(28)}@bee.test`);
    assert.ok(long > 4 * short && long > 4 * control, `${short} ${long} ${control}`);
  },
  "The name is pasted into SQL, and the error shows the statement.": async (visit) => {
    const find = async (name: string): Promise<unknown> =>
      (await visit.as("nobody", `GET /users/${encodeURIComponent(name)}`)).body;
    assert.match(JSON.stringify(await find("alice'")), /sqlite3.*SELECT username/);
    assert.deepEqual(await find("alice' AND '1'='1"), await find("alice"));
    assert.equal(at(await find("alice' AND '1'='2"), "/status"), "fail");
    assert.equal(at(await find("x' UNION SELECT 7*191, password FROM users--"), "/username"), 1337);
  },
  "Anybody resets the database, with a GET.": async (visit) => {
    await visit.as("alice", "POST /books", { title: "new", secret: "gone soon" });
    assert.equal((await visit.as("alice", "GET /books/new")).status, 200);
    await visit.as("nobody", "GET /createdb");
    assert.equal((await visit.as("alice", "GET /books/new")).status, 404);
  },
};
