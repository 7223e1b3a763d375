/**
 * answers with somebody's own data that a shared cache may keep.
 *
 * Limits: no cache stands between the run and its target, so that only what the headers allow is
 * judged: `public` on what differs from reader to reader is proven, silence is a suspicion.
 *
 * @module
 */

import { isSuccess } from "../../../oracle/refusal.ts";
import type { Exchange } from "../../../wire/exchange.ts";
import type { World } from "../../../world/world.ts";
import { held, notApplicable, suspected, vulnerable } from "../../outcomes.ts";
import { defineTechnique, type Outcome } from "../../technique.ts";
import { sameAnswer } from "../../../oracle/compare.ts";

/** */
export const cachedAnswers = defineTechnique({
  id: "X-13",
  risk: "API3",
  title: "A shared cache may keep private answers",
  severity: "low",
  phase: "read",
  needs: ["two principals of one role"],
  oracle: "O-HEADER",
  guards: ["G-CTRL"],
  hole: "headers",
  remedy: "Send cache-control: no-store, or private, with every answer that is for one caller.",
  run: (world) => run(world),
});

async function* run(world: World): AsyncIterable<Outcome> {
  const silent: Exchange[] = [];
  let judged = 0;
  for (const operation of world.document.operations) {
    const { method, path, traits, access } = operation;
    const isPrivate = access.kind === "credential" && !traits.has("administrative");
    if (method !== "GET" || !isPrivate || path.includes("{") || world.peers === undefined) continue;
    const own = await world.works(operation, world.peers.attacker);
    const other = await world.works(operation, world.peers.victim);
    if (own === undefined || other === undefined || !isSuccess(own) || sameAnswer(own, other))
      continue;
    judged += 1;
    const control = cacheControl(own);
    const about = { target: operation.key, evidence: [own, other] };
    if (/\bpublic\b|\bs-maxage=[1-9]/.test(control) && !variesByCaller(own))
      yield vulnerable(about, `it differs from caller to caller, and says "${control}"`);
    else if (/\b(no-store|private|no-cache)\b/.test(control) || variesByCaller(own))
      yield held(about, "caches may not share it");
    else silent.push(own);
  }
  if (judged === 0) yield notApplicable({ target: "" }, "no private answer was seen twice");
  if (silent.length > 0)
    yield suspected(
      { target: "", variant: "no cache-control", evidence: silent.slice(0, 3) },
      `${silent.length} of ${judged} private answers say nothing to caches`,
    );
}

function cacheControl({ answer }: Exchange): string {
  const lines = answer?.headers.filter(([name]) => name.toLowerCase() === "cache-control") ?? [];
  return lines.map(([, value]) => value.toLowerCase()).join(", ");
}

/** Shared caches keep nothing with an Authorization header unless told, and heed what varies. */
function variesByCaller({ answer }: Exchange): boolean {
  return (
    answer?.headers.some(
      ([name, value]) => name.toLowerCase() === "vary" && /\*|authorization|cookie/i.test(value),
    ) === true
  );
}
