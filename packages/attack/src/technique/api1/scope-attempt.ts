/**
 * Naming another as whose data is wanted, by a parameter or a header.
 *
 * The proof: by default the caller's answer does not hold what the other's answer holds; with the
 * parameter it does; with a random value in it, it does not.
 *
 * @module
 */

import type { Operation } from "../../document/operation.ts";
import { holds, marksOf } from "../../oracle/marks.ts";
import { sensitiveLeaves } from "../../oracle/sensitive.ts";
import type { Call, Exchange } from "../../wire/exchange.ts";
import type { Making, World } from "../../world/world.ts";
import { held, inconclusive, suspected, vulnerable } from "../outcomes.ts";
import type { Outcome } from "../technique.ts";
import { randomLike, type Pair } from "./parties.ts";
import { requestText, statusOf } from "./read-attempt.ts";
import type { PersonalKind } from "./values-of-people.ts";
import { speaksOfAll, speaksOfOwn } from "./words.ts";

/** One way to say whose data is wanted. */
export interface Scope {
  readonly name: string;
  readonly value: string;
  readonly kind: PersonalKind;
  readonly place: "query" | "header" | "body";
}

/** Tries ways to say whose data is wanted, until one gives the victim's. */
export async function tryScopes(
  world: World,
  operation: Operation,
  { attacker, victim }: Pair,
  scopes: readonly Scope[],
): Promise<Outcome> {
  const about = (variant: string, ...evidence: readonly Exchange[]) => ({
    target: operation.key,
    variant,
    evidence,
  });
  if (scopes.length === 0)
    return inconclusive(about(""), `nothing is known that names ${victim.name}`);
  const control = await world.send(world.make(operation, victim));
  const own = await world.send(world.make(operation, attacker));
  if (!world.succeeds(control))
    return inconclusive(
      about("", control),
      `the owner's own call was answered ${statusOf(control)}`,
    );
  const { answer } = control;
  const objects = world.objectsOf(victim);
  const seen = (text: string): readonly string[] =>
    [...marksOf(answer?.json ?? answer?.text, []), ...objects.flatMap(({ marks }) => marks)].filter(
      (mark) => holds(answer?.text ?? "", mark) && !holds(text, mark),
    );
  const marks = [...new Set(seen(own.answer?.text ?? ""))];
  if (marks.length === 0)
    return inconclusive(about("", control, own), "the owner's answer holds nothing of its own");
  for (const scope of scopes) {
    const variant = `${scope.place} ${scope.name}`;
    const attack = await world.send(scoped(world, operation, attacker, [scope]));
    if (shownIn(world, attack, marks) === undefined) continue;
    const value = randomLike(scope.value, () => world.random());
    const twin = await world.send(scoped(world, operation, attacker, [{ ...scope, value }]));
    const again = await world.send(scoped(world, operation, attacker, [scope]));
    const mark = marks.find(
      (one) =>
        shownIn(world, attack, [one]) !== undefined &&
        shownIn(world, again, [one]) !== undefined &&
        !holds(twin.answer?.text ?? "", one),
    );
    if (mark === undefined) continue;
    return weighed(operation, scope, about(variant, control, own, attack, twin), control, mark, {
      attacker,
      victim,
    });
  }
  return held(about("", control, own), `held against ${scopes.length} ways to name another`);
}

function weighed(
  operation: Operation,
  { place, name, kind }: Scope,
  about: Parameters<typeof vulnerable>[0],
  control: Exchange,
  mark: string,
  { attacker, victim }: Pair,
): Outcome {
  const words = `${place} ${name} gives ${attacker.name} what is ${victim.name}'s ("${mark.slice(0, 40)}")`;
  if (operation.access.shared) return held(about, "declared to be shared");
  if (kind === "tenant") return vulnerable(about, `${words}, of another tenant`);
  const sensitive = sensitiveLeaves(control.answer?.json).some(
    ({ value }) => String(value) === mark,
  );
  if (speaksOfAll(operation) && !sensitive) return held(about, "its words say that it is for all");
  const published =
    /\b(posts?|articles?|reviews?|comments?|recipes?|videos?|photos?|public)\b/.test(
      `${operation.path.toLowerCase()} ${operation.text}`,
    );
  return published && !speaksOfOwn(operation) && !sensitive
    ? suspected(about, `${words}, which may be published`)
    : vulnerable(about, `${words}, which it does not get without`);
}

/** The call with some ways to say whose data is wanted. */
export function scoped(
  world: World,
  operation: Operation,
  attacker: Pair["attacker"],
  scopes: readonly Scope[],
): Call {
  const declared = new Set(operation.parameters.map(({ name }) => name));
  const of = (place: Scope["place"]): readonly Scope[] =>
    scopes.filter((one) => one.place === place);
  const values = of("query").filter(({ name }) => declared.has(name));
  const extra = of("query").filter(({ name }) => !declared.has(name));
  const body = of("body");
  const making: Making = {
    values: Object.fromEntries(values.map(({ name, value }) => [name, value])),
    query: extra.map(({ name, value }) => [name, value] as const),
    headers: of("header").map(({ name, value }) => [name, value] as const),
    ...(body.length > 0 && {
      body: Object.fromEntries(body.map(({ name, value }) => [name, value])),
    }),
  };
  return world.make(operation, attacker, making);
}

function shownIn(world: World, exchange: Exchange, marks: readonly string[]): string | undefined {
  if (!world.succeeds(exchange)) return undefined;
  const request = requestText(exchange.call);
  const text = exchange.answer?.text ?? "";
  return marks.find((mark) => holds(text, mark) && !holds(request, mark));
}
