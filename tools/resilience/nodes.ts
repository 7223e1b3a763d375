/**
 * Shops for a drill: one or two nodes on a database of their own.
 *
 * @module
 */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { DrillReport, Servers, Stage } from "./drill.ts";
import { examine, type Stock } from "./bookkeeping.ts";
import { newcomers, productIds } from "./people.ts";
import { paymentSecret, ShopProcess } from "./shop-process.ts";
import { startShoppers, type Ledger, type Load } from "./shoppers.ts";

/** Two nodes that share a database, Redis and their folder. */
export interface TwoNodes {
  readonly a: ShopProcess;
  readonly b: ShopProcess;
  readonly folder: string;
  readonly databaseUrl: string;
}

/** Starts two nodes at the same time on an empty database. */
export async function startTwoNodes(
  stage: Stage,
  servers: Servers,
  name: string,
): Promise<TwoNodes> {
  const folder = join(stage.folder, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const databaseUrl = await servers.postgresql.createDatabase(name);
  const place = { folder, databaseUrl, redisUrl: servers.redis.url, prefix: `${name}:`, nodes: 2 };
  const [a, b] = [await ShopProcess.at(place), await ShopProcess.at(place)];
  for (const node of [a, b]) stage.undo.push(() => node.kill());
  await Promise.all([a.start(), b.start()]);
  return { a, b, folder, databaseUrl };
}

/** Signs people up and lets them shop. */
export async function beginLoad(
  stage: Stage,
  nodes: readonly ShopProcess[],
  folder: string,
  clients: number,
): Promise<Load> {
  const [first] = nodes;
  if (first === undefined) throw new Error("there is no node");
  const load = startShoppers({
    origins: nodes.map(({ origin }) => origin),
    people: await newcomers(first.origin, clients),
    products: await productIds(first.origin),
    secret: paymentSecret(folder),
  });
  stage.undo.push(async () => load.abandon());
  return load;
}

/** Ends the load and compares the books. */
export async function settle(
  databaseUrl: string,
  ledger: Ledger,
  before: Stock,
  nodes: readonly ShopProcess[],
): Promise<DrillReport> {
  const books = await examine(databaseUrl, ledger, before);
  const errors = nodes.flatMap((node) => node.errors);
  return {
    figures: [
      `${books.orders} orders, ${books.executed} executed, ${ledger.redelivered} messages delivered twice`,
      `${ledger.requests} requests, ${ledger.hungUp} given up by the client, ${ledger.disturbed} without an answer or 503, longest ${Math.round(ledger.longest)} ms`,
    ],
    faults: [...books.faults, ...errors.map((line) => `logged: ${line.slice(0, 400)}`)],
  };
}
