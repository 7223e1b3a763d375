/**
 * `npm run resilience`: failures brought about on purpose, with processes and servers of our own.
 *
 * Words choose the drills whose name contains one of them. Where PostgreSQL or Redis is not
 * installed, the drills that need them are left out, and that is said. Ends with 1 when an
 * invariant broke.
 *
 * @module
 */

import { mkdtemp, rm } from "node:fs/promises";
import { chmodSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Drill, DrillReport, Servers, Stage } from "./drill.ts";
import { databaseAway } from "./drills/database-away.ts";
import { gracefulStop } from "./drills/graceful-stop.ts";
import { killEmbedded } from "./drills/kill-embedded.ts";
import { killNode } from "./drills/kill-node.ts";
import { redisAway } from "./drills/redis-away.ts";
import { twoNodes } from "./drills/two-nodes.ts";
import { postgresqlPrograms, redisProgram } from "./processes.ts";
import { startPostgresql, startRedis } from "./servers.ts";

const drills: readonly Drill[] = [
  killNode,
  killEmbedded,
  databaseAway,
  redisAway,
  twoNodes,
  gracefulStop,
];

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function missingPrograms(): readonly string[] {
  return [
    ...(postgresqlPrograms() === undefined ? ["PostgreSQL"] : []),
    ...(redisProgram() === undefined ? ["Redis"] : []),
  ];
}

async function startServers(folder: string, undo: Stage["undo"]): Promise<Servers> {
  const postgresql = await startPostgresql(join(folder, "postgresql"));
  undo.push(() => postgresql.remove());
  const redis = await startRedis(join(folder, "redis"));
  undo.push(() => redis.stop());
  return { postgresql, redis };
}

async function within(drill: Drill, stage: Stage): Promise<DrillReport> {
  const late = Promise.withResolvers<DrillReport>();
  const timer = setTimeout(() => {
    const faults = [`was not done within ${drill.milliseconds / 1_000} s`];
    late.resolve({ figures: [], faults });
  }, drill.milliseconds);
  const failed = (error: unknown): DrillReport => {
    return { figures: [], faults: [error instanceof Error ? error.message : String(error)] };
  };
  try {
    return await Promise.race([drill.run(stage).catch(failed), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function unwind(undo: Stage["undo"]): Promise<void> {
  for (const step of undo.splice(0).toReversed())
    await step().catch((error: unknown) => print(`resilience: ${String(error)}`));
}

async function perform(drill: Drill, stage: Stage): Promise<boolean> {
  const started = performance.now();
  const { figures, faults } = await within(drill, stage);
  await unwind(stage.undo);
  const seconds = Math.round((performance.now() - started) / 1_000);
  print(`${faults.length === 0 ? "held" : "BROKE"}: ${drill.name} (${seconds} s)`);
  for (const figure of figures) print(`  ${figure}`);
  for (const fault of faults.slice(0, 20)) print(`  fault: ${fault}`);
  return faults.length === 0;
}

async function main(): Promise<number> {
  const words = process.argv.slice(2);
  const chosen = drills.filter(
    ({ name }) => words.length === 0 || words.some((word) => name.includes(word)),
  );
  const missing = missingPrograms();
  const possible = chosen.filter(({ needsServers }) => !needsServers || missing.length === 0);
  if (possible.length < chosen.length)
    print(`resilience: ${missing.join(" and ")} not installed, the drills with it are left out`);
  const folder = await mkdtemp(join(tmpdir(), "sekisho-resilience-"));
  // The account of PostgreSQL has to reach its own folder in it.
  chmodSync(folder, 0o711);
  const undo: Stage["undo"] = [() => rm(folder, { recursive: true, force: true })];
  const own: Stage["undo"] = [];
  const stop = (): void =>
    void unwind(own)
      .then(() => unwind(undo))
      .finally(() => process.exit(130));
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    const servers = possible.some(({ needsServers }) => needsServers)
      ? await startServers(folder, undo)
      : undefined;
    let held = 0;
    for (const drill of possible) if (await perform(drill, { folder, servers, undo: own })) held++;
    print(`resilience: ${held} of ${possible.length} drills held`);
    return held === possible.length ? 0 : 1;
  } finally {
    await unwind(undo);
  }
}

// What a drill left behind when it failed must not keep the process.
process.exit(await main());
