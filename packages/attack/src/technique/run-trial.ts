/**
 * One trial from control to verdict: control, attack, twin; on a hit all of it once more.
 *
 * A verdict of `vulnerable` needs the rightful request to work before and after, the attack to hit
 * twice, and the twin, which has something random in place of the victim's, not to hit.
 *
 * @module
 */

import type { Call, Exchange } from "../wire/exchange.ts";
import type { World } from "../world/world.ts";
import type { Judgement, Outcome, Seen, Trial, Verdict } from "./technique.ts";

/** What a trial needs of the world. */
export type TrialWorld = Pick<World, "send" | "succeeds">;

/** Runs one trial. */
export async function runTrial(world: TrialWorld, trial: Trial): Promise<Outcome> {
  const first = await round(world, trial);
  if (first.kind !== "hit") return outcomeOf(trial, first.verdict, first.because, first.evidence);
  const second = await round(world, trial);
  if (second.kind !== "hit") {
    const because = `it showed once (${first.because}) and not again`;
    return outcomeOf(trial, "inconclusive", because, [...first.evidence, ...second.evidence]);
  }
  return {
    ...outcomeOf(trial, "vulnerable", first.because, first.evidence),
    confidence: first.suspected || second.suspected ? "suspected" : "confirmed",
  };
}

type Round = {
  readonly kind: Judgement["kind"];
  readonly verdict: Verdict;
  readonly because: string;
  readonly suspected: boolean;
  readonly evidence: readonly Exchange[];
};

async function round(world: TrialWorld, trial: Trial): Promise<Round> {
  const control = await sendIf(world, trial.control);
  if (control !== undefined && !world.succeeds(control))
    return unclear(`the rightful request was answered ${statusOf(control)}`, [control]);
  const attack = await world.send(trial.attack, trial.sending);
  const status = attack.answer?.status;
  if (status === undefined)
    return unclear(`no answer: ${attack.failure ?? "?"}`, known(control, attack));
  if ((status === 429 || status === 503) && trial.sending?.patient !== false)
    return unclear(`the attack was answered ${status}`, known(control, attack));
  const twin = await sendIf(world, trial.twin);
  const seen: Seen = { control, attack, twin };
  const judgement = trial.judge(seen);
  const evidence = known(control, attack, twin);
  if (judgement.kind !== "hit") return { ...verdictOf(judgement), evidence };
  if (twin !== undefined && trial.judge({ control, attack: twin, twin: attack }).kind === "hit")
    return { ...safe("a random one in its place gives the same"), evidence };
  return { ...verdictOf(judgement), evidence };
}

async function sendIf(world: TrialWorld, call: Call | undefined): Promise<Exchange | undefined> {
  return call === undefined ? undefined : world.send(call);
}

function verdictOf(judgement: Judgement): Omit<Round, "evidence"> {
  switch (judgement.kind) {
    case "hit":
      return { ...judgement, verdict: "vulnerable", suspected: judgement.suspected === true };
    case "safe":
      return safe(judgement.because);
    case "unclear":
      return { ...judgement, verdict: "inconclusive", suspected: false };
  }
}

function safe(because: string): Omit<Round, "evidence"> {
  return { kind: "safe", verdict: "protected", because, suspected: false };
}

function unclear(because: string, evidence: readonly Exchange[]): Round {
  return { kind: "unclear", verdict: "inconclusive", because, suspected: false, evidence };
}

function known(...exchanges: readonly (Exchange | undefined)[]): readonly Exchange[] {
  return exchanges.filter((exchange) => exchange !== undefined);
}

function statusOf({ answer, failure }: Exchange): string {
  return answer === undefined ? (failure ?? "nothing") : String(answer.status);
}

function outcomeOf(
  { operation, variant }: Trial,
  verdict: Verdict,
  because: string,
  evidence: readonly Exchange[],
): Outcome {
  return { verdict, confidence: "confirmed", target: operation.key, variant, because, evidence };
}
