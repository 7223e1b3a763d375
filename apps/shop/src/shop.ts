/** Puts the shop together and takes it apart again. */

import { hkdfSync, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { createDecisionLog, createEventQueue, recordEvent, type DecisionLog } from "sekisho/audit";
import {
  createAuthentication,
  createTokenIssuer,
  createTokenVerifier,
  defaultPasswordPolicy,
  loadOrCreateKeyFile,
  parseSigningKey,
  principalClaims,
  publicJwks,
  type SigningKey,
} from "sekisho/authentication";
import { createCursors, policyFaults } from "sekisho/authorization";
import { createEgress, unsafeDestinations } from "sekisho/egress";
import { deleteExpired } from "sekisho/flow";
import {
  createApi,
  createOperations,
  type Api,
  type Operations,
  type Readiness,
} from "sekisho/http";
import { systemClock, systemRandomness, type Clock, type Randomness } from "sekisho/kernel";
import {
  connectRedis,
  createLoadShedder,
  createMemoryQuotaStore,
  createQuota,
  createRedisQuotaStore,
  type QuotaLimiter,
} from "sekisho/quota";
import { createStore, loginFaults, rowSecurityFaults, type Store } from "sekisho/store";
import { about, createEndpoints } from "./endpoints.ts";
import { createPartner, partnerHost } from "./partner.ts";
import { startPartnerStandIn } from "./partner-stand-in.ts";
import { createPaymentWebhook } from "./payments.ts";
import { problems } from "./problems.ts";
import { exemptions, migrations, policies } from "./schema.ts";
import { freshWebhookSecret, keepFresh } from "./secrets.ts";
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

type Undo = () => unknown;

/** Refuses to serve from a database that does not protect its rows. */
async function requireProtectedRows(store: Store, production: boolean): Promise<void> {
  const faults = await store.asSystem("start: are the rows protected", async (session) => [
    ...(await rowSecurityFaults(session, exemptions)),
    ...(await policyFaults(session, policies)),
    ...(production ? await loginFaults(session) : []),
  ]);
  if (faults.length > 0) throw new Error(`the database is not protected: ${faults.join("; ")}`);
}

async function signingKeyOf(settings: Settings, production: boolean): Promise<SigningKey> {
  if (settings.SIGNING_KEY !== undefined) return parseSigningKey(settings.SIGNING_KEY.reveal());
  return loadOrCreateKeyFile({
    directory: join(settings.SHOP_DATA, "keys"),
    mode: production ? "production" : "development",
  });
}

/** A key of its own for cursors, the same on every node that holds the signing key. */
function cursorKeyOf(privateKey: KeyObject): Uint8Array {
  const secret = privateKey.export({ type: "pkcs8", format: "der" });
  return new Uint8Array(hkdfSync("sha256", secret, "", "sekisho shop cursors", 32));
}

function paymentSecretsOf(
  settings: Settings,
  randomness: Randomness,
): readonly [string, ...string[]] {
  const given = settings.PAYMENT_WEBHOOK_SECRET?.reveal().trim().split(/\s+/) ?? [];
  const [first, ...rest] = given;
  if (first !== undefined && first !== "") return [first, ...rest];
  return [
    keepFresh(settings.SHOP_DATA, "payment-webhook-secret", () => freshWebhookSecret(randomness)),
  ];
}

function databaseUrlOf(settings: Settings): string {
  return settings.DATABASE_URL?.reveal() ?? join(settings.SHOP_DATA, "shop");
}

async function openStore(settings: Settings): Promise<Store> {
  const store = await createStore({
    url: databaseUrlOf(settings),
    migrations,
    ...(settings.DATABASE_OWNER_URL === undefined
      ? {}
      : { ownerUrl: settings.DATABASE_OWNER_URL.reveal() }),
  });
  await store.migrate();
  return store;
}

/** Where quotas are counted and revocations announced. */
async function connectShared(
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

async function createPartnerClient(
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

async function assemble(
  settings: Settings,
  production: boolean,
  parts: ShopParts,
  undo: Undo[],
): Promise<Shop> {
  const { clock = systemClock, randomness = systemRandomness } = parts;
  const log = parts.log ?? createDecisionLog({ level: settings.SHOP_LOG, name: "shop" });
  undo.push(() => log.close());
  const onFailure = (error: unknown): void => log.error({ cause: error }, "background work failed");

  const store = await openStore(settings);
  undo.push(() => store.close());
  await requireProtectedRows(store, production);
  const events = createEventQueue({ system: store, clock, log });
  undo.push(() => events.close());
  const { quotas, broadcast } = await connectShared(settings, store, parts.clock, undo);
  const limiter = createQuota({
    store: quotas,
    events,
    clock,
    liveNodes: () => settings.SHOP_NODES,
  });

  const key = await signingKeyOf(settings, production);
  const named = { issuer: settings.SHOP_ISSUER, audience: settings.SHOP_AUDIENCE, clock };
  const jwks = publicJwks([key]);
  const authentication = createAuthentication({
    system: store,
    broadcast,
    issuer: createTokenIssuer({ ...named, key, randomness }),
    verifier: createTokenVerifier({ ...named, jwks, requiredClaims: principalClaims }),
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

  const [paymentSecret, ...olderSecrets] = paymentSecretsOf(settings, randomness);
  const services: Services = {
    store,
    authentication,
    clock,
    randomness,
    cursors: createCursors(cursorKeyOf(key.privateKey)),
    partner: await createPartnerClient(production, { clock, randomness }, undo, parts.partnerPort),
    payment: createPaymentWebhook([paymentSecret, ...olderSecrets]),
    jwks: () => jwks,
  };
  undo.push(keepHouse(store, services, onFailure));

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
    problems,
    store,
    authenticator: authentication.authenticator,
    limiter,
    trustedProxies: settings.TRUSTED_PROXIES,
    tlsInFront: settings.TRUSTED_PROXIES.length > 0,
    ...(settings.SHOP_HOSTS.length === 0 ? {} : { hosts: settings.SHOP_HOSTS }),
    ...(settings.TLS_CERTIFICATE === undefined || settings.TLS_KEY === undefined
      ? {}
      : {
          tls: {
            certificate: settings.TLS_CERTIFICATE.reveal(),
            key: settings.TLS_KEY.reveal(),
          },
        }),
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
    paymentSecret,
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
