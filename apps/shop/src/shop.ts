/** Puts the shop together and takes it apart again. */

import { join } from "node:path";
import { createDecisionLog, createEventQueue, recordEvent, type DecisionLog } from "sekisho/audit";
import {
  createAuthentication,
  createTokenIssuer,
  createTokenVerifier,
  defaultPasswordPolicy,
  principalClaims,
  publicJwks,
  type Authentication,
  type SigningKey,
} from "sekisho/authentication";
import { createCursors } from "sekisho/authorization";
import { deleteExpired } from "sekisho/flow";
import {
  createApi,
  createOperations,
  type Api,
  type Operations,
  type Readiness,
} from "sekisho/http";
import {
  systemClock,
  systemRandomness,
  type Broadcast,
  type Clock,
  type Randomness,
} from "sekisho/kernel";
import { createLoadShedder, createQuota, type QuotaLimiter } from "sekisho/quota";
import type { Store } from "sekisho/store";
import { connectShared, createPartnerClient, openStore, type Undo } from "./connections.ts";
import { about, createEndpoints } from "./endpoints.ts";
import { createPaymentWebhook } from "./payments.ts";
import { cursorKeyOf, paymentSecretsOf, signingKeyOf } from "./secrets.ts";
import {
  isEmpty,
  seedAccounts,
  seedProducts,
  writeDemoAccounts,
  type DemoAccount,
} from "./seed.ts";
import type { Services } from "./services.ts";
import type { Settings } from "./settings.ts";

/** What can be exchanged in tests. */
export interface ShopParts {
  readonly clock?: Clock;
  readonly randomness?: Randomness;
  readonly log?: DecisionLog;
  readonly mode?: "production" | "test";
  /** Port of this machine that stands in for the partner; one of the shop's own unless given. */
  readonly partnerPort?: number;
  /** Told about every error that became a 500. */
  readonly onInternalError?: (error: unknown, requestId: string) => void;
}

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

function keepHouse(
  store: Store,
  services: Services,
  onFailure: (error: unknown) => void,
): () => void {
  const timer = setInterval(() => {
    const now = new Date(services.clock.now());
    Promise.all([
      services.authentication.removeExpired(),
      store.asSystem("housekeeping: forget expired answers", (session) =>
        deleteExpired(session, now),
      ),
    ]).catch(onFailure);
  }, 3_600_000);
  timer.unref();
  return () => clearInterval(timer);
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

/** What every further step of the start stands on. */
interface Ground {
  readonly settings: Settings;
  readonly production: boolean;
  readonly parts: ShopParts;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly log: DecisionLog;
  readonly store: Store;
  readonly events: ReturnType<typeof createEventQueue>;
  readonly undo: Undo[];
  readonly onFailure: (error: unknown) => void;
}

async function layGround(
  settings: Settings,
  production: boolean,
  parts: ShopParts,
  undo: Undo[],
): Promise<Ground> {
  const { clock = systemClock, randomness = systemRandomness } = parts;
  const log = parts.log ?? createDecisionLog({ level: settings.SHOP_LOG, name: "shop" });
  undo.push(() => log.close());
  const onFailure = (error: unknown): void => log.error({ cause: error }, "background work failed");
  const store = await openStore(settings, production, undo);
  const events = createEventQueue({ system: store, clock, log });
  undo.push(() => events.close());
  return { settings, production, parts, clock, randomness, log, store, events, undo, onFailure };
}

async function startAuthentication(
  { settings, store, events, clock, randomness, undo, onFailure }: Ground,
  key: SigningKey,
  broadcast: Broadcast,
): Promise<Authentication> {
  const named = { issuer: settings.SHOP_ISSUER, audience: settings.SHOP_AUDIENCE, clock };
  const authentication = createAuthentication({
    system: store,
    broadcast,
    issuer: createTokenIssuer({ ...named, key, randomness }),
    verifier: createTokenVerifier({
      ...named,
      jwks: publicJwks([key]),
      requiredClaims: principalClaims,
    }),
    passwordPolicy: defaultPasswordPolicy,
    clock,
    randomness,
    events,
    record: (session, event) =>
      recordEvent(session, event, {
        at: new Date(clock.now()),
        requestId: "authentication",
        source: "system",
      }),
    onFailure,
  });
  await authentication.start();
  undo.push(() => authentication.close());
  return authentication;
}

async function openServices(
  ground: Ground,
  paymentSecrets: readonly [string, ...string[]],
  broadcast: Broadcast,
): Promise<Services> {
  const { settings, production, parts, clock, randomness, store, undo, onFailure } = ground;
  const key = await signingKeyOf(settings, production);
  const services: Services = {
    store,
    authentication: await startAuthentication(ground, key, broadcast),
    clock,
    randomness,
    cursors: createCursors(cursorKeyOf(key.privateKey)),
    partner: await createPartnerClient(production, { clock, randomness }, undo, parts.partnerPort),
    payment: createPaymentWebhook(paymentSecrets),
    jwks: () => publicJwks([key]),
  };
  undo.push(keepHouse(store, services, onFailure));
  return services;
}

/** The API and the port for those who run it; neither listens yet. */
async function openApi(
  { settings, parts, log, events, clock, randomness, store, undo }: Ground,
  services: Services,
  limiter: QuotaLimiter,
): Promise<{ readonly api: Api; readonly operations: Operations }> {
  const readiness = async (): Promise<Readiness> => {
    const database = await store.ping().then(
      () => "up" as const,
      () => "down" as const,
    );
    return { ready: database === "up" && api.accepting, database, quota: limiter.state() };
  };
  const { endpoints } = createEndpoints(services, {
    readiness,
    inventory: (now) => api.inventory(now),
  });
  // The embedded database computes on this very loop: its queries are no sign of overload.
  const maximumDelayMilliseconds = store.kind === "embedded" ? 5_000 : 500;
  const shedder = createLoadShedder({ maximumDelayMilliseconds });
  undo.push(() => shedder.close());
  const api: Api = await createApi({
    ...about,
    endpoints,
    store,
    authenticator: services.authentication.authenticator,
    limiter,
    ...frontOf(settings),
    events,
    log,
    overloaded: () => shedder.overloaded(),
    clock,
    randomness,
    mode: parts.mode ?? "production",
    onInternalError: (error, requestId) => {
      log.error({ cause: error, requestId }, "a request failed unexpectedly");
      parts.onInternalError?.(error, requestId);
    },
  });
  const operations = createShopOperations(api, services, limiter, readiness, events);
  // Undone in reverse: the API ends first, and probes read "not ready" on this port meanwhile.
  undo.push(() => operations.close());
  undo.push(() => api.close());
  return { api, operations };
}

/** What stands between the shop and its clients: proxies, hosts, TLS. */
function frontOf({ SHOP_HOSTS, TLS_CERTIFICATE, TLS_KEY, TRUSTED_PROXIES }: Settings) {
  return {
    trustedProxies: TRUSTED_PROXIES,
    tlsInFront: TRUSTED_PROXIES.length > 0,
    ...(SHOP_HOSTS.length > 0 && { hosts: SHOP_HOSTS }),
    ...(TLS_CERTIFICATE !== undefined &&
      TLS_KEY !== undefined && {
        tls: { certificate: TLS_CERTIFICATE.reveal(), key: TLS_KEY.reveal() },
      }),
  };
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

function createShopOperations(
  api: Api,
  { partner, store }: Services,
  limiter: QuotaLimiter,
  readiness: () => Promise<Readiness>,
  events: { dropped(): number },
): Operations {
  return createOperations({
    api,
    readiness,
    systemWork: () => store.systemWork(),
    limiter,
    upstreams: [partner],
    gauges: {
      shop_events_dropped: {
        help: "Security events that were lost because the queue was full",
        read: () => events.dropped(),
      },
    },
  });
}
