/** API5:2023 Broken Function Level Authorization: requirements API5.V1 to V4, S1, S2, P2. */

import assert from "node:assert/strict";
import { METHODS } from "node:http";
import { after, before, describe, it } from "node:test";
import { holdClock } from "../held-clock.ts";
import { runShop, visible, type Answer, type Person, type RunningShop } from "../running-shop.ts";
import { businessContents } from "./database-contents.ts";
import { createCalls, fillPath, malformedIds, missingId, type Calls } from "./declared-calls.ts";
import { exchange } from "./wire.ts";

const clock = holdClock(Date.now());

describe("API5: nobody uses a function that was not given to them", () => {
  let running: RunningShop;
  let calls: Calls;
  let alice: Person;
  let carol: Person;
  let orderId: string;

  before(async () => {
    running = await runShop({ clock });
    calls = createCalls(running, clock);
    alice = await running.signIn("alice");
    carol = await running.signIn("carol");
    orderId = await running.order(alice);
  });
  after(async () => {
    await running.close();
    assert.deepEqual(running.internalErrors, []);
  });

  const setUser = (id: string, json: unknown, token = carol.token): Promise<Answer> =>
    calls.send(`/api/admin/users/${id}`, { method: "PATCH", token, json });

  /** Somebody who was made an administrator and signed in as one. */
  async function newAdministrator(): Promise<Person> {
    const person = await calls.person("user");
    assert.equal((await setUser(person.id, { roles: ["user", "admin"] })).status, 200);
    return calls.again(person);
  }

  /** The declared path with ids of alice in it. */
  const pathOf = (path: string): string =>
    fillPath(path, {
      order_id: orderId,
      user_id: alice.id,
      session_id: missingId,
      code: "not-found",
    });

  it("does what every endpoint is there for, for those who may", async () => {
    for (const declared of calls.endpoints) {
      const { path, ...sent } = await calls.prepare(declared);
      const answer = await calls.send(path, sent);
      assert.ok(answer.status < 300, `${declared.name}: ${answer.status} ${answer.text}`);
    }
  });

  it("refuses every administrative function without a look at ids or bodies, and without effect", async () => {
    const disabled = await newAdministrator();
    assert.equal((await setUser(disabled.id, { status: "disabled" })).status, 200);
    const administrative = calls.endpoints.filter(({ caller }) => caller === "admin");
    assert.ok(administrative.length >= 6, `only ${administrative.length} are administrative`);

    for (const declared of administrative) {
      const call = await calls.prepare(declared);
      const held = await businessContents(running);
      const ids = declared.parameters.length === 0 ? [""] : [missingId, ...malformedIds];
      const paths = ids.map((id) => fillPath(declared.path, { user_id: id }));
      const bodies = declared.body === undefined ? [{}] : [{ json: call.json }, { body: "{" }];
      for (const [who, token, status] of [
        ["anonymous", undefined, 401],
        ["a user", alice.token, 403],
        ["a disabled administrator", disabled.token, 401],
      ] as const) {
        const answers: unknown[] = [];
        for (const path of [call.path, ...paths])
          for (const body of bodies) {
            const headers = { "content-type": "application/json" };
            const answer = await calls.send(path, { method: call.method, token, headers, ...body });
            assert.equal(answer.status, status, `${declared.name} as ${who}: ${answer.text}`);
            answers.push(visible(answer));
          }
        for (const answer of answers) assert.deepEqual(answer, answers[0], declared.name);
      }
      assert.deepEqual(await businessContents(running), held, `${declared.name} had an effect`);
      const { path, ...sent } = call;
      const control = await calls.send(path, sent);
      assert.ok(control.status < 300, `${declared.name}: ${control.text}`);
    }
  });

  it("answers a method that was not declared with 405 and those that were, whoever asks", async () => {
    const declaredMethods = new Map<string, string[]>();
    for (const { path, method } of calls.endpoints)
      declaredMethods.set(path, [...(declaredMethods.get(path) ?? []), method]);
    const methods = METHODS.filter((method) => method !== "CONNECT");
    for (const wanted of ["TRACE", "HEAD", "OPTIONS", "PROPFIND", "QUERY"])
      assert.ok(methods.includes(wanted), `${wanted} is not tried`);

    let tried = 0;
    for (const [path, declared] of declaredMethods)
      for (const method of methods) {
        if (declared.includes(method)) continue;
        const token = [undefined, alice.token, carol.token][tried++ % 3];
        const answer = await exchange(running.origin, { method, path: pathOf(path), token });
        assert.equal(answer.status, 405, `${method} ${path}: ${answer.status}`);
        assert.equal(answer.headers.get("allow"), declared.toSorted().join(", "));
        if (tried % 400 === 0) clock.pass(1);
      }
    assert.ok(tried >= 1_000, `only ${tried} combinations were tried`);
    const unknown = await exchange(running.origin, { method: "GET", path: "/api/nothing" });
    assert.equal(unknown.status, 404);
  });

  it("takes the method from the request line alone", async () => {
    const path = `/api/orders/${orderId}`;
    const plain = await calls.send(path, { token: alice.token });
    assert.equal(plain.status, 200);
    for (const name of ["x-http-method-override", "x-http-method", "x-method-override"]) {
      const headers = { [name]: "DELETE" };
      const overridden = await calls.send(path, { token: alice.token, headers });
      assert.deepEqual(visible(overridden), visible(plain));
      const json = { display_name: "Changed" };
      const patched = await calls.send("/api/users/me", {
        method: "POST",
        token: alice.token,
        headers: { [name]: "PATCH" },
        json,
      });
      assert.equal(patched.status, 405);
      const listed = await calls.send("/api/admin/users", {
        method: "POST",
        token: alice.token,
        headers: { [name]: "GET" },
      });
      assert.equal(listed.status, 403);
    }
    const query = await calls.send(`${path}?_method=DELETE`, { token: alice.token });
    assert.equal(query.status, 422);
  });

  it("decides by the declared route, not by how its path is written", async () => {
    const bob = await running.signIn("bob");
    let tried = 0;
    for (const { caller, method, path, parameters } of calls.endpoints) {
      if (caller !== "user" && caller !== "admin") continue;
      // What bob may do at the plain path he may do at another way to write it.
      const refused = caller === "admin" || parameters.length > 0;
      for (const variant of variantsOf(pathOf(path)))
        for (const token of refused ? [undefined, bob.token] : [undefined]) {
          tried++;
          if (tried % 400 === 0) clock.pass(1);
          const answer = await exchange(running.origin, { method, path: variant, token });
          const statuses = token === undefined ? [400, 401, 404, 405] : [400, 403, 404, 405];
          const what = `${method} ${variant}: ${answer.status} ${answer.text}`;
          assert.ok(statuses.includes(answer.status), what);
        }
    }
    assert.ok(tried >= 500, `only ${tried} variants were tried`);
    const control = await exchange(running.origin, { path: "/api/users/me", token: bob.token });
    assert.equal(control.status, 200);
  });

  it("has nothing at the addresses that people guess", async () => {
    const patterns = calls.endpoints.map(({ path }) => path.replaceAll(/:\w+/g, "[^/]+"));
    const known = new RegExp(`^(?:${patterns.join("|")})$`);
    let tried = 0;
    for (const prefix of ["/", "/api/", "/api/v1/", "/api/admin/", "/admin/", "/v1/", "/internal/"])
      for (const word of guessedWords) {
        const path = `${prefix}${word}`;
        // A guess that is an id at a declared path is refused like any other id.
        const statuses = known.test(path) ? [403, 404, 405] : [404];
        if (calls.endpoints.some((declared) => declared.path === path)) continue;
        for (const method of ["GET", "POST"]) {
          tried++;
          if (tried % 400 === 0) clock.pass(1);
          const answer = await exchange(running.origin, { method, path, token: alice.token });
          assert.ok(statuses.includes(answer.status), `${method} ${path}: ${answer.status}`);
        }
      }
    assert.ok(tried >= 500, `only ${tried} addresses were guessed`);
    const control = await exchange(running.origin, { path: "/api/users/me", token: alice.token });
    assert.equal(control.status, 200);
  });

  it("gives nobody a role who asks for one", async () => {
    const person = {
      username: "mallory",
      password: "a long enough passphrase",
      display_name: "Mallory",
      email: "mallory@mail.example",
    };
    for (const more of [{ roles: ["admin"] }, { role: "admin" }, { is_admin: true }]) {
      const json = { ...person, ...more };
      assert.equal((await calls.send("/api/auth/register", { json })).status, 422);
      const changed = await calls.send("/api/users/me", {
        method: "PATCH",
        token: alice.token,
        json: { display_name: "Alice", ...more },
      });
      assert.equal(changed.status, 422);
    }
    const registered = await calls.send("/api/auth/register", { json: person });
    assert.equal(registered.status, 201);
    const mallory = await calls.again({ ...alice, ...person });
    for (const { token } of [mallory, alice])
      assert.equal((await calls.send("/api/admin/users", { token })).status, 403);
    const raised = await setUser(alice.id, { roles: ["user", "admin"] }, alice.token);
    assert.equal(raised.status, 403);
    const unknown = await setUser(alice.id, { roles: ["superuser"] });
    assert.equal(unknown.status, 422);
  });

  it("takes a right away, and gives one, from the next request on", async () => {
    const dave = await newAdministrator();
    const list = (person: Person): Promise<Answer> =>
      calls.send("/api/admin/users", { token: person.token });
    assert.equal((await list(dave)).status, 200);

    assert.equal((await setUser(dave.id, { roles: ["user"] })).status, 200);
    assert.equal((await list(dave)).status, 401);
    const refresh = { refresh_token: dave.refreshToken };
    assert.equal((await calls.send("/api/auth/token/refresh", { json: refresh })).status, 401);
    const demoted = await calls.again(dave);
    assert.equal((await list(demoted)).status, 403);
    assert.equal((await calls.send("/api/users/me", { token: demoted.token })).status, 200);

    assert.equal((await setUser(dave.id, { roles: ["user", "admin"] })).status, 200);
    assert.equal((await list(demoted)).status, 401, "an older token does not grow");
    assert.equal((await list(await calls.again(dave))).status, 200);
  });
});

/** Other ways to write a path, of which a lenient part on the way could make the same one. */
function variantsOf(path: string): readonly string[] {
  const [, first = "", ...rest] = path.split("/");
  const letter = `%${first.charCodeAt(0).toString(16)}`;
  return [
    path.toUpperCase(),
    `/${first.toUpperCase()}/${rest.join("/")}`,
    `${path}/`,
    `${path}//`,
    `/${path}`,
    path.replaceAll("/", "//"),
    `/.${path}`,
    `/x/..${path}`,
    `/%2e${path}`,
    `/%2e%2e${path}`,
    `${path}/%2e`,
    `${path}/..;/`,
    `${path};a=b`,
    `${path}%2f`,
    `${path}%00`,
    `${path}%20`,
    `${path}%0d%0a`,
    `${path}.json`,
    `${path}%3f`,
    `${path}%23`,
    `/${letter}${path.slice(2)}`,
    `/%25${letter.slice(1)}${path.slice(2)}`,
    path.replaceAll("/", "%2f").replace("%2f", "/"),
    path.replaceAll("/", "\\").replace("\\", "/"),
  ];
}

const guessedWords: readonly string[] = `
  admin administrator actuator actuator/env actuator/heapdump console debug debug/pprof metrics
  health status internal private backup backup.sql .env .git/config .git/HEAD swagger swagger.json
  swagger-ui.html api-docs v2/api-docs graphql graphiql users/all admin/users users/export export
  export_all config config.json phpinfo.php server-status trace heapdump invites roles permissions
  superuser root manage management sudo impersonate test dev old beta jobs queues sql db shell cron
  logs reports audit tokens keys settings secrets
`
  .trim()
  .split(/\s+/);
