/** What is in no document: old versions, and doors for those who built the house. */

import type { FastifyInstance } from "fastify";
import { pathValue, queryOf } from "./input.ts";
import { personAt } from "./people.ts";
import { route } from "./route.ts";
import type { State } from "./state.ts";
import { callerOf } from "./tokens.ts";

/** Made up, so that the toy gives nothing of this machine away. */
const environment = {
  NODE_ENV: "staging",
  HOME: "/home/shop",
  PATH: "/usr/local/bin:/usr/bin:/bin",
  DATABASE_URL: "postgres://shop:shop@database.shop.internal:5432/shop",
  JWT_SECRET: "secret",
  PAYMENT_WEBHOOK_SECRET: "whsec_c2hvcC12dWxuZXJhYmxlLXdlYmhvb2s=",
};

/** The endpoints of this area. */
export function addForgotten(app: FastifyInstance, state: State): void {
  // hole V-API9-01: the old search knows no limit and shows every column
  route(app, "GET /api/v0/search", async (request) => {
    const words = `%${queryOf(request)["q"] ?? ""}%`;
    return { items: state.catalogue.select("SELECT * FROM product WHERE name LIKE ?", words) };
  });

  // hole V-API9-02: the list of the first version, from before there was a sign-in
  route(app, "GET /api/v1/users", async () => ({ items: [...state.people.values()] }));

  // hole V-API9-03: settings with their secrets
  route(app, "GET /api/debug", async () => ({ environment, uptime: process.uptime() }));

  // hole V-API9-04: meant for other services, reached by everybody
  route(app, "GET /api/internal/users", async () => ({ users: [...state.people.values()] }));

  // hole V-API9-05: all orders of all customers
  route(app, "GET /api/orders/export", async () => ({ orders: [...state.orders.values()] }));

  // hole V-API9-06: a method that no document names, for whoever is signed in
  route(app, "DELETE /api/users/{user_id}", async (request, reply) => {
    callerOf(request, state);
    state.people.delete(personAt(state, pathValue(request, "user_id")).id);
    return reply.code(204).send();
  });

  // hole V-API8-05: a file of the deployment beside the program
  route(app, "GET /.env", async (_request, reply) =>
    reply.type("text/plain").send(
      Object.entries(environment)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(""),
    ),
  );

  // hole V-API8-07: figures of the operation on the public port
  route(app, "GET /metrics", async (_request, reply) =>
    reply
      .type("text/plain; version=0.0.4")
      .send(
        `# TYPE shop_orders gauge\nshop_orders ${state.orders.size}\n` +
          `# TYPE shop_people gauge\nshop_people ${state.people.size}\n`,
      ),
  );
}
