/** Making a person: the account of the library and the profile of the shop, in one transaction. */

import { createId, Problem, type SqlSession } from "sekisho/kernel";
import { describePasswordRefusal } from "sekisho/authentication";
import type { Services } from "./services.ts";
import { refuseField } from "./shapes.ts";

/** Who is to be made. */
export interface NewPerson {
  readonly username: string;
  readonly password: string;
  readonly display_name: string;
  readonly email: string;
  readonly roles: readonly string[];
  readonly actor?: string;
}

/** A person who was made. */
export interface Person {
  readonly id: string;
  readonly username: string;
  readonly display_name: string;
}

/**
 * Makes a person.
 *
 * @throws Problem `name-taken`, `invalid-request` or `password-refused`.
 */
export async function createPerson(
  { authentication, clock, randomness }: Services,
  session: SqlSession,
  person: NewPerson,
): Promise<Person> {
  const id = createId(clock, randomness);
  const registered = await authentication.register(session, {
    subject: id,
    signInName: person.username,
    password: person.password,
    roles: person.roles,
    context: [person.display_name, person.email],
    ...(person.actor === undefined ? {} : { actor: person.actor }),
  });
  if (registered.effect === "deny") throw refusalOf(registered.reason);
  await session.query(
    `INSERT INTO shop_user (id, display_name, email, created_at) VALUES ($1, $2, $3, $4)`,
    [id, person.display_name, person.email, new Date(clock.now())],
  );
  return { id, username: registered.signInName, display_name: person.display_name };
}

type Refusal = Extract<
  Awaited<ReturnType<Services["authentication"]["register"]>>,
  { readonly effect: "deny" }
>["reason"];

function refusalOf(reason: Refusal): Problem {
  if (reason === "name-taken") return new Problem("name-taken");
  if (reason === "name-unusable") return refuseField("#/username", "cannot be used", reason);
  return passwordRefused("#/password", reason);
}

/** The problem of a password that the policy refuses, with what to change. */
export function passwordRefused(
  pointer: string,
  reason: Parameters<typeof describePasswordRefusal>[0],
): Problem {
  const errors = [{ pointer, detail: describePasswordRefusal(reason) }];
  return new Problem("password-refused", { errors }, { reason });
}
