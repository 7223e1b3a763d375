/**
 * A PostgreSQL cluster and a Redis server that belong to the drills alone.
 *
 * They listen on free ports of loopback and keep what they have in the folder of the drills, so
 * that stopping them disturbs nobody. PostgreSQL refuses to run as root; then the account that its
 * package made is used.
 *
 * @module
 */

import { spawn, type ChildProcess } from "node:child_process";
import { chownSync, mkdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import process from "node:process";
import type { StoppablePostgresql, StoppableRedis } from "./drill.ts";
import {
  eventually,
  freePort,
  postgresqlPrograms,
  redisProgram,
  runProgram,
  type Identity,
} from "./processes.ts";

async function postgresIdentity(): Promise<Identity> {
  if (process.getuid?.() !== 0) return {};
  const uid = Number((await runProgram("id", ["-u", "postgres"])).trim());
  const gid = Number((await runProgram("id", ["-g", "postgres"])).trim());
  return { uid, gid };
}

function whoOwns(folder: string, identity: Identity): void {
  mkdirSync(folder, { recursive: true });
  if (identity.uid !== undefined) chownSync(folder, identity.uid, identity.gid ?? identity.uid);
}

/** Ids of the first process of the cluster and of all that it started. */
async function processesOf(data: string): Promise<readonly number[]> {
  const first = Number(readFileSync(join(data, "postmaster.pid"), "utf8").split("\n")[0]);
  const list = await runProgram("ps", ["-e", "-o", "pid=,ppid="]);
  const children = list
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === first)
    .map(([id = 0]) => id);
  return [first, ...children];
}

/** Makes and starts a cluster in the folder. */
export async function startPostgresql(folder: string): Promise<StoppablePostgresql> {
  const programs = postgresqlPrograms();
  if (programs === undefined) throw new Error("PostgreSQL is not installed");
  const identity = { ...(await postgresIdentity()), cwd: folder };
  whoOwns(folder, identity);
  const data = join(folder, "data");
  const port = await freePort();
  const program = (name: string, ...parameters: string[]): Promise<string> =>
    runProgram(join(programs, name), parameters, identity);
  await program(
    "initdb",
    "-D",
    data,
    "--username=drill",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--no-sync",
  );
  // Our machine does not crash, only its processes do: what was written to a file stays.
  const settings = [
    `-p ${port}`,
    "-c listen_addresses=127.0.0.1",
    `-c unix_socket_directories=${folder}`,
    "-c fsync=off",
    "-c max_connections=60",
  ].join(" ");
  const control = (...parameters: string[]): Promise<string> =>
    program("pg_ctl", "-D", data, "-w", "-t", "30", ...parameters);
  const start = async (): Promise<void> => {
    await control("-l", join(folder, "log"), "-o", settings, "start");
  };
  await start();
  let running = true;
  const frozen: number[] = [];
  const thaw = (): void => {
    for (const id of frozen.splice(0)) process.kill(id, "SIGCONT");
  };
  return {
    createDatabase: async (name) => {
      await program("createdb", "-h", "127.0.0.1", "-p", String(port), "-U", "drill", name);
      return `postgres://drill@127.0.0.1:${port}/${name}`;
    },
    start: async () => {
      await start();
      running = true;
    },
    stop: async (mode) => {
      await control("-m", mode, "stop");
      running = false;
    },
    freeze: async () => {
      frozen.push(...(await processesOf(data)));
      for (const id of frozen) process.kill(id, "SIGSTOP");
    },
    thaw,
    remove: async () => {
      thaw();
      if (running) await control("-m", "immediate", "stop");
      running = false;
    },
  };
}

async function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const settle = (verdict: boolean): void => {
      socket.destroy();
      resolve(verdict);
    };
    socket.setTimeout(1_000, () => settle(false));
    socket.once("error", () => settle(false));
    socket.once("connect", () => socket.write("PING\r\n"));
    socket.once("data", (data) => settle(data.toString("latin1").startsWith("+PONG")));
  });
}

/** Starts a Redis server that keeps nothing. */
export async function startRedis(folder: string): Promise<StoppableRedis> {
  const program = redisProgram();
  if (program === undefined) throw new Error("Redis is not installed");
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    child = spawn(
      program,
      ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
      { cwd: folder, stdio: "ignore" },
    );
    if (!(await eventually(() => answersPing(port), 10_000)))
      throw new Error("Redis does not answer");
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    start,
    freeze: () => void child?.kill("SIGSTOP"),
    thaw: () => void child?.kill("SIGCONT"),
    stop: async () => {
      const stopped = child;
      child = undefined;
      if (stopped === undefined || stopped.exitCode !== null) return;
      const exited = new Promise((resolve) => stopped.once("exit", resolve));
      stopped.kill("SIGKILL");
      await exited;
    },
  };
}
