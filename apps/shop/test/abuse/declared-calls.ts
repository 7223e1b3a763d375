/**
 * The endpoints as the shop declares them, and for each a request that succeeds. Whatever attacks
 * "every endpoint" starts here, so that a new one is attacked the moment it exists.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { AccessRule } from "sekisho/authorization";
import type { Endpoint } from "sekisho/http";
import type { EndpointDescription } from "sekisho/inventory";
import type { HeldClock } from "../held-clock.ts";
import { hmacHeaders } from "../payment-sender.ts";
import type { Answer, Person, RunningShop, Sent } from "../running-shop.ts";
import { sampleOf, type KnownValues, type Schema } from "./schema-samples.ts";

/** An endpoint of the running shop. */
export interface DeclaredEndpoint {
  /** Method and path. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly string[];
  readonly endpoint: Endpoint;
  readonly description: EndpointDescription;
  readonly body: Schema | undefined;
  readonly caller: Caller;
}

/** Who may call an endpoint. */
export type Caller = "anonymous" | "user" | "admin" | "webhook";

/** A request that succeeds, and in whose name. */
export interface Call extends Sent {
  readonly path: string;
  readonly method: string;
  readonly person: Person;
}

/** Ids that lead nowhere: one that is well formed, and others that cannot be. */
export const missingId = "019ab3c4-5d6e-7f80-9123-456789abcdef";
export const malformedIds: readonly string[] = [
  "1",
  "0",
  "-1",
  "null",
  "me2",
  "%2a",
  "%27%20OR%201%3D1--",
  "..%2f",
  "019ab3c4-5d6e-7f80-9123-456789abcde",
  "019AB3C4-5D6E-7F80-9123-456789ABCDEF",
  "%7B019ab3c4-5d6e-7f80-9123-456789abcdef%7D",
  "019ab3c4-5d6e-7f80-9123-456789abcdef%20",
  "00000000-0000-0000-0000-000000000000",
];

function callerOf(access: AccessRule): Caller {
  switch (access.kind) {
    case "anonymous":
      return "anonymous";
    case "webhook":
      return "webhook";
    case "role":
      return access.role === "admin" ? "admin" : assert.fail(`nobody has role ${access.role}`);
    case "any-of":
      return access.rules.some((rule) => callerOf(rule) === "user") ? "user" : "admin";
    case "all-of":
      return access.rules.some((rule) => callerOf(rule) === "admin") ? "admin" : "user";
    case "step-up":
      return callerOf(access.rule);
    case "shadow":
      return callerOf(access.enforced);
    case "authenticated":
    case "self":
    case "owner":
      return "user";
  }
}

/** Every endpoint that the shop declares; fails when there are suspiciously few. */
export function declaredEndpoints(running: RunningShop): readonly DeclaredEndpoint[] {
  const { compiled, endpoints } = running.shop.api;
  assert.equal(compiled.length, endpoints.length);
  assert.ok(endpoints.length >= 36, `only ${endpoints.length} endpoints are declared`);
  return compiled.map(({ endpoint, parameterNames }, index) => {
    const description = endpoints[index] ?? assert.fail("an endpoint has no description");
    return {
      name: `${endpoint.method} ${endpoint.path}`,
      method: endpoint.method,
      path: endpoint.path,
      parameters: parameterNames,
      endpoint,
      description,
      body: description.requestBody?.schema,
      caller: callerOf(endpoint.access),
    };
  });
}

/** Puts values into the path. */
export function fillPath(path: string, values: Readonly<Record<string, string>>): string {
  return path.replaceAll(/:(\w+)/g, (_, name: string) => values[name] ?? assert.fail(name));
}

/** Prepares requests against one shop whose clock the test holds. */
export interface Calls {
  readonly endpoints: readonly DeclaredEndpoint[];
  /** Sends, and lets time pass where a quota asks for it. */
  send(path: string, sent?: Sent): Promise<Answer>;
  /** Somebody new who may call the endpoint, freshly signed in. */
  person(caller: Caller): Promise<Person>;
  /** Another session of the same person. */
  again(person: Person): Promise<Person>;
  /** An order of the person in that state. */
  order(person: Person, state?: string): Promise<string>;
  /** A request that succeeds. */
  prepare(declared: DeclaredEndpoint, as?: Person): Promise<Call>;
}

const steps: Readonly<Record<string, readonly string[]>> = {
  draft: [],
  validated: ["validate"],
  executed: ["validate", "execute"],
};

/** Makes them. */
export function createCalls(running: RunningShop, clock: HeldClock): Calls {
  const endpoints = declaredEndpoints(running);

  async function send(path: string, sent?: Sent): Promise<Answer> {
    for (let patience = 3; ; patience--) {
      const answer = await running.send(path, sent);
      if (answer.status !== 429 || patience === 0) return answer;
      clock.pass(Number(answer.headers.get("retry-after")));
    }
  }

  async function person(caller: Caller): Promise<Person> {
    // Registering and signing in stay below one a second, which their quotas allow for ever.
    clock.pass(2);
    return caller === "admin" ? running.signIn("carol") : running.newcomer();
  }

  async function again({ id, username, password }: Person): Promise<Person> {
    const answer = await send("/api/auth/token", { json: { username, password } });
    assert.equal(answer.status, 200, answer.text);
    const tokens = answer.json();
    const token = String(tokens["access_token"]);
    return { id, username, password, token, refreshToken: String(tokens["refresh_token"]) };
  }

  async function order(who: Person, state = "draft"): Promise<string> {
    const id = await running.order(who);
    for (const step of steps[state] ?? assert.fail(`no order is made ${state} here`)) {
      const taken = await send(`/api/orders/${id}/${step}`, { method: "POST", token: who.token });
      assert.ok(taken.status < 300, taken.text);
    }
    return id;
  }

  async function parameter(declared: DeclaredEndpoint, name: string, who: Person): Promise<string> {
    const { endpoint } = declared;
    switch (name) {
      case "order_id":
        return order(who, endpoint.step?.flow.steps[endpoint.step.name]?.from[0]);
      case "session_id":
        return sessionOf(await again(who));
      case "user_id":
        return declared.caller === "admin" ? (await person("user")).id : who.id;
      case "code":
        return "not-found";
      default:
        return assert.fail(`nobody told declared-calls.ts how to make a :${name}`);
    }
  }

  async function sessionOf({ token }: Person): Promise<string> {
    const { items } = (await send("/api/auth/sessions", { token })).json() as {
      items: readonly { id: string; current: boolean }[];
    };
    return items.find(({ current }) => current)?.id ?? assert.fail("no session is current");
  }

  async function known(declared: DeclaredEndpoint, who: Person): Promise<KnownValues> {
    const isSignIn = declared.path === "/api/auth/token";
    return {
      username: isSignIn ? who.username : `sample-${randomBytes(6).toString("hex")}`,
      password: isSignIn ? who.password : "a long enough passphrase",
      current_password: who.password,
      new_password: "another long enough passphrase",
      refresh_token: who.refreshToken,
      product_id: await running.product(),
      order_id: declared.caller === "webhook" ? await order(who, "executed") : undefined,
    };
  }

  async function prepare(declared: DeclaredEndpoint, as?: Person): Promise<Call> {
    const who = as ?? (await person(declared.caller));
    const { method, body, description, caller } = declared;
    const values: Record<string, string> = {};
    for (const name of declared.parameters) values[name] = await parameter(declared, name, who);
    const path = fillPath(declared.path, values);
    const common = {
      path,
      method,
      person: who,
      ...(caller === "user" || caller === "admin" ? { token: who.token } : {}),
    };
    if (body === undefined) return common;
    const json = description.requestBody?.example ?? sampleOf(body, await known(declared, who));
    return caller === "webhook" ? { ...common, ...signed(running, json) } : { ...common, json };
  }

  return { endpoints, send, person, again, order, prepare };
}

/** A body as the payment service sends it. */
export function signed(running: RunningShop, json: unknown): Pick<Sent, "body" | "headers"> {
  const body = JSON.stringify(json);
  return { body, headers: hmacHeaders(running.shop.paymentSecret, body) };
}
