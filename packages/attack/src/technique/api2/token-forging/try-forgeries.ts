/**
 * Tries forged tokens one after the other until one is accepted, twice.
 *
 * @module
 */

import type { Exchange } from "../../../wire/exchange.ts";
import type { World } from "../../../world/world.ts";
import { held, inconclusive, notApplicable, vulnerable, type About } from "../../outcomes.ts";
import type { Outcome } from "../../technique.ts";
import { openForge, rememberPath, statusOf, type Forge, type Signing } from "./forge.ts";

/** One forged token. */
export interface Forgery {
  readonly variant: string;
  readonly token: string;
  /** Makes further tokens in the same way; absent when only this one can be made. */
  readonly sign?: Signing;
  /** Whether it has no signature that could be looked at. */
  readonly unsigned?: boolean;
}

/** What a family of forgeries is tried for. */
export interface ForgeryFamily {
  /** The forged tokens, or why there are none. */
  readonly forgeries: (
    forge: Forge,
  ) => readonly Forgery[] | string | Promise<readonly Forgery[] | string>;
  /** What it means that one was accepted, after "a token with …". */
  readonly meaning: string;
  /** Where the hole is, when it is not where tokens are checked. */
  readonly target?: (forge: Forge) => string;
  /** Looks at what was answered to a refused one; an outcome ends the family. */
  readonly look?: (
    forge: Forge,
    forgery: Forgery,
    exchange: Exchange,
  ) => Promise<Outcome | undefined>;
}

/** Tries a family of forgeries; one outcome. */
export async function tryForgeries(world: World, family: ForgeryFamily): Promise<Outcome> {
  const forge = await openForge(world);
  if (typeof forge === "string") return inconclusive({ target: "" }, forge);
  const target = family.target?.(forge) ?? forge.proof.operation.key;
  if (!forge.garbage.refused)
    return notApplicable({ target }, "signatures are not checked at all, which J-02 tells");
  const forgeries = await family.forgeries(forge);
  if (typeof forgeries === "string") return notApplicable({ target }, forgeries);
  for (const forgery of forgeries) {
    const exchange = await forge.send(forgery.token);
    const about: About = { target, variant: forgery.variant, evidence: [forge.control, exchange] };
    if (forge.whom(exchange) !== undefined)
      return accepted(world, forge, forgery, about, family.meaning);
    const seen = await family.look?.(forge, forgery, exchange);
    if (seen !== undefined) return seen;
  }
  return refused(world, forge, target, forgeries);
}

async function accepted(
  world: World,
  forge: Forge,
  { token, sign, unsigned = false }: Forgery,
  about: About,
  meaning: string,
): Promise<Outcome> {
  const again = await forge.send(token);
  const whom = forge.whom(again);
  const evidence = [...(about.evidence ?? []), forge.garbage.exchange, again];
  if (whom === undefined)
    return inconclusive({ ...about, evidence }, "it was accepted once and not again");
  if (sign !== undefined)
    rememberPath(world, { words: about.variant ?? meaning, sign, signed: !unsigned });
  const foreign = sign === undefined ? undefined : await asAnother(forge, sign);
  const words = `${about.variant}: ${meaning}; ${forge.proof.operation.key} answered as to ${whom.name}, and a token under a random key is refused`;
  return foreign === undefined
    ? vulnerable({ ...about, evidence }, words)
    : vulnerable(
        { ...about, evidence: [...evidence, foreign.exchange] },
        `${words}; in the same way ${forge.principal.name} becomes ${foreign.name}`,
      );
}

/** Goes on to be somebody else in the same way. */
async function asAnother(
  forge: Forge,
  sign: Signing,
): Promise<{ readonly name: string; readonly exchange: Exchange } | undefined> {
  const { others } = forge;
  if (others === undefined) return undefined;
  const exchange = await forge.send(sign(others.claims));
  const found = forge.whom(exchange);
  return found?.name === others.principal.name ? { name: found.name, exchange } : undefined;
}

async function refused(
  world: World,
  forge: Forge,
  target: string,
  forgeries: readonly Forgery[],
): Promise<Outcome> {
  const after = await world.send({ ...forge.proof.control.call, principal: forge.principal });
  const about: About = {
    target,
    variant: `${forgeries.length} variants`,
    evidence: [forge.control, after],
  };
  return forge.proof.accepts(after)
    ? held(
        about,
        `refused ${forgeries.length} variants, and the genuine token works before and after`,
      )
    : inconclusive(about, `the genuine token was answered ${statusOf(after)} afterwards`);
}
