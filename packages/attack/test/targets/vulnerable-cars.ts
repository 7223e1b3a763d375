/**
 * Owners of cars, a forum, a workshop and a shop with credit, as one API of several services.
 *
 * Only version 3 of the code check is in the document; version 2 is still there.
 *
 * @module
 */

import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { empty, json, pause, serve, text, type Answer, type Incoming } from "./serve.ts";
import { hole, type Target } from "./target.ts";
import { fetchCarelessly } from "./token.ts";
import { openApi } from "./vulnerable-cars-document.ts";

interface Member {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  password: string;
  readonly role: "user" | "mechanic" | "admin";
  credit: number;
  readonly coupons: Set<string>;
}

interface Order {
  readonly id: number;
  readonly member: Member;
  readonly product_id: number;
  quantity: number;
  status: string;
}

/** Compares as a document store does: an object is a condition. */
function meets(value: string, condition: unknown): boolean {
  if (typeof condition !== "object" || condition === null) return value === condition;
  return Object.entries(condition).every(([operator, operand]) => {
    if (operator === "$ne") return value !== operand;
    if (operator === "$gt") return value > String(operand);
    if (operator === "$regex") return new RegExp(String(operand)).test(value);
    if (operator === "$in") return Array.isArray(operand) && operand.includes(value);
    return operator === "$exists" && operand === true;
  });
}

class Wheels {
  readonly members: Member[] = [];
  readonly sessions = new Map<string, Member>();
  readonly codes = new Map<string, { code: string; tries: number }>();
  readonly vehicles: { uuid: string; vin: string; model: string; owner: Member }[] = [];
  readonly posts: Record<string, unknown>[] = [];
  readonly reports: { readonly report: Record<string, unknown>; readonly member: Member }[] = [];
  readonly orders: Order[] = [];
  readonly videos = new Map<number, { name: string; readonly owner: Member }>();
  readonly products = [
    { id: 1, name: "Seat", price: 10 },
    { id: 2, name: "Wheel", price: 15 },
  ];
  readonly coupons = [{ coupon_code: "TRAC075", amount: 75 }];

  join(name: string, email: string, password: string, role: Member["role"] = "user"): Member {
    const id = this.members.length + 1;
    const member = { id, name, email, password, role, credit: 100, coupons: new Set<string>() };
    this.members.push(member);
    return member;
  }

  as(
    handler: (request: Incoming, member: Member) => Answer | Promise<Answer>,
  ): (request: Incoming) => Answer | Promise<Answer> {
    return (request) => {
      const member = this.sessions.get(request.header("x-auth-token"));
      return member === undefined
        ? json(401, { message: "Invalid Token" })
        : handler(request, member);
    };
  }

  signUp({ body }: Incoming): Answer {
    const [name, email, password] = [body["name"], body["email"], body["password"]].map(text);
    if (!name || !email || !password || password.length < 8)
      return json(400, { message: "Name, e-mail and a password of eight characters" });
    if (this.members.some((member) => member.email === email))
      return json(403, { message: "E-mail known" });
    this.join(name, email, password);
    return json(200, { message: "Registered" });
  }

  logIn({ body }: Incoming): Answer {
    const found = this.members.find(({ email }) => email === body["email"]);
    if (found === undefined || found.password !== body["password"])
      return json(401, { message: "Invalid Credentials" });
    const token = randomBytes(24).toString("hex");
    this.sessions.set(token, found);
    return json(200, { message: "Welcome" }, { "x-auth-token": token });
  }

  sendCode({ body }: Incoming): Answer {
    const email = text(body["email"]);
    const code = String(randomInt(10_000)).padStart(4, "0");
    if (this.members.some((member) => member.email === email))
      this.codes.set(email, { code, tries: 0 });
    return json(200, { message: "If the address is known, a code is on its way" });
  }

  checkCode({ body }: Incoming, tries: number): Answer {
    const sent = this.codes.get(text(body["email"]));
    const member = this.members.find(({ email }) => email === body["email"]);
    if (sent === undefined || member === undefined) return json(500, { message: "Invalid OTP" });
    sent.tries += 1;
    if (sent.tries > tries) return json(503, { message: "Exceeded the number of attempts" });
    if (sent.code !== body["otp"]) return json(500, { message: "Invalid OTP" });
    member.password = text(body["password"]);
    this.codes.delete(member.email);
    return json(200, { message: "OTP verified" });
  }

  post(body: Incoming["body"], { name, email }: Member): Answer {
    const car = this.vehicles.find(({ owner }) => owner.email === email);
    const author = { nickname: name, email, vehicleid: car?.uuid ?? null };
    const post = { id: randomUUID(), title: body["title"], content: body["content"], author };
    this.posts.push(post);
    return json(200, post);
  }

  async contact({ body }: Incoming, member: Member): Promise<Answer> {
    const { length } = this.reports;
    const report = { id: length + 1, vin: body["vin"], problem_details: body["problem_details"] };
    this.reports.push({ report: { ...report, owner: { email: member.email } }, member });
    const answer = await fetchCarelessly(text(body["mechanic_api"])).catch(String);
    return json(200, { report_id: report.id, response_from_mechanic_api: answer });
  }

  order({ body }: Incoming, member: Member): Answer {
    const product = this.products.find(({ id }) => id === body["product_id"]);
    const quantity = Number(body["quantity"] ?? 1);
    if (product === undefined || !Number.isInteger(quantity))
      return json(400, { message: "Which product, how many?" });
    if (product.price * quantity > member.credit)
      return json(400, { message: "Not enough credit" });
    member.credit -= product.price * quantity;
    const id = this.orders.length + 1;
    this.orders.push({ id, member, product_id: product.id, quantity, status: "delivered" });
    return json(200, { id, credit: member.credit });
  }

  withOrder(
    handler: (order: Order, request: Incoming) => Answer,
  ): (request: Incoming) => Answer | Promise<Answer> {
    return this.as((request, member) => {
      const order = this.orders.find(({ id }) => String(id) === request.parameter("order_id"));
      if (order === undefined) return json(404, { message: "No such order" });
      if (order.member !== member) return json(403, { message: "Not your order" });
      return handler(order, request);
    });
  }

  change(order: Order, { body }: Incoming): Answer {
    const price = this.products.find(({ id }) => id === order.product_id)?.price ?? 0;
    // Everything that comes is taken over, and a return is paid out at once.
    if (body["status"] === "returned" && order.status !== "returned")
      order.member.credit += price * order.quantity;
    order.status = text(body["status"]) || order.status;
    const quantity = Number(body["quantity"] ?? order.quantity);
    if (Number.isInteger(quantity) && quantity > 0) order.quantity = quantity;
    return json(200, { ...order, member: undefined });
  }

  async redeem({ body }: Incoming, member: Member): Promise<Answer> {
    const code = text(body["coupon_code"]);
    if (!this.coupons.some((coupon) => coupon.coupon_code === code))
      return json(400, { message: "Unknown coupon" });
    if (member.coupons.has(code)) return json(400, { message: "Already used" });
    await pause(15);
    member.coupons.add(code);
    member.credit += Number(body["amount"]) || 0;
    return json(200, { credit: member.credit });
  }
}

async function start(): ReturnType<Target["start"]> {
  const wheels = new Wheels();
  const people = [
    wheels.join("Alice", "alice@wheels.test", "alices-wheels"),
    wheels.join("Bob", "bob@wheels.test", "bobs-own-wheels"),
    wheels.join("Rosa", "rosa@wheels.test", "rosas-big-wheels", "admin"),
  ];
  for (const owner of people.slice(0, 2))
    wheels.vehicles.push({ uuid: randomUUID(), vin: `V${owner.id}`, model: "Kombi", owner });
  for (const owner of people.slice(0, 2))
    wheels.post({ title: `Hello from ${owner.name}`, content: "I drive a Kombi." }, owner);
  const running = await serve({
    "POST /identity/signup": (request) => wheels.signUp(request),
    "POST /identity/login": (request) => wheels.logIn(request),
    "GET /identity/me": wheels.as((_, { id, name, email, role, credit }) =>
      json(200, { id, name, email, role, credit }),
    ),
    "POST /identity/otp": (request) => wheels.sendCode(request),
    "POST /identity/v3/otp/check": (request) => wheels.checkCode(request, 5),
    "POST /identity/v2/otp/check": (request) => wheels.checkCode(request, Infinity),
    "POST /identity/videos": wheels.as(({ body }, owner) => {
      const id = wheels.videos.size + 1;
      wheels.videos.set(id, { name: text(body["name"]), owner });
      return json(200, { id, name: text(body["name"]) });
    }),
    "GET /identity/videos/{video_id}": wheels.as((request, member) => {
      const video = wheels.videos.get(Number(request.parameter("video_id")));
      if (video?.owner !== member) return json(404, { message: "Video not found" });
      return json(200, { id: Number(request.parameter("video_id")), name: video.name });
    }),
    "PUT /identity/videos/{video_id}": wheels.as((request, member) => {
      const video = wheels.videos.get(Number(request.parameter("video_id")));
      if (video?.owner !== member) return json(404, { message: "Video not found" });
      video.name = text(request.body["name"]) || video.name;
      return json(200, { id: Number(request.parameter("video_id")), name: video.name });
    }),
    "DELETE /identity/videos/{video_id}": () => json(403, { message: "This is for admins" }),
    "DELETE /identity/admin/videos/{video_id}": wheels.as((request) =>
      wheels.videos.delete(Number(request.parameter("video_id")))
        ? json(200, { message: "User video deleted successfully." })
        : json(404, { message: "Video not found" }),
    ),
    "GET /vehicles": wheels.as((_, member) =>
      json(
        200,
        wheels.vehicles
          .filter(({ owner }) => owner === member)
          .map(({ uuid, vin, model }) => ({ uuid, vin, model })),
      ),
    ),
    "POST /vehicles": wheels.as(({ body }, owner) => {
      const vehicle = { uuid: randomUUID(), vin: text(body["vin"]), model: text(body["model"]) };
      wheels.vehicles.push({ ...vehicle, owner });
      return json(200, vehicle);
    }),
    "GET /vehicles/{vehicleId}/location": wheels.as((request) => {
      const car = wheels.vehicles.find(({ uuid }) => uuid === request.parameter("vehicleId"));
      if (car === undefined) return json(404, { message: "No such car" });
      const { name, email, id } = car.owner;
      const vehicleLocation = { latitude: 35.1 + id, longitude: 139.2 - id };
      return json(200, { carId: car.uuid, vin: car.vin, vehicleLocation, fullName: name, email });
    }),
    "GET /community/posts": wheels.as(() => json(200, wheels.posts)),
    "POST /community/posts": wheels.as(({ body }, member) => wheels.post(body, member)),
    "POST /community/coupons/validate": wheels.as(({ body }) => {
      const found = wheels.coupons.find((coupon) => meets(coupon.coupon_code, body["coupon_code"]));
      return found === undefined ? json(500, {}) : json(200, found);
    }),
    "POST /workshop/contact_mechanic": wheels.as(async (request, member) =>
      wheels.contact(request, member),
    ),
    "GET /workshop/mechanic/report": wheels.as(({ query }) => {
      const found = wheels.reports[Number(query.get("report_id")) - 1];
      return found === undefined ? json(404, { message: "None" }) : json(200, found.report);
    }),
    "GET /shop/products": wheels.as((_, { credit }) =>
      json(200, { products: wheels.products, credit }),
    ),
    "POST /shop/products": wheels.as(({ body }, { role }) => {
      if (role !== "admin") return json(403, { message: "No admin" });
      const id = wheels.products.length + 1;
      wheels.products.push({ id, name: text(body["name"]), price: Number(body["price"]) });
      return json(200, wheels.products.at(-1));
    }),
    "POST /shop/orders": wheels.as((request, member) => wheels.order(request, member)),
    "GET /shop/orders/all": wheels.as((_, member) =>
      json(200, {
        orders: wheels.orders
          .filter((order) => order.member === member)
          .map((order) => ({ ...order, member: undefined })),
      }),
    ),
    "GET /shop/orders/{order_id}": wheels.withOrder((order) =>
      json(200, { ...order, member: undefined }),
    ),
    "PUT /shop/orders/{order_id}": wheels.withOrder((order, request) =>
      wheels.change(order, request),
    ),
    "POST /shop/apply_coupon": wheels.as(async (request, member) => wheels.redeem(request, member)),
    "GET /health": () => empty(200),
  });
  const principals = people.map(({ name, email, password, role }) => ({
    name: name.toLowerCase(),
    role,
    login: {
      request: "POST /identity/login",
      body: { email, password },
      token: "header:X-Auth-Token",
      place: "header X-Auth-Token {token}",
    },
  }));
  return { ...running, openApi, principals: { principals } };
}

export const target: Target = {
  name: "vulnerable-cars",
  description: "Cars, forum, workshop and shop; ids leak in one place and open another.",
  holes: [
    hole("API1", "GET /vehicles/{vehicleId}/location", "Any member finds any car.", "A1-01"),
    hole("API1", "GET /workshop/mechanic/report", "Reports are read by number.", "A1-01", "A1-14"),
    hole("API3", "GET /community/posts", "Posts carry address and car of the author.", "X-01"),
    hole("API3", "PUT /shop/orders/{order_id}", "A buyer sets the status.", "M-02", "M-13", "B-23"),
    hole("API9", "POST /identity/v2/otp/check", "The old code check has no limit.", "I-02", "C-11"),
    hole("API5", "DELETE /identity/admin/videos/{video_id}", "Any member deletes.", "F-01"),
    hole("API6", "POST /shop/orders", "A negative quantity pays the buyer.", "B-14"),
    hole("API6", "POST /shop/apply_coupon", "A coupon counts twice at once.", "B-08"),
    hole("API6", "POST /shop/apply_coupon", "The buyer says what it is worth.", "M-12", "B-15"),
    hole("API7", "POST /workshop/contact_mechanic", "Any URL is fetched.", "U-01", "U-02", "U-06"),
    hole("API8", "POST /community/coupons/validate", "Operators count as codes.", "K-22"),
    hole("API4", "POST /identity/login", "Passwords can be tried without end.", "C-01", "R-01"),
  ],
  start,
};
