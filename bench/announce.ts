/** How a server of the benchmark tells the parent where it is and what it used. */

import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Credentials of one principal. */
export interface Credentials {
  readonly subject: string;
  readonly token: string;
}

/** The first message of a server. */
export interface Announcement {
  readonly port: number;
  readonly credentials: readonly Credentials[];
  /** Milliseconds from the start of the process until it listened. */
  readonly startMilliseconds: number;
}

/** The answer to `"usage"`. */
export interface Usage {
  readonly cpuMicroseconds: number;
  readonly residentBytes: number;
}

/** Announces a listening server, answers questions about its usage, and exits when told to stop. */
export function announce(
  server: Server | number,
  credentials: readonly Credentials[],
  close: () => Promise<void> = () => Promise.resolve(),
): void {
  const port = typeof server === "number" ? server : (server.address() as AddressInfo).port;
  const message: Announcement = { port, credentials, startMilliseconds: performance.now() };
  process.send?.(message);
  process.on("message", (asked) => {
    if (asked === "stop") {
      void close().finally(() => process.exit(0));
      return;
    }
    const { user, system } = process.cpuUsage();
    const usage: Usage = {
      cpuMicroseconds: user + system,
      residentBytes: process.memoryUsage.rss(),
    };
    process.send?.(usage);
  });
}
