/**
 * M-15: a property that no API knows is kept and shown, or taken against a closed schema.
 *
 * @module
 */

import type { World } from "../../../world/world.ts";
import { held, inconclusive, notApplicable, suspected, vulnerable } from "../../outcomes.ts";
import { defineTechnique, type Outcome } from "../../technique.ts";
import { declaredBody } from "../declared-properties.ts";
import { beside } from "./carrying.ts";
import { evidenceOf, probeOf, strangerName, writingsOf } from "./probe.ts";
import { shows } from "./view.ts";
import type { Writing } from "./writing.ts";

/** M-15. */
export const unknownProperty = defineTechnique({
  id: "M-15",
  risk: "API3",
  title: "A property that is not declared is kept",
  severity: "medium",
  phase: "write",
  needs: [],
  oracle: "O-PERSIST",
  guards: ["G-CTRL", "G-REPEAT"],
  hole: "mass-assignment",
  remedy: "Refuse what the schema does not declare, or drop it before anything is stored.",
  run: (world) => run(world),
});

async function* run(world: World): AsyncIterable<Outcome> {
  for (const writing of writingsOf(world)) yield await judge(world, writing);
}

async function judge(world: World, writing: Writing): Promise<Outcome> {
  const about = { target: writing.operation.key };
  const declared = declaredBody(writing.operation);
  if (!declared.known && !declared.closed)
    return notApplicable(about, "the document does not say which properties it takes");
  if (declared.free) return notApplicable(about, "the document lets any property in");
  const probe = await probeOf(world, writing);
  if (probe.kind === "unclear") return inconclusive(about, probe.because);
  if (probe.stranger === "refused") return held(about, "a request with it was refused");
  const value = `zz${Math.floor(world.random() * 36 ** 8).toString(36)}`;
  const again = await writing.write(beside({ [strangerName]: value }));
  if (again === undefined) return inconclusive(about, "there is nothing left to write to");
  const full = {
    ...about,
    variant: strangerName,
    evidence: [...probe.evidence, ...evidenceOf(again)],
  };
  if (probe.stranger === "kept" && shows(again.after, strangerName, value)) {
    const because = `${strangerName}, which nobody declares, is kept and shown by independent reads`;
    return /\b(metadata|settings|preferences|attributes|document|record)\b/.test(writing.thing)
      ? suspected(full, because)
      : vulnerable(full, because);
  }
  if (again.taken && declared.closed)
    return suspected(full, "it is taken without a word, while the schema of the request is closed");
  return held(full, "it is ignored");
}
