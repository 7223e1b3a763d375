/**
 * a filter on a private property answers differently when the guess is right.
 *
 * @module
 */

import type { Operation } from "../../../document/operation.ts";
import type { Exchange } from "../../../wire/exchange.ts";
import { itemsIn } from "../../../world/item-id.ts";
import { passwordOf } from "../../../world/prepare.ts";
import type { World } from "../../../world/world.ts";
import { held, inconclusive, notApplicable, vulnerable } from "../../outcomes.ts";
import { defineTechnique, type Outcome } from "../../technique.ts";
import { isAccountLike } from "./told-values.ts";
import { isNode } from "../../../document/node.ts";

/** */
export const filterOracle = defineTechnique({
  id: "X-07",
  risk: "API3",
  title: "A list can be filtered by a secret property",
  severity: "high",
  phase: "read",
  needs: [],
  oracle: "O-DIST",
  guards: ["G-BASE", "G-REPEAT"],
  hole: "exposure",
  remedy: "Allow filters and orders only by a list of properties that the caller may read.",
  run: (world) => run(world),
});

type Query = readonly (readonly [string, string])[];

/** A filter that is true for somebody, and one that is true for nobody. */
interface Pair {
  readonly variant: string;
  readonly right: Query;
  readonly wrong: Query;
}

function pairsFor(password: string | undefined): readonly Pair[] {
  const nothing = "zz-nobody-has-this";
  const known: readonly Pair[] =
    password === undefined
      ? []
      : [
          {
            variant: "password=…",
            right: [["password", password]],
            wrong: [["password", nothing]],
          },
          {
            variant: "filter[password]=…",
            right: [["filter[password]", password]],
            wrong: [["filter[password]", nothing]],
          },
        ];
  const patterns = ["password", "passwordHash", "password_hash"].flatMap(
    (name): readonly Pair[] => [
      {
        variant: `${name}[$regex]=…`,
        right: [[`${name}[$regex]`, "^."]],
        wrong: [[`${name}[$regex]`, `^${nothing}$`]],
      },
      {
        variant: `${name}__startswith=…`,
        right: [[`${name}__startswith`, ""]],
        wrong: [[`${name}__startswith`, nothing]],
      },
    ],
  );
  return [...known, ...patterns];
}

async function* run(world: World): AsyncIterable<Outcome> {
  let tried = false;
  for (const operation of world.document.operations) {
    const { method, traits } = operation;
    if (method !== "GET" || !(traits.has("lists") || traits.has("searches"))) continue;
    if (traits.has("administrative") || operation.path.includes("{")) continue;
    tried = true;
    yield await judge(world, operation);
  }
  if (!tried) yield notApplicable({ target: "" }, "ordinary users list nothing");
}

async function judge(world: World, operation: Operation): Promise<Outcome> {
  const about = { target: operation.key };
  const reader = world.rightful(operation).find((one) => one?.administrator !== true);
  const plain = await world.works(operation, reader);
  if (plain === undefined) return inconclusive(about, "no ordinary user reads it");
  const items = itemsIn(plain.answer?.json);
  if (!items.some((item) => isNode(item) && isAccountLike(item)))
    return notApplicable(about, "its items are no accounts");
  const ask = (query: Query): Promise<Exchange> =>
    world.send(world.make(operation, reader, { query }));
  const count = (exchange: Exchange): number =>
    world.succeeds(exchange) ? itemsIn(exchange.answer?.json).length : -1;
  const password = world.principals.map(passwordOf).find((one) => one !== undefined);
  const pairs = pairsFor(password);
  for (const { variant, right, wrong } of pairs) {
    const evidence: Exchange[] = [plain];
    let agrees = true;
    for (let round = 0; round < 2 && agrees; round++) {
      const [yes, no] = [await ask(right), await ask(wrong)];
      evidence.push(yes, no);
      agrees = count(yes) > 0 && count(no) === 0;
    }
    if (!agrees) continue;
    const because = `${variant} gives items when it is right and none when it is wrong: the secret can be guessed letter by letter`;
    return vulnerable({ ...about, variant, evidence }, because);
  }
  return held({ ...about, evidence: [plain] }, `${pairs.length} filters by secrets told nothing`);
}
