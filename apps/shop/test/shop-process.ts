/** A shop in a process of its own, which a test may kill. */

import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createScratchDatabase } from "sekisho/store";
import { testPostgresqlUrl } from "sekisho/testing";
import { backend, testRedisUrl } from "./running-shop.ts";

const root = resolve(import.meta.dirname, "../../..");

/** A shop that may be killed and started again, on the same port and database. */
export interface ShopProcess {
  readonly origin: string;
  /** For looking into the database while the process is not running. */
  readonly databaseUrl: string;
  readonly folder: string;
  start(): Promise<void>;
  /** Ends it without a warning. */
  kill(): Promise<void>;
  /** Asks it to stop and gives the exit code. */
  terminate(): Promise<number | null>;
  remove(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((done) => server.close(() => done()));
  return port;
}

async function untilReady(origin: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 1_200; tries++) {
    if (child.exitCode !== null) throw new Error(`the shop ended with ${child.exitCode}`);
    const ready = await fetch(`${origin}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return;
    await sleep(25);
  }
  throw new Error("the shop did not get ready");
}

async function end(child: ChildProcess | undefined, signal: NodeJS.Signals) {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return null;
  const exited = new Promise((done) => child.once("exit", done));
  child.kill(signal);
  await exited;
  return child.exitCode;
}

/** A process on a database of its own: in its folder, or on the servers. */
export async function prepareProcess(): Promise<ShopProcess> {
  const suffix = randomBytes(6).toString("hex");
  const folder = await mkdtemp(join(tmpdir(), "sekisho-process-"));
  const scratch =
    backend === "servers" ? await createScratchDatabase(testPostgresqlUrl(), suffix) : undefined;
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const environment = {
    PATH: process.env["PATH"],
    PORT: String(port),
    OPS_PORT: String(await freePort()),
    SHOP_DATA: folder,
    SHOP_LOG: "silent",
    SHOP_PREFIX: `sekisho-test:${suffix}:`,
    ...(scratch && { DATABASE_URL: scratch.url, REDIS_URL: testRedisUrl }),
  };
  let child: ChildProcess | undefined;
  return {
    origin,
    databaseUrl: scratch?.url ?? join(folder, "shop"),
    folder,
    start: async () => {
      child = spawn(
        process.execPath,
        ["--conditions=@sekisho/source", join(root, "apps/shop/src/main.ts")],
        { cwd: folder, env: environment, stdio: "ignore" },
      );
      await untilReady(origin, child);
    },
    kill: async () => {
      await end(child, "SIGKILL");
    },
    terminate: () => end(child, "SIGTERM"),
    remove: async () => {
      await end(child, "SIGKILL");
      await scratch?.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
