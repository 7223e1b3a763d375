/** Registration, sign-in, sessions and passwords. */

import { randomUUID } from "node:crypto";
import { runInNewContext } from "node:vm";
import type { FastifyInstance } from "fastify";
import { bodyWith, pathValue, Refusal } from "./input.ts";
import { route } from "./route.ts";
import { addPerson, type Person, type Session, type State } from "./state.ts";
import { callerOf, issueToken, lifetime } from "./tokens.ts";

/** The endpoints of this area. */
export function addAccounts(app: FastifyInstance, state: State): void {
  addRegistration(app, state);
  addSignIn(app, state);
  addSessions(app, state);
}

// hole V-API4-07: each further letter before the fault doubles the time
const emailForm = "^([a-zA-Z0-9._-]+)+@([a-zA-Z0-9-]+[.])+[a-zA-Z]{2,}$";

/** Whether it looks like an address; the time limit keeps the toy alive, the hole stays open. */
function isEmail(text: string): boolean {
  try {
    const values = { form: emailForm, text };
    return runInNewContext("new RegExp(form).test(text)", values, { timeout: 1_500 }) as boolean;
  } catch {
    return false;
  }
}

/** Adds the person that a body describes. */
export function register(state: State, body: Readonly<Record<string, unknown>>): Person {
  if (nameOwner(state, body["username"]) !== undefined)
    throw new Refusal(409, "name-taken", "This user name is taken.");
  if (!isEmail(String(body["email"])))
    throw new Refusal(422, "invalid-request", "email is no address.");
  // hole V-API3-01: every property is taken over, roles, status and salary too
  return addPerson(state, body as unknown as Person);
}

const nameOwner = ({ people }: State, username: unknown): Person | undefined =>
  [...people.values()].find((person) => person.username === username);

function addRegistration(app: FastifyInstance, state: State): void {
  route(app, "POST /api/auth/register", async (request, reply) => {
    // hole V-API2-10: a password of one character will do
    const person = register(
      state,
      bodyWith(request, "username", "password", "display_name", "email"),
    );
    // hole V-API3-03: the answer is the whole row, with the password
    return reply.code(201).header("location", `/api/users/${person.id}`).send(person);
  });
}

function addSignIn(app: FastifyInstance, state: State): void {
  // hole V-API2-08: nobody counts the wrong passwords
  route(app, "POST /api/auth/token", async (request) => {
    const body = bodyWith(request, "username", "password");
    const person = nameOwner(state, body["username"]);
    // hole V-API2-09: who is a customer can be asked
    if (person === undefined)
      throw new Refusal(
        401,
        "invalid-credentials",
        `There is no user ${String(body["username"])}.`,
      );
    if (person.password !== body["password"])
      throw new Refusal(401, "invalid-credentials", "The password is wrong.");
    if (person.status === "disabled")
      throw new Refusal(401, "invalid-credentials", "The account is disabled.");
    return tokensOf(person, openSession(state, person));
  });

  route(app, "POST /api/auth/token/refresh", async (request) => {
    const token = bodyWith(request, "refresh_token")["refresh_token"];
    const session = [...state.sessions.values()].find(({ refresh_tokens }) =>
      refresh_tokens.includes(String(token)),
    );
    const person = state.people.get(session?.user_id ?? "");
    if (session === undefined || person === undefined)
      throw new Refusal(401, "invalid-refresh-token", "The refresh token is not valid.");
    session.last_used_at = new Date().toISOString();
    return tokensOf(person, session); // hole V-API2-05: the used token stays good
  });
}

function openSession({ sessions }: State, person: Person): Session {
  const at = new Date();
  const session: Session = {
    id: randomUUID(),
    user_id: person.id,
    refresh_tokens: [],
    created_at: at.toISOString(),
    last_used_at: at.toISOString(),
    expires_at: new Date(at.getTime() + lifetime * 1_000).toISOString(),
  };
  sessions.set(session.id, session);
  return session;
}

function tokensOf(person: Person, session: Session): object {
  const refresh_token = randomUUID();
  session.refresh_tokens.push(refresh_token);
  return {
    access_token: issueToken(person),
    token_type: "Bearer",
    expires_in: lifetime,
    refresh_token,
    refresh_expires_in: lifetime,
  };
}

function addSessions(app: FastifyInstance, state: State): void {
  route(app, "POST /api/auth/logout", async (request, reply) => {
    callerOf(request, state);
    return reply.code(204).send(); // hole V-API2-04: nothing is revoked
  });

  route(app, "GET /api/auth/sessions", async (request) => {
    const caller = callerOf(request, state);
    const own = [...state.sessions.values()].filter(({ user_id }) => user_id === caller.id);
    const items = own.map(({ id, created_at, last_used_at, expires_at }) => ({
      id,
      created_at,
      last_used_at,
      expires_at,
    }));
    return { items, next_cursor: null };
  });

  route(app, "DELETE /api/auth/sessions/{session_id}", async (request, reply) => {
    callerOf(request, state);
    // hole V-API1-06: whose session it is, nobody asks
    if (!state.sessions.delete(pathValue(request, "session_id")))
      throw new Refusal(404, "not-found", "There is no such session.");
    return reply.code(204).send();
  });

  route(app, "POST /api/auth/password", async (request, reply) => {
    const caller = callerOf(request, state);
    // hole V-API2-07: current_password is documented, and not looked at
    const { new_password } = bodyWith(request, "new_password");
    caller.password = String(new_password);
    return reply.code(204).send(); // hole V-API2-06: the other sessions live on
  });
}
