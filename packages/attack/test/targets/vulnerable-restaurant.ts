/**
 * A restaurant with customers, employees and a chef, on what looks like a framework that writes
 * its own document: every operation has the same 422, titles everywhere, generated operation ids.
 *
 * @module
 */

import { randomBytes, randomInt } from "node:crypto";
import * as d from "./document.ts";
import { empty, json, pause, serve, text, type Answer, type Incoming } from "./serve.ts";
import { hole, type Target } from "./target.ts";
import { bearer, fetchCarelessly } from "./token.ts";

interface Shape {
  readonly open?: boolean;
  readonly takes?: string;
  readonly gives?: string | d.Node;
  readonly query?: readonly string[];
  readonly status?: string;
}

const unprocessable = {
  description: "Validation Error",
  content: { "application/json": { schema: d.ref("HTTPValidationError") } },
};

/** An operation as the framework would write it. */
function generated(method: string, path: string, shape: Shape = {}): d.Node {
  const slug = path.replaceAll(/\W+/g, "_").replaceAll(/^_|_$/g, "");
  const variables = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  const parameters = [
    ...variables.map((name) => d.inPath(name, { type: "integer", title: name })),
    ...(shape.query ?? []).map((name) => d.inQuery(name, { type: "string", title: name })),
  ];
  const answer = typeof shape.gives === "string" ? d.ref(shape.gives) : (shape.gives ?? {});
  const status = shape.status ?? "200";
  return {
    summary: slug.replaceAll("_", " "),
    operationId: `${slug}_${method}`,
    ...(parameters.length > 0 && { parameters }),
    ...(shape.takes !== undefined && d.takes(d.ref(shape.takes))),
    responses: {
      [status]:
        status === "204"
          ? { description: "Successful Response" }
          : {
              description: "Successful Response",
              content: { "application/json": { schema: answer } },
            },
      422: unprocessable,
    },
    ...(shape.open !== true && { security: [{ OAuth2PasswordBearer: [] }] }),
  };
}

function paths(table: Readonly<Record<string, Shape>>): d.Node {
  const all: Record<string, Record<string, d.Node>> = {};
  for (const [key, shape] of Object.entries(table)) {
    const [method = "", path = ""] = key.split(" ");
    all[path] = { ...all[path], [method.toLowerCase()]: generated(method, path, shape) };
  }
  return all;
}

const menuItem = { name: d.string, price: d.number, category: d.string, description: d.string };

const openApi = {
  openapi: "3.1.0",
  info: { title: "Table for Two", version: "0.1.0" },
  paths: paths({
    "GET /healthcheck": { open: true },
    "POST /register": { open: true, takes: "UserCreate", gives: "UserRead", status: "201" },
    "GET /profile": { gives: "UserRead" },
    "PATCH /profile": { takes: "UserUpdate", gives: "UserRead" },
    "PUT /users/update_role": { takes: "RoleUpdate" },
    "POST /reset-password": { open: true, takes: "ResetRequest" },
    "POST /reset-password/new": { open: true, takes: "ResetData" },
    "GET /menu": { open: true, gives: d.list(d.ref("MenuItem")) },
    "PUT /menu": { takes: "MenuItemCreate", gives: "MenuItem", status: "201" },
    "DELETE /menu/{item_id}": { status: "204" },
    "POST /orders": { takes: "OrderCreate", gives: "Order", status: "201" },
    "GET /orders": { gives: d.list(d.ref("Order")) },
    "GET /orders/{order_id}": { gives: "Order" },
    "PATCH /orders/{order_id}": { takes: "OrderUpdate", gives: "Order" },
    "GET /referral": { gives: d.object({ referral_code: d.string }) },
    "POST /referral": { takes: "Referral", gives: "Coupons" },
    "GET /coupons": { gives: "Coupons" },
    "GET /admin/stats/disk": { query: ["parameters"], gives: d.object({ output: d.string }) },
    "GET /admin/users": { gives: d.list(d.ref("UserRead")) },
  }),
  components: {
    schemas: {
      UserCreate: d.object(
        { username: d.string, password: d.string, phone_number: d.string },
        "username password",
      ),
      UserRead: d.object({
        username: d.string,
        phone_number: d.string,
        first_name: d.string,
        role: { type: "string", enum: ["Customer", "Employee", "Chef"], title: "UserRole" },
      }),
      UserUpdate: d.object({ first_name: d.string, phone_number: d.string }),
      RoleUpdate: d.object({ username: d.string, role: d.string }, "username role"),
      ResetRequest: d.object({ username: d.string }, "username"),
      ResetData: d.object(
        { username: d.string, reset_password_code: d.string, new_password: d.string },
        "username reset_password_code new_password",
      ),
      MenuItem: d.object({ id: d.integer, ...menuItem, image_base64: d.string }),
      MenuItemCreate: d.object({ ...menuItem, image_url: d.string }, "name price"),
      OrderCreate: d.object(
        { delivery_address: d.string, phone_number: d.string, item_id: d.integer },
        "delivery_address item_id",
      ),
      OrderUpdate: d.object({ delivery_address: d.string }),
      Order: d.object({
        id: d.integer,
        delivery_address: d.string,
        phone_number: d.string,
        item_id: d.integer,
      }),
      Referral: d.object({ referral_code: d.string }, "referral_code"),
      Coupons: d.object({ coupons: d.integer }),
      HTTPValidationError: d.object({ detail: d.list(d.ref("ValidationError")) }),
      ValidationError: d.object({ loc: d.list(d.string), msg: d.string, type: d.string }),
    },
    securitySchemes: {
      OAuth2PasswordBearer: {
        type: "oauth2",
        flows: { password: { scopes: {}, tokenUrl: "token" } },
      },
    },
  },
};

interface Guest {
  readonly username: string;
  password: string;
  phone_number: string;
  first_name: string;
  role: string;
  readonly referral_code: string;
  referred: boolean;
  coupons: number;
}

interface Order {
  readonly id: number;
  readonly username: string;
  delivery_address: string;
  readonly phone_number: string;
  readonly item_id: number;
}

function refuse(status: number, detail: unknown): Answer {
  return json(status, { detail });
}

function missing(body: Incoming["body"], ...names: readonly string[]): Answer | undefined {
  const absent = names.filter((name) => body[name] === undefined || body[name] === "");
  const detail = absent.map((name) => ({
    loc: ["body", name],
    msg: "Field required",
    type: "missing",
  }));
  return absent.length === 0 ? undefined : refuse(422, detail);
}

/** Does to a few harmless commands what a shell would do. */
async function shell(line: string): Promise<string> {
  const computed = line.replaceAll(/\$\(\(\s*(\d+)\s*([*+-])\s*(\d+)\s*\)\)/g, (_, a, sign, b) =>
    String(sign === "*" ? a * b : sign === "+" ? Number(a) + Number(b) : a - b),
  );
  const inner = /\$\(([^()]*)\)|`([^`]*)`/.exec(computed);
  if (inner !== null)
    return shell(computed.replace(inner[0], (await shell(inner[1] ?? inner[2] ?? "")).trim()));
  let output = "";
  for (const command of computed.split(/[;|&\n]+/)) {
    const [name, ...words] = command.trim().split(/\s+/);
    if (name === "df") output += "Filesystem  Size  Used Avail\n/dev/sda1    40G   12G   28G\n";
    if (name === "echo") output += `${words.join(" ").replaceAll(/["']/g, "")}\n`;
    if (name === "id") output += "uid=0(root) gid=0(root) groups=0(root)\n";
    if (name === "expr") output += `${Number(words[0]) * Number(words[2])}\n`;
    if (name === "sleep") await pause(Math.min(Number(words[0]) || 0, 3) * 1000);
    if (name === "curl" || name === "wget")
      output += await fetchCarelessly(words.at(-1) ?? "").catch(String);
  }
  return output;
}

class Restaurant {
  readonly guests = new Map<string, Guest>();
  readonly tokens = new Map<string, Guest>();
  readonly codes = new Map<string, string>();
  readonly orders: Order[] = [];
  readonly menu = new Map<number, Record<string, unknown>>([
    [1, { id: 1, name: "Soup", price: 4, category: "starter", description: "of the day" }],
  ]);
  dishes = 1;

  join(username: string, password: string, phone_number: string, role = "Customer"): Guest {
    const referral_code = randomBytes(6).toString("hex");
    const profile = { username, password, phone_number, first_name: username, role };
    const guest = { ...profile, referral_code, referred: false, coupons: 0 };
    this.guests.set(username, guest);
    return guest;
  }

  /** Lets the roles in that are named, or every guest when none is. */
  as(
    roles: readonly string[],
    handler: (request: Incoming, guest: Guest) => Answer | Promise<Answer>,
  ): (request: Incoming) => Answer | Promise<Answer> {
    return (request) => {
      const guest = this.tokens.get(bearer(request.header("authorization")));
      if (guest === undefined) return refuse(401, "Not authenticated");
      if (roles.length > 0 && !roles.includes(guest.role)) return refuse(403, "Not enough rights");
      return handler(request, guest);
    };
  }

  shown({ username, phone_number, first_name, role }: Guest): unknown {
    return { username, phone_number, first_name, role };
  }

  register({ body }: Incoming): Answer {
    const absent = missing(body, "username", "password");
    if (absent !== undefined) return absent;
    const [username, password] = [text(body["username"]), text(body["password"])];
    if (this.guests.has(username)) return refuse(400, "Username already registered");
    const guest = this.join(username, password, text(body["phone_number"]));
    return json(201, this.shown(guest));
  }

  update({ body }: Incoming, guest: Guest): Answer {
    // One line instead of one per field: whatever the guest has, the guest may set.
    for (const [name, value] of Object.entries(body))
      if (name in guest && name !== "username") Object.assign(guest, { [name]: value });
    return json(200, this.shown(guest));
  }

  changeRole({ body }: Incoming): Answer {
    const guest = this.guests.get(text(body["username"]));
    if (guest === undefined) return refuse(404, "User not found");
    if (body["role"] === "Chef") return refuse(403, "There is one chef");
    guest.role = text(body["role"]);
    return json(200, { username: guest.username, role: guest.role });
  }

  resetCode({ body }: Incoming): Answer {
    const guest = this.guests.get(text(body["username"]));
    if (guest === undefined) return json(200, { detail: "If the name is known, a code is sent" });
    const code = String(randomInt(1_000_000)).padStart(6, "0");
    this.codes.set(guest.username, code);
    return json(200, {
      detail: "If the name is known, a code is sent",
      sms: { to: guest.phone_number, text: `Your code: ${code}` },
    });
  }

  resetPassword({ body }: Incoming): Answer {
    const guest = this.guests.get(text(body["username"]));
    const code = this.codes.get(guest?.username ?? "");
    if (guest === undefined || code === undefined || code !== body["reset_password_code"])
      return refuse(400, "Invalid code");
    this.codes.delete(guest.username);
    guest.password = text(body["new_password"]);
    return json(200, { detail: "Password changed" });
  }

  async cook({ body }: Incoming): Promise<Answer> {
    const absent = missing(body, "name", "price");
    if (absent !== undefined) return absent;
    const url = text(body["image_url"]);
    const image = url === "" ? "" : await fetchCarelessly(url).catch(() => "");
    const id = (this.dishes += 1);
    const { name, price, category = "main", description = "" } = body as Record<string, unknown>;
    const image_base64 = Buffer.from(image).toString("base64");
    this.menu.set(id, { id, name, price, category, description, image_base64 });
    return json(201, this.menu.get(id));
  }

  order({ body }: Incoming, { username }: Guest): Answer {
    const absent = missing(body, "delivery_address", "item_id");
    if (absent !== undefined) return absent;
    if (!this.menu.has(Number(body["item_id"]))) return refuse(404, "No such dish");
    const [delivery_address, phone_number] = [body["delivery_address"], body["phone_number"]].map(
      text,
    );
    this.orders.push({
      id: this.orders.length + 1,
      username,
      delivery_address: delivery_address ?? "",
      phone_number: phone_number ?? "",
      item_id: Number(body["item_id"]),
    });
    return json(201, this.orders.at(-1));
  }

  async refer({ body }: Incoming, guest: Guest): Promise<Answer> {
    const friend = [...this.guests.values()].find(
      ({ referral_code }) => referral_code === body["referral_code"],
    );
    if (friend === undefined) return refuse(404, "Unknown referral code");
    if (guest.referred) return refuse(400, "You were referred already");
    await pause(15);
    guest.referred = true;
    guest.coupons += 1;
    friend.coupons += 1;
    return json(200, { coupons: guest.coupons });
  }
}

async function start(): ReturnType<Target["start"]> {
  const house = new Restaurant();
  const staff = ["Employee", "Chef"];
  const orderOf = (request: Incoming): Order | undefined =>
    house.orders.find(({ id }) => String(id) === request.parameter("order_id"));
  const running = await serve(
    {
      "GET /openapi.json": () => json(200, openApi),
      "GET /healthcheck": () => json(200, { ok: true }),
      "POST /register": (request) => house.register(request),
      "GET /profile": house.as([], (_, guest) => json(200, house.shown(guest))),
      "PATCH /profile": house.as([], (request, guest) => house.update(request, guest)),
      "PUT /users/update_role": house.as([], (request) => house.changeRole(request)),
      "POST /reset-password": (request) => house.resetCode(request),
      "POST /reset-password/new": (request) => house.resetPassword(request),
      "GET /menu": () => json(200, [...house.menu.values()]),
      "PUT /menu": house.as(staff, async (request) => house.cook(request)),
      "DELETE /menu/{item_id}": house.as([], (request) =>
        house.menu.delete(Number(request.parameter("item_id")))
          ? empty()
          : refuse(404, "Menu item not found"),
      ),
      "POST /orders": house.as([], (request, guest) => house.order(request, guest)),
      "GET /orders": house.as([], (_, { username }) =>
        json(
          200,
          house.orders.filter((order) => order.username === username),
        ),
      ),
      "GET /orders/{order_id}": house.as([], (request) => {
        const order = orderOf(request);
        return order === undefined ? refuse(404, "Order not found") : json(200, order);
      }),
      "PATCH /orders/{order_id}": house.as([], (request, { username }) => {
        const order = orderOf(request);
        if (order?.username !== username) return refuse(404, "Order not found");
        order.delivery_address = text(request.body["delivery_address"]) || order.delivery_address;
        return json(200, order);
      }),
      "GET /referral": house.as([], (_, { referral_code }) => json(200, { referral_code })),
      "POST /referral": house.as([], async (request, guest) => house.refer(request, guest)),
      "GET /coupons": house.as([], (_, { coupons }) => json(200, { coupons })),
      "GET /admin/stats/disk": house.as(["Chef"], async ({ query }) =>
        json(200, { output: await shell(`df -h ${query.get("parameters") ?? ""}`) }),
      ),
      "GET /admin/users": house.as(["Chef"], () =>
        json(
          200,
          [...house.guests.values()].map((guest) => house.shown(guest)),
        ),
      ),
    },
    {
      fallback: () => refuse(404, "Not Found"),
      unsupported: (_, allow) => json(405, { detail: "Method Not Allowed" }, { allow }),
      malformed: () =>
        refuse(422, [{ loc: ["body", 0], msg: "JSON decode error", type: "json_invalid" }]),
      headers: () => ({ server: "python/3.10 fastapi/0.103.0" }),
    },
  );
  const people = [
    house.join("alice", "alices-table", "0311111111"),
    house.join("bob", "bobs-own-table", "0322222222"),
    house.join("emil", "emils-apron", "0333333333", "Employee"),
    house.join("carla", "carlas-knife", "0344444444", "Chef"),
  ];
  const principals = people.map((guest) => {
    const token = randomBytes(24).toString("base64url");
    house.tokens.set(token, guest);
    return { name: guest.username, role: guest.role, token };
  });
  return { ...running, openApi, principals: { principals } };
}

export const target: Target = {
  name: "vulnerable-restaurant",
  description: "Guests, staff and a chef; the document is written by the framework.",
  holes: [
    hole("API1", "GET /orders/{order_id}", "Any guest reads any order.", "A1-01", "A1-14"),
    hole("API2", "POST /reset-password", "The code is in the answer.", "C-12"),
    hole("API3", "PATCH /profile", "A guest sets the own role.", "M-02", "M-03", "M-04"),
    hole("API5", "PUT /users/update_role", "Any guest makes employees.", "F-01", "F-14"),
    hole("API5", "DELETE /menu/{item_id}", "Any guest removes dishes.", "F-01", "F-11"),
    hole("API6", "POST /referral", "Two at once are two referrals.", "B-08"),
    hole("API6", "POST /referral", "A guest refers the own account.", "B-16"),
    hole("API7", "PUT /menu", "The picture is fetched from any URL.", "U-01", "U-02", "U-06"),
    hole("API8", "GET /admin/stats/disk", "The parameter is a shell line.", "K-23"),
    hole("API8", "GET /healthcheck", "The server says its versions.", "K-06"),
  ],
  start,
};
