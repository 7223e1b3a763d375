/**
 * A catalogue with lists and favourites, behind signed tokens.
 *
 * Baits: the catalogue works with and without a token; DELETE is 204 for everything and does
 * nothing to what is not there for the caller; PUT creates under ids that the client chooses, so a
 * foreign id is 201, in the caller's own names; the public key is public; the login tells nothing.
 *
 * @module
 */

import { createHmac, randomBytes } from "node:crypto";
import { broken, Counter, oneOf, same, unknown, whole, words } from "./careful.ts";
import * as d from "./document.ts";
import { empty, json, serve, text, type Answer, type Incoming } from "./serve.ts";
import { Sessions, type Proven } from "./signed-session.ts";
import type { Target } from "./target.ts";
import { bearer } from "./token.ts";

/** What the warehouse signs its events with. */
export const webhookSecret = randomBytes(32).toString("hex");

const problem = d.object({ error: d.string });
const optionalAuth = { security: [{}, { jwt: [] }] };
const items = { type: "array", maxItems: 20, items: { type: "integer", minimum: 1, maximum: 3 } };
const title = { type: "string", minLength: 1, maxLength: 80 };
const list = { ...d.object({ title, items }, "title items"), additionalProperties: false };
const grant = d.object({ access_token: d.string, refresh_token: d.string, expires_in: d.integer });
const listId = d.inPath("listId", { type: "string", pattern: "^[a-z0-9-]{1,40}$" });
const productId = d.inPath("productId", d.integer);
const product = d.object({
  id: d.integer,
  name: d.string,
  stock: d.integer,
  favourite: { type: "boolean", description: "only with a token" },
});

const openApi = {
  openapi: "3.1.0",
  info: {
    title: "Catalogue",
    version: "1.0.0",
    description:
      "Ids of lists are chosen by their owner; two owners may choose the same one and never see " +
      "each other's list. DELETE answers 204 whether there was something or not.",
  },
  servers: [{ url: "/" }],
  security: [{ jwt: [] }],
  components: {
    securitySchemes: { jwt: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
    schemas: { List: list, Grant: grant, Product: product },
  },
  paths: {
    "/.well-known/jwks.json": { get: { security: [], ...d.gives({ 200: { type: "object" } }) } },
    "/auth/login": {
      post: {
        security: [],
        ...d.takes(d.object({ email: title, password: title }, "email password")),
        ...d.gives({ 200: d.ref("Grant"), 401: problem, 429: problem }),
      },
    },
    "/auth/refresh": {
      post: {
        security: [],
        ...d.takes(d.object({ refresh_token: d.string }, "refresh_token")),
        ...d.gives({ 200: d.ref("Grant"), 401: problem }),
      },
    },
    "/auth/logout": { post: { ...d.gives({ 204: "The session is over", 401: problem }) } },
    "/me": {
      get: { ...d.gives({ 200: d.object({ email: d.string, role: d.string }), 401: problem }) },
    },
    "/products": {
      get: {
        ...optionalAuth,
        ...d.gives({ 200: d.object({ products: d.list(d.ref("Product")) }), 401: problem }),
      },
      post: {
        tags: ["staff"],
        ...d.takes({ ...d.object({ name: title }, "name"), additionalProperties: false }),
        ...d.gives({ 201: d.ref("Product"), 403: problem, 401: problem }),
      },
    },
    "/favourites": {
      get: {
        ...d.gives({ 200: d.object({ favourites: d.list(d.integer) }), 401: problem }),
      },
    },
    "/favourites/{productId}": {
      parameters: [productId],
      put: { ...d.gives({ 204: "It is one", 401: problem, 404: problem }) },
      delete: { ...d.gives({ 204: "It is none", 401: problem }) },
    },
    "/lists": {
      get: { ...d.gives({ 200: d.object({ lists: d.list(d.string) }), 401: problem }) },
    },
    "/lists/{listId}": {
      parameters: [listId],
      get: { ...d.gives({ 200: d.ref("List"), 401: problem, 404: problem }) },
      put: {
        ...d.takes(d.ref("List")),
        ...d.gives({ 200: d.ref("List"), 201: d.ref("List"), 400: problem, 401: problem }),
      },
      delete: { ...d.gives({ 204: "It is not there any more", 401: problem }) },
    },
    "/webhooks/stock": {
      post: {
        security: [],
        description:
          "X-Signature is hex of HMAC-SHA256 over X-Timestamp (seconds), a dot, and the raw body. " +
          "Events older than five minutes are refused, an id counts once.",
        parameters: ["X-Signature", "X-Timestamp"].map((name) => ({
          name,
          in: "header",
          required: true,
          schema: d.string,
        })),
        ...d.takes(d.object({ id: d.string, product: d.integer, stock: d.integer })),
        ...d.gives({ 204: "Taken", 400: problem, 401: problem }),
      },
    },
  },
};

interface Account {
  readonly email: string;
  readonly password: string;
  readonly role: "reader" | "staff";
  readonly favourites: Set<number>;
  readonly lists: Map<string, { readonly title: string; readonly items: readonly number[] }>;
}

type Caller = Proven & { readonly account: Account };

const missing = json(404, { error: "not found" });
const unauthorized = json(401, { error: "sign in" }, { "www-authenticate": "Bearer" });

function isItems(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length <= 20 && value.every(whole(1, 3));
}

function invalid(request: Incoming, rules: Parameters<typeof broken>[1]): Answer | undefined {
  const wrong = [...broken(request.body, rules), ...unknown(request.body, rules)];
  if (wrong.length === 0 && request.value === request.body) return undefined;
  return json(400, { error: `check: ${wrong.slice(0, 5).join(", ").slice(0, 100)}` });
}

class Catalogue {
  readonly sessions = new Sessions();
  readonly failures = new Counter(8, 60);
  readonly accounts = new Map<string, Account>();
  readonly events = new Set<string>();
  readonly products = ["Lamp", "Chair", "Table"].map((name, index) => ({
    id: index + 1,
    name,
    stock: 5,
  }));

  join(name: string, role: Account["role"]): Account {
    const [email, password] = [`${name}@catalogue.test`, randomBytes(12).toString("hex")];
    const mine = { favourites: new Set<number>(), lists: new Map() };
    const account = { email, password, role, ...mine };
    this.accounts.set(email, account);
    return account;
  }

  caller(request: Incoming): Caller | undefined {
    const proven = this.sessions.prove(bearer(request.header("authorization")));
    const account = this.accounts.get(proven?.subject ?? "");
    return proven === undefined || account === undefined ? undefined : { ...proven, account };
  }

  as(handler: (request: Incoming, caller: Caller) => Answer): (request: Incoming) => Answer {
    return (request) => {
      const caller = this.caller(request);
      return caller === undefined ? unauthorized : handler(request, caller);
    };
  }

  logIn(request: Incoming): Answer {
    const wrong = invalid(request, { email: words(80), password: words(80) });
    if (wrong !== undefined) return wrong;
    const email = text(request.body["email"]);
    const slowed = this.failures.count(email);
    if (slowed !== undefined) return slowed;
    const account = this.accounts.get(email);
    const expected = account?.password ?? randomBytes(12).toString("hex");
    if (!same(text(request.body["password"]), expected) || account === undefined)
      return json(401, { error: "address or password is wrong" });
    this.failures.forget(email);
    return json(200, this.sessions.begin(email));
  }

  browse(request: Incoming): Answer {
    if (request.header("authorization") === "") return json(200, { products: this.products });
    const caller = this.caller(request);
    if (caller === undefined) return unauthorized;
    const { favourites } = caller.account;
    const products = this.products.map((one) => ({ ...one, favourite: favourites.has(one.id) }));
    return json(200, { products });
  }

  put(request: Incoming, { account }: Caller): Answer {
    const id = request.parameter("listId");
    if (!/^[a-z0-9-]{1,40}$/.test(id)) return json(400, { error: "check: listId" });
    const wrong = invalid(request, { title: words(80), items: isItems });
    if (wrong !== undefined) return wrong;
    const status = account.lists.has(id) ? 200 : 201;
    const chosen = isItems(request.body["items"]) ? request.body["items"] : [];
    account.lists.set(id, { title: text(request.body["title"]), items: chosen });
    return json(status, account.lists.get(id));
  }

  /** The signature is checked before anything is read out of the event. */
  stock(request: Incoming): Answer {
    const timestamp = request.header("x-timestamp");
    const fresh = /^\d{10}$/.test(timestamp) && Math.abs(Date.now() / 1000 - +timestamp) <= 300;
    const expected = createHmac("sha256", webhookSecret)
      .update(`${timestamp}.`)
      .update(request.raw)
      .digest("hex");
    if (!same(request.header("x-signature"), expected) || !fresh)
      return json(401, { error: "the signature does not hold" });
    const rules = { id: words(80), product: oneOf(1, 2, 3), stock: whole(0, 9999) };
    const wrong = invalid(request, rules);
    if (wrong !== undefined) return wrong;
    const id = text(request.body["id"]);
    const found = this.products.find((one) => one.id === request.body["product"]);
    if (!this.events.has(id) && found !== undefined) found.stock = Number(request.body["stock"]);
    this.events.add(id);
    return empty();
  }
}

async function start(): ReturnType<Target["start"]> {
  const catalogue = new Catalogue();
  const people = [
    catalogue.join("alice", "reader"),
    catalogue.join("bob", "reader"),
    catalogue.join("stella", "staff"),
  ];
  for (const account of people)
    account.lists.set("wishes", { title: `Wishes of ${account.email}`, items: [1] });
  const running = await serve(
    {
      "GET /.well-known/jwks.json": () =>
        json(200, catalogue.sessions.jwks(), { "cache-control": "public, max-age=300" }),
      "POST /auth/login": (request) => catalogue.logIn(request),
      "POST /auth/refresh": (request) => {
        const wrong = invalid(request, { refresh_token: words(100) });
        if (wrong !== undefined) return wrong;
        const renewed = catalogue.sessions.refresh(text(request.body["refresh_token"]));
        return renewed === undefined ? unauthorized : json(200, renewed);
      },
      "POST /auth/logout": catalogue.as((_, { session }) => {
        catalogue.sessions.end(session);
        return empty();
      }),
      "GET /me": catalogue.as((_, { account: { email, role } }) => json(200, { email, role })),
      "GET /products": (request) => catalogue.browse(request),
      "POST /products": catalogue.as((request, { account }) => {
        if (account.role !== "staff") return json(403, { error: "for staff" });
        const wrong = invalid(request, { name: words(80) });
        if (wrong !== undefined) return wrong;
        const added = { id: catalogue.products.length + 1, name: text(request.body["name"]) };
        catalogue.products.push({ ...added, stock: 0 });
        return json(201, { ...added, stock: 0 });
      }),
      "GET /favourites": catalogue.as((_, { account }) =>
        json(200, { favourites: [...account.favourites] }),
      ),
      "PUT /favourites/{productId}": catalogue.as((request, { account }) => {
        const found = catalogue.products.find(
          ({ id }) => String(id) === request.parameter("productId"),
        );
        if (found === undefined) return missing;
        account.favourites.add(found.id);
        return empty();
      }),
      "DELETE /favourites/{productId}": catalogue.as((request, { account }) => {
        account.favourites.delete(Number(request.parameter("productId")));
        return empty();
      }),
      "GET /lists": catalogue.as((_, { account }) =>
        json(200, { lists: [...account.lists.keys()] }),
      ),
      "GET /lists/{listId}": catalogue.as((request, { account }) => {
        const found = account.lists.get(request.parameter("listId"));
        return found === undefined ? missing : json(200, found);
      }),
      "PUT /lists/{listId}": catalogue.as((request, caller) => catalogue.put(request, caller)),
      "DELETE /lists/{listId}": catalogue.as((request, { account }) => {
        account.lists.delete(request.parameter("listId"));
        return empty();
      }),
      "POST /webhooks/stock": (request) => catalogue.stock(request),
    },
    { strict: true },
  );
  const principals = people.map(({ email, password, role }) => ({
    name: email.split("@")[0],
    role,
    login: { request: "POST /auth/login", body: { email, password }, token: "/access_token" },
  }));
  return { ...running, openApi, principals: { principals } };
}

export const target: Target = {
  name: "secure-catalogue",
  description: "Signed tokens and webhooks, optional sign-in, own names for own things.",
  holes: [],
  start,
};
