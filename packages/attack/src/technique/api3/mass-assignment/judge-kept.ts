/**
 * What it means that a property was kept.
 *
 * Promise: what the document lets everybody write is no hole, unless it raises its writer; what it
 * does not mention is one only where the name decides about power, money, state or identity. A
 * closed schema, `readOnly` or a declared policy makes every kept property one.
 *
 * @module
 */

import type { World } from "../../../world/world.ts";
import { declaredBody } from "../declared-properties.ts";
import { isMoneyThing, plainName } from "../property-words.ts";
import { raises, type Kept, type Probe } from "./probe.ts";
import type { Writing } from "./writing.ts";

/** How sure it is that a kept property is a hole. */
export type Weight = "proof" | "hint" | "nothing";

/** Judges one kept property. */
export function weigh(
  world: World,
  writing: Writing,
  probe: Probe & { readonly kind: "done" },
  kept: Kept,
): Weight {
  const { candidate, known, opened } = kept;
  const declared = declaredBody(writing.operation);
  const isWritable = [...declared.writable].some(
    (name) => plainName(name) === plainName(candidate.name),
  );
  if (opened !== undefined) return "proof";
  if (isWritable) return writing.account && raises(kept, world) ? "proof" : "nothing";
  // What stores anything stores this too: the property means something only if it was there.
  if (!known && probe.stranger === "kept") return "nothing";
  if (candidate.origin === "read-only" || declared.closed || world.document.declares)
    return "proof";
  if (declared.free)
    return candidate.power === "privilege" && writing.account ? "proof" : "nothing";
  return byPower(world, writing, kept, declared.known);
}

function byPower(
  world: World,
  writing: Writing,
  { candidate, known }: Kept,
  contract: boolean,
): Weight {
  const { account, thing, operation } = writing;
  switch (candidate.power) {
    case "privilege":
      return account || known ? "proof" : "hint";
    case "verification":
    case "allowance":
      return account ? "proof" : "hint";
    case "money":
      return account || isMoneyThing(thing) || /\bbalance|credit|wallet/i.test(candidate.name)
        ? "proof"
        : "hint";
    case "state":
      return account || isMoneyThing(thing) || hasFlow(world, writing)
        ? "proof"
        : contract
          ? "hint"
          : "nothing";
    case "identity":
      return operation.method === "POST" ? "hint" : "proof";
    case "ownership":
      return "proof";
    case "time":
      return contract ? "hint" : "nothing";
    case undefined:
      return contract && candidate.origin === "shown" ? "hint" : "nothing";
  }
}

/** Whether something else is meant to move the state: a declared flow, or actions below the item. */
function hasFlow({ document }: World, { operation }: Writing): boolean {
  const resource = document.resources.find(
    ({ create, changes, below }) =>
      create === operation || changes.includes(operation) || below.includes(operation),
  );
  return (
    resource?.below.some(
      ({ step, method, traits }) =>
        step !== undefined || (method === "POST" && (traits.has("acts") || !traits.has("creates"))),
    ) === true
  );
}
