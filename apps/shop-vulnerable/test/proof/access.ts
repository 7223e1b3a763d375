/** API1 and API5: who may do what. */

import { strict as assert } from "node:assert";
import { randomUUID } from "node:crypto";
import type { Proof, World } from "../world.ts";

const victimAndThief = async (world: World) => ({
  victim: await world.newPerson(),
  thief: await world.newPerson(),
});

/** The thief takes a step of the victim's order, and the victim sees it. */
const foreignStep =
  (step: string, status: string, expected: number): Proof =>
  async (world) => {
    const { victim, thief } = await victimAndThief(world);
    const own = await world.newOrder(victim);
    const target = await world.newOrder(victim);
    const control = await world.call(`POST /api/orders/${own}/${step}`, { as: victim });
    assert.equal(control.status, expected);
    assert.equal((await world.call(`POST /api/orders/${target}/${step}`)).status, 401);

    assert.equal(
      (await world.call(`POST /api/orders/${target}/${step}`, { as: thief })).status,
      expected,
    );
    const after = await world.call(`GET /api/orders/${target}`, { as: victim });
    assert.equal(after.at("status"), status);
  };

const foreignOrder =
  (suffix: string, place: readonly (string | number)[]): Proof =>
  async (world) => {
    const { victim, thief } = await victimAndThief(world);
    const path = `/api/orders/${await world.newOrder(victim)}${suffix}`;
    const own = await world.call(`GET ${path}`, { as: victim });
    assert.equal(own.at(...place), victim.id);
    assert.equal((await world.call(`GET ${path}`)).status, 401);
    const missing = await world.call(`GET /api/orders/${randomUUID()}${suffix}`, { as: thief });
    assert.equal(missing.status, 404);

    assert.equal((await world.call(`GET ${path}`, { as: thief })).text, own.text);
  };

const objects: Readonly<Record<string, Proof>> = {
  "V-API1-01": foreignOrder("", ["user_id"]),
  "V-API1-02": foreignOrder("/events", ["items", 0, "actor_id"]),
  "V-API1-03": foreignStep("validate", "validated", 200),
  "V-API1-04": foreignStep("execute", "executed", 202),
  "V-API1-05": foreignStep("cancel", "cancelled", 200),
  "V-API1-06": async (world) => {
    const { victim, thief } = await victimAndThief(world);
    const before = await world.call("GET /api/auth/sessions", { as: victim });
    const path = `/api/auth/sessions/${String(before.at("items", 0, "id"))}`;
    assert.equal((await world.call(`DELETE ${path}`)).status, 401);

    assert.equal((await world.call(`DELETE ${path}`, { as: thief })).status, 204);
    const after = await world.call("GET /api/auth/sessions", { as: victim });
    assert.equal(after.at("items", "length"), 0);
  },
  "V-API1-07": async (world) => {
    const { victim, thief } = await victimAndThief(world);
    const id = await world.newOrder(victim);
    const own = await world.call("GET /api/orders", { as: thief });
    assert.equal(own.at("items", "length"), 0);

    const stolen = await world.call(`GET /api/orders?user_id=${victim.id}`, { as: thief });
    assert.equal(stolen.at("items", 0, "id"), id);
  },
  "V-API1-08": async (world) => {
    const { victim, thief } = await victimAndThief(world);
    const own = await world.call(`GET /api/users/${victim.id}`, { as: victim });
    assert.equal(own.at("username"), victim.username);
    assert.equal((await world.call(`GET /api/users/${victim.id}`)).status, 401);

    const stolen = await world.call(`GET /api/users/${victim.id}`, { as: thief });
    assert.equal(stolen.at("username"), victim.username);
  },
};

/** A call that only admins should make, made by a user and refused to nobody in particular. */
const forEverybody =
  (endpoint: string, body?: (name: string) => object): Proof =>
  async (world) => {
    const user = await world.newPerson();
    const path = endpoint.replace("{user_id}", user.id);
    const sent = () =>
      body === undefined ? {} : { body: body(`made-${randomUUID().slice(0, 8)}`) };
    const control = await world.call(path, { as: await world.admin(), ...sent() });
    assert.ok(control.status < 300, control.text);
    assert.equal((await world.call(path, sent())).status, 401);

    const answer = await world.call(path, { as: user, ...sent() });
    assert.equal(answer.status, control.status);
    assert.match(answer.text, body === undefined ? /"internal_notes"/ : /"roles":\["admin"\]/);
  };

const functions: Readonly<Record<string, Proof>> = {
  "V-API5-01": forEverybody("POST /api/admin/users", (username) => ({
    username,
    password: "correct horse battery staple",
    display_name: username,
    email: `${username}@shop.example`,
    roles: ["admin"],
  })),
  "V-API5-02": forEverybody("GET /api/admin/users"),
  "V-API5-03": forEverybody("GET /api/admin/users/{user_id}"),
  "V-API5-04": async (world) => {
    const user = await world.newPerson();
    const path = `/api/admin/users/${user.id}`;
    const body = { salary: 99_000 };
    assert.equal((await world.call(`PATCH ${path}`, { as: user, body })).status, 403);

    const headers = { "x-http-method-override": "PATCH" };
    assert.equal((await world.call(`POST ${path}`, { as: user, body, headers })).status, 200);
    const after = await world.call(`GET ${path}`, { as: await world.admin() });
    assert.equal(after.at("salary"), 99_000);
  },
  "V-API5-05": async (world) => {
    const control = await world.call("GET /api/admin/inventory", { as: await world.admin() });
    const answer = await world.call("GET /api/admin/inventory");
    assert.equal(answer.at("items", 0, "path"), "/api/auth/register");
    assert.equal(answer.text, control.text);
  },
  "V-API5-06": async (world) => {
    const user = await world.newPerson();
    const admin = await world.admin();
    assert.equal((await world.call("GET /api/admin/events", { as: user })).status, 403);
    assert.equal((await world.call("GET /api/admin/events", { as: admin })).status, 200);

    const answer = await world.call("GET /api/ADMIN/events", { as: user });
    assert.match(String(answer.at("items", 0, "name")), /^POST /);
  },
  "V-API5-07": async (world) => {
    const user = await world.newPerson();
    const call = async (role: string) =>
      world.call("GET /api/admin/events", { as: user, headers: { "x-role": role } });
    assert.equal((await call("user")).status, 403);
    assert.equal((await call("admin")).status, 200);
  },
  "V-API5-08": async (world) => {
    const admin = await world.admin();
    const { id, username, password } = await world.newPerson();
    const setRoles = async (roles: readonly string[]) =>
      world.call(`PATCH /api/admin/users/${id}`, { as: admin, body: { roles } });
    await setRoles(["user", "admin"]);
    const promoted = await world.signIn(username, password);
    assert.equal((await world.call("GET /api/admin/events", { as: promoted })).status, 200);
    await setRoles(["user"]);
    const demoted = await world.signIn(username, password);
    assert.equal((await world.call("GET /api/admin/events", { as: demoted })).status, 403);

    assert.equal((await world.call("GET /api/admin/events", { as: promoted })).status, 200);
  },
};

/** By the id of the hole. */
export const accessProofs: Readonly<Record<string, Proof>> = { ...objects, ...functions };
