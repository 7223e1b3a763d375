/**
 * `npm run bench [rounds]`: bare Fastify and the same route fully protected, in turns, in one run.
 *
 * Two measurements: throughput, as fast as the answers come, and the CPU time of the server process
 * per request at one and the same rate. At full speed the slower server is woken for each request
 * and the faster one is not, so only the second compares like with like. Nothing is asserted: a
 * machine under load measures the machine.
 */

import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Announcement, Usage } from "./announce.ts";
import { loadFor } from "./load.ts";

const rounds = Number(process.argv[2] ?? 8);
const secondsPerRound = 2;
const connections = 64;
const steadyRate = 8_000;

interface Contestant {
  readonly name: string;
  readonly process: ChildProcess;
  readonly announcement: Announcement;
  readonly throughputs: number[];
  readonly fullCosts: number[];
  readonly steadyCosts: number[];
}

async function start(name: string, file: string): Promise<Contestant> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    execArgv: ["--conditions=@sekisho/source"],
  });
  child.once("exit", (code) => {
    if (code !== null && code !== 0) process.exit(code);
  });
  const [announcement] = (await once(child, "message")) as [Announcement];
  const empty = { throughputs: [], fullCosts: [], steadyCosts: [] };
  return { name, process: child, announcement, ...empty };
}

async function usageOf(contestant: Contestant): Promise<Usage> {
  contestant.process.send("usage");
  const [usage] = (await once(contestant.process, "message")) as [Usage];
  return usage;
}

async function measure(
  contestant: Contestant,
  rate?: number,
): Promise<{ readonly throughput: number; readonly cost: number }> {
  const { port, credentials } = contestant.announcement;
  const before = await usageOf(contestant);
  const { answers, seconds } = await loadFor({
    port,
    credentials,
    seconds: secondsPerRound,
    connections,
    ...(rate === undefined ? {} : { rate }),
  });
  const after = await usageOf(contestant);
  return {
    throughput: answers / seconds,
    cost: (after.cpuMicroseconds - before.cpuMicroseconds) / answers,
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const bare = await start("bare Fastify", "./bare-server.ts");
const guarded = await start("Sekisho, fully protected", "./protected-server.ts");
for (const contestant of [bare, guarded]) await measure(contestant);
for (let index = 0; index < rounds; index++)
  for (const contestant of index % 2 === 0 ? [bare, guarded] : [guarded, bare]) {
    const full = await measure(contestant);
    contestant.throughputs.push(full.throughput);
    contestant.fullCosts.push(full.cost);
    contestant.steadyCosts.push((await measure(contestant, steadyRate)).cost);
  }

for (const contestant of [bare, guarded]) {
  const { residentBytes } = await usageOf(contestant);
  console.log(
    [
      contestant.name.padEnd(26),
      `${Math.round(median(contestant.throughputs))} requests/s`.padStart(18),
      `${median(contestant.fullCosts).toFixed(1)} µs at full speed`.padStart(24),
      `${median(contestant.steadyCosts).toFixed(1)} µs at ${steadyRate}/s`.padStart(20),
      `${Math.round(contestant.announcement.startMilliseconds)} ms to start`.padStart(18),
      `${Math.round(residentBytes / 1_048_576)} MiB`.padStart(10),
    ].join(" "),
  );
}
const ratio = (of: (contestant: Contestant) => readonly number[]): string =>
  (median(of(bare)) / median(of(guarded))).toFixed(2);
console.log(
  `of bare Fastify: throughput ${(1 / Number(ratio((one) => one.throughputs))).toFixed(2)}, CPU at full speed ${ratio((one) => one.fullCosts)}, CPU at the same rate ${ratio((one) => one.steadyCosts)}`,
);
bare.process.send("stop");
guarded.process.send("stop");
