import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { readDocument } from "../src/document/read-document.ts";
import type { Trait } from "../src/document/operation.ts";

interface Given {
  /** Property names of the body, all strings, or a schema. */
  readonly body?: readonly string[] | object;
  readonly query?: readonly string[];
  readonly text?: string;
  readonly tags?: readonly string[];
  readonly rest?: object;
  /** Further paths with a GET. */
  readonly beside?: readonly string[];
}

/** The traits of one operation. */
function traitsOf(key: string, given: Given = {}): ReadonlySet<Trait> {
  const [method = "", path = ""] = key.split(" ");
  const { body, query = [], text, tags, rest = {}, beside = [] } = given;
  const schema = Array.isArray(body)
    ? { properties: Object.fromEntries(body.map((name) => [name, { type: "string" }])) }
    : body;
  const operation = {
    ...(schema !== undefined && { requestBody: { content: { "application/json": { schema } } } }),
    parameters: query.map((name) => ({ name, in: "query", schema: { type: "string" } })),
    ...(text !== undefined && { description: text }),
    ...(tags !== undefined && { tags }),
    ...rest,
  };
  const paths = Object.fromEntries(beside.map((other) => [other, { get: {} }]));
  const document = readDocument({
    openapi: "3.0.0",
    paths: { ...paths, [path]: { [method.toLowerCase()]: operation } },
  });
  const found = document.operations.find((one) => one.key === key);
  assert.ok(found, key);
  return found.traits;
}

type Row = readonly [key: string, given?: Given];

/** A trait with operations that have it, and close ones that have it not. */
const rows: Readonly<
  Partial<Record<Trait, { readonly has: readonly Row[]; readonly lacks: readonly Row[] }>>
> = {
  administrative: {
    has: [
      ["GET /admin/users"],
      ["GET /api/v1/internal/metrics"],
      ["GET /admin-panel/logs"],
      ["DELETE /users/{id}", { text: "Deletes a user (Only Admins)" }],
      ["GET /reports", { text: "Admin only." }],
      ["GET /reports", { text: "Requires the admin role" }],
      ["PUT /menu", { text: "Chef only" }],
      ["GET /reports", { text: "Restricted to staff members" }],
      ["GET /reports", { text: "Only managers can see this" }],
      ["GET /reports", { tags: ["Admin"] }],
      ["GET /reports", { rest: { operationId: "adminListReports" } }],
      ["PUT /users/{id}/role", { body: ["role"] }],
      ["POST /users/{id}/ban"],
      ["PUT /users/update_role", { body: ["username", "role"] }],
      [
        "PATCH /users/{id}/status",
        { body: { properties: { status: { enum: ["active", "banned"] } } } },
      ],
      ["GET /reports", { rest: { "x-roles": ["admin"] } }],
    ],
    lacks: [
      ["POST /admin/login", { body: ["email", "password"] }],
      ["GET /administrators/contact"],
      ["GET /posts", { text: "Contact the administrator if something is missing" }],
      ["GET /posts", { text: "Not only admins may see this" }],
      ["GET /posts", { text: "Only admins see all posts; everybody else their own" }],
      ["GET /roles"],
      ["PUT /users/me/role", { body: ["role"] }],
      ["PATCH /users/{id}", { body: ["name", "role"] }],
      [
        "PATCH /users/{id}/status",
        { body: { properties: { status: { enum: ["online", "away"] } } } },
      ],
      ["GET /posts", { text: "Read only" }],
      ["GET /posts", { text: "Requires a user role" }],
      ["GET /orders/{id}", { rest: { "x-roles": ["customer"] } }],
    ],
  },
  "sign-in": {
    has: [
      ["POST /login", { body: ["username", "password"] }],
      [
        "POST /auth/token",
        { body: ["grant_type", "username", "password", "scope", "client_id", "client_secret"] },
      ],
      ["POST /sessions", { body: ["email", "password"] }],
      ["POST /users/authenticate", { body: ["email", "pin"] }],
      ["POST /api/v1/auth", { body: ["login", "passwd"] }],
      ["POST /login"],
      ["POST /enter", { body: ["email", "password"], text: "Logs a user in" }],
    ],
    lacks: [
      ["GET /login"],
      ["POST /users", { body: ["username", "password"] }],
      ["POST /tokens", { body: ["label"] }],
      ["POST /login/{id}", { body: ["password"] }],
      ["POST /logins/search", { body: ["name"] }],
      ["POST /auth/register", { body: ["email", "password"] }],
    ],
  },
  register: {
    has: [
      ["POST /signup", { body: ["email", "password"] }],
      ["POST /auth/register", { body: ["username", "password"] }],
      ["POST /users", { body: ["email", "password", "name"] }],
      ["POST /user/add", { body: ["username", "password"] }],
      ["POST /farmers", { body: ["name", "password"], rest: { security: [] } }],
    ],
    lacks: [
      ["POST /devices/register", { body: ["serial"] }],
      ["POST /users", { body: ["name"] }],
      ["POST /admin/users", { body: ["email", "password"] }],
      ["POST /farmers", { body: ["name", "password"], rest: { security: [{ a: [] }] } }],
      ["GET /register"],
    ],
  },
  refresh: {
    has: [
      ["POST /auth/refresh", { body: ["refresh_token"] }],
      ["POST /token/refresh"],
      ["POST /refresh"],
    ],
    lacks: [
      ["POST /cache/refresh"],
      ["POST /feeds/{id}/refresh"],
      ["POST /token", { body: ["username", "password"] }],
    ],
  },
  "sign-out": {
    has: [
      ["POST /logout"],
      ["DELETE /session"],
      ["DELETE /sessions/current"],
      ["POST /auth/revoke"],
    ],
    lacks: [["DELETE /sessions/{id}"], ["POST /invitations/{id}/revoke"]],
  },
  "change-password": {
    has: [
      ["PUT /users/{username}/password", { body: ["password"] }],
      ["POST /account/change-password", { body: ["old_password", "new_password"] }],
      ["POST /me", { body: ["currentPassword", "newPassword"] }],
    ],
    lacks: [
      ["POST /password/reset", { body: ["email"] }],
      ["PUT /users/{id}", { body: ["name", "password"] }],
    ],
  },
  "reset-password": {
    has: [
      ["POST /forgot-password", { body: ["email"] }],
      ["POST /auth/password/reset", { body: ["token", "password"] }],
      ["POST /check-otp", { body: ["email", "otp", "password"] }],
      ["POST /account/recover", { body: ["email"] }],
    ],
    lacks: [["POST /reset"], ["POST /devices/{id}/reset"], ["POST /verify-otp", { body: ["otp"] }]],
  },
  identity: {
    has: [
      ["GET /me"],
      ["GET /users/me"],
      ["GET /profile"],
      ["GET /whoami"],
      ["GET /v2/user/dashboard"],
      ["GET /a", { rest: { operationId: "getCurrentUser" } }],
    ],
    lacks: [
      ["GET /users"],
      ["GET /users/{id}"],
      ["GET /me/orders"],
      ["PUT /me"],
      ["GET /user", { query: ["id"] }],
      ["GET /dashboard"],
    ],
  },
  "fetches-url": {
    has: [
      ["POST /preview", { body: ["url"] }],
      ["POST /import", { body: { properties: { feed: { format: "uri", type: "string" } } } }],
      ["GET /proxy", { query: ["target_url"] }],
      ["PUT /me", { body: ["avatar"] }],
      ["POST /contact", { body: ["mechanic_api"] }],
      ["POST /hooks", { body: ["callbackUrl"] }],
      [
        "POST /a",
        { body: { properties: { settings: { properties: { webhook: { type: "string" } } } } } },
      ],
    ],
    lacks: [
      ["POST /posts", { body: ["title", "text"] }],
      ["PUT /me", { body: { properties: { avatar: { type: "string", format: "binary" } } } }],
      ["POST /a", { body: { properties: { image: { type: "integer" } } } }],
      ["POST /a", { body: { properties: { source: { enum: ["web", "app"] } } } }],
      ["POST /a", { body: { properties: { link: { type: "string", maxLength: 8 } } } }],
      ["POST /orders", { body: ["address"] }],
      ["GET /images", { query: ["domain"] }],
    ],
  },
  webhook: {
    has: [
      ["POST /webhooks/payment", { body: ["event"] }],
      ["POST /payments/callback"],
      ["POST /hooks/{provider}"],
      ["POST /x", { rest: { "x-sekisho": { access: "webhook(payment)" } } }],
    ],
    lacks: [
      ["POST /webhooks", { body: ["url", "events"] }],
      ["GET /webhooks"],
      ["GET /oauth/callback"],
      ["POST /webhooks/{id}/test"],
    ],
  },
  money: {
    has: [
      ["POST /orders"],
      ["POST /transfers"],
      ["PUT /carts/{id}", { body: ["quantity"] }],
      ["POST /things", { body: ["unit_price"] }],
      ["POST /coupons/apply"],
    ],
    lacks: [
      ["GET /orders"],
      ["POST /notes", { body: ["text"] }],
      ["POST /orders/search", { body: ["text"] }],
    ],
  },
  destructive: {
    has: [
      ["GET /createdb"],
      ["POST /reset"],
      ["POST /admin/database/reset"],
      ["POST /seed"],
      ["DELETE /users"],
      ["POST /delete-all"],
      ["GET /shutdown"],
      ["POST /things/{id}/x", { rest: { "x-destructive": true } }],
      ["GET /populate", { text: "Creates and populates the database" }],
    ],
    lacks: [
      ["DELETE /users/{id}"],
      ["POST /password/reset", { body: ["email"] }],
      ["DELETE /me"],
      ["DELETE /sessions"],
      ["POST /payments/initialize"],
      ["POST /orders/{id}/restart"],
      ["GET /orders", { text: "All orders of the database" }],
    ],
  },
  lists: {
    has: [
      ["GET /orders"],
      ["GET /order/all"],
      ["GET /x", { query: ["page"] }],
      ["GET /menu", { beside: ["/menu/{id}"] }],
    ],
    lacks: [["GET /orders/{id}"], ["GET /me"], ["POST /orders"]],
  },
  creates: {
    has: [
      ["POST /orders"],
      ["POST /menu", { beside: ["/menu/{id}"] }],
      ["POST /order/create"],
      ["PUT /menu", { beside: ["/menu/{id}"], text: "Create a dish" }],
    ],
    lacks: [
      ["POST /orders/{id}/pay"],
      ["POST /login", { body: ["password"] }],
      ["PUT /menu", { beside: ["/menu/{id}"] }],
    ],
  },
  removes: {
    has: [["DELETE /orders/{id}"], ["POST /orders/{id}/delete"]],
    lacks: [["POST /orders/{id}/undelete"], ["GET /orders/{id}"]],
  },
  searches: {
    has: [["GET /search"], ["POST /orders/search"], ["GET /products", { query: ["q"] }]],
    lacks: [["GET /products"], ["GET /searches/{id}"]],
  },
  upload: {
    has: [["POST /files", { rest: { requestBody: { content: { "multipart/form-data": {} } } } }]],
    lacks: [["POST /files", { body: ["name"] }]],
  },
  health: {
    has: [["GET /health"], ["GET /api/ping"], ["GET /status"]],
    lacks: [["GET /orders/{id}/status"], ["POST /health"], ["GET /healthcare/plans"]],
  },
  documentation: {
    has: [["GET /openapi.json"], ["GET /docs"], ["GET /swagger-ui/index.html"]],
    lacks: [["GET /documents"], ["GET /orders/docs"]],
  },
};

describe("the traits of an operation", () => {
  for (const [trait, { has, lacks }] of Object.entries(rows))
    it(`tell what is ${trait} and what only looks like it`, () => {
      const named = ([key, given]: Row): string => `${key} ${JSON.stringify(given ?? {})}`;
      const missing = has.filter(([key, given]) => !traitsOf(key, given).has(trait as Trait));
      assert.deepEqual(missing.map(named), []);
      const wrong = lacks.filter(([key, given]) => traitsOf(key, given).has(trait as Trait));
      assert.deepEqual(wrong.map(named), []);
    });
});
