/**
 * Refresh tokens: used again, and used by somebody else.
 *
 * @module
 */

import type { Operation } from "../../../document/operation.ts";
import type { Principal } from "../../../principal/principal.ts";
import type { World } from "../../../world/world.ts";
import {
  held,
  inconclusive,
  notApplicable,
  suspected,
  vulnerable,
  type About,
} from "../../outcomes.ts";
import { defineTechnique, type Outcome } from "../../technique.ts";
import { proofOf } from "../proof.ts";
import { carrying, openSession, operationsWith, renewWith, signers } from "../sessions-of.ts";

/** S-08: one refresh token, twice. */
export const refreshReuse = defineTechnique({
  id: "S-08",
  risk: "API2",
  title: "Refresh token that works twice",
  severity: "medium",
  phase: "token",
  needs: ["a sign-in recipe"],
  oracle: "O-AUTH",
  guards: ["G-POS", "G-REPEAT"],
  hole: "refresh-reuse",
  remedy:
    "Replace the refresh token at every use, and end the whole session when an old one comes again.",
  run: async function* (world) {
    const [operation] = operationsWith(world, "refresh");
    const [principal] = signers(world);
    if (operation === undefined || principal === undefined) {
      yield notApplicable({ target: "" }, "the document shows no operation that renews tokens");
      return;
    }
    yield await tryReuse(world, operation, principal);
  },
});

async function tryReuse(
  world: World,
  operation: Operation,
  principal: Principal,
): Promise<Outcome> {
  const target = operation.key;
  const session = await openSession(world, principal);
  const old = session?.refreshToken;
  const proof = session === undefined ? undefined : await proofOf(world, session.principal);
  if (session === undefined || old === undefined || proof === undefined)
    return inconclusive({ target }, "no session with a refresh token could be opened");
  const first = await renewWith(world, operation, old, undefined);
  if (first.token === undefined)
    return inconclusive(
      { target, evidence: [first.exchange] },
      `renewing was answered ${first.exchange.answer?.status ?? "nothing"}`,
    );
  const second = await renewWith(world, operation, old, undefined);
  const works =
    second.token === undefined ? undefined : await proof.ask(carrying(session, second.token));
  const about: About = {
    target,
    variant: "the same refresh token twice",
    evidence: [first.exchange, second.exchange, works],
  };
  if (works === undefined || !proof.accepts(works))
    return held(about, "a used refresh token is refused");
  const third = await renewWith(world, operation, old, undefined);
  const shown: About = { ...about, evidence: [...(about.evidence ?? []), third.exchange] };
  if (third.token === undefined)
    return held(shown, "a used refresh token is refused from the third time on");
  const rotates = first.refreshToken !== undefined && first.refreshToken !== old;
  return rotates
    ? vulnerable(shown, "a new refresh token is given at every use, and the old one stays good")
    : suspected(
        shown,
        "one refresh token is good for the whole session: who copies it is not noticed",
      );
}

/** S-09: the refresh token of another beside the own access token. */
export const refreshOfAnother = defineTechnique({
  id: "S-09",
  risk: "API2",
  title: "Refresh token that is not bound to its owner",
  severity: "medium",
  phase: "token",
  needs: ["two principals of one role", "a sign-in recipe"],
  oracle: "O-AUTH",
  guards: ["G-POS", "G-REPEAT"],
  hole: "refresh-reuse",
  remedy: "Compare the owner of the refresh token with the caller where the caller is known.",
  run: async function* (world) {
    const [operation] = operationsWith(world, "refresh");
    if (operation === undefined) {
      yield notApplicable({ target: "" }, "the document shows no operation that renews tokens");
      return;
    }
    yield operation.access.kind === "credential"
      ? await tryForeign(world, operation)
      : notApplicable(
          { target: operation.key },
          "it takes no credential beside the refresh token, so that there is nobody to compare with",
        );
  },
});

async function tryForeign(world: World, operation: Operation): Promise<Outcome> {
  const target = operation.key;
  const { attacker, victim } = world.peers ?? {};
  const theirs = victim === undefined ? undefined : await openSession(world, victim);
  const own = attacker === undefined ? undefined : await openSession(world, attacker);
  const proof = theirs === undefined ? undefined : await proofOf(world, theirs.principal);
  if (theirs?.refreshToken === undefined || own === undefined || proof === undefined)
    return inconclusive({ target }, "no two sessions with refresh tokens could be opened");
  const first = await renewWith(world, operation, theirs.refreshToken, own.principal);
  const works =
    first.token === undefined ? undefined : await proof.ask(carrying(theirs, first.token));
  const about: About = {
    target,
    variant: "refresh token of another",
    evidence: [proof.control, first.exchange, works],
  };
  return works !== undefined && proof.accepts(works)
    ? suspected(
        about,
        "the refresh token of another, sent with one's own access token, gives a token of the other",
      )
    : held(about, "refused");
}
