/** What the shop is connected to: its database, Redis, the partner. */

import { join } from "node:path";
import { policyFaults } from "sekisho/authorization";
import { createEgress, unsafeDestinations } from "sekisho/egress";
import type { Clock } from "sekisho/kernel";
import { connectRedis, createMemoryQuotaStore, createRedisQuotaStore } from "sekisho/quota";
import { createStore, loginFaults, rowSecurityFaults, type Store } from "sekisho/store";
import { createPartner, partnerHost } from "./partner.ts";
import { startPartnerStandIn } from "./partner-stand-in.ts";
import { exemptions, migrations, policies } from "./schema.ts";
import type { Settings } from "./settings.ts";

/** Takes back one step of the start. */
export type Undo = () => unknown;

/** Refuses to serve from a database that does not protect its rows. */
async function requireProtectedRows(store: Store, production: boolean): Promise<void> {
  const faults = await store.asSystem("start: are the rows protected", async (session) => [
    // The database of a developer may hold tables of others, which requests cannot reach.
    ...(await rowSecurityFaults(session, exemptions, production ? "all" : "reachable")),
    ...(await policyFaults(session, policies)),
    ...(production ? await loginFaults(session) : []),
  ]);
  if (faults.length > 0) throw new Error(`the database is not protected: ${faults.join("; ")}`);
}

function databaseUrlOf(settings: Settings): string {
  return settings.DATABASE_URL?.reveal() ?? join(settings.SHOP_DATA, "shop");
}

/** The database, with its schema up to date and its rows protected. */
export async function openStore(
  settings: Settings,
  production: boolean,
  undo: Undo[],
): Promise<Store> {
  const store = await createStore({
    url: databaseUrlOf(settings),
    migrations,
    ...(settings.DATABASE_OWNER_URL === undefined
      ? {}
      : { ownerUrl: settings.DATABASE_OWNER_URL.reveal() }),
  });
  undo.push(() => store.close());
  await store.migrate();
  await requireProtectedRows(store, production);
  return store;
}

/** Where quotas are counted and revocations announced. */
export async function connectShared(
  settings: Settings,
  store: Store,
  clock: Clock | undefined,
  undo: Undo[],
) {
  if (settings.REDIS_URL === undefined)
    return {
      quotas: createMemoryQuotaStore(clock === undefined ? {} : { clock }),
      broadcast: store.broadcast,
    };
  const redis = connectRedis({ url: settings.REDIS_URL.reveal(), prefix: settings.SHOP_PREFIX });
  undo.push(() => redis.close());
  await redis.firstAttempt;
  return {
    // Without a clock of its own the time is that of Redis, on which all nodes agree.
    quotas: createRedisQuotaStore({
      shared: redis.shared,
      ...(clock === undefined ? {} : { clock }),
    }),
    broadcast: redis.broadcast,
  };
}

async function openStandIn(undo: Undo[]): Promise<number> {
  const standIn = await startPartnerStandIn();
  undo.push(() => standIn.close());
  return standIn.port;
}

/** The client of the partner; in development of the stand-in on this machine. */
export async function createPartnerClient(
  production: boolean,
  parts: Omit<Parameters<typeof createPartner>[0], "egress">,
  undo: Undo[],
  partnerPort: number | undefined,
) {
  const standInPort = production ? undefined : (partnerPort ?? (await openStandIn(undo)));
  const egress = createEgress({
    name: "partner",
    policy: { schemes: ["https"], hosts: [partnerHost], ports: [443] },
    userAgent: "sekisho-shop",
    ...(standInPort === undefined
      ? {}
      : {
          [unsafeDestinations]: {
            [`https://${partnerHost}`]: { address: "127.0.0.1", port: standInPort },
          },
        }),
    // Refusals are noted on the way of the request, which knows who asked: once is enough.
    clock: parts.clock,
  });
  undo.push(() => egress.close());
  return createPartner({ egress, ...parts });
}
