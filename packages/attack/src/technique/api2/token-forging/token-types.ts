/**
 * J-23: a token that was given for one purpose, used for another.
 *
 * @module
 */

import { leavesOf } from "../../../oracle/leaves.ts";
import type { Exchange } from "../../../wire/exchange.ts";
import type { World } from "../../../world/world.ts";
import { held, inconclusive, notApplicable, vulnerable } from "../../outcomes.ts";
import { defineTechnique, type Outcome } from "../../technique.ts";
import { proofOf, type Proof } from "../proof.ts";
import {
  carrying,
  openSession,
  operationsWith,
  refreshName,
  renewWith,
  signers,
  type Session,
} from "../sessions-of.ts";

/** J-23: a refresh or identity token as access token, and the other way round. */
export const tokenTypeConfusion = defineTechnique({
  id: "J-23",
  risk: "API2",
  title: "Token of one kind used as another",
  severity: "medium",
  phase: "token",
  needs: ["a sign-in recipe"],
  oracle: "O-AUTH",
  guards: ["G-POS", "G-NEG", "G-REPEAT"],
  hole: "token-kind",
  remedy: "Write into each token what it is for, and compare that where it is used.",
  run: async function* (world) {
    for (const principal of signers(world).slice(0, 2)) {
      const proof = await proofOf(world, principal);
      if (proof === undefined) continue;
      const session = await openSession(world, principal);
      if (session === undefined) continue;
      yield await asAccessToken(world, proof, session);
      yield await asRefreshToken(world, proof, session);
      return;
    }
    yield inconclusive({ target: "" }, "no further session could be opened");
  },
});

/** Tokens beside the access token that the sign-in gave. */
function otherTokens(world: World, { refreshToken, token }: Session): readonly string[] {
  const answers = world.client.exchanges
    .slice(-5)
    .map(({ answer }) => answer?.json)
    .filter((json) => json !== undefined);
  const identity = leavesOf(answers)
    .filter(({ name }) => /^id_?token$/i.test(name))
    .map(({ value }) => String(value));
  const found = [...(refreshToken === undefined ? [] : [refreshToken]), ...identity.slice(-1)];
  return [...new Set(found)].filter((one) => one !== token);
}

async function asAccessToken(world: World, proof: Proof, session: Session): Promise<Outcome> {
  const target = proof.operation.key;
  const others = otherTokens(world, session);
  if (others.length === 0)
    return notApplicable({ target }, "the sign-in gives no other token than the access token");
  const garbage = await proof.ask(carrying(session, `${"x".repeat(20)}.${"y".repeat(20)}.z`));
  if (proof.accepts(garbage))
    return inconclusive({ target, evidence: [garbage] }, "any token is accepted");
  const evidence: Exchange[] = [proof.control, garbage];
  for (const other of others) {
    const first = await proof.ask(carrying(session, other));
    const again = proof.accepts(first) ? await proof.ask(carrying(session, other)) : undefined;
    evidence.push(first);
    if (again === undefined || !proof.accepts(again)) continue;
    const variant = other === session.refreshToken ? "refresh token" : "identity token";
    return vulnerable(
      { target, variant: `${variant} as access token`, evidence: [...evidence, again] },
      `the ${variant} works as an access token at ${target}, for as long as it lives`,
    );
  }
  return held({ target, evidence }, "no other token works as an access token");
}

async function asRefreshToken(world: World, proof: Proof, session: Session): Promise<Outcome> {
  const [operation] = operationsWith(world, "refresh");
  const about = { target: operation?.key ?? "", variant: "access token as refresh token" };
  const { token, refreshToken } = session;
  if (operation === undefined || token === undefined)
    return notApplicable(about, "no operation renews tokens");
  if (refreshToken === undefined || !/refresh/i.test(refreshName(operation) ?? ""))
    return notApplicable(about, "there is no refresh token of its own kind");
  const first = await renewWith(world, operation, token, undefined);
  if (first.token === undefined) return held({ ...about, evidence: [first.exchange] }, "refused");
  const works = await proof.ask(carrying(session, first.token));
  const again = await renewWith(world, operation, token, undefined);
  const evidence = [first.exchange, works, again.exchange];
  return proof.accepts(works) && again.token !== undefined
    ? vulnerable(
        { ...about, evidence },
        "an access token is taken as a refresh token, so that it never ends",
      )
    : inconclusive({ ...about, evidence }, "it gave a token that does not work");
}
