/** Puts the shop together and takes it apart again. */

import { join } from "node:path";
import type { Api } from "sekisho/http";
import { createQuota } from "sekisho/quota";
import type { Store } from "sekisho/store";
import { connectShared, type Undo } from "./connections.ts";
import { layGround, type ShopParts } from "./ground.ts";
import { openApi } from "./open-api.ts";
import { openServices } from "./open-services.ts";
import { paymentSecretsOf } from "./secrets.ts";
import {
  isEmpty,
  seedAccounts,
  seedProducts,
  writeDemoAccounts,
  type DemoAccount,
} from "./seed.ts";
import type { Services } from "./services.ts";
import type { Settings } from "./settings.ts";

/** A running shop. */
export interface Shop {
  readonly origin: string;
  readonly operationsOrigin: string;
  readonly api: Api;
  readonly store: Store;
  readonly services: Services;
  /** Accounts made at this start; empty when the database was not. */
  readonly demoAccounts: readonly DemoAccount[];
  readonly demoAccountsFile: string;
  readonly paymentSecret: string;
  close(): Promise<void>;
}

/** Fills an empty shop of development. */
async function seed(services: Services, file: string): Promise<readonly DemoAccount[]> {
  return services.store.asSystem("start: fill an empty shop", async (session) => {
    if (!(await isEmpty(session))) return [];
    await seedProducts(services, session);
    const accounts = await seedAccounts(services, session);
    writeDemoAccounts(file, accounts);
    return accounts;
  });
}

/**
 * Starts the shop.
 *
 * @throws ApiFaults, ConfigurationFaults or Error when something is not as it must be; what was
 * opened is closed again.
 */
export async function startShop(
  settings: Settings,
  production: boolean,
  parts: ShopParts = {},
): Promise<Shop> {
  const undo: Undo[] = [];
  try {
    return await assemble(settings, production, parts, undo);
  } catch (error) {
    await unwind(undo);
    throw error;
  }
}

async function unwind(undo: Undo[]): Promise<void> {
  for (const step of undo.splice(0).toReversed()) await step();
}

async function assemble(
  settings: Settings,
  production: boolean,
  parts: ShopParts,
  undo: Undo[],
): Promise<Shop> {
  const ground = await layGround(settings, production, parts, undo);
  const { clock, events, randomness, store } = ground;
  const { quotas, broadcast } = await connectShared(settings, store, parts.clock, undo);
  const liveNodes = (): number => settings.SHOP_NODES;
  const limiter = createQuota({ store: quotas, events, clock, liveNodes });
  const paymentSecrets = paymentSecretsOf(settings, randomness);
  const services = await openServices(ground, paymentSecrets, broadcast);
  const { api, operations } = await openApi(ground, services, limiter);

  const demoAccountsFile =
    settings.DEMO_ACCOUNTS_FILE ?? join(settings.SHOP_DATA, "demo-accounts.json");
  const demoAccounts = production ? [] : await seed(services, demoAccountsFile);
  const operationsOrigin = await operations.listen({
    host: settings.OPS_HOST,
    port: settings.OPS_PORT,
  });
  const origin = await api.listen({ host: settings.HOST, port: settings.PORT });
  return {
    origin,
    operationsOrigin,
    api,
    store,
    services,
    demoAccounts,
    demoAccountsFile,
    paymentSecret: paymentSecrets[0],
    close: () => unwind(undo),
  };
}
