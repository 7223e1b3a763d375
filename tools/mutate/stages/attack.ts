/**
 * The last barrier, asked alone: does the attack engine find the hole?
 *
 * Promise: the engine is the original's and knows nothing of the mutant: it gets the document that is
 * committed, the demo accounts and the secret of the webhook. Killed means a confirmed finding that the
 * unchanged shop does not have; a suspicion kills nothing. The techniques of the mutant's own risk come
 * first, on a shop of their own, then all others.
 *
 * @module
 */

import { join } from "node:path";
import type { Risk } from "../mutant.ts";
import type { AttackFindings, AttackOrder } from "./attack-process.ts";
import { runProgram } from "./run-program.ts";
import { start, type RunningMutant } from "./start.ts";
import type { Passed, Skipped, Stopped } from "./verdict.ts";

const maximumSeconds = 900;
const program = join(import.meta.dirname, "attack-process.ts");

/** What does not change from mutant to mutant. */
export interface Attacker {
  readonly original: string;
  /** Findings of the unchanged shop. */
  readonly known: readonly string[];
}

type Choice = Pick<AttackOrder, "only" | "skip">;

async function run(
  { original, known }: Attacker,
  shop: RunningMutant,
  choice: Choice,
  stopAtFirst: boolean,
): Promise<AttackFindings | string> {
  const order: AttackOrder = {
    target: shop.origin,
    document: join(original, "apps/shop/openapi.json"),
    principals: join(shop.folder, "attack-principals.yaml"),
    webhookSecret: shop.webhookSecret,
    known,
    maximumSeconds,
    stopAtFirst,
    ...choice,
  };
  const { code, output } = await runProgram({
    cwd: original,
    parameters: ["--conditions=@sekisho/source", program, JSON.stringify(order)],
    timeout: (maximumSeconds + 120) * 1_000,
  });
  const line = output.trim().split("\n").at(-1) ?? "";
  if (code !== 0 || !line.startsWith("{")) return output.trim().slice(-300);
  return JSON.parse(line) as AttackFindings;
}

/** Attacks a shop with these techniques until one finding is confirmed. */
async function ask(
  attacker: Attacker,
  shop: RunningMutant,
  choice: Choice,
): Promise<Passed | Stopped | Skipped> {
  const found = await run(attacker, shop, choice, true);
  await shop.end();
  if (typeof found === "string") return { stopped: undefined, why: `the attack broke: ${found}` };
  const [first] = found.fresh;
  return first === undefined
    ? { stopped: false }
    : { stopped: true, by: found.words === "" ? first : found.words };
}

/** Attacks the mutant that runs, and a second start of it when its own risk showed nothing. */
export async function attack(
  attacker: Attacker,
  shop: RunningMutant,
  copy: string,
  risk: Risk,
): Promise<Passed | Stopped | Skipped> {
  const own = await ask(attacker, shop, { only: [risk] });
  if (own.stopped !== false) return own;
  const again = await start(copy);
  // It started a moment ago: this is no property of the mutant.
  if (again.stopped) return { stopped: undefined, why: `the second start failed: ${again.by}` };
  return ask(attacker, again, { skip: [risk] });
}

/** What the engine finds on the shop as it is, which should be nothing. */
export async function knownFindings(original: string, copy: string): Promise<AttackFindings> {
  const shop = await start(copy);
  if (shop.stopped) throw new Error(`the unchanged shop does not start: ${shop.by}`);
  const found = await run({ original, known: [] }, shop, {}, false);
  await shop.end();
  if (typeof found === "string")
    throw new Error(`the attack on the unchanged shop broke: ${found}`);
  return found;
}
