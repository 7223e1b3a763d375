/**
 * Proofs for the restaurant.
 *
 * @module
 */

import { strict as assert } from "node:assert";
import { at, type Proof, type Visit } from "../visit.ts";
import { listening } from "./cars.ts";

async function role(visit: Visit, name: string): Promise<unknown> {
  return at((await visit.as(name, "GET /profile")).body, "/role");
}

/** By the sentence of the hole. */
export const proofs: Readonly<Record<string, Proof>> = {
  "Any guest reads any order.": async (visit) => {
    const order = { delivery_address: "Alice Lane 1", item_id: 1 };
    const made = await visit.as("alice", "POST /orders", order);
    const line = `/orders/${String(at(made.body, "/id"))}`;
    const foreign = await visit.as("bob", `GET ${line}`);
    assert.equal(at(foreign.body, "/delivery_address"), "Alice Lane 1");
    assert.deepEqual((await visit.as("bob", "GET /orders")).body, []);
    const moved = await visit.as("bob", `PATCH ${line}`, { delivery_address: "Bob Lane" });
    assert.equal(moved.status, 404);
    assert.equal((await visit.as("nobody", `GET ${line}`)).status, 401);
  },
  "The code is in the answer.": async (visit) => {
    const sent = await visit.as("nobody", "POST /reset-password", { username: "alice" });
    const reset_password_code = /\d{6}/.exec(String(at(sent.body, "/sms/text")))?.[0];
    const body = { username: "alice", new_password: "taken-over" };
    const reset = async (code: unknown): Promise<number> =>
      (
        await visit.as("nobody", "POST /reset-password/new", {
          ...body,
          reset_password_code: code,
        })
      ).status;
    assert.deepEqual([await reset("wrong"), await reset(reset_password_code)], [400, 200]);
  },
  "A guest sets the own role.": async (visit) => {
    assert.equal((await visit.as("alice", "GET /admin/users")).status, 403);
    await visit.as("alice", "PATCH /profile", { role: "Chef" });
    assert.equal(await role(visit, "alice"), "Chef");
    assert.equal((await visit.as("alice", "GET /admin/users")).status, 200);
  },
  "Any guest makes employees.": async (visit) => {
    const body = { username: "bob", role: "Employee" };
    await visit.as("alice", "PUT /users/update_role", body);
    assert.equal(await role(visit, "bob"), "Employee");
    const chef = await visit.as("alice", "PUT /users/update_role", { ...body, role: "Chef" });
    assert.equal(chef.status, 403);
  },
  "Any guest removes dishes.": async (visit) => {
    const dish = { name: "Stew", price: 9 };
    assert.equal((await visit.as("alice", "PUT /menu", dish)).status, 403);
    const made = await visit.as("emil", "PUT /menu", dish);
    const line = `DELETE /menu/${String(at(made.body, "/id"))}`;
    assert.equal((await visit.as("nobody", line)).status, 401);
    assert.equal((await visit.as("alice", line)).status, 204);
    assert.doesNotMatch(JSON.stringify((await visit.as("alice", "GET /menu")).body), /Stew/);
  },
  "Two at once are two referrals.": async (visit) => {
    const { body } = await visit.as("bob", "GET /referral");
    const refer = async (): Promise<number> =>
      (await visit.as("alice", "POST /referral", body)).status;
    await Promise.all(Array.from({ length: 10 }, refer));
    const coupons = at((await visit.as("alice", "GET /coupons")).body, "/coupons");
    assert.ok(Number(coupons) > 1, String(coupons));
    assert.equal(await refer(), 400);
  },
  "A guest refers the own account.": async (visit) => {
    const { body } = await visit.as("alice", "GET /referral");
    assert.equal((await visit.as("alice", "POST /referral", body)).status, 200);
    assert.equal(at((await visit.as("alice", "GET /coupons")).body, "/coupons"), 2);
  },
  "The picture is fetched from any URL.": async (visit) =>
    listening(async (image_url, hits) => {
      const cook = async (extra: object): Promise<string> => {
        const made = await visit.as("emil", "PUT /menu", { name: "Pie", price: 5, ...extra });
        return Buffer.from(String(at(made.body, "/image_base64")), "base64").toString();
      };
      assert.deepEqual([await cook({}), hits()], ["", 0]);
      assert.deepEqual([await cook({ image_url }), hits()], ["internal-canary", 1]);
    }),
  "The parameter is a shell line.": async (visit) => {
    const line = "GET /admin/stats/disk?parameters=";
    const ask = async (shell: string, name = "carla"): Promise<string> =>
      String(at((await visit.as(name, line + encodeURIComponent(shell))).body, "/output"));
    assert.match(await ask("; echo $((41*271))"), /\b11111\b/);
    assert.match(await ask("| id"), /uid=0/);
    assert.match(await ask("$(echo x)"), /Filesystem/);
    assert.doesNotMatch(await ask("/tmp"), /11111|uid/);
    assert.equal(await ask("; id", "alice"), "undefined");
  },
  "The server says its versions.": async (visit) => {
    const health = await visit.as("nobody", "GET /healthcheck");
    assert.match(health.headers.get("server") ?? "", /\d\.\d/);
  },
};
