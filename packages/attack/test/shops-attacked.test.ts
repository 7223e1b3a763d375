import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { readSettings, startShop } from "@sekisho/shop";
import { holes, startVulnerableShop } from "@sekisho/shop-vulnerable";
import { runAttack, type Report } from "../src/index.ts";

/** What both shops print of a demo account. */
interface Account {
  readonly username: string;
  readonly password: string;
  readonly roles: readonly string[];
}

function attack(origin: string, accounts: readonly Account[]): Promise<Report> {
  const principals = accounts.map(({ username, password, roles }) => ({
    name: username,
    role: roles.includes("admin") ? "admin" : "user",
    login: {
      request: "POST /api/auth/token",
      body: { username, password },
      token: "/access_token",
    },
  }));
  const openApi = `${origin}/openapi.json`;
  return runAttack({ target: origin, openApi, principals: { principals }, allowDestructive: true });
}

async function attackShop(): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), "sekisho-attacked-"));
  const environment = { PORT: "0", OPS_PORT: "0", DATABASE_URL: "memory:", SHOP_LOG: "silent" };
  const { values } = readSettings({ ...environment, SHOP_DATA: folder });
  const shop = await startShop(values, false, { mode: "test" });
  try {
    return await attack(shop.origin, shop.demoAccounts);
  } finally {
    await shop.close();
    await rm(folder, { recursive: true });
  }
}

async function attackTwin(): Promise<Report> {
  const twin = await startVulnerableShop({ port: 0 });
  try {
    return await attack(twin.origin, twin.accounts);
  } finally {
    await twin.close();
  }
}

/** Operations that only a signed message, the run's own session or a code of a problem reaches. */
const unreached = [
  "DELETE /api/auth/sessions/{session_id}",
  "POST /api/webhooks/payment",
  "GET /problems/{code}",
];

describe("the shop under attack", () => {
  it("has nothing found, though nearly all of it was reached", async () => {
    const report = await attackShop();
    const found = report.findings.map(({ target, because }) => `${target}: ${because}`);
    assert.deepEqual(found, []);
    const left = report.reach.filter(({ reachedAs }) => reachedAs.length === 0);
    assert.deepEqual(left.map(({ operation }) => operation).toSorted(), unreached.toSorted());
    const judged = report.risks.reduce((sum, risk) => sum + risk.protected, 0);
    assert.ok(judged >= 100, `only ${judged} attacks were judged`);
  });
});

/** Operations of the twin with a technique that must prove a hole there. */
const proven: readonly (readonly [string, string])[] = [
  ["GET /api/orders/{order_id}", "A1-01"],
  ["GET /api/users/{user_id}", "A1-01"],
  ["GET /api/orders", "A1-09"],
  ["GET /api/users/me", "J-04"],
  ["POST /api/auth/token", "J-09"],
  ["POST /api/auth/token", "C-01"],
  ["POST /api/auth/logout", "S-06"],
  ["POST /api/auth/token/refresh", "S-08"],
  ["GET /api/admin/inventory", "S-01"],
  ["PATCH /api/users/me", "M-02"],
  ["POST /api/auth/register", "M-01"],
  ["POST /api/orders", "M-12"],
  ["GET /api/users/me", "X-03"],
  ["POST /api/fetch-metadata", "U-01"],
  ["GET /api/users/me", "K-03"],
  ["GET /api/v0/search", "I-02"],
];

describe("its vulnerable twin under attack", () => {
  it("has these holes proven", async () => {
    const { findings } = await attackTwin();
    const shown = new Set(
      findings.flatMap(({ target, techniques }) => techniques.map((id) => `${target} ${id}`)),
    );
    const missed = proven.filter(([target, id]) => !shown.has(`${target} ${id}`));
    assert.deepEqual(missed, []);
  });

  it("has them in its own table of holes", () => {
    const risks = new Set(holes.map(({ risk }) => risk));
    assert.equal(risks.size, 10);
  });
});
