/**
 * M-12: prices, totals and discounts that the server must compute, as the client says them.
 *
 * @module
 */

import type { World } from "../../../world/world.ts";
import { notApplicable, vulnerable } from "../../outcomes.ts";
import { defineTechnique, type Outcome } from "../../technique.ts";
import { isMoneyThing } from "../property-words.ts";
import { linePricesFollow } from "./line-prices.ts";
import { probeOf, writingsOf } from "./probe.ts";
import { outcomeOf } from "./unexpected-properties.ts";
import type { Writing } from "./writing.ts";

/** M-12. */
export const computedMoney = defineTechnique({
  id: "M-12",
  risk: "API3",
  title: "The client sets what the server must compute in money",
  severity: "high",
  phase: "write",
  needs: [],
  oracle: "O-PERSIST",
  guards: ["G-CTRL", "G-ECHO", "G-REPEAT"],
  hole: "mass-assignment",
  remedy: "Compute every amount on the server from its own prices; take only what is bought.",
  run: (world) => run(world),
});

async function* run(world: World): AsyncIterable<Outcome> {
  const places = writingsOf(world).filter(({ thing, account }) => !account && isMoneyThing(thing));
  if (places.length === 0)
    yield notApplicable({ target: "" }, "an ordinary user writes to nothing that costs");
  for (const writing of places) yield await judge(world, writing);
}

async function judge(world: World, writing: Writing): Promise<Outcome> {
  const probe = await probeOf(world, writing);
  const plain = outcomeOf(world, writing, probe, ({ power }) => power === "money");
  if (plain.verdict === "vulnerable" || writing.kind !== "create") return plain;
  const lines = await linePricesFollow(writing);
  if (lines?.follows !== true) return plain;
  const about = { target: writing.operation.key, variant: "a price in each line" };
  return vulnerable(
    { ...about, evidence: lines.evidence },
    "the total follows the price that the client writes into the lines",
  );
}
