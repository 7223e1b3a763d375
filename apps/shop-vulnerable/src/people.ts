/** People as they see themselves, and as everybody sees them. */

import type { FastifyInstance } from "fastify";
import { bodyOf, pathValue, Refusal } from "./input.ts";
import { route } from "./route.ts";
import type { Person, State } from "./state.ts";
import { callerOf } from "./tokens.ts";

/** A person by the id in the path; 404 when there is none. */
export function personAt({ people }: State, id: string): Person {
  const person = people.get(id);
  if (person === undefined) throw new Refusal(404, "not-found", "There is no such user.");
  return person;
}

/** The endpoints of this area. */
export function addPeople(app: FastifyInstance, state: State): void {
  // hole V-API3-08: password, salary and notes about the person are part of the answer
  route(app, "GET /api/users/me", async (request) => callerOf(request, state));

  route(app, "PATCH /api/users/me", async (request) => {
    const caller = callerOf(request, state);
    // hole V-API3-02: roles, status and salary can be written like the name
    return Object.assign(caller, bodyOf(request), { id: caller.id });
  });

  route(app, "GET /api/users/{user_id}", async (request) => {
    callerOf(request, state);
    return personAt(state, pathValue(request, "user_id")); // hole V-API1-08: anybody's
  });
}
