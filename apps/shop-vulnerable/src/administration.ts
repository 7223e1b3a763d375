/** What only admins should do. */

import type { FastifyInstance } from "fastify";
import { register } from "./accounts.ts";
import { bodyOf, bodyWith, pageOf, pathValue, queryOf } from "./input.ts";
import { operations } from "./operations.ts";
import { personAt } from "./people.ts";
import { route } from "./route.ts";
import type { State } from "./state.ts";
import { callerOf } from "./tokens.ts";

/** The endpoints of this area. */
export function addAdministration(app: FastifyInstance, state: State): void {
  route(app, "POST /api/admin/users", async (request, reply) => {
    callerOf(request, state); // hole V-API5-01: signed in is enough
    const body = bodyWith(request, "username", "password", "display_name", "email");
    const person = register(state, body);
    return reply.code(201).header("location", `/api/admin/users/${person.id}`).send(person);
  });

  route(app, "GET /api/admin/users", async (request) => {
    callerOf(request, state); // hole V-API5-02: signed in is enough
    const people = [...state.people.values()];
    return pageOf(people, queryOf(request)); // hole V-API3-04: with password and notes
  });

  route(app, "GET /api/admin/users/{user_id}", async (request) => {
    callerOf(request, state); // hole V-API5-03: signed in is enough
    return personAt(state, pathValue(request, "user_id"));
  });

  // Who may do this is up to the rules of the gateway.
  route(app, "PATCH /api/admin/users/{user_id}", async (request) => {
    const person = personAt(state, pathValue(request, "user_id"));
    return Object.assign(person, bodyOf(request), { id: person.id });
  });

  // hole V-API5-05: nobody needs to be signed in
  route(app, "GET /api/admin/inventory", async () => ({
    items: operations.map(({ method, path, access }) => ({
      method,
      path,
      team: "shop",
      lifecycle: "production",
      access,
      quota: "none",
    })),
    next_cursor: null,
  }));

  // Who may do this is up to the rules of the gateway.
  route(app, "GET /api/admin/events", async (request) => pageOf(state.log, queryOf(request)));
}
