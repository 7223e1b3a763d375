/**
 * The second barrier: does the service start?
 *
 * Types are blanked and not checked when Node runs TypeScript, so that a mutant gets here past a
 * compiler that refused it.
 *
 * @module
 */

import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import type { Stopped } from "./verdict.ts";

const longest = 90_000;

/** A shop that runs, and what an attacker is told about it. */
export interface RunningMutant {
  readonly stopped: false;
  readonly origin: string;
  /** Where it keeps its things, the principals file among them. */
  readonly folder: string;
  readonly webhookSecret: string;
  end(): Promise<void>;
}

function spawnShop(copy: string, folder: string): ChildProcess {
  return spawn(process.execPath, ["--conditions=@sekisho/source", "apps/shop/src/main.ts"], {
    cwd: copy,
    env: {
      PATH: process.env["PATH"] ?? "",
      PORT: "0",
      OPS_PORT: "0",
      DATABASE_URL: "memory:",
      SHOP_DATA: folder,
      SHOP_LOG: "error",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await exit;
}

function reasonIn(output: string): string {
  const lines = output.split("\n").map((line) => line.trim());
  const telling = lines.filter((line) => line !== "" && !line.startsWith("at "));
  return telling.slice(-3).join(" | ").slice(0, 200);
}

/** Starts the shop of a copy and waits until it is ready. */
export async function start(copy: string): Promise<RunningMutant | Stopped> {
  const folder = mkdtempSync(join(tmpdir(), "sekisho-mutant-"));
  const child = spawnShop(copy, folder);
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  const end = async (): Promise<void> => {
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  };
  const until = performance.now() + longest;
  while (child.exitCode === null && child.signalCode === null && performance.now() < until) {
    const origin = /^Sekisho shop\s+(http:\S+)/m.exec(output)?.[1];
    if (origin !== undefined && output.includes("Stop with Ctrl-C")) {
      const webhookSecret = readFileSync(join(folder, "payment-webhook-secret"), "utf8").trim();
      return { stopped: false, origin, folder, webhookSecret, end };
    }
    await sleep(20);
  }
  await end();
  return { stopped: true, by: reasonIn(output) || "it was not ready in time" };
}
