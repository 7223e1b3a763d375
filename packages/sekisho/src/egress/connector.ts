/**
 * Opens connections to judged addresses, and to nothing else (OWASP API7.V1).
 *
 * Promise: no name is resolved here; the judged addresses are tried in turn, overlapping as in
 * RFC 8305; the peer of the socket is compared with the address that was tried before a byte is
 * sent; the handshake names and verifies the original host, TLS 1.2 or newer, with no way to turn
 * verification off. Limits: trust in certificates is that of Node's store and of
 * `certificateAuthorities`.
 *
 * @module
 */

import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { callbackify } from "node:util";
import type { buildConnector } from "undici";
import { isSameAddress, type AddressFamily } from "./address-policy.ts";
import type { JudgedAddress } from "./decide.ts";
import { EgressFailure } from "./reason.ts";

/** One judged address to open a connection to. */
export interface DialTarget {
  readonly address: string;
  readonly family: AddressFamily;
  readonly port: number;
}

/** Opens a TCP connection. Whatever it opens, the peer is checked afterwards. */
export type Dial = (target: DialTarget) => Socket;

/** The judged destination, as the connector needs it. */
export interface Route {
  /** Host of the URL, in brackets when it is an IPv6 address. */
  readonly host: string;
  readonly secure: boolean;
  readonly addresses: readonly JudgedAddress[];
  /** Port to connect to. */
  readonly port: number;
}

/** What a connector is made of. */
export interface ConnectorOptions {
  readonly route: Route;
  readonly connectMs: number;
  readonly dial: Dial;
  readonly certificateAuthorities?: readonly string[];
}

/** How long an attempt may stay unanswered before the next address is tried as well (RFC 8305 §8). */
const attemptDelayMs = 250;

/** The ordinary {@link Dial}: an address and a port, and no lookup that could answer otherwise. */
export const dialTcp: Dial = ({ address, family, port }) =>
  connectTcp({ host: address, family, port, autoSelectFamily: false, noDelay: true });

function withoutBrackets(host: string): string {
  return host.startsWith("[") ? host.slice(1, -1) : host;
}

/** Alternates the families, beginning with that of the first answer (RFC 8305 §4). */
export function interleave(addresses: readonly JudgedAddress[]): readonly JudgedAddress[] {
  const first = addresses[0]?.family;
  const [same, other] = [
    addresses.filter(({ family }) => family === first),
    addresses.filter(({ family }) => family !== first),
  ];
  return same
    .flatMap((address, index) => [address, ...other.slice(index, index + 1)])
    .concat(other.slice(same.length));
}

interface Attempts {
  readonly promise: Promise<Socket>;
  /** Gives up; sockets that are not yet connected are destroyed. */
  cancel(reason: EgressFailure): void;
}

/** Tries the addresses one after the other; the first connected socket wins. */
function attempt(targets: readonly DialTarget[], dial: Dial): Attempts {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const pending = new Set<Socket>();
  let next = 0;
  let timer: NodeJS.Timeout | undefined;

  function settle(winner: Socket | undefined): void {
    clearTimeout(timer);
    next = targets.length;
    for (const socket of pending) if (socket !== winner) socket.destroy();
    pending.clear();
  }
  function cancel(reason: EgressFailure): void {
    settle(undefined);
    reject(reason);
  }
  function advance(cause?: unknown): void {
    clearTimeout(timer);
    const target = targets[next++];
    if (target === undefined) {
      if (pending.size === 0) cancel(new EgressFailure("connect", cause));
      return;
    }
    const socket = dial(target);
    pending.add(socket);
    socket.on("error", (error) => {
      if (pending.delete(socket)) advance(error);
    });
    socket.once("connect", () => {
      if (!pending.has(socket)) return;
      // The peer is asked of the kernel: whatever went wrong on the way, it shows here.
      if (!isSameAddress(socket.remoteAddress ?? "", target.address)) {
        cancel(new EgressFailure("peer"));
        return;
      }
      settle(socket);
      resolve(socket);
    });
    if (next < targets.length) timer = setTimeout(advance, attemptDelayMs);
  }
  advance();
  return { promise, cancel };
}

function secure(socket: Socket, options: ConnectorOptions): Promise<Socket> {
  const host = withoutBrackets(options.route.host);
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const tunnel = connectTls({
    socket,
    host,
    // RFC 6066 §3 knows names only; an address is verified against the certificate by `host`.
    servername: isIP(host) === 0 ? host : "",
    ALPNProtocols: ["http/1.1"],
    minVersion: "TLSv1.2",
    // Said aloud, so that NODE_TLS_REJECT_UNAUTHORIZED cannot say otherwise.
    rejectUnauthorized: true,
    ...(options.certificateAuthorities && { ca: [...options.certificateAuthorities] }),
  });
  tunnel.once("secureConnect", () => resolve(tunnel));
  tunnel.on("error", (error) => reject(new EgressFailure("tls", error)));
  tunnel.once("close", () => reject(new EgressFailure("tls")));
  return promise;
}

async function open(options: ConnectorOptions): Promise<Socket> {
  const { addresses, port } = options.route;
  const targets = interleave(addresses).map((address) => ({ ...address, port }));
  const attempts = attempt(targets, options.dial);
  let connected: Socket | undefined;
  const timer = setTimeout(() => {
    attempts.cancel(new EgressFailure("connect"));
    connected?.destroy();
  }, options.connectMs);
  try {
    connected = await attempts.promise;
    const socket = options.route.secure ? await secure(connected, options) : connected;
    socket.setNoDelay(true);
    return socket;
  } catch (error) {
    connected?.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A connector for undici that knows one judged destination.
 *
 * It refuses to serve any other host, so that judge and connector cannot part ways.
 */
export function createConnector(options: ConnectorOptions): buildConnector.connector {
  const host = withoutBrackets(options.route.host);
  const protocol = options.route.secure ? "https:" : "http:";
  const connect = callbackify(() => open(options));
  return (asked, callback) => {
    if (withoutBrackets(asked.hostname) !== host || asked.protocol !== protocol) {
      callback(new EgressFailure("peer"), null);
      return;
    }
    connect((error, socket) => {
      if (error === null) callback(null, socket);
      else callback(error, null);
    });
  };
}
