/**
 * Local servers that stand for the public internet, and a dial that leads there.
 *
 * @module
 */

import { createServer, type RequestListener, type Server } from "node:http";
import { connect, type AddressInfo, type Server as NetServer } from "node:net";
import type { TestContext } from "node:test";
import {
  createEgress,
  type Dial,
  type DialTarget,
  type Egress,
  type EgressOptions,
  type JudgedAddress,
} from "sekisho/egress";

/** An address that is public, and stands for whatever the test's server is. */
export const publicAddress: JudgedAddress = { address: "93.184.216.34", family: 4 };

/** Makes a server listen on a free port of loopback until the test is over. */
export async function listen(context: TestContext, server: NetServer): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  context.after(() => {
    if ("closeAllConnections" in server) (server as Server).closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Serves HTTP on a free port of loopback until the test is over. */
export async function serve(context: TestContext, listener: RequestListener): Promise<number> {
  return listen(context, createServer(listener));
}

/**
 * Leads every connection to a port of loopback and makes the socket say that its peer is the one
 * that was asked for, as if the judged address had answered.
 */
export function dialTo(port: number, seen: DialTarget[] = []): Dial {
  return (target) => {
    seen.push(target);
    const socket = connect(port, "127.0.0.1");
    Object.defineProperty(socket, "remoteAddress", { get: () => target.address });
    return socket;
  };
}

/** An egress that speaks plain HTTP with "public" hosts, closed when the test is over. */
export function openEgress(context: TestContext, options: Partial<EgressOptions> = {}): Egress {
  const egress = createEgress({
    policy: { schemes: ["http"], hosts: "public", ports: [80] },
    resolve: () => Promise.resolve([publicAddress]),
    ...options,
  });
  context.after(() => egress.close());
  return egress;
}

/** The text of a body. */
export function textOf(body: Uint8Array): string {
  return new TextDecoder().decode(body);
}
