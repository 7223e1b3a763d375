import { strict as assert } from "node:assert";
import { describe, it, type TestContext } from "node:test";
import type { ServerResponse } from "node:http";
import { readDocument } from "../src/document/read-document.ts";
import { createCredentials, type Credentials } from "../src/principal/credentials.ts";
import { findToken, lifetimeOf } from "../src/principal/find-token.ts";
import { openAccount } from "../src/principal/open-account.ts";
import type { Credential, Principal } from "../src/principal/principal.ts";
import { readPrincipals, type PrincipalEntry } from "../src/principal/read-principals.ts";
import type { Answer, Client } from "../src/wire/exchange.ts";
import { callOf, clientOf, serve, type Seen } from "./wire-fixtures.ts";

function answerOf(parts: Partial<Answer>): Answer {
  const text = parts.text ?? (parts.json === undefined ? "" : JSON.stringify(parts.json));
  return { status: 200, headers: [], json: undefined, bytes: 0, milliseconds: 1, ...parts, text };
}

function jwt(claims: unknown): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "HS256" })}.${part(claims)}.c2lnbmF0dXJl`;
}

describe("a token", () => {
  it("is found by looking, wherever APIs put it", () => {
    const token = "t0ken-0123456789";
    const web = jwt({ sub: "1" });
    const answers: readonly [Partial<Answer>, string, string][] = [
      [
        { json: { access_token: token, token_type: "bearer", refresh_token: "r-12345" } },
        token,
        "body",
      ],
      [{ json: { data: { user: { id: 1 }, accessToken: token } } }, token, "body"],
      [{ json: { refresh: "r-0123456789", access: token } }, token, "body"],
      [{ json: { id_token: "an-id-token", access_token: token } }, token, "body"],
      [{ json: { token: `Bearer ${token}` } }, token, "body"],
      [{ json: { result: { strange: web } } }, web, "body"],
      [{ json: { refreshToken: jwt({ a: 1 }), odd: web } }, web, "body"],
      [{ json: token }, token, "body"],
      [{ text: `${token}\n` }, token, "body"],
      [{ json: { ok: true }, headers: [["Authorization", `Bearer ${token}`]] }, token, "header"],
      [{ json: { ok: true }, headers: [["X-Auth-Token", token]] }, token, "header"],
      [
        {
          headers: [
            ["Set-Cookie", "lang=en"],
            ["set-cookie", `sid=${token}; HttpOnly`],
          ],
        },
        token,
        "cookie",
      ],
    ];
    for (const [parts, expected, from] of answers)
      assert.deepEqual(findToken(answerOf(parts), undefined), { token: expected, from });
  });

  it("is not seen where there is none", () => {
    const answers: readonly Partial<Answer>[] = [
      { json: { message: "welcome", id: 7 } },
      { json: { token_type: "bearer", csrf_token: "abcdefgh" } },
      { text: "<html>hello</html>" },
      { headers: [["set-cookie", "sid=; Max-Age=0"]] },
    ];
    for (const parts of answers) assert.equal(findToken(answerOf(parts), undefined), undefined);
  });

  it("is taken where the recipe says, and nowhere else", () => {
    const answer = answerOf({
      json: { token: "not-this-one", list: [{ value: "this-one" }] },
      headers: [
        ["X-Token", "of-header"],
        ["set-cookie", "a=of-cookie"],
      ],
    });
    assert.equal(findToken(answer, "/list/0/value")?.token, "this-one");
    assert.equal(findToken(answer, "list.0.value")?.token, "this-one");
    assert.equal(findToken(answer, "header:x-token")?.token, "of-header");
    assert.equal(findToken(answer, "cookie:a")?.token, "of-cookie");
    assert.equal(findToken(answer, "/other"), undefined);
    assert.equal(findToken(answer, "cookie:b"), undefined);
  });

  it("lives as long as it or its answer says", () => {
    const now = 1_000_000_000_000;
    assert.equal(lifetimeOf(undefined, jwt({ iat: 5, exp: 65 }), now), 60_000);
    assert.equal(lifetimeOf(undefined, jwt({ exp: now / 1000 + 30 }), now), 30_000);
    assert.equal(lifetimeOf(answerOf({ json: { expires_in: 900 } }), "opaque", now), 900_000);
    assert.equal(
      lifetimeOf(answerOf({ json: { data: { expiresIn: "60" } } }), "opaque", now),
      60_000,
    );
    assert.equal(lifetimeOf(answerOf({ json: {} }), "opaque", now), undefined);
  });
});

const object = (...names: readonly string[]): unknown => ({
  content: {
    "application/json": {
      schema: {
        type: "object",
        required: names,
        properties: Object.fromEntries(names.map((name) => [name, { type: "string" }])),
      },
    },
  },
});
const responses = { 200: { description: "ok" } };
const api = {
  openapi: "3.0.3",
  info: { title: "t", version: "1" },
  paths: {
    "/login": {
      post: { summary: "Log in", requestBody: object("username", "password"), responses },
    },
    "/register": {
      post: {
        summary: "Register",
        requestBody: object("username", "email", "password"),
        responses,
      },
    },
    "/refresh": {
      post: { summary: "Refresh the token", requestBody: object("refresh_token"), responses },
    },
    "/me": { get: { summary: "The current user", responses } },
  },
};

interface Bench {
  readonly entry: PrincipalEntry;
  readonly credentials: Credentials;
  readonly client: Client;
  readonly seen: readonly Seen[];
  time: number;
}

type Handler = (seen: Seen, response: ServerResponse) => void;

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

async function bench(
  context: TestContext,
  handler: Handler,
  raw: unknown = [{ name: "alice", username: "alice", password: "pw" }],
): Promise<Bench> {
  const server = await serve(handler);
  const document = readDocument(api);
  const [entry] = readPrincipals(raw, document).principals;
  assert.ok(entry !== undefined);
  const made = { time: 1_000_000 };
  const client: Client = clientOf(server.origin, {
    credentialOf: (principal) => credentials.credentialOf(principal),
    renew: async (principal) => credentials.renew(principal),
    freshen: async (principal) => credentials.freshen(principal),
  });
  const credentials = createCredentials({
    document,
    entries: [entry],
    basePath: "/v1",
    send: async (call) => client.send(call, { renew: false }),
    now: () => made.time,
  });
  context.after(async () => {
    await client.close();
    await server.close();
  });
  return Object.assign(made, { entry, credentials, client, seen: server.seen });
}

/** Signs in whoever knows the password, and gives each session another token. */
function sessions(lifetime?: number): Handler {
  let count = 0;
  const valid = new Set<string>();
  return (seen, response) => {
    if (seen.url === "/v1/login") {
      const { password } = JSON.parse(seen.body) as { readonly password?: unknown };
      if (password !== "pw") {
        reply(response, 401, { error: "wrong" });
        return;
      }
      const token = `token-number-${++count}`;
      valid.add(`Bearer ${token}`);
      reply(response, 200, {
        access_token: token,
        refresh_token: `renewal-${count}`,
        ...(lifetime === undefined ? {} : { expires_in: lifetime }),
        user: { id: 7, email: "alice@x.test" },
      });
    } else if (seen.url === "/v1/refresh") {
      valid.add("Bearer token-refreshed");
      reply(response, 200, { access_token: "token-refreshed", expires_in: 900 });
    } else {
      const line = seen.lines.find(([name]) => name === "authorization")?.[1] ?? "";
      if (seen.url === "/v1/end") valid.delete(line);
      reply(response, valid.has(line) ? 200 : 401, {});
    }
  };
}

describe("signing in", () => {
  it("gives a credential, the facts of the answer, and says how", async (context) => {
    const { entry, credentials } = await bench(context, sessions());
    assert.deepEqual(await credentials.signIn(entry), {
      ok: true,
      why: "signed in by POST /login",
    });
    const principal = credentials.principalOf(entry);
    assert.deepEqual(principal.facts, { username: "alice", id: "7", email: "alice@x.test" });
    const { headers, token, refreshToken } = credentials.credentialOf(principal);
    assert.deepEqual(headers, [["authorization", "Bearer token-number-1"]]);
    assert.deepEqual([token, refreshToken], ["token-number-1", "renewal-1"]);
  });

  it("tells the role when the file does not", async (context) => {
    const handler: Handler = (_seen, response) => {
      reply(response, 200, { token: "t0ken-0123", user: { id: 1, roles: ["user", "admin"] } });
    };
    for (const [given, expected] of [
      [{}, ["admin", true]],
      [{ role: "user" }, ["user", false]],
    ] as const) {
      const raw = [{ name: "alice", username: "alice", password: "pw", ...given }];
      const { entry, credentials } = await bench(context, handler, raw);
      await credentials.signIn(entry);
      const { role, administrator } = credentials.principalOf(entry);
      assert.deepEqual([role, administrator], expected);
    }
  });

  it("that fails says what the API answered, and leaves no credential", async (context) => {
    const raw = [{ name: "alice", username: "alice", password: "wrong" }];
    const { entry, credentials } = await bench(context, sessions(), raw);
    const { ok, why } = await credentials.signIn(entry);
    assert.equal(ok, false);
    assert.match(why, /POST \/v1\/login answered 401: \{"error":"wrong"\}/);
    assert.throws(() => credentials.credentialOf(entry.principal), /no credential of "alice"/);
  });

  it("is refused when a token pointer finds nothing", async (context) => {
    const login = { request: "POST /login", body: { username: "alice", password: "pw" } };
    const wrong = [{ name: "alice", login: { ...login, token: "/data/token" } }];
    const bad = await bench(context, sessions(), wrong);
    assert.match((await bad.credentials.signIn(bad.entry)).why, /no token there at \/data\/token/);
    const right = [{ name: "alice", login: { ...login, token: "/access_token" } }];
    const good = await bench(context, sessions(), right);
    assert.equal((await good.credentials.signIn(good.entry)).ok, true);
  });

  it("keeps all cookies of the answer, and repeats the one against forgery in its header", async (context) => {
    const { entry, credentials } = await bench(context, ({ url }, response) => {
      if (url === "/v1/login")
        response.setHeader("set-cookie", ["sid=abcdefgh; HttpOnly", "XSRF-TOKEN=x%3D1; Path=/"]);
      reply(response, 200, { ok: true });
    });
    await credentials.signIn(entry);
    const { headers, token } = credentials.credentialOf(entry.principal);
    assert.equal(token, "abcdefgh");
    assert.deepEqual(headers, [
      ["cookie", "sid=abcdefgh; XSRF-TOKEN=x%3D1"],
      ["x-xsrf-token", "x=1"],
    ]);
  });

  it("takes the cookie of a form that redirects inside, not of one that redirects back", async (context) => {
    for (const [location, expected] of [
      ["/home", true],
      ["/login?error=1", false],
    ] as const) {
      const { entry, credentials } = await bench(context, (_seen, response) => {
        response.writeHead(302, { location, "set-cookie": "sid=abcdefgh" }).end();
      });
      assert.equal((await credentials.signIn(entry)).ok, expected, location);
    }
  });

  it("asks the API where it takes a token that nobody placed", async (context) => {
    const handler: Handler = (seen, response) => {
      if (seen.url === "/v1/login") reply(response, 200, { token: "t0ken-0123" });
      else {
        const known = seen.lines.some(
          ([name, value]) => name === "authorization" && value === "Token t0ken-0123",
        );
        reply(response, known ? 200 : 401, {});
      }
    };
    const { entry, credentials, client } = await bench(context, handler);
    await credentials.signIn(entry);
    const principal = credentials.principalOf(entry);
    assert.deepEqual(credentials.credentialOf(principal).headers, [
      ["authorization", "Token t0ken-0123"],
    ]);
    const session = await credentials.signInAgain(principal);
    assert.ok(session !== undefined);
    const { answer } = await client.send(callOf({ path: "/v1/me", principal: session }));
    assert.equal(answer?.status, 200);
  });
});

describe("a credential", () => {
  it("is renewed by its refresh token, else by signing in again", async (context) => {
    const { entry, credentials, seen } = await bench(context, sessions());
    await credentials.signIn(entry);
    const before = seen.length;
    assert.equal(await credentials.renew(entry.principal), true);
    assert.deepEqual(
      seen.slice(before).map(({ url, body }) => [url, body]),
      [["/v1/refresh", '{"refresh_token":"renewal-1"}']],
    );
    assert.equal(credentials.credentialOf(entry.principal).token, "token-refreshed");
    const without = await bench(context, (one, response) => {
      if (one.url === "/v1/refresh") reply(response, 401, {});
      else reply(response, 200, { token: "t0ken-0123", refresh_token: "renewal-1" });
    });
    await without.credentials.signIn(without.entry);
    assert.equal(await without.credentials.renew(without.entry.principal), true);
    assert.equal(without.seen.at(-1)?.url, "/v1/login");
  });

  it("is renewed once for all who need it at the same time", async (context) => {
    const { entry, credentials, seen } = await bench(context, sessions());
    await credentials.signIn(entry);
    const before = seen.length;
    await Promise.all(Array.from({ length: 5 }, async () => credentials.renew(entry.principal)));
    assert.equal(seen.length - before, 1);
  });

  it("is renewed before it ends, and not while most of its life is left", async (context) => {
    const made = await bench(context, sessions(100));
    const { entry, credentials, client, seen } = made;
    await credentials.signIn(entry);
    const { principal } = entry;
    const before = seen.length;
    made.time += 50_000;
    await client.send(callOf({ path: "/v1/me", principal }));
    made.time += 15_000;
    await client.send(callOf({ path: "/v1/me", principal }));
    assert.deepEqual(
      seen.slice(before).map(({ url }) => url),
      ["/v1/me", "/v1/refresh", "/v1/me"],
    );
  });

  it("that cannot be renewed is not tried before every request", async (context) => {
    const made = await bench(context, ({ url }, response) => {
      const first = url === "/v1/login" && made.seen.length === 1;
      reply(response, first || url === "/v1/me" ? 200 : 500, {
        token: "t0ken-0123",
        expires_in: 10,
      });
    });
    await made.credentials.signIn(made.entry);
    const before = made.seen.length;
    made.time += 8000;
    for (let index = 0; index < 3; index++)
      await made.client.send(callOf({ path: "/v1/me", principal: made.entry.principal }));
    assert.deepEqual(
      made.seen.slice(before).map(({ url }) => url),
      ["/v1/login", "/v1/me", "/v1/me", "/v1/me"],
    );
  });

  it("of a further session is another one, and its end is not the end of the first", async (context) => {
    const { entry, credentials, client } = await bench(context, sessions());
    await credentials.signIn(entry);
    const principal = credentials.principalOf(entry);
    const second = await credentials.signInAgain(principal);
    const third = await credentials.signInAgain(principal);
    assert.deepEqual([second?.name, third?.name], ["alice (2nd session)", "alice (3rd session)"]);
    assert.ok(second !== undefined);
    const options = { renew: false };
    await client.send(callOf({ path: "/v1/end", principal: second }), options);
    const ended = await client.send(callOf({ path: "/v1/me", principal: second }), options);
    const first = await client.send(callOf({ path: "/v1/me", principal }), options);
    assert.deepEqual([ended.answer?.status, first.answer?.status], [401, 200]);
  });

  it("with other header lines reaches neither the one it came from nor is it ever renewed", async (context) => {
    const { entry, credentials } = await bench(context, sessions());
    await credentials.signIn(entry);
    const principal = credentials.principalOf(entry);
    const altered = credentials.withHeaders(principal, [["authorization", "Bearer forged"]]);
    assert.equal(altered.name, "alice (altered 1)");
    assert.equal(altered.recipe, undefined);
    assert.equal(credentials.credentialOf(altered).token, "forged");
    assert.equal(credentials.credentialOf(principal).token, "token-number-1");
    assert.equal(await credentials.renew(altered), false);
    assert.equal(credentials.withHeaders(altered, []).name, "alice (altered 2)");
  });

  it("that is fixed is never renewed", async (context) => {
    const raw = [{ name: "alice", token: "t", scheme: "Bearer" }];
    const { entry, credentials, seen } = await bench(context, sessions(), raw);
    await credentials.signIn(entry);
    assert.equal(await credentials.renew(entry.principal), false);
    assert.equal(await credentials.signInAgain(entry.principal), undefined);
    assert.equal(seen.length, 0);
  });
});

describe("a new account", () => {
  const accounts = new Map<string, string>();
  const handler: Handler = (seen, response) => {
    const body = JSON.parse(seen.body) as Readonly<Record<string, string>>;
    const { username = "", password = "", email = "" } = body;
    if (seen.url === "/v1/register") {
      if (!email.includes("@")) reply(response, 422, { detail: "email" });
      else {
        accounts.set(username, password);
        reply(response, 201, { id: 99 });
      }
    } else if (accounts.get(username) === password)
      reply(response, 200, { token: `of-${username}-1` });
    else reply(response, 401, {});
  };

  async function open(
    context: TestContext,
    correct: () => boolean,
  ): Promise<{ readonly principal: Principal; readonly credential: Credential } | undefined> {
    const { client } = await bench(context, handler);
    let email = "none";
    return openAccount({
      document: readDocument(api),
      basePath: "/v1",
      role: "user",
      now: () => 0,
      send: async (call) => client.send(call, { renew: false }),
      make: (operation, { body }) =>
        callOf({
          method: operation.method,
          path: `/v1${operation.path}`,
          headers: [["content-type", "application/json"]],
          body: JSON.stringify({ username: "newbie", email, password: "short", ...body }),
          operation,
        }),
      correct: () => {
        email = "newbie@x.test";
        return correct();
      },
    });
  }

  it("is opened after corrections, and signs in with what it was opened with", async (context) => {
    const opened = await open(context, () => true);
    assert.equal(opened?.principal.name, "newbie");
    assert.equal(opened?.credential.token, "of-newbie-1");
    assert.deepEqual(opened?.principal.facts, {
      username: "newbie",
      email: "newbie@x.test",
      id: "99",
    });
    assert.equal(opened?.principal.recipe?.path, "/login");
    assert.ok((accounts.get("newbie") ?? "").length >= 12, "the password is a strong one");
  });

  it("is none when nothing can be corrected", async (context) => {
    assert.equal(await open(context, () => false), undefined);
  });
});
