/**
 * A shop behind a cookie, in the same place as its single page.
 *
 * Baits: every unknown path is the page, with 200, whatever the method; the customer in a path is
 * ignored and the caller is meant, with 204; unknown properties are taken and thrown away; the
 * query is echoed; too many requests are 429; repeats and wrong states are 409.
 *
 * @module
 */

import { createHash, randomBytes, randomUUID } from "node:crypto";
import { broken, Counter, optional, refuseForeignPage, same, whole, words } from "./careful.ts";
import * as d from "./document.ts";
import { empty, json, serve, text, type Answer, type Incoming } from "./serve.ts";
import type { Target } from "./target.ts";

const problem = d.object({ error: d.string });
const always = { 401: problem, 429: "Wait for as long as Retry-After says" };
const note = { type: "string", maxLength: 200 };
const quantity = { type: "integer", minimum: 1, maximum: 10 };
const orderId = d.inPath("orderId", d.uuid);
const customerId = d.inPath("customerId");

const openApi = {
  openapi: "3.0.3",
  info: {
    title: "Corner shop",
    version: "7.0.0",
    description: "150 requests in 3 seconds for each session; 8 failed logins in a minute.",
  },
  servers: [{ url: "/" }],
  security: [{ shop: [] }],
  components: {
    securitySchemes: { shop: { type: "apiKey", in: "cookie", name: "shop" } },
    schemas: {
      Order: d.object({
        id: d.uuid,
        product_id: d.integer,
        quantity: d.integer,
        total: d.integer,
        note: d.string,
        status: { type: "string", enum: ["placed", "paid", "shipped", "cancelled"] },
      }),
    },
  },
  paths: {
    "/api/session": {
      post: {
        security: [],
        ...d.takes(d.object({ email: d.string, password: d.string }, "email password")),
        ...d.gives({ 204: "The cookie is set", ...always }),
      },
      delete: { ...d.gives({ 204: "Signed out", ...always }) },
    },
    "/api/customers/{customerId}": {
      parameters: [customerId],
      get: {
        description: "Yourself. The id is ignored; old clients send it.",
        ...d.gives({ 200: d.object({ id: d.string, name: d.string, email: d.string }), ...always }),
      },
      patch: {
        description: "Changes your own name. The id is ignored; old clients send it.",
        ...d.takes(d.object({ name: { type: "string", minLength: 1, maxLength: 80 } })),
        ...d.gives({ 204: "Changed", 400: problem, ...always }),
      },
    },
    "/api/products": {
      get: {
        security: [],
        parameters: [d.inQuery("search", { type: "string", maxLength: 40 })],
        ...d.gives({
          200: d.object({
            products: d.list(d.object({ id: d.integer, name: d.string, price: d.integer })),
            query: { type: "object", additionalProperties: d.string },
          }),
        }),
      },
    },
    "/api/wallet": {
      get: { ...d.gives({ 200: d.object({ credit: d.integer, used: d.list(d.string) }) }) },
    },
    "/api/coupons/redeem": {
      post: {
        description: "Once for each customer",
        ...d.takes(d.object({ code: d.string }, "code"), { code: "WELCOME" }),
        ...d.gives({ 200: d.object({ credit: d.integer }), 404: problem, 409: problem, ...always }),
      },
    },
    "/api/orders": {
      get: { ...d.gives({ 200: d.object({ orders: d.list(d.ref("Order")) }), ...always }) },
      post: {
        parameters: [{ name: "Idempotency-Key", in: "header", required: true, schema: d.uuid }],
        ...d.takes(d.object({ product_id: d.integer, quantity, note }, "product_id quantity"), {
          product_id: 1,
          quantity: 2,
        }),
        ...d.gives({ 201: d.ref("Order"), 400: problem, 422: problem, ...always }),
      },
    },
    "/api/orders/{orderId}": {
      parameters: [orderId],
      get: { ...d.gives({ 200: d.ref("Order"), 404: problem, ...always }) },
      put: {
        description: "Only the note can change. Other properties are ignored.",
        ...d.takes(d.object({ note })),
        ...d.gives({ 200: d.ref("Order"), 400: problem, 404: problem, ...always }),
      },
    },
    "/api/orders/{orderId}/pay": {
      post: {
        parameters: [orderId],
        ...d.gives({ 200: d.ref("Order"), 404: problem, 409: problem, ...always }),
      },
    },
    "/api/orders/{orderId}/cancel": {
      post: {
        parameters: [orderId],
        ...d.gives({ 200: d.ref("Order"), 404: problem, 409: problem, ...always }),
      },
    },
    "/api/orders/{orderId}/ship": {
      post: {
        tags: ["staff"],
        parameters: [orderId],
        ...d.gives({ 200: d.ref("Order"), 403: problem, 409: problem, ...always }),
      },
    },
  },
};

interface Customer {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly role: "customer" | "staff";
  readonly used: Set<string>;
  readonly answered: Map<string, { readonly print: string; readonly order: Order }>;
  name: string;
  credit: number;
}

interface Order {
  readonly id: string;
  readonly customer: Customer;
  readonly product_id: number;
  readonly quantity: number;
  readonly total: number;
  note: string;
  status: "placed" | "paid" | "shipped" | "cancelled";
}

const products = [
  { id: 1, name: "Bread", price: 4 },
  { id: 2, name: "Butter", price: 3 },
  { id: 3, name: "Blackberry jam", price: 6 },
];
const missing = json(404, { error: "no such order" });
const page =
  '<!doctype html><html lang="en"><head><title>Corner shop</title></head>' +
  '<body><div id="app"></div><script src="/app.js"></script></body></html>';

function shown(order: Order): Answer {
  const { customer: _, ...view } = order;
  return json(200, view);
}

class Shop {
  readonly customers: Customer[] = [];
  readonly sessions = new Map<string, Customer>();
  readonly orders = new Map<string, Order>();
  readonly failures = new Counter(8, 60);
  readonly traffic = new Counter(150, 3);

  join(name: string, role: Customer["role"]): Customer {
    const email = `${name}@shop.test`;
    const secrets = { id: randomUUID(), password: randomBytes(12).toString("hex") };
    const state = { used: new Set<string>(), answered: new Map(), credit: 60 };
    const customer = { ...secrets, ...state, name, email, role };
    this.customers.push(customer);
    return customer;
  }

  session(request: Incoming): string {
    return /(?:^|;\s*)shop=([\w-]{32})(?:;|$)/.exec(request.header("cookie"))?.[1] ?? "";
  }

  /** What stands before every request: the limit, and the origin of pages that use the cookie. */
  before(request: Incoming): Answer | undefined {
    const session = this.session(request);
    const limited = this.traffic.count(this.sessions.has(session) ? session : "anonymous");
    return limited ?? refuseForeignPage(request);
  }

  as(handler: (request: Incoming, customer: Customer) => Answer): (request: Incoming) => Answer {
    return (request) => {
      const customer = this.sessions.get(this.session(request));
      return customer === undefined ? json(401, { error: "sign in" }) : handler(request, customer);
    };
  }

  own(handler: (order: Order, request: Incoming) => Answer): (request: Incoming) => Answer {
    return this.as((request, customer) => {
      const order = this.orders.get(request.parameter("orderId"));
      return order?.customer === customer ? handler(order, request) : missing;
    });
  }

  signIn({ body }: Incoming): Answer {
    const email = text(body["email"]).slice(0, 100);
    const slowed = this.failures.count(email);
    if (slowed !== undefined) return slowed;
    const found = this.customers.find((customer) => customer.email === email);
    const right = same(text(body["password"]), found?.password ?? randomBytes(12).toString("hex"));
    if (found === undefined || !right) return json(401, { error: "address or password is wrong" });
    this.failures.forget(email);
    const session = randomBytes(24).toString("base64url");
    this.sessions.set(session, found);
    const cookie = `shop=${session}; Path=/; HttpOnly; SameSite=Lax; Max-Age=3600`;
    return empty(204, { "set-cookie": cookie });
  }

  order(request: Incoming, customer: Customer): Answer {
    const key = request.header("idempotency-key");
    if (!/^[\w-]{8,64}$/.test(key)) return json(400, { error: "Idempotency-Key is missing" });
    const print = createHash("sha256").update(request.raw).digest("hex");
    const known = customer.answered.get(key);
    if (known !== undefined)
      return known.print === print
        ? { ...shown(known.order), status: 201 }
        : json(422, { error: "this key was used for something else" });
    const rules = {
      product_id: whole(1, 3),
      quantity: whole(1, 10),
      note: optional(words(200, 0)),
    };
    const wrong = broken(request.body, rules);
    if (wrong.length > 0) return json(400, { error: `check: ${wrong.join(", ")}` });
    const product = products[Number(request.body["product_id"]) - 1];
    const count = Number(request.body["quantity"]);
    const order: Order = {
      id: randomUUID(),
      customer,
      product_id: product?.id ?? 0,
      quantity: count,
      total: (product?.price ?? 0) * count,
      note: text(request.body["note"]),
      status: "placed",
    };
    this.orders.set(order.id, order);
    customer.answered.set(key, { print, order });
    return { ...shown(order), status: 201 };
  }

  change(order: Order, { body }: Incoming): Answer {
    if (!optional(words(200, 0))(body["note"])) return json(400, { error: "check: note" });
    if (order.status === "placed") order.note = text(body["note"]) || order.note;
    return shown(order);
  }

  move(order: Order, from: Order["status"], to: Order["status"]): Answer {
    if (order.status !== from) return json(409, { error: `the order is ${order.status}` });
    const { customer, total } = order;
    if (to === "paid" && customer.credit < total) return json(409, { error: "too little credit" });
    if (to === "paid") customer.credit -= total;
    order.status = to;
    return shown(order);
  }

  redeem({ body }: Incoming, customer: Customer): Answer {
    if (body["code"] !== "WELCOME") return json(404, { error: "no such coupon" });
    if (customer.used.has("WELCOME")) return json(409, { error: "used before" });
    customer.used.add("WELCOME");
    customer.credit += 5;
    return json(200, { credit: customer.credit });
  }
}

async function start(): ReturnType<Target["start"]> {
  const shop = new Shop();
  const people = [
    shop.join("alice", "customer"),
    shop.join("bob", "customer"),
    shop.join("sam", "staff"),
  ];
  const running = await serve(
    {
      "POST /api/session": (request) => shop.signIn(request),
      "DELETE /api/session": shop.as((request) => {
        shop.sessions.delete(shop.session(request));
        return empty(204, { "set-cookie": "shop=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax" });
      }),
      "GET /api/customers/{customerId}": shop.as((_, { id, name, email }) =>
        json(200, { id, name, email }),
      ),
      "PATCH /api/customers/{customerId}": shop.as(({ body }, customer) => {
        if (!optional(words(80))(body["name"])) return json(400, { error: "check: name" });
        customer.name = text(body["name"]) || customer.name;
        return empty();
      }),
      "GET /api/products": ({ query }) => {
        const wanted = (query.get("search") ?? "").slice(0, 40).toLowerCase();
        return json(
          200,
          {
            products: products.filter(({ name }) => name.toLowerCase().includes(wanted)),
            query: Object.fromEntries([...query].slice(0, 10)),
          },
          { "cache-control": "public, max-age=5" },
        );
      },
      "GET /api/wallet": shop.as((_, { credit, used }) => json(200, { credit, used: [...used] })),
      "POST /api/coupons/redeem": shop.as((request, customer) => shop.redeem(request, customer)),
      "GET /api/orders": shop.as((_, customer) =>
        json(200, {
          orders: [...shop.orders.values()]
            .filter((order) => order.customer === customer)
            .slice(-50)
            .map((order) => shown(order).body),
        }),
      ),
      "POST /api/orders": shop.as((request, customer) => shop.order(request, customer)),
      "GET /api/orders/{orderId}": shop.own((order) => shown(order)),
      "PUT /api/orders/{orderId}": shop.own((order, request) => shop.change(order, request)),
      "POST /api/orders/{orderId}/pay": shop.own((order) => shop.move(order, "placed", "paid")),
      "POST /api/orders/{orderId}/cancel": shop.own((order) =>
        shop.move(order, "placed", "cancelled"),
      ),
      "POST /api/orders/{orderId}/ship": shop.as((request, { role }) => {
        if (role !== "staff") return json(403, { error: "for staff" });
        const order = shop.orders.get(request.parameter("orderId"));
        return order === undefined ? missing : shop.move(order, "paid", "shipped");
      }),
    },
    {
      strict: true,
      before: (request) => shop.before(request),
      fallback: () => ({
        status: 200,
        body: page,
        headers: {
          "content-type": "text/html; charset=utf-8",
          "referrer-policy": "no-referrer",
          "content-security-policy": "default-src 'self'; frame-ancestors 'none'",
        },
      }),
    },
  );
  const principals = people.map(({ name, role, email, password }) => ({
    name,
    role,
    login: { request: "POST /api/session", body: { email, password }, token: "cookie:shop" },
  }));
  return { ...running, openApi, principals: { principals } };
}

export const target: Target = {
  name: "secure-shop",
  description: "Own orders with states and keys, limits, and a page under every unknown path.",
  holes: [],
  start,
};
