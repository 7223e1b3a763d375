/** API2: who somebody is. */

import { strict as assert } from "node:assert";
import { randomUUID } from "node:crypto";
import { forgeToken, type Proof, type World } from "../world.ts";

const me = async (world: World, token: string) => world.call("GET /api/users/me", { token });

/** By the id of the hole. */
export const identityProofs: Readonly<Record<string, Proof>> = {
  "V-API2-01": async (world) => {
    const { id } = await world.newPerson();
    const wrong = forgeToken({ sub: id }, { secret: "something else" });
    assert.equal((await me(world, wrong)).status, 401);

    assert.equal((await me(world, forgeToken({ sub: id }))).at("id"), id);
  },
  "V-API2-02": async (world) => {
    const { id, token } = await world.newPerson();
    const stripped = `${token.split(".").slice(0, 2).join(".")}.`;
    assert.equal((await me(world, stripped)).status, 401);

    assert.equal((await me(world, forgeToken({ sub: id }, { algorithm: "none" }))).at("id"), id);
  },
  "V-API2-03": async (world) => {
    const { id, token } = await world.newPerson();
    const claims = JSON.parse(
      Buffer.from(token.split(".")[1] ?? "", "base64url").toString(),
    ) as Readonly<Record<string, number>>;
    assert.equal(Number(claims["exp"]) - Number(claims["iat"]), 31_536_000);

    const expired = forgeToken({ sub: id, exp: 1_000_000_000 });
    assert.equal((await me(world, expired)).at("id"), id);
  },
  "V-API2-04": async (world) => {
    const { id, token, refreshToken } = await world.newPerson();
    assert.equal((await world.call("POST /api/auth/logout", { token })).status, 204);

    assert.equal((await me(world, token)).at("id"), id);
    const body = { refresh_token: refreshToken };
    assert.equal((await world.call("POST /api/auth/token/refresh", { body })).status, 200);
  },
  "V-API2-05": async (world) => {
    const { refreshToken } = await world.newPerson();
    const refresh = async (refresh_token: string) =>
      world.call("POST /api/auth/token/refresh", { body: { refresh_token } });
    assert.equal((await refresh(randomUUID())).status, 401);
    const first = await refresh(refreshToken);
    assert.notEqual(first.at("refresh_token"), refreshToken);

    assert.equal((await refresh(refreshToken)).status, 200);
  },
  "V-API2-06": async (world) => {
    const { id, username, password, token, refreshToken } = await world.newPerson();
    const other = await world.signIn(username, password);
    const change = { current_password: password, new_password: `${password}, once more` };
    await world.call("POST /api/auth/password", { as: other, body: change });
    const again = await world.call("POST /api/auth/token", { body: { username, password } });
    assert.equal(again.status, 401);

    assert.equal((await me(world, token)).at("id"), id);
    const body = { refresh_token: refreshToken };
    assert.equal((await world.call("POST /api/auth/token/refresh", { body })).status, 200);
  },
  "V-API2-07": async (world) => {
    const { username, token } = await world.newPerson();
    const none = await world.call("POST /api/auth/password", { token, body: {} });
    assert.equal(none.status, 422);

    const body = { current_password: "no idea", new_password: "another good password" };
    assert.equal((await world.call("POST /api/auth/password", { token, body })).status, 204);
    assert.notEqual((await world.signIn(username, body.new_password)).id, "undefined");
  },
  "V-API2-08": async (world) => {
    const { id, username, password } = await world.newPerson();
    const guess = { username, password: "a wrong one" };
    for (let count = 0; count < 100; count++)
      assert.equal((await world.call("POST /api/auth/token", { body: guess })).status, 401);

    assert.equal((await world.signIn(username, password)).id, id);
  },
  "V-API2-09": async (world) => {
    const { username } = await world.newPerson();
    const detail = async (name: string) => {
      const body = { username: name, password: "a wrong one" };
      return (await world.call("POST /api/auth/token", { body })).at("detail");
    };
    assert.equal(await detail(username), await detail(username));
    assert.notEqual(await detail(username), await detail("nobody"));
  },
  "V-API2-10": async (world) => {
    const body = (password: string) => ({
      username: `weak-${randomUUID().slice(0, 8)}`,
      password,
      display_name: "Weak",
      email: "weak@shop.example",
    });
    assert.equal((await world.call("POST /api/auth/register", { body: body("") })).status, 422);

    assert.equal((await world.call("POST /api/auth/register", { body: body("1") })).status, 201);
  },
  "V-API2-11": async (world) => {
    const { id, token } = await world.newPerson();
    const wrong = await world.call("GET /api/users/me?access_token=a.b.c");
    assert.equal(wrong.status, 401);

    assert.equal((await world.call(`GET /api/users/me?access_token=${token}`)).at("id"), id);
  },
};
