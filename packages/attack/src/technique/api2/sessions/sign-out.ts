/**
 * S-06: what a session is worth after signing out.
 *
 * @module
 */

import type { Operation } from "../../../document/operation.ts";
import type { Principal } from "../../../principal/principal.ts";
import type { Exchange } from "../../../wire/exchange.ts";
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
import {
  carrying,
  openSession,
  operationsWith,
  renewWith,
  secondsOf,
  signers,
  signOutMaking,
  type Session,
} from "../sessions-of.ts";

/** Seconds that a token may outlive its session where nothing asks for it again. */
export const shortLife = 900;

/** S-06: the tokens of a session that was ended. */
export const signOutWithoutEnd = defineTechnique({
  id: "S-06",
  risk: "API2",
  title: "Session that survives signing out",
  severity: "medium",
  phase: "token",
  needs: ["a sign-in recipe"],
  oracle: "O-AUTH",
  guards: ["G-POS", "G-REPEAT"],
  hole: "session-end",
  remedy: "Keep sessions where they can be ended, and refuse every token of an ended one.",
  run: async function* (world) {
    const operations = operationsWith(world, "sign-out");
    const [principal] = signers(world);
    if (operations.length === 0 || principal === undefined) {
      yield notApplicable({ target: "" }, "the document shows no operation that signs out");
      return;
    }
    for (const operation of operations.slice(0, 2))
      yield await trySignOut(world, operation, principal);
  },
});

interface Ended {
  readonly out: Exchange;
  readonly access: Exchange;
  readonly accessWorks: boolean;
  readonly refresh: Exchange | undefined;
  readonly refreshWorks: boolean;
  readonly session: Session;
}

async function endOne(
  world: World,
  operation: Operation,
  principal: Principal,
): Promise<Ended | string> {
  const session = await openSession(world, principal);
  if (session === undefined) return "no further session could be opened";
  const proof = await proofOf(world, session.principal);
  if (proof === undefined) return "nothing shows whether a session works";
  const making = signOutMaking(operation, session);
  const out = await world.send(world.make(operation, session.principal, making), { renew: false });
  const status = out.answer?.status ?? 0;
  if (!world.succeeds(out) && !(status === 302 || status === 303))
    return `signing out was answered ${status}`;
  const access = await proof.ask(session.carried);
  const [renewal] = operationsWith(world, "refresh");
  const renewed =
    renewal === undefined || session.refreshToken === undefined
      ? undefined
      : await renewWith(world, renewal, session.refreshToken, undefined);
  const fresh =
    renewed?.token === undefined ? undefined : await proof.ask(carrying(session, renewed.token));
  return {
    out,
    access,
    accessWorks: proof.accepts(access),
    refresh: renewed?.exchange,
    refreshWorks: fresh !== undefined && proof.accepts(fresh),
    session,
  };
}

async function trySignOut(
  world: World,
  operation: Operation,
  principal: Principal,
): Promise<Outcome> {
  const target = operation.key;
  const first = await endOne(world, operation, principal);
  if (typeof first === "string") return inconclusive({ target }, first);
  const about: About = {
    target,
    variant: "own second session",
    evidence: [first.out, first.access, first.refresh],
  };
  if (!first.accessWorks && !first.refreshWorks)
    return held(about, "access and refresh token of the session are refused afterwards");
  const second = await endOne(world, operation, principal);
  if (typeof second === "string") return inconclusive(about, second);
  const shown: About = {
    ...about,
    evidence: [...(about.evidence ?? []), second.out, second.access, second.refresh],
  };
  if (second.accessWorks !== first.accessWorks || second.refreshWorks !== first.refreshWorks)
    return inconclusive(shown, "it went one way once and another way the next time");
  return judged(shown, first);
}

function judged(about: About, { accessWorks, refreshWorks, session }: Ended): Outcome {
  const seconds = secondsOf(session.token);
  const alive = [accessWorks ? "access" : "", refreshWorks ? "refresh" : ""].filter(
    (word) => word !== "",
  );
  const words = `after signing out the ${alive.join(" and ")} token of the session still works`;
  return !refreshWorks && seconds !== undefined && seconds <= shortLife
    ? suspected(about, `${words}, for at most ${seconds} seconds by its own claims`)
    : vulnerable(about, words);
}
