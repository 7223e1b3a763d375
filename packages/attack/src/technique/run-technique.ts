/**
 * One technique from needs to outcomes.
 *
 * @module
 */

import type { TechniqueReport } from "../report/report.ts";
import { RunStopped } from "../wire/run-stopped.ts";
import type { World } from "../world/world.ts";
import { runTrial } from "./run-trial.ts";
import type { Need, Outcome, Technique } from "./technique.ts";

/** What a technique needs and the world does not have. */
export function missingNeeds(technique: Technique, world: World): readonly Need[] {
  return technique.needs.filter((need) => !isMet(need, world));
}

function isMet(need: Need, world: World): boolean {
  const { document, principals, limits } = world;
  const some = (trait: Parameters<typeof hasTrait>[1]): boolean => hasTrait(world, trait);
  switch (need) {
    case "a principal":
      return principals.length > 0;
    case "two principals of one role":
      return world.peers !== undefined;
    case "an administrator":
      return world.administrator !== undefined;
    case "an operation that tells who calls":
      return world.identity !== undefined;
    case "a JSON Web Token":
      return principals.some((one) => isJsonWebToken(world.credentialOf(one).token));
    case "a sign-in recipe":
      return principals.some(({ recipe }) => recipe !== undefined);
    case "a registration operation":
      return some("register");
    case "an owned object":
      return principals.some((one) => world.objectsOf(one).length > 0);
    case "a declared quota":
      return document.operations.some(({ quota }) => quota !== undefined);
    case "a declared flow":
      return document.operations.some(({ step }) => step !== undefined);
    case "a webhook":
      return some("webhook");
    case "a webhook secret":
      return some("webhook") && Object.keys(limits.webhookSecrets).length > 0;
    case "an operation that takes a URL":
      return some("fetches-url");
    case "leave to destroy":
      return limits.allowDestructive;
  }
}

function hasTrait({ document }: World, trait: "register" | "webhook" | "fetches-url"): boolean {
  return document.operations.some(({ traits }) => traits.has(trait));
}

function isJsonWebToken(token: string | undefined): boolean {
  return token !== undefined && /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token) && token.startsWith("ey");
}

/**
 * Runs one technique. What goes wrong inside it is told in the report and ends only this technique.
 * @throws RunStopped when the run was interrupted or a cap was reached; outcomes so far go to `keep`.
 */
export async function runTechnique(
  technique: Technique,
  world: World,
  keep: (outcome: Outcome) => void,
): Promise<Omit<TechniqueReport, "outcomes" | "technique">> {
  const missing = missingNeeds(technique, world);
  const sent = count(world);
  const started = world.now();
  const spent = () => ({
    requests: count(world) - sent,
    milliseconds: world.now() - started,
  });
  if (missing.length > 0) return { missing, failure: undefined, ...spent() };
  world.client.enter(technique.id);
  try {
    if ("trials" in technique)
      for await (const trial of technique.trials(world)) keep(await runTrial(world, trial));
    else for await (const outcome of technique.run(world)) keep(outcome);
  } catch (error) {
    if (error instanceof RunStopped) throw error;
    return { missing, failure: String(error), ...spent() };
  }
  return { missing, failure: undefined, ...spent() };
}

/** Requests so far; the record may have dropped the oldest. */
function count({ client }: World): number {
  return client.exchanges.at(-1)?.id ?? 0;
}
