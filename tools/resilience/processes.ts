/**
 * Programs of other people: found, run, waited for.
 *
 * @module
 */

import { execFile } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const runFile = promisify(execFile);

/** User and group that a program runs as; absent for our own. */
export interface Identity {
  readonly uid?: number;
  readonly gid?: number;
}

/** A port of loopback that nobody uses at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

/** Runs a program to its end; rejects with what it wrote when it fails. */
export async function runProgram(
  path: string,
  parameters: readonly string[],
  identity: Identity & { readonly cwd?: string } = {},
): Promise<string> {
  const { stdout } = await runFile(path, [...parameters], { ...identity, timeout: 60_000 });
  return stdout;
}

/** The folder of PostgreSQL's programs, if it is installed. */
export function postgresqlPrograms(): string | undefined {
  const folders = [...searchPath(), ...globSync("/usr/lib/postgresql/*/bin")];
  return folders.findLast((folder) => existsSync(join(folder, "initdb")));
}

/** The path of Redis or Valkey, if it is installed. */
export function redisProgram(): string | undefined {
  return searchPath()
    .flatMap((folder) => [join(folder, "redis-server"), join(folder, "valkey-server")])
    .find((path) => existsSync(path));
}

function searchPath(): readonly string[] {
  return (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
}

/** Waits until the condition holds; false when it did not in time. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  milliseconds: number,
): Promise<boolean> {
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    if (await condition()) return true;
    await sleep(20);
  }
  return false;
}
