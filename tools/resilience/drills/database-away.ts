/**
 * PostgreSQL is stopped under load, in order, by a crash and where it stands, and started again.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { stockIn } from "../bookkeeping.ts";
import { call } from "../call.ts";
import { rounded, spread, type Drill, type StoppablePostgresql } from "../drill.ts";
import { beginLoad, settle, startTwoNodes, type TwoNodes } from "../nodes.ts";
import { newcomer, productIds } from "../people.ts";
import { eventually } from "../processes.ts";
import { isProblem, probesOf, startProbing, statusesOf, type Sighting } from "../probes.ts";
import { paymentSecret } from "../shop-process.ts";

type Mode = "fast" | "immediate" | "frozen";

const awayMilliseconds: Readonly<Record<Mode, number>> = {
  fast: 6_000,
  immediate: 6_000,
  // Longer than any deadline, so that the answers of waiting requests are seen.
  frozen: 14_000,
};
const longestAnswer = 10_000;
/** A probe waits less long than a person. */
const longestReadiness = 2_500;

interface Absence {
  readonly figures: string[];
  readonly faults: string[];
}

/** What is wrong with an answer that was asked for while the database was away. */
function answerFault({ answer, probe }: Sighting): string | undefined {
  const { status } = answer;
  const named = `${probe.name}, without the database:`;
  if (status === 0) return `${named} no answer (${answer.text.slice(0, 80)})`;
  const longest = probe.name === "ready" ? longestReadiness : longestAnswer;
  if (answer.milliseconds > longest)
    return `${named} ${Math.round(answer.milliseconds)} ms for an answer`;
  if (status >= 500 && status !== 503) return `${named} ${status}`;
  if (status >= 400 && !isProblem(answer)) return `${named} ${status} is no problem document`;
  if (status < 400 && probe.needsDatabase) return `${named} ${status}`;
  return undefined;
}

/** Stops and starts the database; the nodes are not touched. */
async function absence(
  { a, b, folder }: TwoNodes,
  postgresql: StoppablePostgresql,
  mode: Mode,
): Promise<Absence> {
  const person = await newcomer(a.origin);
  const leaver = await newcomer(a.origin);
  const [product = ""] = await productIds(a.origin);
  const origins = [a.origin, b.origin];
  const probing = startProbing(origins, probesOf(person, product, paymentSecret(folder)));
  await sleep(1_000);
  await (mode === "frozen" ? postgresql.freeze() : postgresql.stop(mode));
  const stopped = performance.now();
  await sleep(awayMilliseconds[mode]);
  const starting = performance.now();
  if (mode === "frozen") postgresql.thaw();
  else await postgresql.start();
  const started = performance.now();
  const isReady = async (): Promise<boolean> => {
    const answers = await Promise.all(
      origins.flatMap((origin) => [
        call(`${origin}/readyz`),
        call(`${origin}/api/users/me`, { token: leaver.token }),
      ]),
    );
    return answers.every(({ status }) => status === 200);
  };
  const recovered = await eventually(isReady, 20_000);
  const recovery = performance.now() - started;
  const logout = await logoutEverywhere(origins, leaver.token);
  const sightings = await probing.stop();
  const away = sightings.filter(
    ({ asked, answer }) => asked > stopped && asked + answer.milliseconds < starting,
  );
  const ready = away.filter(({ probe }) => probe.name === "ready");
  const late = sightings.filter(({ answer }) => answer.milliseconds > longestAnswer);
  return {
    figures: [
      `${mode}: ${away.length} answers while away: ${statusesOf(away)}; ${spread(away.map(({ answer }) => answer.milliseconds))}`,
      `${mode}: both nodes work ${rounded(recovery)} ms after the server is back; logout ${logout.figure}`,
    ],
    faults: [
      ...new Set([...away, ...late].flatMap((sighting) => answerFault(sighting) ?? [])),
      ...(ready.length > 0 && ready.every(({ answer }) => answer.status === 503)
        ? []
        : ["readiness did not turn red"]),
      ...(recovered ? [] : ["the nodes did not recover"]),
      ...logout.faults,
      ...unexpected(sightings),
    ].map((fault) => `${mode}: ${fault}`),
  };
}

/** Also on the way down and up nothing may become a 500. */
function unexpected(sightings: readonly Sighting[]): readonly string[] {
  const failed = sightings.filter(({ answer }) => answer.status >= 500 && answer.status !== 503);
  return [
    ...new Set(failed.map(({ answer, probe }) => `${probe.name} was answered ${answer.status}`)),
  ];
}

async function logoutEverywhere(
  origins: readonly string[],
  token: string,
): Promise<{ readonly figure: string; readonly faults: readonly string[] }> {
  const [first = ""] = origins;
  const { status } = await call(`${first}/api/auth/logout`, { method: "POST", token });
  const started = performance.now();
  const dead = await eventually(async () => {
    const answers = await Promise.all(
      origins.map((origin) => call(`${origin}/api/users/me`, { token })),
    );
    return answers.every((answer) => answer.status === 401);
  }, 10_000);
  const took = performance.now() - started;
  return {
    figure: `dead on both nodes after ${rounded(took)} ms`,
    faults: [
      ...(status === 204 ? [] : [`logout was answered ${status}`]),
      ...(dead && took < 1_000 ? [] : [`a token lived on for ${Math.round(took)} ms`]),
    ],
  };
}

/** Stop PostgreSQL under two nodes that work. */
export const databaseAway: Drill = {
  name: "PostgreSQL away",
  needsServers: true,
  milliseconds: 150_000,
  run: async (stage) => {
    if (stage.servers === undefined) throw new Error("needs servers");
    const { postgresql } = stage.servers;
    const nodes = await startTwoNodes(stage, stage.servers, "database_away");
    const { a, b, databaseUrl, folder } = nodes;
    const before = await stockIn(databaseUrl);
    const load = await beginLoad(stage, [a, b], folder, 4);
    const absences = [
      await absence(nodes, postgresql, "fast"),
      await absence(nodes, postgresql, "immediate"),
      await absence(nodes, postgresql, "frozen"),
    ];
    const ledger = await load.stop();
    const report = await settle(databaseUrl, ledger, before, [a, b]);
    return {
      figures: [...absences.flatMap(({ figures }) => figures), ...report.figures],
      faults: [...absences.flatMap(({ faults }) => faults), ...report.faults],
    };
  },
};
