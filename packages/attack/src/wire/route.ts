/**
 * How connections to the target are opened: address, TLS, and the source address of a technique.
 *
 * Quotas are often keyed by the address of the caller. On loopback each technique can speak from an
 * address of its own, so that what one spends is not taken from the next. Limits: works where the
 * system lets any address of 127/8 be bound; elsewhere all techniques share one address. The set-up
 * always uses the usual address.
 *
 * @module
 */

import { lookup } from "node:dns/promises";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { isLoopback } from "./target.ts";

/** The way to the target for one technique. */
export interface Route {
  readonly secure: boolean;
  /** Host or address to connect to. */
  readonly host: string;
  readonly port: number;
  readonly serverName: string;
  readonly localAddress: string | undefined;
  /** Whether the certificate must be valid; on loopback it need not. */
  readonly verify: boolean;
}

/** Hands out ways to the target. */
export interface Routes {
  /** The way for a technique; `undefined` names the set-up. */
  of(technique: string | undefined): Promise<Route>;
  agent(route: Route): HttpAgent;
  close(): void;
}

/** Options of a connection, for sockets and agents alike. */
export function connectOptions(route: Route): {
  readonly host: string;
  readonly port: number;
  readonly localAddress?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
} {
  return {
    host: route.host,
    port: route.port,
    ...(route.localAddress === undefined ? {} : { localAddress: route.localAddress }),
    ...(route.secure ? { rejectUnauthorized: route.verify } : {}),
    ...(route.secure && /[a-z]/i.test(route.serverName) && !route.serverName.includes(":")
      ? { servername: route.serverName }
      : {}),
  };
}

/** Opens a connection; resolves when it is ready to be written to. */
export function openConnection(route: Route, timeout: number): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const options = connectOptions(route);
  const socket = route.secure
    ? connectTls(options, () => resolve(socket))
    : connectTcp(options, () => resolve(socket));
  const timer = setTimeout(
    () => socket.destroy(new Error(`no connection within ${timeout} ms`)),
    timeout,
  );
  socket.setNoDelay(true);
  const fail = (error: Error): void => reject(error);
  socket.once("error", fail);
  return promise.finally(() => {
    clearTimeout(timer);
    socket.off("error", fail);
    // Errors after this are the business of whoever reads; without a listener they would be thrown.
    socket.on("error", () => {});
  });
}

async function loopbackAddress(host: string): Promise<string | undefined> {
  if (!isLoopback(host) || host === "::1") return undefined;
  if (host !== "localhost") return host;
  const addresses = await lookup(host, { all: true, family: 4 }).catch(() => []);
  return addresses.find(({ address }) => address.startsWith("127."))?.address;
}

async function canBind(route: Route): Promise<boolean> {
  try {
    const socket = await openConnection({ ...route, localAddress: "127.0.213.77" }, 2000);
    socket.destroy();
    return true;
  } catch {
    return false;
  }
}

/**
 * Ways to an origin. `start` chooses the first of the source addresses, so that two runs after each
 * other do not share them.
 */
export function createRoutes(origin: string, start: number): Routes {
  const url = new URL(origin);
  const secure = url.protocol === "https:";
  const name = url.hostname.replace(/^\[|\]$/g, "");
  const plain: Route = {
    secure,
    host: name,
    port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
    serverName: name,
    localAddress: undefined,
    verify: !isLoopback(name),
  };
  const probe = async (): Promise<Route | undefined> => {
    const address = await loopbackAddress(name);
    if (address === undefined) return undefined;
    const route = { ...plain, host: address };
    return (await canBind(route)) ? route : undefined;
  };
  let own: Promise<Route | undefined> | undefined;
  const addresses = new Map<string, string>();
  const agents = new Map<string, HttpAgent>();
  const addressOf = (technique: string): string => {
    const known = addresses.get(technique);
    if (known !== undefined) return known;
    // 127.0.1.1 to 127.0.250.250; 127.0.0.x stays with those who already live there.
    const place = (Math.abs(Math.trunc(start)) + addresses.size) % (250 * 250);
    const address = `127.0.${1 + Math.floor(place / 250)}.${1 + (place % 250)}`;
    addresses.set(technique, address);
    return address;
  };
  return {
    async of(technique) {
      if (technique === undefined) return plain;
      own ??= probe();
      const route = await own;
      return route === undefined ? plain : { ...route, localAddress: addressOf(technique) };
    },
    agent(route) {
      const key = route.localAddress ?? "";
      const known = agents.get(key);
      if (known !== undefined) return known;
      const settings = { keepAlive: true, maxFreeSockets: 8, scheduling: "lifo" as const };
      const agent = secure ? new HttpsAgent(settings) : new HttpAgent(settings);
      agents.set(key, agent);
      return agent;
    },
    close() {
      for (const agent of agents.values()) agent.destroy();
    },
  };
}
