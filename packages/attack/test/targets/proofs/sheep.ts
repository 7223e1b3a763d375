/**
 * Proofs for the sheep.
 *
 * @module
 */

import { strict as assert } from "node:assert";
import { at, type Proof, type Visit } from "../visit.ts";

async function farmer(visit: Visit, name: string): Promise<string> {
  const { body } = await visit.as(name, "GET /farmers");
  const found = (body as readonly { id: number; name: string }[]).find((one) => one.name === name);
  return String(found?.id);
}

async function lamb(visit: Visit, name: string): Promise<{ farm: string; sheep: string }> {
  const farm = await farmer(visit, name);
  const made = await visit.as(name, `POST /farmers/${farm}/sheep`, { name: "Timmy", note: "shy" });
  return { farm, sheep: String(at(made.body, "/id")) };
}

/** By the sentence of the hole. */
export const proofs: Readonly<Record<string, Proof>> = {
  "Any farmer counts any flock.": async (visit) => {
    const farm = await farmer(visit, "alice");
    const flock = await visit.as("bob", `GET /farmers/${farm}/sheep`);
    assert.match(JSON.stringify(flock.body), /ear mark is a-/);
    assert.equal((await visit.as("bob", `GET /farmers/${farm}`)).status, 403);
    assert.equal((await visit.as("alice", `GET /farmers/${farm}`)).status, 200);
    assert.equal((await visit.as("bob", `POST /farmers/${farm}/sheep`, {})).status, 403);
  },
  "The farmer is checked, the sheep is not: own farm, foreign sheep.": async (visit) => {
    const { farm, sheep } = await lamb(visit, "alice");
    assert.equal((await visit.as("bob", `GET /farmers/${farm}/sheep/${sheep}`)).status, 403);
    const own = await farmer(visit, "bob");
    const found = await visit.as("bob", `GET /farmers/${own}/sheep/${sheep}`);
    assert.equal(at(found.body, "/note"), "shy");
  },
  "Whoever names the own farm gets the sheep.": async (visit) => {
    const { farm, sheep } = await lamb(visit, "alice");
    const line = `PATCH /sheep/${sheep}`;
    assert.equal((await visit.as("bob", line, { name: "Bob's" })).status, 403);
    assert.equal((await visit.as("bob", `DELETE /sheep/${sheep}`)).status, 403);
    await visit.as("bob", line, { farmerId: Number(await farmer(visit, "bob")) });
    const flock = await visit.as("alice", `GET /farmers/${farm}/sheep`);
    assert.doesNotMatch(JSON.stringify(flock.body), /Timmy/);
    assert.equal((await visit.as("bob", `DELETE /sheep/${sheep}`)).status, 204);
  },
  "A farmer sets isAdmin.": async (visit) => {
    const farm = await farmer(visit, "bob");
    assert.equal((await visit.as("bob", "GET /admin/farmers")).status, 403);
    await visit.as("bob", `PATCH /farmers/${farm}`, { isAdmin: true });
    assert.equal((await visit.as("bob", "GET /admin/farmers")).status, 200);
  },
  "A password of one character will do.": async (visit) => {
    const made = await visit.as("nobody", "POST /farmers", { name: "eve", password: "1" });
    assert.equal(made.status, 201);
    const none = await visit.as("nobody", "POST /farmers", { name: "eva", password: "" });
    assert.equal(none.status, 400);
    const authorization = `Basic ${Buffer.from("eve:1").toString("base64")}`;
    const seen = await visit.as("nobody", "GET /farmers", undefined, { authorization });
    assert.equal(seen.status, 200);
  },
  "A forgotten dump of all passwords.": async (visit) => {
    const dump = await visit.as("nobody", "GET /farmers/export");
    assert.match(String(dump.body), /alices-crook-7/);
    assert.equal((await visit.as("nobody", "GET /farmers/import")).status, 401);
  },
};
