/**
 * A shop in a process of its own, as an operator would run it.
 *
 * @module
 */

import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { call } from "./call.ts";
import { eventually, freePort } from "./processes.ts";

/** Where a shop keeps its things; two nodes share all of it. */
export interface Place {
  readonly folder: string;
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
  /** Begins the keys in Redis, so that drills do not use up each other's quotas. */
  readonly prefix?: string;
  readonly nodes?: number;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly milliseconds: number;
}

const root = resolve(import.meta.dirname, "../..");
const startMilliseconds = 40_000;

/** A shop that may be ended and started again, always on the same port. */
export class ShopProcess {
  readonly origin: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #lines: string[] = [];
  #child: ChildProcess | undefined;

  private constructor(port: number, operationsPort: number, place: Place) {
    this.origin = `http://127.0.0.1:${port}`;
    this.#environment = {
      PATH: process.env["PATH"] ?? "",
      PORT: String(port),
      OPS_PORT: String(operationsPort),
      SHOP_DATA: place.folder,
      SHOP_LOG: "error",
      SHOP_NODES: String(place.nodes ?? 1),
      ...(place.prefix !== undefined && { SHOP_PREFIX: place.prefix }),
      ...(place.databaseUrl !== undefined && { DATABASE_URL: place.databaseUrl }),
      ...(place.redisUrl !== undefined && { REDIS_URL: place.redisUrl }),
    };
  }

  /** A shop that is not started yet. */
  static async at(place: Place): Promise<ShopProcess> {
    return new ShopProcess(await freePort(), await freePort(), place);
  }

  /** What it logged as an error, the latest last. */
  get errors(): readonly string[] {
    return this.#lines.filter((line) => line.includes("failed unexpectedly"));
  }

  /** Starts it and resolves with the milliseconds until it was ready. */
  async start(): Promise<number> {
    const started = performance.now();
    const child = spawn(
      process.execPath,
      ["--conditions=@sekisho/source", "apps/shop/src/main.ts"],
      { cwd: root, env: this.#environment, stdio: ["ignore", "pipe", "pipe"] },
    );
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#lines.push(...text.split("\n"));
      });
    const ready = await eventually(async () => {
      if (child.exitCode !== null) return true;
      return (await call(`${this.origin}/readyz`)).status === 200;
    }, startMilliseconds);
    if (!ready || child.exitCode !== null)
      throw new Error(`a shop did not start: ${this.#lines.slice(-5).join(" | ")}`);
    return performance.now() - started;
  }

  /** Ends it without a warning. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Asks it to stop. */
  async terminate(): Promise<Exit> {
    return this.#end("SIGTERM");
  }

  async #end(signal: "SIGKILL" | "SIGTERM"): Promise<Exit> {
    const child = this.#child;
    const started = performance.now();
    if (child === undefined || child.exitCode !== null || child.signalCode !== null)
      return { code: child?.exitCode ?? null, milliseconds: 0 };
    const exited = new Promise((done) => child.once("exit", done));
    child.kill(signal);
    await exited;
    return { code: child.exitCode, milliseconds: performance.now() - started };
  }
}

/** A demo account of development. */
export interface DemoAccount {
  readonly username: string;
  readonly password: string;
  readonly id: string;
}

/** The demo accounts that the first start left in the folder. */
export function demoAccount(folder: string, username: string): DemoAccount {
  const text = readFileSync(join(folder, "demo-accounts.json"), "utf8");
  const account = (JSON.parse(text) as readonly DemoAccount[]).find(
    (one) => one.username === username,
  );
  if (account === undefined) throw new Error(`there is no demo account ${username}`);
  return account;
}

/** The secret of the payment webhook that the first start left in the folder. */
export function paymentSecret(folder: string): string {
  return readFileSync(join(folder, "payment-webhook-secret"), "utf8").trim();
}
