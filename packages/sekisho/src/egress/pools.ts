/**
 * Keeps connections for reuse, one pool per origin *and* set of judged addresses (API7.V1).
 *
 * Promise: a connection is reused only for a destination that was judged to have exactly those
 * addresses. Limits: at most {@link maximumPools} pools; the one used longest ago is closed first.
 *
 * @module
 */

import { Pool } from "undici";
import { createConnector, type Dial, type Route } from "./connector.ts";
import type { EgressLimits } from "./limits.ts";

/** How many pools are kept. */
export const maximumPools = 64;

/** Hands out pools and closes them. */
export interface Pools {
  of(route: Route, hostHeader: string, limits: EgressLimits): Pool;
  readonly closed: boolean;
  close(): Promise<void>;
}

/** Makes the pools of one egress. */
export function createPools(options: {
  readonly dial: Dial;
  readonly certificateAuthorities?: readonly string[];
}): Pools {
  const pools = new Map<string, Pool>();

  function create(route: Route, origin: string, limits: EgressLimits): Pool {
    return new Pool(origin, {
      connect: createConnector({ ...options, route, connectMs: limits.connectMs }),
      connections: 64,
      pipelining: 1,
      allowH2: false,
      useMilo: false,
      keepAliveMaxTimeout: 30_000,
      maxHeaderSize: limits.headerBytes,
      // The deadline of the request is exact and covers every phase; undici's own are coarse.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  let closed = false;

  return {
    get closed() {
      return closed;
    },
    of(route, hostHeader, limits) {
      const origin = `${route.secure ? "https" : "http"}://${hostHeader}`;
      const addresses = route.addresses.map(({ address }) => address).toSorted();
      const parts = [origin, route.port, limits.connectMs, limits.headerBytes, ...addresses];
      const key = parts.join(" ");
      const pool = pools.get(key) ?? create(route, origin, limits);
      pools.delete(key);
      pools.set(key, pool);
      const [oldest] = pools;
      if (pools.size > maximumPools && oldest !== undefined) {
        pools.delete(oldest[0]);
        void oldest[1].close().catch(() => undefined);
      }
      return pool;
    },
    async close() {
      closed = true;
      const open = [...pools.values()];
      pools.clear();
      await Promise.all(open.map((pool) => pool.destroy()));
    },
  };
}
