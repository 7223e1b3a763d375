/** A shop of its own for a test file: on PGlite and memory, or on PostgreSQL and Redis. */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSettings, startShop, type Shop, type ShopParts } from "@sekisho/shop";
import { createScratchDatabase } from "sekisho/store";
import { testPostgresqlUrl } from "sekisho/testing";

/** Which backend the file runs on; said by the test command. */
export const backend: "embedded" | "servers" =
  process.env["SEKISHO_TEST_BACKEND"] === "servers" ? "servers" : "embedded";

/** Redis of the tests. */
export const testRedisUrl = process.env["SEKISHO_TEST_REDIS_URL"] ?? "redis://127.0.0.1:6379";

/** An answer, read whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; fails the test when it is none. */
  json(): Record<string, unknown>;
}

/** What is sent. */
export interface Sent {
  readonly method?: string;
  readonly token?: string | undefined;
  readonly json?: unknown;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A person of the tests. */
export interface Person {
  readonly id: string;
  readonly username: string;
  readonly password: string;
  readonly token: string;
  readonly refreshToken: string;
}

/** A shop under test. */
export interface RunningShop {
  readonly shop: Shop;
  readonly origin: string;
  /** Errors that became a 500; a test that expects none asserts that this is empty. */
  readonly internalErrors: readonly unknown[];
  send(path: string, sent?: Sent): Promise<Answer>;
  /** Signs a demo account in. */
  signIn(username: "alice" | "bob" | "carol"): Promise<Person>;
  /** Registers somebody new and signs in. */
  newcomer(): Promise<Person>;
  /** The id of some product. */
  product(): Promise<string>;
  /** Starts an order of one product and returns its id. */
  order(person: Person): Promise<string>;
  /** Starts a second node on the same database and Redis; only with servers. */
  secondNode(parts?: ShopParts): Promise<RunningShop>;
  close(): Promise<void>;
}

/** Settings that a test sets beside those of the harness. */
export type TestEnvironment = Readonly<Record<string, string>>;

async function settingsOf(
  databaseUrl: string,
  folder: string,
  prefix: string,
  environment: TestEnvironment,
) {
  return readSettings({
    PORT: "0",
    OPS_PORT: "0",
    DATABASE_URL: databaseUrl,
    SHOP_DATA: folder,
    SHOP_LOG: "silent",
    SHOP_PREFIX: prefix,
    ...(backend === "servers" ? { REDIS_URL: testRedisUrl } : {}),
    ...environment,
  }).values;
}

/** Starts a shop on a fresh database. */
export async function runShop(
  parts: ShopParts = {},
  environment: TestEnvironment = {},
): Promise<RunningShop> {
  const suffix = randomBytes(6).toString("hex");
  const folder = await mkdtemp(join(tmpdir(), "sekisho-shop-"));
  const scratch =
    backend === "servers" ? await createScratchDatabase(testPostgresqlUrl(), suffix) : undefined;
  const url = scratch?.url ?? "memory:";
  const start = (own: ShopParts, sibling?: RunningShop) =>
    startNode({ url, folder, prefix: `sekisho-test:${suffix}:`, environment }, own, sibling);
  try {
    const first = await start(parts);
    const nodes: RunningShop[] = [];
    return {
      ...first,
      secondNode: async (own = parts) => {
        assert.equal(backend, "servers", "a second node needs servers that both reach");
        const node = await start(own, first);
        nodes.push(node);
        return node;
      },
      close: async () => {
        for (const node of nodes) await node.close();
        await first.close();
        await scratch?.drop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await scratch?.drop();
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

interface Place {
  readonly url: string;
  readonly folder: string;
  readonly prefix: string;
  readonly environment: TestEnvironment;
}

async function startNode(
  { url, folder, prefix, environment }: Place,
  parts: ShopParts,
  first?: RunningShop,
): Promise<RunningShop> {
  const internalErrors: unknown[] = [];
  const shop = await startShop(await settingsOf(url, folder, prefix, environment), false, {
    mode: "test",
    onInternalError: (error) => internalErrors.push(error),
    ...parts,
  });
  const accounts = first?.shop.demoAccounts ?? shop.demoAccounts;
  const { origin } = shop;
  const send = (path: string, sent: Sent = {}): Promise<Answer> => sendTo(`${origin}${path}`, sent);

  async function person(id: string, username: string, password: string): Promise<Person> {
    const answer = await send("/api/auth/token", { json: { username, password } });
    assert.equal(answer.status, 200, answer.text);
    const tokens = answer.json();
    const token = String(tokens["access_token"]);
    return { id, username, password, token, refreshToken: String(tokens["refresh_token"]) };
  }

  async function product(): Promise<string> {
    const { rows } = await shop.store.asSystem("test: some product", (session) =>
      session.query<{ id: string }>("SELECT id FROM shop_product ORDER BY id LIMIT 1"),
    );
    return rows[0]?.id ?? assert.fail("the shop has no product");
  }

  return {
    shop,
    origin,
    internalErrors,
    send,
    product,
    signIn: async (username) => {
      const account = accounts.find((one) => one.username === username);
      assert.ok(account, `no demo account ${username}`);
      return person(account.id, username, account.password);
    },
    newcomer: async () => {
      const username = `person-${randomBytes(6).toString("hex")}`;
      const password = `${randomBytes(12).toString("base64url")}!`;
      const json = { username, password, display_name: "New", email: `${username}@mail.example` };
      const answer = await send("/api/auth/register", { json });
      assert.equal(answer.status, 201, answer.text);
      return person(String(answer.json()["id"]), username, password);
    },
    order: async (who) => {
      const json = { items: [{ product_id: await product(), quantity: 1 }] };
      const answer = await send("/api/orders", { token: who.token, json });
      assert.equal(answer.status, 201, answer.text);
      return String(answer.json()["id"]);
    },
    secondNode: () => assert.fail("only the first node starts others"),
    close: () => shop.close(),
  };
}

/** Sends one request and reads the whole answer. */
export async function sendTo(url: string, sent: Sent): Promise<Answer> {
  const headers: Record<string, string> = { ...sent.headers };
  if (sent.token !== undefined) headers["authorization"] = `Bearer ${sent.token}`;
  if (sent.json !== undefined) headers["content-type"] ??= "application/json";
  const body = sent.json === undefined ? sent.body : JSON.stringify(sent.json);
  const response = await fetch(url, {
    method: sent.method ?? (body === undefined ? "GET" : "POST"),
    headers,
    redirect: "manual",
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: () => JSON.parse(text) as Record<string, unknown>,
  };
}

/** Everything of an answer that a client could compare, without what is fresh each time. */
export function visible(answer: Answer): unknown {
  const headers = Object.fromEntries(answer.headers);
  for (const name of ["date", "ratelimit"]) delete headers[name];
  const body = answer.text.replaceAll(
    /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g,
    "<id>",
  );
  return { status: answer.status, headers, body };
}
