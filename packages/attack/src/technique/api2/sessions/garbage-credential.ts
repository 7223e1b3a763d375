/**
 * S-02: a credential that is none: words, nothing, or far too much.
 *
 * @module
 */

import { sameAnswer } from "../../../oracle/compare.ts";
import type { Principal } from "../../../principal/principal.ts";
import type { Carried } from "../../../principal/token-place.ts";
import type { Exchange } from "../../../wire/exchange.ts";
import type { Operation } from "../../../document/operation.ts";
import type { World } from "../../../world/world.ts";
import { isForCallers } from "../../api1/parties.ts";
import { held, inconclusive, vulnerable } from "../../outcomes.ts";
import { defineTechnique, type Outcome } from "../../technique.ts";
import { carriedBy, sendWith } from "../proof.ts";
import { rightfulRead } from "./open-read.ts";

/** Most operations that are tried. */
const mostOperations = 25;

/** S-02: garbage where the credential should be. */
export const garbageCredential = defineTechnique({
  id: "S-02",
  risk: "API2",
  title: "Works with a credential that is none",
  severity: "critical",
  phase: "token",
  needs: ["a principal"],
  oracle: "O-READ",
  guards: ["G-POS", "G-SOFT", "G-REPEAT"],
  hole: "authentication",
  remedy: "Verify the credential and refuse the request when that fails in whatever way.",
  run: async function* (world) {
    const reads = world.document.operations.filter(
      (operation) =>
        operation.method === "GET" &&
        (operation.access.kind === "credential" || operation.access.kind === "unsaid") &&
        isForCallers(operation) &&
        !operation.traits.has("destructive"),
    );
    let full = true;
    for (const operation of reads.slice(0, mostOperations)) {
      const outcome = await tryGarbage(world, operation, full);
      if (outcome.verdict === "protected") full = false;
      yield outcome;
    }
  },
});

/** The carrier of a principal with every secret in it replaced. */
function garbled(world: World, principal: Principal, text: string): Carried {
  const { headers, query } = carriedBy(world, principal);
  const { token } = world.credentialOf(principal);
  const swap = ([name, value]: readonly [string, string]): readonly [string, string] => {
    if (name.toLowerCase() === "cookie") return [name, value.replaceAll(/=[^;]*/g, `=${text}`)];
    const scheme = /^([A-Za-z]+) +\S/.exec(value)?.[1];
    if (token !== undefined && value.includes(token))
      return [name, value.replaceAll(token, () => text)];
    return [name, scheme === undefined ? text : `${scheme} ${text}`];
  };
  return { headers: headers.map(swap), query: query.map(swap) };
}

type Garbage = readonly [words: string, carried: Carried];

function garbages(world: World, principal: Principal, full: boolean): readonly Garbage[] {
  const inPlace = (text: string, words = JSON.stringify(text)): Garbage => [
    `${words} as credential`,
    garbled(world, principal, text),
  ];
  const few = [inPlace("null"), inPlace("x".repeat(24), "a random word")];
  if (!full) return few;
  const basic = (text: string): Garbage => [
    `Basic with ${JSON.stringify(text)}`,
    { headers: [["authorization", `Basic ${Buffer.from(text).toString("base64")}`]], query: [] },
  ];
  return [
    ...few,
    inPlace("undefined"),
    inPlace(""),
    inPlace("true"),
    inPlace("0"),
    inPlace("[object Object]"),
    inPlace("a".repeat(6_000), "6,000 letters"),
    basic(":"),
    basic("admin:"),
  ];
}

async function tryGarbage(world: World, operation: Operation, full: boolean): Promise<Outcome> {
  const target = operation.key;
  const reached = await rightfulRead(world, operation);
  if (reached === undefined) return inconclusive({ target }, "no rightful call works");
  const { principal, exchange } = reached;
  const control = await world.send({ ...exchange.call, principal });
  const anonymous = await world.send({ ...exchange.call, principal: undefined });
  if (!world.succeeds(control))
    return inconclusive(
      { target, evidence: [control] },
      "the rightful call does not work any more",
    );
  if (world.succeeds(anonymous))
    return inconclusive(
      { target, evidence: [control, anonymous] },
      "it answers without a credential, which S-01 judges",
    );
  const works = (one: Exchange): boolean => world.succeeds(one) && sameKind(control, one);
  const variants = garbages(world, principal, full);
  for (const [words, carried] of variants) {
    const attack = await sendWith(world, exchange.call, carried);
    if (!works(attack)) continue;
    const again = await sendWith(world, exchange.call, carried);
    const about = { target, variant: words, evidence: [control, anonymous, attack, again] };
    return works(again)
      ? vulnerable(about, `with ${words} it answers as with a genuine one, and refuses none at all`)
      : inconclusive(about, "it worked once and not again");
  }
  return held(
    { target, evidence: [control, anonymous] },
    `refused none and ${variants.length} kinds of garbage`,
  );
}

function sameKind(control: Exchange, attack: Exchange): boolean {
  if (sameAnswer(control, attack)) return true;
  const names = (one: Exchange): string => {
    const json = one.answer?.json;
    return typeof json === "object" && json !== null && !Array.isArray(json)
      ? Object.keys(json).toSorted().join(" ")
      : typeof json;
  };
  return names(control) === names(attack);
}
