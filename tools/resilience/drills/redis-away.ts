/**
 * Redis is killed under two nodes and started again, empty; then it is stopped where it stands.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { stockIn } from "../bookkeeping.ts";
import { call } from "../call.ts";
import { rounded, spread, type Drill, type StoppableRedis } from "../drill.ts";
import { beginLoad, settle, startTwoNodes } from "../nodes.ts";
import { newcomers, type Person } from "../people.ts";
import { eventually } from "../processes.ts";

/** The broadcast has a connection of its own, which comes back when it does. */
const reconnectionMilliseconds = 3_000;
/** Nodes look for revocations that nobody announced every 5 s; with a margin. */
const lookMilliseconds = 6_500;

/** Two nodes, the Redis they share, and what was found out about them. */
interface Scene {
  readonly origins: readonly [string, string];
  readonly redis: StoppableRedis;
  readonly figures: string[];
  readonly faults: string[];
}

function expect({ faults }: Scene, condition: boolean, fault: string): void {
  if (!condition) faults.push(fault);
}

async function every({ origins }: Scene, state: "shared" | "local"): Promise<boolean> {
  const answers = await Promise.all(origins.map((origin) => call(`${origin}/readyz`)));
  return answers.every((answer) => answer.member("quota") === state);
}

/** Logs out on one node; the milliseconds until the other one refuses the token. */
async function logout({ origins: [here, there] }: Scene, { token }: Person): Promise<number> {
  const look = async (): Promise<number> => (await call(`${there}/api/users/me`, { token })).status;
  const warm = await look();
  if (warm !== 200) throw new Error(`a fresh token was answered ${warm}`);
  const left = await call(`${here}/api/auth/logout`, { method: "POST", token });
  if (left.status !== 204) throw new Error(`logout was answered ${left.status}`);
  const started = performance.now();
  while ((await look()) !== 401)
    if (performance.now() - started > 10_000) throw new Error("a token lives on after the logout");
  return performance.now() - started;
}

async function logoutAtOnce(scene: Scene, person: Person, when: string): Promise<void> {
  const life = await logout(scene, person);
  scene.figures.push(`logout, ${when}: refused by the other node after ${rounded(life)} ms`);
  expect(scene, life < 1_000, `${when}: the token lived on for ${rounded(life)} ms`);
}

/** How many of many searches both nodes let pass within some seconds. */
async function admittedSearches(origins: readonly string[]): Promise<number> {
  let admitted = 0;
  for (let count = 0; count < 40; count++) {
    const { status } = await call(`${origins[count % 2]}/api/search?q=tea`);
    if (status === 200) admitted++;
    await sleep(150);
  }
  return admitted;
}

function signIns({ origins }: Scene, { username, password }: Person) {
  return Promise.all(
    origins.map((origin) => call(`${origin}/api/auth/token`, { json: { username, password } })),
  );
}

async function whileAway(scene: Scene, leaver: Person, stayer: Person): Promise<void> {
  const { figures, origins, redis } = scene;
  await redis.stop();
  const stopped = performance.now();
  const noticed = await eventually(() => every(scene, "local"), 5_000);
  expect(scene, noticed, "readiness does not say that quotas are local");
  figures.push(`readiness says local after ${rounded(performance.now() - stopped)} ms`);

  const refused = await signIns(scene, leaver);
  const statuses = refused.map(({ status }) => status).join(" and ");
  figures.push(`sign-in without Redis: ${statuses}`);
  const strict = refused.every(({ status }) => status === 429 || status === 503);
  expect(scene, strict, `sign-in without Redis was answered ${statuses}`);
  const reads = await Promise.all(
    origins.map((origin) => call(`${origin}/api/users/me`, { token: stayer.token })),
  );
  const served = reads.every(({ status }) => status === 200);
  expect(scene, served, `reads were answered ${reads.map(({ status }) => status).join(" and ")}`);

  const began = performance.now();
  const admitted = await admittedSearches(origins);
  // Both halves of 30 a minute, and what came back meanwhile.
  const most = Math.ceil(30 + (performance.now() - began) / 2_000);
  figures.push(
    `searches that both nodes together admit without Redis: ${admitted} of 40, at most ${most} allowed`,
  );
  expect(scene, admitted <= most, `${admitted} searches were admitted without Redis, not ${most}`);
  expect(scene, admitted >= 4, `only ${admitted} searches were admitted without Redis`);
  await logoutAtOnce(scene, leaver, "without Redis");
}

async function onceBack(scene: Scene, leaver: Person): Promise<void> {
  await scene.redis.start();
  const started = performance.now();
  const shared = await eventually(() => every(scene, "shared"), 15_000);
  expect(scene, shared, "quotas are not shared again");
  scene.figures.push(`quotas are shared again after ${rounded(performance.now() - started)} ms`);
  await sleep(reconnectionMilliseconds);
  await logoutAtOnce(scene, leaver, "Redis is back");
  const back = await signIns(scene, leaver);
  const open = back.every(({ status }) => status === 200);
  expect(scene, open, `sign-in was answered ${back.map(({ status }) => status).join(" and ")}`);
}

/** Connections stand and nothing answers: the worst case, which time-outs have to find. */
async function whileFrozen(scene: Scene, leavers: readonly Person[]): Promise<void> {
  scene.redis.freeze();
  const lives: number[] = [];
  for (const leaver of leavers) lives.push(await logout(scene, leaver));
  scene.redis.thaw();
  const longest = Math.max(...lives);
  scene.figures.push(`logout, Redis is frozen: refused by the other node: ${spread(lives)}`);
  expect(scene, longest < lookMilliseconds, `frozen: a token lived on for ${longest} ms`);
  const shared = await eventually(() => every(scene, "shared"), 15_000);
  expect(scene, shared, "quotas are not shared after the frost");
}

/** Kill and freeze Redis under two nodes that work. */
export const redisAway: Drill = {
  name: "Redis away",
  needsServers: true,
  milliseconds: 120_000,
  run: async (stage) => {
    if (stage.servers === undefined) throw new Error("needs servers");
    const { redis } = stage.servers;
    const { a, b, databaseUrl, folder } = await startTwoNodes(stage, stage.servers, "redis_away");
    stage.undo.push(async () => redis.thaw());
    const scene: Scene = { origins: [a.origin, b.origin], redis, figures: [], faults: [] };
    const before = await stockIn(databaseUrl);
    const [early, middle, late, ...others] = await newcomers(a.origin, 7);
    if (early === undefined || middle === undefined || late === undefined)
      throw new Error("nobody came");
    const load = await beginLoad(stage, [a, b], folder, 4);
    expect(scene, await every(scene, "shared"), "quotas are not shared at the start");
    await logoutAtOnce(scene, early, "with Redis");
    await whileAway(scene, middle, late);
    await onceBack(scene, late);
    await whileFrozen(scene, others);
    const report = await settle(databaseUrl, await load.stop(), before, [a, b]);
    return {
      figures: [...scene.figures, ...report.figures],
      faults: [...scene.faults, ...report.faults],
    };
  },
};
