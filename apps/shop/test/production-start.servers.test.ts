/**
 * A start in production (requirements 6.4): the conveniences are gone, and a database that does not
 * protect its rows is refused. Needs the servers; what needs none is in `settings.test.ts`.
 */

import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { readSettings, startShop, type Shop } from "@sekisho/shop";
import { createScratchDatabase, createStore, type ScratchDatabase } from "sekisho/store";
import { testPostgresqlUrl } from "sekisho/testing";
import { fieldOf, textOf } from "./hardened-answer.ts";
import { paymentEvent, paymentPath, standardHeaders } from "./payment-sender.ts";
import { exchange, type RawAnswer } from "./raw-exchange.ts";
import { backend, testRedisUrl } from "./running-shop.ts";

const suffix = randomBytes(6).toString("hex");
const login = `sekisho_login_${suffix}`;
const secret = `whsec_${randomBytes(32).toString("base64")}`;

/** Runs a statement as the owner of the server, in a database of its own. */
async function asOwner(sql: string): Promise<void> {
  const scratch = await createScratchDatabase(testPostgresqlUrl(), randomBytes(6).toString("hex"));
  const store = await createStore({ url: scratch.url, migrations: [{ id: "test", sql }] });
  try {
    await store.migrate();
  } finally {
    await store.close();
    await scratch.drop();
  }
}

if (backend === "servers")
  describe("the shop in production", () => {
    let folder: string;
    let scratch: ScratchDatabase;

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "sekisho-production-"));
      scratch = await createScratchDatabase(testPostgresqlUrl(), suffix);
      await asOwner(`CREATE ROLE ${login} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '${suffix}'`);
    });
    after(async () => {
      await scratch.drop();
      await asOwner(`DROP ROLE ${login}`);
      await rm(folder, { recursive: true });
    });

    function start(databaseUrl: string, ownerUrl?: string): Promise<Shop> {
      const key = generateKeyPairSync("ed25519").privateKey;
      const { values, production } = readSettings(
        {
          NODE_ENV: "production",
          PORT: "0",
          OPS_PORT: "0",
          SHOP_DATA: join(folder, "var"),
          SHOP_LOG: "silent",
          SHOP_PREFIX: `sekisho-test:${suffix}:`,
          DATABASE_URL: databaseUrl,
          ...(ownerUrl === undefined ? {} : { DATABASE_OWNER_URL: ownerUrl }),
          REDIS_URL: testRedisUrl,
          PAYMENT_WEBHOOK_SECRET: secret,
          SIGNING_KEY: key.export({ type: "pkcs8", format: "pem" }).toString(),
          SHOP_ISSUER: "https://shop.example",
          SHOP_AUDIENCE: "https://shop.example/api",
          SHOP_HOSTS: "shop.example",
          TRUSTED_PROXIES: "192.0.2.1",
        },
        [],
      );
      return startShop(values, production);
    }

    function loginUrl(): string {
      const url = new URL(scratch.url);
      [url.username, url.password] = [login, suffix];
      return url.href;
    }

    it("refuses a login that row-level security does not bind", async () => {
      await assert.rejects(start(scratch.url), /the database is not protected: .*superuser/);
    });

    it("serves with a login that owns nothing, and without any convenience", async () => {
      const shop = await start(loginUrl(), scratch.url);
      try {
        const send = (path: string): Promise<RawAnswer> => exchange(shop.origin, textOf({ path }));
        const ready = await send("/readyz");
        assert.equal(ready.status, 200, ready.body);
        assert.match(fieldOf(ready, "strict-transport-security") ?? "", /^max-age=/);

        assert.deepEqual(shop.demoAccounts, []);
        const names = JSON.stringify({ username: "carol", password: "anything at all!" });
        const signIn = textOf({ method: "POST", path: "/api/auth/token", body: names });
        assert.equal((await exchange(shop.origin, signIn)).status, 401);
        const { body } = await send("/api/search?q=tea");
        assert.deepEqual(JSON.parse(body), { items: [], next_cursor: null });
        assert.deepEqual(await readdir(folder), []);
        assert.deepEqual(shop.services.partner.declaration.egress.unsafe, []);
      } finally {
        await shop.close();
      }
    });

    it("answers for its own hosts alone, and takes signed events with the given secret", async () => {
      const shop = await start(loginUrl(), scratch.url);
      try {
        const other = textOf({ path: "/livez" }).replace("shop.example", "other.example");
        assert.equal((await exchange(shop.origin, other)).status, 421);
        const body = paymentEvent("payment.succeeded", "019ab3c4-5d6e-7f80-9123-456789abcdef");
        const deliver = async (key: string): Promise<number> => {
          const { "content-type": _type, ...headers } = standardHeaders(key, body);
          const fields = Object.entries(headers).map((pair) => pair.join(": "));
          const message = textOf({ method: "POST", path: paymentPath, body, fields });
          return (await exchange(shop.origin, message)).status;
        };
        assert.equal(await deliver(secret), 202);
        assert.equal(await deliver(`whsec_${randomBytes(32).toString("base64")}`), 401);
      } finally {
        await shop.close();
      }
    });
  });
