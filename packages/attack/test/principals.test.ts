import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { readDocument } from "../src/document/read-document.ts";
import type { Principal } from "../src/principal/principal.ts";
import { PrincipalsFault } from "../src/principal/principals-fault.ts";
import { readPrincipals, type PrincipalEntry } from "../src/principal/read-principals.ts";

/** A document with these schemes and a sign-in by email address. */
function documentWith(
  securitySchemes: Readonly<Record<string, unknown>>,
  login: Readonly<Record<string, unknown>> = {
    "application/json": {
      schema: {
        type: "object",
        required: ["email", "password"],
        properties: { email: { type: "string" }, password: { type: "string" } },
      },
    },
  },
): ReturnType<typeof readDocument> {
  return readDocument({
    openapi: "3.0.3",
    info: { title: "t", version: "1" },
    paths: {
      "/auth/login": {
        post: {
          summary: "Log in",
          requestBody: { content: login },
          responses: { 200: { description: "ok" } },
        },
      },
      "/me": { get: { responses: { 200: { description: "ok" } } } },
    },
    components: { securitySchemes },
  });
}

const plain = documentWith({ jwt: { type: "http", scheme: "bearer" } });

function only(raw: unknown, document = plain, environment = {}): PrincipalEntry {
  const { principals } = readPrincipals(raw, document, environment);
  const [first] = principals;
  assert.equal(principals.length, 1);
  assert.ok(first !== undefined);
  return first;
}

/** Header lines and query of a fixed credential. */
function carriedBy(entry: Readonly<Record<string, unknown>>, document = plain): unknown {
  const { source } = only([{ name: "alice", ...entry }], document);
  assert.equal(source.kind, "fixed");
  return source.kind === "fixed" ? [...source.carried.headers, ...source.carried.query] : undefined;
}

function recipeOf(entry: Readonly<Record<string, unknown>>, document = plain): Principal["recipe"] {
  return only([{ name: "alice", ...entry }], document).principal.recipe;
}

function jwt(claims: unknown): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "HS256" })}.${part(claims)}.c2lnbmF0dXJl`;
}

describe("a principals file", () => {
  it("may be a list, a list under a name, a map of names, YAML or JSON", () => {
    const forms: readonly unknown[] = [
      [{ name: "alice", token: "t-alice" }],
      { principals: [{ name: "alice", token: "t-alice" }] },
      { users: { alice: { token: "t-alice" } } },
      { alice: { token: "t-alice" } },
      { alice: "t-alice" },
      "principals:\n  - name: alice\n    token: t-alice\n",
      '{ "alice": { "Token": "t-alice" } }',
    ];
    for (const form of forms) {
      const { principal, source } = only(form);
      assert.equal(principal.name, "alice");
      assert.deepEqual(source.kind === "fixed" && source.carried.headers, [
        ["authorization", "Bearer t-alice"],
      ]);
    }
    assert.deepEqual(readPrincipals(undefined, plain).principals, []);
  });

  it("says role, tenant, facts and objects, in any spelling", () => {
    const { principal } = only([
      {
        name: "alice",
        token: "t",
        role: "customer",
        tenant: "north",
        facts: { id: 17 },
        email: "alice@x.test",
        owns: { order_id: [1, "b"], cartId: "c" },
      },
    ]);
    const { role, tenant, facts, owns } = principal;
    assert.deepEqual(
      { role, tenant, facts, owns },
      {
        role: "customer",
        tenant: "north",
        facts: { id: "17", email: "alice@x.test" },
        owns: { order_id: ["1", "b"], cartId: ["c"] },
      },
    );
  });

  it("expands environment variables, and faults when one is not set", () => {
    const raw = [{ name: "alice", token: "${ALICE}-x" }];
    const { source } = only(raw, plain, { ALICE: "t" });
    assert.equal(source.kind === "fixed" && source.token, "t-x");
    assert.throws(
      () => readPrincipals(raw, plain, {}),
      /principals\[0\]\.token: .*ALICE is not set/,
    );
  });

  it("takes a token from a file", () => {
    const raw = [{ name: "alice", token: { file: "alice.txt" } }];
    const { principals } = readPrincipals(raw, plain, {}, (path) =>
      `of ${path}\n`.replace(" ", "-"),
    );
    const source = principals[0]?.source;
    assert.equal(source?.kind === "fixed" && source.token, "of-alice.txt");
    const broken = (): never => {
      throw new Error("no such file");
    };
    assert.throws(
      () => readPrincipals(raw, plain, {}, broken),
      /token: the file "alice\.txt" cannot/,
    );
  });

  it("warns of what it does not use", () => {
    const { warnings } = readPrincipals([{ name: "alice", token: "t", colour: "red" }], plain);
    assert.deepEqual(warnings, ["principals[0].colour is not used."]);
    assert.deepEqual(readPrincipals([{ name: "alice", token: "t" }], plain).warnings, []);
  });

  it("is refused with its place and what to write", () => {
    const faults: readonly [unknown, RegExp][] = [
      [12, /^principals: write a list/],
      [{ principals: 3 }, /^principals: write a list/],
      ["{ a: [", /neither YAML nor JSON/],
      [[3], /^principals\[0\]: write a mapping/],
      [[{ name: "a" }], /^principals\[0\]: nothing says how .* write one of token/],
      [{ a: { token: "" } }, /^a\.token: write the token/],
      [[{ name: "a", token: "t", admin: "maybe" }], /\.admin: write true or false/],
      [[{ name: "a", token: "t", place: "moon" }], /\.place: write "header NAME/],
      [[{ name: "a", token: "t", owns: [1] }], /\.owns: write a mapping/],
      [[{ name: "a", basic: "nobody" }], /\.basic: write \{ username/],
      [[{ name: "a", cookie: "word" }], /\.cookie: write it as "name=value"/],
      [[{ name: "a", headers: ["x"] }], /\.headers\[0\]: write "name: value"/],
      [[{ name: "a", login: { body: {} } }], /\.login\.request: write it as "POST \/path"/],
      [[{ name: "a", login: { request: "POST" } }], /\.login\.request: write it as/],
      [[{ name: "a", login: { request: "POST /x" } }], /\.login\.body: write what is sent/],
      [
        [
          { name: "a", token: "t" },
          { name: "a", token: "u" },
        ],
        /^principals\[1\]: there are two/,
      ],
    ];
    for (const [raw, expected] of faults)
      assert.throws(
        () => readPrincipals(raw, plain),
        (error) => error instanceof PrincipalsFault && expected.test(error.message),
        JSON.stringify(raw),
      );
  });

  it("is refused when only a password is known and the document signs nobody in", () => {
    const bare = readDocument({ openapi: "3.0.0", info: { title: "t", version: "1" }, paths: {} });
    const raw = [{ name: "a", username: "a", password: "b" }];
    assert.throws(() => readPrincipals(raw, bare), /\.login: the document shows no operation/);
    assert.equal(readPrincipals(raw, plain).principals.length, 1);
  });
});

describe("a fixed credential", () => {
  it("goes where the file says, in each of its spellings", () => {
    const bearerLine = [["authorization", "Bearer t"]];
    const cases: readonly [Readonly<Record<string, unknown>>, unknown][] = [
      [{ token: "t" }, bearerLine],
      [{ token: "Bearer t" }, bearerLine],
      [{ bearer: "t" }, bearerLine],
      [{ token: "t", scheme: "Token" }, [["authorization", "Token t"]]],
      [{ token: "Token t" }, [["authorization", "Token t"]]],
      [{ token: "t", header: "X-Auth" }, [["x-auth", "t"]]],
      [{ token: "t", place: "header X-Auth id={token};" }, [["x-auth", "id=t;"]]],
      [{ token: "t", place: "header authorization JWT {token}" }, [["authorization", "JWT t"]]],
      [{ token: "t", place: "cookie sid" }, [["cookie", "sid=t"]]],
      [{ token: "t", place: "query key" }, [["key", "t"]]],
      [{ token: { value: "t", header: "X-T" } }, [["x-t", "t"]]],
      [
        { headers: { "X-A": "1", "x-b": 2 } },
        [
          ["X-A", "1"],
          ["x-b", "2"],
        ],
      ],
      [{ headers: ["X-A: 1"] }, [["X-A", "1"]]],
      [{ cookie: "a=b; c=d" }, [["cookie", "a=b; c=d"]]],
      [{ cookies: { a: "b", c: "d" } }, [["cookie", "a=b; c=d"]]],
      [{ basic: { username: "u", password: "p" } }, [["authorization", "Basic dTpw"]]],
      [{ basic: "u:p" }, [["authorization", "Basic dTpw"]]],
      [{ api_key: "k" }, [["x-api-key", "k"]]],
      [{ apiKey: { value: "k", in: "query", name: "key" } }, [["key", "k"]]],
      [{ token: "t", headers: { "X-Tenant": "n" } }, [...bearerLine, ["X-Tenant", "n"]]],
    ];
    for (const [entry, expected] of cases)
      assert.deepEqual(carriedBy(entry), expected, JSON.stringify(entry));
  });

  it("goes where the document says when the file does not", () => {
    const key = { type: "apiKey" };
    const cases: readonly [Readonly<Record<string, unknown>>, string, unknown][] = [
      [{ ...key, in: "header", name: "X-Key" }, "api_key", [["x-key", "v"]]],
      [{ ...key, in: "query", name: "k" }, "api_key", [["k", "v"]]],
      [{ ...key, in: "header", name: "X-Access" }, "token", [["x-access", "v"]]],
      [{ ...key, in: "cookie", name: "sid" }, "token", [["cookie", "sid=v"]]],
      [
        { ...key, in: "header", name: "Authorization", description: 'required prefix "Token"' },
        "token",
        [["authorization", "Token v"]],
      ],
    ];
    for (const [scheme, form, expected] of cases)
      assert.deepEqual(carriedBy({ [form]: "v" }, documentWith({ scheme })), expected);
  });

  it("tells facts by the claims of its token and the name of Basic", () => {
    const facts = (entry: object): unknown => only([{ name: "a", ...entry }]).principal.facts;
    assert.deepEqual(facts({ token: jwt({ sub: "17", email: "a@x.test", exp: 1 }) }), {
      sub: "17",
      email: "a@x.test",
      id: "17",
    });
    assert.deepEqual(facts({ token: jwt({ user_id: 5, username: "ann" }) }), {
      user_id: "5",
      username: "ann",
      id: "5",
    });
    assert.deepEqual(facts({ basic: "ann:p" }), { username: "ann" });
    assert.deepEqual(facts({ token: "opaque" }), {});
  });
});

describe("who administers", () => {
  function administrators(
    ...standings: readonly (readonly [string, string?, boolean?])[]
  ): unknown {
    const raw = standings.map(([name, role, admin]) => ({ name, role, admin, token: "t" }));
    return readPrincipals(raw, plain)
      .principals.filter(({ principal }) => principal.administrator)
      .map(({ principal }) => principal.name);
  }

  it("is who the file says", () => {
    assert.deepEqual(administrators(["alice", "x", true], ["bob", "x"]), ["alice"]);
    assert.deepEqual(administrators(["admin", "user", false], ["bob"]), []);
  });

  it("is shown by role, or by name where there is no role", () => {
    for (const role of ["admin", "Administrator", "super-admin", "root", "superuser", "ROLE_ADMIN"])
      assert.deepEqual(administrators(["alice", role], ["bob", "user"]), ["alice"], role);
    assert.deepEqual(administrators(["admin"], ["bob"]), ["admin"]);
    assert.deepEqual(administrators(["admin", "user"], ["bob", "badminton"]), []);
  });

  it("is a chef or staff only when nobody stronger is there and somebody is left", () => {
    assert.deepEqual(administrators(["a", "Chef"], ["b", "Employee"], ["c", "Customer"]), ["a"]);
    assert.deepEqual(administrators(["a", "staff"], ["b", "admin"], ["c", "user"]), ["b"]);
    assert.deepEqual(administrators(["a", "owner"], ["b", "owner"]), []);
  });

  it("is shown by one of several roles, and by the claims of a token", () => {
    const roles = (entry: object): unknown => {
      const { role, administrator } = only([{ name: "a", ...entry }]).principal;
      return [role, administrator];
    };
    assert.deepEqual(roles({ token: "t", roles: ["user", "admin"] }), ["admin", true]);
    assert.deepEqual(roles({ token: "t", roles: ["buyer", "seller"] }), ["buyer", false]);
    assert.deepEqual(roles({ token: jwt({ role: "admin" }) }), ["admin", true]);
    assert.deepEqual(roles({ token: jwt({ is_admin: true }) }), ["admin", true]);
    assert.deepEqual(roles({ token: jwt({ role: "admin" }), role: "user" }), ["user", false]);
  });

  it("has the role admin when none is given, and the others user", () => {
    const { principals } = readPrincipals(
      [
        { name: "a", admin: true, token: "t" },
        { name: "b", token: "t" },
      ],
      plain,
    );
    assert.deepEqual(
      principals.map(({ principal }) => principal.role),
      ["admin", "user"],
    );
  });
});

describe("a login in the file", () => {
  it("is taken as it is written", () => {
    const recipe = recipeOf({
      login: {
        request: "put /sign/in",
        headers: { "x-client": "1" },
        body: { user: "alice", pass: 1 },
        token: "/data/token",
        refresh_token: "/data/refresh",
        place: "header X-Auth {token}",
      },
    });
    assert.deepEqual(recipe, {
      method: "PUT",
      path: "/sign/in",
      headers: [
        ["x-client", "1"],
        ["content-type", "application/json"],
      ],
      body: { user: "alice", pass: 1 },
      token: "/data/token",
      refreshToken: "/data/refresh",
      place: { kind: "header", name: "x-auth", template: "{token}" },
    });
  });

  it("may be a form, and may name its path otherwise", () => {
    const form = recipeOf({ login: { url: "http://127.0.0.1:1/x", form: { a: "1 2", b: "ü" } } });
    assert.deepEqual([form?.method, form?.path, form?.body], ["POST", "/x", "a=1+2&b=%C3%BC"]);
    assert.deepEqual(form?.headers, [["content-type", "application/x-www-form-urlencoded"]]);
    const text = recipeOf({ login: { path: "/x", method: "POST", body: "a=1&b=2" } });
    assert.deepEqual(text?.headers, [["content-type", "application/x-www-form-urlencoded"]]);
  });

  it("carries a cookie as a cookie when the token is one", () => {
    const recipe = recipeOf({ login: { request: "POST /x", body: { a: 1 }, token: "cookie:sid" } });
    assert.deepEqual(recipe?.place, { kind: "cookie", name: "sid" });
  });

  it("is inferred from the document when there are only name and password", () => {
    const recipe = recipeOf({ username: "alice@x.test", password: "pw" });
    assert.deepEqual([recipe?.method, recipe?.path], ["POST", "/auth/login"]);
    assert.deepEqual(recipe?.body, { email: "alice@x.test", password: "pw" });
  });

  it("fills names by what they mean, and what is required by what the document allows", () => {
    const string = { type: "string" };
    const document = documentWith(
      {},
      {
        "application/x-www-form-urlencoded": {
          schema: {
            required: ["username", "password", "realm"],
            properties: {
              grant_type: { anyOf: [{ pattern: "^password$" }, { type: "null" }] },
              username: string,
              password: string,
              realm: { ...string, enum: ["shop"] },
              client_id: string,
            },
          },
        },
      },
    );
    const body = recipeOf({ username: "alice", password: "p w" }, document)?.body;
    const sent = Object.fromEntries(new URLSearchParams(String(body)));
    assert.equal(sent["username"], "alice");
    assert.equal(sent["password"], "p w");
    assert.equal(sent["realm"], "shop");
    assert.equal(sent["client_id"], undefined);
  });

  it("is guessed when the document describes no body", () => {
    const document = documentWith({}, { "application/json": {} });
    const { source } = only(
      [{ name: "a", username: "a", email: "a@x.test", password: "p" }],
      document,
    );
    assert.deepEqual(source.kind === "login" && source.recipes.map(({ body }) => body), [
      { username: "a", password: "p" },
      { email: "a@x.test", password: "p" },
    ]);
  });
});
