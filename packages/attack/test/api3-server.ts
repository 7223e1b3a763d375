/**
 * A small shop with people and orders for the tests of API3: mended as it stands, and with any one
 * flaw that a test asks for.
 *
 * @module
 */

import { randomUUID } from "node:crypto";
import { documentOf, type Flaw } from "./api3-document.ts";
import { empty, json, serve, text, type Answer, type Incoming } from "./targets/serve.ts";
import { bearer } from "./targets/token.ts";

type Row = Record<string, unknown>;

class Shop {
  readonly people: Row[] = [];
  readonly orders: Row[] = [];
  readonly gifts: Row[] = [];
  polluted: Row = {};
  readonly flaw: Flaw | undefined;

  constructor(flaw: Flaw | undefined) {
    this.flaw = flaw;
    for (const [username, role] of [
      ["alice", "user"],
      ["bob", "user"],
      ["root", "admin"],
    ] as const)
      this.join({
        username,
        password: `${username}-keeps-it-9`,
        email: `${username}@shop.test`,
        role,
      });
  }

  has(flaw: Flaw): boolean {
    return this.flaw === flaw;
  }

  join(given: Row): Row {
    const { username, password, email, role = "user" } = given;
    const known = { username, password, email, role, display_name: username };
    const joined = { id: randomUUID(), ...known, pin: "493817", grade: "gold-9" };
    this.people.push(joined);
    return joined;
  }

  tokenOf({ id }: Row): string {
    return `token-of-${text(id)}`;
  }

  as(handler: (request: Incoming, caller: Row) => Answer): (request: Incoming) => Answer {
    return (request) => {
      const token = bearer(request.header("authorization"));
      const caller = this.people.find((one) => this.tokenOf(one) === token);
      if (caller !== undefined) return handler(request, caller);
      const [first] = this.people;
      return json(401, {
        error: "sign in",
        ...(this.has("refusals hold a password") && { expected: first?.["password"] }),
      });
    };
  }

  shown({ id, username, display_name, role }: Row): Row {
    return { id, username, display_name, role, ...this.polluted };
  }

  register({ body }: Incoming): Answer {
    const { username, password, email } = body;
    if (!username || !password || !email) return json(400, { error: "username, password, email" });
    if (this.people.some((one) => one["username"] === username))
      return json(409, { error: "taken" });
    const takes =
      this.has("registration takes the role") || this.has("registration takes a declared role");
    const role = takes ? (body["role"] ?? "user") : "user";
    const joined = this.join({ username, password, email, role });
    const echo = this.has("registration echoes the password") ? { password } : {};
    return json(201, { ...this.shown(joined), ...echo });
  }

  profile({ query }: Incoming, caller: Row): Answer {
    const chosen = this.has("fields can be chosen") ? (query.get("fields") ?? "").split(",") : [];
    const extra = Object.fromEntries(
      chosen.filter((name) => name in caller).map((name) => [name, caller[name]]),
    );
    return json(
      200,
      {
        ...this.shown(caller),
        email: caller["email"],
        ...extra,
        ...(this.has("profile shows the hash") && { password_hash: `$2b$10$${"a".repeat(53)}` }),
        ...(this.has("profile shows the pin") && { pin: caller["pin"] }),
        ...(this.has("profile shows a grade") && { grade: caller["grade"] }),
      },
      {
        "cache-control": this.has("private answers are public to caches")
          ? "public, max-age=60"
          : "no-store",
        ...(this.has("headers hold a password") && {
          "x-session": Buffer.from(JSON.stringify({ password: caller["password"] })).toString(
            "base64",
          ),
        }),
      },
    );
  }

  change(request: Incoming, caller: Row): Answer {
    const { body, query, raw, value } = request;
    const patch = Array.isArray(value) && this.has("profile takes patches") ? (value as Row[]) : [];
    for (const { path, value: put } of patch) if (path === "/role") caller["role"] = put;
    if (typeof body["display_name"] === "string") caller["display_name"] = body["display_name"];
    const inner = body["user"];
    const nested = typeof inner === "object" && inner !== null ? (inner as Row)["role"] : undefined;
    const isTwice = raw.toString().split('"role":').length > 2;
    const taken: Partial<Record<Flaw, unknown>> = {
      "profile takes the role": body["role"],
      "profile takes what is nested": nested,
      "profile takes the query": query.get("role") ?? undefined,
      "profile takes the last of two": isTwice ? body["role"] : undefined,
      "profile takes capitals": body["ROLE"],
    };
    const role = this.flaw === undefined ? undefined : taken[this.flaw];
    if (typeof role === "string") caller["role"] = role;
    return json(200, this.shown(caller));
  }

  list({ query }: Incoming, caller: Row): Answer {
    const filter = this.has("secrets can be filtered") ? query.get("password") : null;
    const found = this.people.filter((one) => filter === null || one["password"] === filter);
    return json(
      200,
      found.map((one) => ({
        ...this.shown(one),
        ...(this.has("list shows passwords") && { password: one["password"] }),
        ...(this.has("list shows addresses") && { email: one["email"] }),
        ...(this.has("answers hold foreign tokens") &&
          one !== caller && { last: this.tokenOf(one) }),
      })),
    );
  }

  order({ body }: Incoming, caller: Row): Answer {
    const items = body["items"];
    if (!Array.isArray(items) || items.length === 0) return json(400, { error: "items" });
    const lines = items as Row[];
    const priced = this.has("order takes prices in lines");
    const sum = lines.reduce(
      (total, { quantity, unit_price }) =>
        total + Number(quantity) * (priced ? Number(unit_price ?? 250) : 250),
      0,
    );
    const made: Row = {
      ...(this.has("order keeps anything") && body),
      id: this.has("order takes an id") ? (body["id"] ?? randomUUID()) : randomUUID(),
      note: text(body["note"]),
      delivery_address: text(body["delivery_address"]),
      status: this.has("order takes the status") ? (body["status"] ?? "draft") : "draft",
      total: this.has("order takes the total") ? (body["total"] ?? sum) : sum,
      user_id: caller["id"],
    };
    const old = this.orders.findIndex(({ id }) => id === made["id"]);
    if (old >= 0) this.orders[old] = made;
    else this.orders.push(made);
    return json(201, made);
  }

  own(handler: (found: Row, request: Incoming) => Answer): (request: Incoming) => Answer {
    return this.as((request, caller) => {
      const found = this.orders.find(({ id }) => id === request.parameter("orderId"));
      // Under a taken id the old owner still reads, as a cache by id would have it.
      const mine =
        found?.["user_id"] === caller["id"] ||
        (this.has("order takes an id") && found !== undefined);
      return found !== undefined && mine ? handler(found, request) : json(404, { error: "none" });
    });
  }

  give({ body }: Incoming, caller: Row): Answer {
    const wanted = this.orders.find(({ id }) => id === body["order_id"]);
    const allowed = this.has("gift shows any order") || wanted?.["user_id"] === caller["id"];
    const tied = allowed ? wanted : undefined;
    const gift = { id: randomUUID(), label: text(body["label"]), order_id: tied?.["id"] ?? null };
    this.gifts.push({ ...gift, order: tied, owner: caller });
    return json(201, gift);
  }

  gift(request: Incoming, caller: Row): Answer {
    const found = this.gifts.find(({ id }) => id === request.parameter("giftId"));
    if (found === undefined || found["owner"] !== caller) return json(404, { error: "none" });
    const { owner: _, ...shown } = found;
    return json(200, shown);
  }

  /** What a careless merge does to every object of the process. */
  pollute({ raw }: Incoming): void {
    if (!this.has("any body pollutes")) return;
    const found = /"__proto__":(\{[^}]*\})/.exec(raw.toString())?.[1];
    if (found !== undefined) this.polluted = { ...this.polluted, ...(JSON.parse(found) as Row) };
  }
}

/** Starts the server with one flaw, or with none. */
export async function startPeople(flaw?: Flaw): Promise<{
  readonly origin: string;
  readonly openApi: unknown;
  readonly principals: unknown;
  close(): Promise<void>;
}> {
  const shop = new Shop(flaw);
  const running = await serve(
    {
      "POST /register": (request) => shop.register(request),
      "POST /login": ({ body }) => {
        const { username, password } = body;
        const found = shop.people.find(
          (one) => one["username"] === username && one["password"] === password,
        );
        return found === undefined
          ? json(401, { error: "wrong" })
          : json(200, { token: shop.tokenOf(found) });
      },
      "GET /me": shop.as((request, caller) => shop.profile(request, caller)),
      "PATCH /me": shop.as((request, caller) => {
        shop.pollute(request);
        return shop.change(request, caller);
      }),
      "GET /users": shop.as((request, caller) => shop.list(request, caller)),
      "GET /orders": shop.as((_, caller) =>
        json(
          200,
          shop.orders.filter(({ user_id }) => user_id === caller["id"]),
        ),
      ),
      "POST /orders": shop.as((request, caller) => shop.order(request, caller)),
      "GET /orders/{orderId}": shop.own((found) =>
        json(200, {
          ...found,
          ...(shop.has("orders show who they are of") && {
            buyer: { username: "root", password: "root-keeps-it-9" },
          }),
        }),
      ),
      "PATCH /orders/{orderId}": shop.own((found, { body }) => {
        found["note"] = text(body["note"]) || found["note"];
        if (shop.has("order takes the owner"))
          found["user_id"] = body["user_id"] ?? found["user_id"];
        return json(200, found);
      }),
      "POST /orders/{orderId}/pay": shop.own((found) => {
        found["status"] = "paid";
        return json(200, found);
      }),
      "POST /gifts": shop.as((request, caller) => shop.give(request, caller)),
      "GET /gifts/{giftId}": shop.as((request, caller) => shop.gift(request, caller)),
      "GET /feed": shop.as(() =>
        json(
          200,
          shop.orders.slice(-20).map(({ total, delivery_address }) => ({
            total,
            ...(shop.has("feed shows addresses of orders") && { delivery_address }),
          })),
        ),
      ),
      "GET /admin/users": shop.as((_, { role }) =>
        role === "admin"
          ? json(
              200,
              shop.people.map((one) => shop.shown(one)),
            )
          : json(403, { error: "no" }),
      ),
      "GET /health": () => empty(200),
    },
    { headers: () => ({ "cache-control": "no-store" }) },
  );
  const principals = ["alice", "bob", "root"].map((username) => ({
    name: username,
    role: username === "root" ? "admin" : "user",
    login: {
      request: "POST /login",
      body: { username, password: `${username}-keeps-it-9` },
      token: "/token",
    },
  }));
  return { ...running, openApi: documentOf(flaw), principals: { principals } };
}
