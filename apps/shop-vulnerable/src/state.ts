/** What this toy knows, all of it in memory and gone when it stops. */

import { randomBytes, randomUUID } from "node:crypto";
import { createCatalogue, type Catalogue } from "./catalogue.ts";

/** A person, the password in plain text among the rest. */
export interface Person {
  readonly id: string;
  username: string;
  password: string;
  display_name: string;
  email: string;
  roles: string[];
  status: string;
  salary: number | null;
  internal_notes: string;
  created_at: string;
}

/** A sign-in; each of its refresh tokens works for ever. */
export interface Session {
  readonly id: string;
  readonly user_id: string;
  readonly refresh_tokens: string[];
  readonly created_at: string;
  last_used_at: string;
  readonly expires_at: string;
}

/** One line of an order. */
export interface Line {
  readonly product_id: string;
  readonly quantity: number;
  readonly unit_price: number;
  readonly supplier_cost: number;
}

/** An order of `user_id`. */
export interface Order {
  readonly id: string;
  readonly user_id: string;
  status: string;
  readonly items: readonly Line[];
  total: number;
  readonly currency: string;
  readonly created_at: string;
  readonly supplier_cost: number;
  paid_amount: number;
}

/** Something that happened to an order. */
export interface OrderEvent {
  readonly type: string;
  readonly actor_id: string | null;
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A line of the log that admins read. */
export interface LogEntry {
  readonly id: string;
  readonly at: string;
  readonly name: string;
  readonly values: number;
}

/** Everything that the endpoints share. */
export interface State {
  readonly people: Map<string, Person>;
  readonly sessions: Map<string, Session>;
  readonly orders: Map<string, Order>;
  readonly orderEvents: Map<string, OrderEvent[]>;
  readonly log: LogEntry[];
  readonly catalogue: Catalogue;
}

/** An account to sign in with. */
export interface Account {
  readonly username: string;
  readonly password: string;
  readonly id: string;
  readonly roles: readonly string[];
}

/** A state with products and nobody. */
export function createState(): State {
  return {
    people: new Map(),
    sessions: new Map(),
    orders: new Map(),
    orderEvents: new Map(),
    log: [],
    catalogue: createCatalogue(),
  };
}

/** Adds a person; what is not named gets its default. */
export function addPerson(
  { people }: State,
  given: Pick<Person, "username" | "password" | "display_name" | "email"> & Partial<Person>,
): Person {
  const person: Person = {
    roles: ["user"],
    status: "active",
    salary: null,
    internal_notes: `customer number ${people.size + 1}, credit not checked`,
    ...given,
    id: randomUUID(),
    created_at: new Date().toISOString(),
  };
  people.set(person.id, person);
  return person;
}

const demoPeople: readonly (readonly [name: string, roles: string[], salary: number | null])[] = [
  ["alice", ["user"], null],
  ["bob", ["user"], null],
  ["carol", ["user", "admin"], 5_200_000],
];

/** Adds alice, bob and carol, an admin, with fresh passwords. */
export function addDemoAccounts(state: State): readonly Account[] {
  return demoPeople.map(([username, roles, salary]) => {
    const password = `${randomBytes(12).toString("base64url")}!`;
    const display_name = `${username.slice(0, 1).toUpperCase()}${username.slice(1)} Example`;
    const email = `${username}@shop.example`;
    const { id } = addPerson(state, { username, password, display_name, email, roles, salary });
    return { username, password, id, roles };
  });
}
