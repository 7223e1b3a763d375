/** Makes the API and the port for those who run it. */

import {
  createApi,
  createOperations,
  type Api,
  type Operations,
  type Readiness,
} from "sekisho/http";
import { createLoadShedder, type QuotaLimiter } from "sekisho/quota";
import { about, createEndpoints } from "./endpoints.ts";
import type { Ground } from "./ground.ts";
import type { Services } from "./services.ts";
import type { Settings } from "./settings.ts";

/** The API and the port for those who run it; neither listens yet. */
export async function openApi(
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
