/**
 * Those who use the shop in a drill.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { call } from "./call.ts";

/** Somebody who is signed in. */
export interface Person {
  readonly id: string;
  readonly username: string;
  readonly password: string;
  readonly token: string;
}

/** Signs in and returns the access token. */
export async function signIn(origin: string, username: string, password: string): Promise<string> {
  const answer = await call(`${origin}/api/auth/token`, { json: { username, password } });
  if (answer.status !== 200) throw new Error(`sign-in was answered ${answer.status}`);
  return String(answer.member("access_token"));
}

/** Registers somebody new. */
export async function register(origin: string): Promise<Omit<Person, "token">> {
  const username = `drill-${randomBytes(6).toString("hex")}`;
  const password = `${randomBytes(15).toString("base64url")}!`;
  const answer = await call(`${origin}/api/auth/register`, {
    json: { username, password, display_name: "Drill", email: `${username}@mail.example` },
  });
  if (answer.status !== 201) throw new Error(`registration was answered ${answer.status}`);
  return { id: String(answer.member("id")), username, password };
}

/** Registers somebody new and signs in. */
export async function newcomer(origin: string): Promise<Person> {
  const person = await register(origin);
  return { ...person, token: await signIn(origin, person.username, person.password) };
}

/** So many newcomers, one after the other: hashing passwords is work. */
export async function newcomers(origin: string, count: number): Promise<readonly Person[]> {
  const people: Person[] = [];
  while (people.length < count) people.push(await newcomer(origin));
  return people;
}

/** Ids of some products. */
export async function productIds(origin: string): Promise<readonly string[]> {
  const answer = await call(`${origin}/api/search?limit=10`);
  const items = (answer.member("items") ?? []) as readonly { readonly id: string }[];
  if (items.length === 0) throw new Error(`search was answered ${answer.status}, without products`);
  return items.map(({ id }) => id);
}
