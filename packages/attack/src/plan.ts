/**
 * What a run would do, without doing it.
 *
 * Limits: only the document and the principals file are read, so a need that only the running API can
 * show (an operation that tells who calls, say) is judged by what the document lets expect.
 *
 * @module
 */

import type { AttackOptions } from "./attack-options.ts";
import { defaultLimits } from "./default-limits.ts";
import type { Operation, Trait } from "./document/operation.ts";
import type { Principal } from "./principal/principal.ts";
import { readSources, type Sources } from "./sources.ts";
import { chosenTechniques } from "./technique/choose.ts";
import type { Need, Technique } from "./technique/technique.ts";
import { peersOf } from "./world/people.ts";

/** What a run would do. */
export interface Plan {
  readonly title: string;
  readonly target: string;
  readonly operations: readonly Operation[];
  readonly principals: readonly Principal[];
  readonly techniques: readonly {
    readonly technique: Technique;
    readonly missing: readonly Need[];
  }[];
  readonly warnings: readonly string[];
  readonly maxRequests: number;
  readonly maxSeconds: number;
  /** Requests per second; `undefined` is as fast as the target answers. */
  readonly rate: number | undefined;
}

/**
 * Says what a run would do; nothing is sent but requests for the document.
 *
 * @throws TargetFault, DocumentFault, PrincipalsFault as `runAttack` does.
 *
 * @example
 * const { techniques } = await planOf({ target: "http://127.0.0.1:8080" });
 */
export async function planOf(options: AttackOptions): Promise<Plan> {
  const sources = await readSources(options);
  const { document, entries, target, basePath, warnings } = sources;
  return {
    title: document.title,
    target: `${target.origin}${basePath}`,
    operations: document.operations,
    principals: entries.map(({ principal }) => principal),
    techniques: chosenTechniques(options).map((technique) => ({
      technique,
      missing: technique.needs.filter((need) => !isExpected(need, sources, options)),
    })),
    warnings,
    maxRequests: options.maxRequests ?? defaultLimits.maxRequests,
    maxSeconds: options.maxSeconds ?? defaultLimits.maxSeconds,
    rate: options.rate ?? (target.loopback ? undefined : defaultLimits.foreignRate),
  };
}

function isExpected(
  need: Need,
  { document, entries }: Sources,
  { allowDestructive, webhookSecrets = {} }: AttackOptions,
): boolean {
  const { operations, resources } = document;
  const principals = entries.map(({ principal }) => principal);
  const some = (trait: Trait): boolean => operations.some(({ traits }) => traits.has(trait));
  const canRegister = some("register");
  switch (need) {
    case "a principal":
    case "an operation that tells who calls":
    case "a JSON Web Token":
      return principals.length > 0 || canRegister;
    case "two principals of one role":
      return peersOf(principals) !== undefined || canRegister;
    case "an administrator":
      return principals.some(({ administrator }) => administrator);
    case "a sign-in recipe":
      return canRegister || principals.some(({ recipe }) => recipe !== undefined);
    case "a registration operation":
      return canRegister;
    case "an owned object":
      return resources.length > 0 && (principals.length > 0 || canRegister);
    case "a declared quota":
      return operations.some(({ quota }) => quota !== undefined);
    case "a declared flow":
      return operations.some(({ step }) => step !== undefined);
    case "a webhook":
      return some("webhook");
    case "a webhook secret":
      return some("webhook") && Object.keys(webhookSecrets).length > 0;
    case "an operation that takes a URL":
      return some("fetches-url");
    case "leave to destroy":
      return allowDestructive === true;
  }
}
