import { strict as assert } from "node:assert";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import { secureTargets, vulnerableTargets } from "./targets/index.ts";
import { proofs as bank } from "./targets/proofs/bank.ts";
import { proofs as books } from "./targets/proofs/books.ts";
import { proofs as cars } from "./targets/proofs/cars.ts";
import { proofs as restaurant } from "./targets/proofs/restaurant.ts";
import { proofs as sheep } from "./targets/proofs/sheep.ts";
import { proofs as tickets } from "./targets/proofs/tickets.ts";
import { target as blog } from "./targets/secure-blog.ts";
import { target as catalogue, webhookSecret } from "./targets/secure-catalogue.ts";
import { target as links } from "./targets/secure-links.ts";
import { target as panel } from "./targets/secure-panel.ts";
import { target as shop } from "./targets/secure-shop.ts";
import type { Target } from "./targets/target.ts";
import { unsigned } from "./targets/token.ts";
import { at, during, type Proof, type Visit } from "./targets/visit.ts";

const proofsOf = new Map<string, Readonly<Record<string, Proof>>>(
  Object.entries({
    "vulnerable-books": books,
    "vulnerable-cars": cars,
    "vulnerable-restaurant": restaurant,
    "vulnerable-sheep": sheep,
    "vulnerable-bank": bank,
    "vulnerable-tickets": tickets,
  }),
);

for (const target of vulnerableTargets) {
  const proofs = proofsOf.get(target.name) ?? {};
  describe(`the target ${target.name}`, () => {
    for (const { risk, endpoint, hole } of target.holes)
      it(`has the hole ${risk} ${endpoint}: ${hole}`, async () => {
        const proof = proofs[hole];
        assert.ok(proof, "there is no proof");
        await during(target, proof);
      });

    it("has no proof without a hole", () => {
      const sentences = target.holes.map(({ hole }) => hole).toSorted();
      assert.deepEqual(Object.keys(proofs).toSorted(), sentences);
    });
  });
}

describe("every target", () => {
  for (const target of [...vulnerableTargets, ...secureTargets])
    it(`lets its principals in: ${target.name}`, async () => {
      await during(target, async (visit) => {
        assert.ok(visit.principals.length >= 2);
        for (const { name } of visit.principals) {
          const credential = await visit.credential(name);
          const statuses = await statusesOf(visit, whoAmI(target), credential);
          assert.deepEqual(statuses, [200, 401], name);
        }
      });
    });

  it("is vulnerable or secure, not both", () => {
    assert.deepEqual(
      vulnerableTargets.filter(({ holes }) => holes.length < 5),
      [],
    );
    assert.deepEqual(
      secureTargets.filter(({ holes }) => holes.length > 0),
      [],
    );
  });
});

function whoAmI({ name }: Target): string {
  const lines: Readonly<Record<string, string>> = {
    "vulnerable-sheep": "GET /farmers",
    "vulnerable-restaurant": "GET /profile",
    "vulnerable-cars": "GET /identity/me",
    "vulnerable-bank": "GET /v2/me",
    "vulnerable-tickets": "GET /api/me",
    "secure-panel": "GET /account",
    "secure-shop": "GET /api/wallet",
  };
  return lines[name] ?? "GET /me";
}

async function statusesOf(
  visit: Visit,
  line: string,
  credential: Readonly<Record<string, string>>,
): Promise<readonly number[]> {
  const known = await visit.as("nobody", line, undefined, credential);
  return [known.status, (await visit.as("nobody", line)).status];
}

/** Signs in with the recipe of a principal but another password, until it is locked. */
async function lockOut(visit: Visit, name: string): Promise<readonly number[]> {
  const login = visit.principals.find((one) => one.name === name)?.login;
  const wrong = { ...(login?.body as object), password: "wrong-password" };
  const statuses: number[] = [];
  for (let attempt = 0; attempt < 10; attempt += 1)
    statuses.push((await visit.as("nobody", login?.request ?? "", wrong)).status);
  return [...statuses, (await visit.as("nobody", login?.request ?? "", login?.body)).status];
}

describe("the secure blog", () => {
  it("lets everybody read what is published, and only authors change it", async () => {
    await during(blog, async (visit) => {
      const made = await visit.as("alice", "POST /posts", { title: "Hi", body: "all" });
      const line = `/posts/${String(at(made.body, "/id"))}`;
      assert.equal((await visit.as("bob", `GET ${line}`)).status, 200);
      assert.equal((await visit.as("nobody", `GET ${line}`)).status, 401);
      const patch = { title: "Bob's" };
      assert.equal((await visit.as("bob", `PATCH ${line}`, patch)).status, 403);
      const soft = await visit.as("bob", `DELETE ${line}`);
      assert.deepEqual([soft.status, at(soft.body, "/success")], [200, false]);
      assert.equal(at((await visit.as("alice", `GET ${line}`)).body, "/title"), "Hi");
      assert.equal((await visit.as("alice", `PATCH ${line}`, patch)).status, 200);
      assert.equal(at((await visit.as("alice", `DELETE ${line}`)).body, "/success"), true);
      assert.equal((await visit.as("alice", `GET ${line}`)).status, 404);
    });
  });

  it("keeps drafts to their authors", async () => {
    await during(blog, async (visit) => {
      const draft = { title: "Secret", body: "plan", draft: true };
      const made = await visit.as("alice", "POST /posts", draft);
      const line = `GET /posts/${String(at(made.body, "/id"))}`;
      assert.equal((await visit.as("alice", line)).status, 200);
      const foreign = await visit.as("bob", line);
      assert.equal(foreign.status, 403);
      assert.doesNotMatch(JSON.stringify(foreign.body), /Secret|plan/);
      assert.doesNotMatch(JSON.stringify((await visit.as("bob", "GET /posts")).body), /Secret/);
    });
  });

  it("refuses unknown properties, foreign origins and other bodies", async () => {
    await during(blog, async (visit) => {
      const body = { title: "Hi", body: "all" };
      const post = async (sent: unknown, headers = {}): Promise<number> =>
        (await visit.as("alice", "POST /posts", sent, headers)).status;
      assert.equal(await post(body), 201);
      assert.equal(await post({ ...body, likes: 9 }), 400);
      assert.equal(await post(body, { origin: visit.origin }), 201);
      for (const origin of ["https://evil.example", `${visit.origin}.evil.example`, "null"])
        assert.equal(await post(body, { origin }), 403, origin);
      assert.equal(await post(JSON.stringify(body), { "content-type": "text/plain" }), 415);
      assert.equal(await post({ ...body, body: "x".repeat(70_000) }), 413);
    });
  });
});

describe("the secure panel", () => {
  it("lets only admins administrate", async () => {
    await during(panel, async (visit) => {
      const users = await visit.as("root", "GET /admin/users");
      const line = `/admin/users/${String(at(users.body, "/users/0/id"))}`;
      for (const name of ["alice", "bob"]) {
        assert.equal((await visit.as(name, "GET /admin/users")).status, 403);
        assert.equal((await visit.as(name, "GET /admin/audit")).status, 403);
        assert.equal((await visit.as(name, `PATCH ${line}`, { role: "admin" })).status, 403);
        assert.equal((await visit.as(name, `DELETE ${line}`)).status, 403);
      }
      assert.equal((await visit.as("nobody", "GET /admin/users")).status, 401);
      assert.equal((await visit.as("root", `PATCH ${line}`, { role: "user" })).status, 200);
      assert.equal((await visit.as("root", `DELETE ${line}`)).status, 204);
      assert.equal((await visit.as("alice", "GET /account")).status, 401, "the token died too");
    });
  });

  it("shares projects inside the team and nowhere else", async () => {
    await during(panel, async (visit) => {
      const shared = await visit.as("bob", "GET /teams/blue/projects");
      assert.equal(at(shared.body, "/projects/0/created_by"), "alice");
      const own = await visit.as("alice", "GET /teams/amber/projects");
      const id = String(at(own.body, "/projects/0/id"));
      assert.equal((await visit.as("bob", "GET /teams/amber/projects")).status, 404);
      assert.equal((await visit.as("bob", `GET /teams/amber/projects/${id}`)).status, 404);
      assert.equal((await visit.as("bob", `GET /teams/blue/projects/${id}`)).status, 404);
      assert.equal((await visit.as("alice", `GET /teams/amber/projects/${id}`)).status, 200);
    });
  });

  it("shows keys masked and only to their owner", async () => {
    await during(panel, async (visit) => {
      const made = await visit.as("alice", "POST /api-keys", { label: "ci" });
      const listed = await visit.as("alice", "GET /api-keys");
      const key = String(at(made.body, "/api_key"));
      assert.equal(at(listed.body, "/keys/0/api_key"), `****${key.slice(-4)}`);
      const line = `DELETE /api-keys/${String(at(made.body, "/id"))}`;
      assert.equal((await visit.as("bob", line)).status, 404);
      assert.equal((await visit.as("alice", line)).status, 204);
    });
  });

  it("locks an account after failed logins", async () => {
    await during(panel, async (visit) => {
      assert.deepEqual(new Set(await lockOut(visit, "root")), new Set([401, 429]));
    });
  });
});

describe("the secure shop", () => {
  const key = (): Readonly<Record<string, string>> => ({ "idempotency-key": crypto.randomUUID() });
  const wanted = { product_id: 1, quantity: 2 };

  it("hides orders of others and keeps their states", async () => {
    await during(shop, async (visit) => {
      const made = await visit.as("alice", "POST /api/orders", wanted, key());
      const line = `/api/orders/${String(at(made.body, "/id"))}`;
      for (const [name, status] of [
        ["bob", 404],
        ["nobody", 401],
        ["alice", 200],
      ] as const)
        assert.equal((await visit.as(name, `GET ${line}`)).status, status);
      const put = { note: "ring twice", status: "paid", total: 0, zz: 1 };
      const changed = await visit.as("alice", `PUT ${line}`, put);
      const { note, status, total, zz } = changed.body as Record<string, unknown>;
      assert.deepEqual([note, status, total, zz], ["ring twice", "placed", 8, undefined]);
      assert.equal((await visit.as("bob", `PUT ${line}`, { note: "bob" })).status, 404);
      assert.equal((await visit.as("bob", `POST ${line}/pay`)).status, 404);
      assert.equal((await visit.as("alice", `POST ${line}/ship`)).status, 403);
      assert.equal((await visit.as("sam", `POST ${line}/ship`)).status, 409);
      assert.equal((await visit.as("alice", `POST ${line}/pay`)).status, 200);
      assert.equal((await visit.as("alice", `POST ${line}/pay`)).status, 409);
      assert.equal((await visit.as("alice", `POST ${line}/cancel`)).status, 409);
      assert.equal((await visit.as("sam", `POST ${line}/ship`)).status, 200);
    });
  });

  it("takes no order twice and no coupon twice, at once or later", async () => {
    await during(shop, async (visit) => {
      await visit.credential("alice");
      const headers = key();
      const send = async (body: unknown, keys = headers): Promise<number> =>
        (await visit.as("alice", "POST /api/orders", body, keys)).status;
      await Promise.all(Array.from({ length: 10 }, () => send(wanted)));
      const orders = await visit.as("alice", "GET /api/orders");
      assert.equal(at(orders.body, "/orders/length"), 1);
      assert.equal(await send({ product_id: 1, quantity: 3 }), 422);
      assert.equal(await send({ product_id: 1, quantity: -3 }, key()), 400);
      await Promise.all(
        Array.from({ length: 10 }, () =>
          visit.as("alice", "POST /api/coupons/redeem", { code: "WELCOME" }),
        ),
      );
      assert.equal(at((await visit.as("alice", "GET /api/wallet")).body, "/credit"), 65);
    });
  });

  it("acts on the caller whatever customer the path names", async () => {
    await during(shop, async (visit) => {
      const alice = await visit.as("alice", "GET /api/customers/me");
      const line = `/api/customers/${String(at(alice.body, "/id"))}`;
      assert.equal((await visit.as("bob", `PATCH ${line}`, { name: "Robert" })).status, 204);
      assert.equal(at((await visit.as("bob", `GET ${line}`)).body, "/name"), "Robert");
      assert.equal(at((await visit.as("alice", `GET ${line}`)).body, "/name"), "alice");
    });
  });

  it("answers the page under every unknown path", async () => {
    await during(shop, async (visit) => {
      for (const line of ["GET /admin", "POST /api/v1/orders", "GET /openapi.json"]) {
        const { status, headers } = await visit.as("nobody", line);
        assert.deepEqual([status, headers.get("content-type")?.split(";")[0]], [200, "text/html"]);
      }
      assert.equal((await visit.as("nobody", "DELETE /api/products")).status, 405);
    });
  });

  it("slows down, locks and signs out", async () => {
    await during(shop, async (visit) => {
      await visit.as("bob", "DELETE /api/session");
      assert.equal((await visit.as("bob", "GET /api/wallet")).status, 401);
      assert.deepEqual(new Set(await lockOut(visit, "alice")), new Set([401, 429]));
      const many = await Promise.all(
        Array.from({ length: 160 }, () => visit.as("nobody", "GET /api/products")),
      );
      const limited = many.find(({ status }) => status === 429);
      assert.ok(Number(limited?.headers.get("retry-after")) >= 1);
      assert.equal(many[0]?.status, 200);
    });
  });
});

describe("the secure links", () => {
  it("keep bookmarks to their owners, in answers that differ each time", async () => {
    await during(links, async (visit) => {
      const body = { title: "<img src=x onerror=alert(1)>", url: "http://127.0.0.1:9/" };
      const made = await visit.as("alice", "POST /bookmarks", body);
      const line = `/bookmarks/${String(at(made.body, "/id"))}`;
      const own = await visit.as("alice", `GET ${line}`);
      assert.equal(at(own.body, "/title"), body.title);
      assert.equal(own.headers.get("content-type"), "application/json");
      assert.notEqual(at(own.body, "/request_id"), at(made.body, "/request_id"));
      assert.equal((await visit.as("bob", `GET ${line}`)).status, 404);
      assert.equal((await visit.as("bob", `PUT ${line}`, body)).status, 404);
      assert.equal((await visit.as("bob", `DELETE ${line}`)).status, 404);
      assert.equal((await visit.as("alice", `DELETE ${line}`)).status, 204);
    });
  });

  it("visit no address and lead nowhere else", async () => {
    await during(links, async (visit) => {
      const preview = async (url: string): Promise<number> =>
        (await visit.as("alice", "POST /previews", { url })).status;
      assert.equal(await preview("https://images.example.test/cat.png"), 200);
      for (const url of [
        `${visit.origin}/me`,
        "https://images.example.test@127.0.0.1/",
        "file:///",
      ])
        assert.equal(await preview(url), 422, url);
      const leave = async (next: string): Promise<string | null> =>
        (await visit.as("nobody", `GET /leave?next=${encodeURIComponent(next)}`)).headers.get(
          "location",
        );
      assert.equal(await leave("/me"), "/me");
      for (const next of ["//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil"])
        assert.equal(await leave(next), null, next);
    });
  });
});

describe("the secure catalogue", () => {
  it("believes only its own tokens, as long as the session lives", async () => {
    await during(catalogue, async (visit) => {
      const { authorization = "" } = await visit.credential("alice");
      const [head = "", claims = "", signature = ""] = authorization.slice(7).split(".");
      const me = async (token: string): Promise<number> =>
        (await visit.as("nobody", "GET /me", undefined, { authorization: `Bearer ${token}` }))
          .status;
      assert.equal(await me(`${head}.${claims}.${signature}`), 200);
      const forged = JSON.parse(Buffer.from(claims, "base64url").toString()) as object;
      const none = unsigned({ alg: "none" }, { ...forged, sub: "bob@catalogue.test" });
      const other = Buffer.from(JSON.stringify({ ...forged, sub: "bob@catalogue.test" }));
      for (const token of [
        `${none}.`,
        `${none}.${signature}`,
        `${head}.${claims}.`,
        `${head}.${other.toString("base64url")}.${signature}`,
        `${head}.${claims}.${signature}=`,
        `${head}.${claims}.${signature}.x`,
      ])
        assert.equal(await me(token), 401, token);
      await visit.as("alice", "POST /auth/logout");
      assert.equal(await me(`${head}.${claims}.${signature}`), 401);
    });
  });

  it("ends a session when a refresh token comes twice", async () => {
    await during(catalogue, async (visit) => {
      const login = visit.principals[0]?.login;
      const first = await visit.as("nobody", "POST /auth/login", login?.body);
      const body = { refresh_token: at(first.body, "/refresh_token") };
      const second = await visit.as("nobody", "POST /auth/refresh", body);
      assert.equal(second.status, 200);
      assert.equal((await visit.as("nobody", "POST /auth/refresh", body)).status, 401);
      const authorization = `Bearer ${String(at(second.body, "/access_token"))}`;
      assert.equal((await visit.as("nobody", "GET /me", undefined, { authorization })).status, 401);
    });
  });

  it("gives every caller names of their own", async () => {
    await during(catalogue, async (visit) => {
      const list = { title: "Alice's", items: [1, 2] };
      assert.equal((await visit.as("alice", "PUT /lists/mine", list)).status, 201);
      assert.equal((await visit.as("bob", "GET /lists/mine")).status, 404);
      const bobs = { title: "Bob's", items: [3] };
      assert.equal((await visit.as("bob", "PUT /lists/mine", bobs)).status, 201);
      assert.equal((await visit.as("bob", "DELETE /lists/mine")).status, 204);
      assert.equal((await visit.as("bob", "DELETE /lists/mine")).status, 204);
      assert.deepEqual((await visit.as("alice", "GET /lists/mine")).body, list);
      assert.equal((await visit.as("alice", "PUT /lists/mine", list)).status, 200);
      const verb = await visit.as("alice", "POST /lists/mine", list);
      assert.deepEqual([verb.status, verb.headers.get("allow")], [405, "DELETE, GET, PUT"]);
    });
  });

  it("takes a signed event once, and no other", async () => {
    await during(catalogue, async (visit) => {
      const stock = async (): Promise<unknown> =>
        at((await visit.as("nobody", "GET /products")).body, "/products/0/stock");
      const send = async (count: number, time: number, secret = webhookSecret): Promise<number> => {
        const body = JSON.stringify({ id: "event-1", product: 1, stock: count });
        const signed = createHmac("sha256", secret).update(`${time}.${body}`).digest("hex");
        const headers = { "x-signature": signed, "x-timestamp": String(time) };
        return (await visit.as("nobody", "POST /webhooks/stock", body, headers)).status;
      };
      const now = Math.floor(Date.now() / 1000);
      assert.deepEqual([await send(9, now, "guess"), await send(9, now - 600)], [401, 401]);
      assert.equal(await stock(), 5);
      assert.deepEqual([await send(9, now), await stock()], [204, 9]);
      assert.deepEqual([await send(7, now), await stock()], [204, 9]);
    });
  });

  it("shows the catalogue to all and changes it for staff", async () => {
    await during(catalogue, async (visit) => {
      const anonymous = await visit.as("nobody", "GET /products");
      assert.equal(at(anonymous.body, "/products/0/favourite"), undefined);
      await visit.as("alice", "PUT /favourites/1");
      const products = await visit.as("alice", "GET /products");
      assert.equal(at(products.body, "/products/0/favourite"), true);
      await visit.as("bob", "DELETE /favourites/1");
      assert.deepEqual(at((await visit.as("alice", "GET /favourites")).body, "/favourites"), [1]);
      assert.equal((await visit.as("alice", "POST /products", { name: "Rug" })).status, 403);
      assert.equal((await visit.as("stella", "POST /products", { name: "Rug" })).status, 201);
      const bad = { authorization: "Bearer nonsense" };
      assert.equal((await visit.as("nobody", "GET /products", undefined, bad)).status, 401);
      assert.deepEqual(new Set(await lockOut(visit, "bob")), new Set([401, 429]));
    });
  });
});
