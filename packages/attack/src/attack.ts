/**
 * A run from options to report.
 *
 * Promise: nothing is sent to a host that is neither loopback nor named as owned; nothing destructive
 * is sent without leave; a run that ends early still reports what it has, and says so.
 *
 * @module
 */

import type { AttackOptions, Progress } from "./attack-options.ts";
import { defaultLimits } from "./default-limits.ts";
import { readSources, type Sources } from "./sources.ts";
import { createCredentials, type Credentials } from "./principal/credentials.ts";
import { openAccount } from "./principal/open-account.ts";
import type { Principal } from "./principal/principal.ts";
import { buildReport } from "./report/build-report.ts";
import { policyOf } from "./report/policy.ts";
import type { Report, TechniqueReport } from "./report/report.ts";
import { chosenTechniques } from "./technique/choose.ts";
import { runTechnique } from "./technique/run-technique.ts";
import type { Outcome, Technique } from "./technique/technique.ts";
import { createCallMaker, type CallMaker } from "./value/make-call.ts";
import { createClient } from "./wire/client.ts";
import type { Client } from "./wire/exchange.ts";
import { RunStopped } from "./wire/run-stopped.ts";
import { createWorld, type LearntWorld } from "./world/create-world.ts";
import { createKnownValues } from "./world/known.ts";
import { createObjectStore } from "./world/objects.ts";
import { createRandom } from "./world/random.ts";

/**
 * Attacks a running API as several principals and reports what it proved for each risk.
 *
 * @throws TargetFault when the target is not loopback and not named in `iOwn`, or is no URL.
 * @throws DocumentFault when there is no OpenAPI document to be read.
 * @throws PrincipalsFault when the principals file cannot be read.
 *
 * @example
 * const report = await runAttack({ target: "http://127.0.0.1:8080", principals: "principals.yaml" });
 * console.log(report.findings.length);
 */
export async function runAttack(options: AttackOptions): Promise<Report> {
  const startedAt = Date.now();
  const sources = await readSources(options);
  const { document } = sources;
  const tell = options.onProgress ?? (() => undefined);
  tell({ kind: "document", title: document.title, operations: document.operations.length });

  const seed = options.seed ?? 1;
  const run = openRun(options, sources, createRandom(seed), startedAt);
  const state: RunState = {
    reports: [],
    stopped: undefined,
    world: undefined,
    signedIn: new Map(),
  };
  try {
    await attackAll(run, state, options, tell);
  } catch (error) {
    if (!(error instanceof RunStopped)) throw error;
    state.stopped = error.message;
    tell({ kind: "stopped", why: error.message });
  } finally {
    await state.world?.close();
    await run.client.close();
  }
  const exchanges = run.client.exchanges;
  return buildReport({
    target: `${sources.target.origin}${sources.basePath}`,
    origin: sources.target.origin,
    title: document.title,
    startedAt,
    endedAt: Date.now(),
    seed,
    stopped: state.stopped,
    techniqueReports: state.reports,
    reach: state.world?.reach.rows(document.operations) ?? [],
    principals: sources.entries.map(({ principal: { name, role } }) => ({
      name,
      role,
      signedIn: state.signedIn.get(name) === true,
    })),
    warnings: sources.warnings,
    exchanges,
    requests: exchanges.at(-1)?.id ?? 0,
    baseline: options.baseline ?? [],
    policyOf: (target, technique) => policyOf(document, target, technique),
  });
}

interface RunState {
  readonly reports: TechniqueReport[];
  readonly signedIn: Map<string, boolean>;
  stopped: string | undefined;
  world: LearntWorld | undefined;
}

interface Run {
  readonly sources: Sources;
  readonly client: Client;
  readonly credentials: Credentials;
  readonly maker: CallMaker;
  readonly random: () => number;
  readonly objects: ReturnType<typeof createObjectStore>;
}

function openRun(
  options: AttackOptions,
  sources: Sources,
  random: () => number,
  startedAt: number,
): Run {
  const { document, target, basePath, entries } = sources;
  const objects = createObjectStore(document.resources);
  const maker = createCallMaker({
    document,
    basePath,
    random,
    runId: Math.floor(random() * 36 ** 5).toString(36),
    known: createKnownValues(document, objects),
  });
  const client: Client = createClient({
    origin: target.origin,
    credentialOf: (principal) => credentials.credentialOf(principal),
    renew: async (principal) => credentials.renew(principal),
    freshen: async (principal) => credentials.freshen(principal),
    rate: options.rate ?? (target.loopback ? undefined : defaultLimits.foreignRate),
    maxRequests: options.maxRequests ?? defaultLimits.maxRequests,
    deadline: startedAt + (options.maxSeconds ?? defaultLimits.maxSeconds) * 1_000,
    timeout: options.timeout ?? defaultLimits.timeout,
    maxAnswerBytes: 2 * 1024 * 1024,
    signal: options.signal,
    now: Date.now,
  });
  const credentials: Credentials = createCredentials({
    document,
    entries,
    basePath,
    send: (call) => client.send(call, { renew: false }),
    now: Date.now,
  });
  return { sources, client, credentials, maker, random, objects };
}

async function attackAll(
  run: Run,
  state: RunState,
  options: AttackOptions,
  tell: (progress: Progress) => void,
): Promise<void> {
  const { sources, client } = run;
  client.enter("set-up");
  const principals = await signAllIn(run, state, tell);
  const world = await createWorld({
    document: sources.document,
    origin: sources.target.origin,
    basePath: sources.basePath,
    client,
    maker: run.maker,
    objects: run.objects,
    limits: {
      allowDestructive: options.allowDestructive === true,
      burst: defaultLimits.burst,
      webhookSecrets: options.webhookSecrets ?? {},
    },
    principals,
    credentialOf: (principal) => run.credentials.credentialOf(principal),
    signInAgain: (principal) => run.credentials.signInAgain(principal),
    withHeaders: (principal, headers) => run.credentials.withHeaders(principal, headers),
    openAccount: () => newAccount(run, principals),
    random: run.random,
    now: Date.now,
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  });
  state.world = world;
  const rows = world.reach.rows(sources.document.operations);
  const reached = rows.filter(({ reachedAs }) => reachedAs.length > 0).length;
  tell({ kind: "world", reached, operations: rows.length, objects: world.objectCount });

  const chosen = chosenTechniques(options);
  for (const [index, technique] of chosen.entries()) {
    const { id, title, risk } = technique;
    tell({ kind: "technique", id, title, risk, index: index + 1, of: chosen.length });
    await runOne(technique, world, state, tell);
    await requireLife(world);
  }
}

async function signAllIn(
  { sources, credentials }: Run,
  { signedIn }: RunState,
  tell: (progress: Progress) => void,
): Promise<readonly Principal[]> {
  const present: Principal[] = [];
  for (const entry of sources.entries) {
    const { ok, why } = await credentials.signIn(entry);
    const { name } = entry.principal;
    signedIn.set(name, ok);
    tell({ kind: "principal", name, signedIn: ok, why });
    // Facts may have grown by what the sign-in told.
    if (ok) present.push(credentials.principalOf(entry));
  }
  return present;
}

async function newAccount(
  { sources, maker, client, credentials }: Run,
  principals: readonly Principal[],
): Promise<Principal | undefined> {
  const opened = await openAccount({
    document: sources.document,
    basePath: sources.basePath,
    make: (operation, making) => maker.make(operation, undefined, making),
    correct: (exchange) => maker.correct(exchange),
    send: (call) => client.send(call, { renew: false }),
    now: Date.now,
    role: principals.find(({ administrator }) => !administrator)?.role ?? "user",
  });
  if (opened === undefined) return undefined;
  credentials.add(opened.principal, opened.credential);
  return opened.principal;
}

async function runOne(
  technique: Technique,
  world: LearntWorld,
  { reports }: RunState,
  tell: (progress: Progress) => void,
): Promise<void> {
  const outcomes: Outcome[] = [];
  const keep = (outcome: Outcome): void => {
    outcomes.push(outcome);
    if (outcome.verdict !== "vulnerable") return;
    const confirmed = outcome.confidence === "confirmed";
    const { id, title } = technique;
    tell({ kind: "finding", id, title, target: outcome.target, confirmed });
  };
  try {
    const rest = await runTechnique(technique, world, keep);
    reports.push({ technique, outcomes, ...rest });
  } catch (error) {
    const spent = { missing: [], requests: 0, milliseconds: 0 };
    reports.push({ technique, outcomes, failure: String(error), ...spent });
    throw error;
  }
}

/** A target that answers nothing any more cannot be judged. */
async function requireLife({ client, basePath }: LearntWorld): Promise<void> {
  const last = client.exchanges.at(-1);
  if (last === undefined || last.answer !== undefined) return;
  for (let tries = 0; tries < 3; tries++) {
    const path = `${basePath}/`;
    const call = { method: "GET", path, headers: [], body: undefined, principal: undefined };
    const { answer } = await client.send({ ...call, operation: undefined });
    if (answer !== undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new RunStopped("the target does not answer any more");
}
