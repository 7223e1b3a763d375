/**
 * J-28: other spellings of a genuine token. They harm where ended tokens are recognised by their text.
 *
 * @module
 */

import type { World } from "../../../world/world.ts";
import { held, inconclusive, suspected, vulnerable } from "../../outcomes.ts";
import type { Outcome } from "../../technique.ts";
import { proofOf, type Proof } from "../proof.ts";
import {
  carrying,
  openSession,
  operationsWith,
  signOutMaking,
  type Session,
} from "../sessions-of.ts";
import { openForge } from "./forge.ts";
import { forgeryTechnique } from "./forgery-technique.ts";

type Spelling = readonly [variant: string, respell: (token: string) => string];

const spellings: readonly Spelling[] = [
  ["padding at the end", (token) => `${token}=`],
  ["double padding at the end", (token) => `${token}==`],
  ["a dot at the end of the signature", (token) => `${token}.`],
  ["a fourth part", (token) => `${token}.e30`],
  ["a character that base64 ignores", (token) => `${token}~`],
  ["the alphabet of plain base64", (token) => token.replaceAll("-", "+").replaceAll("_", "/")],
  [
    "padding inside",
    (token) =>
      token
        .split(".")
        .map((part) => part + "=".repeat((4 - (part.length % 4)) % 4))
        .join("."),
  ],
];

/** J-28: a token that is written in another way. */
export const tokenSpelling = forgeryTechnique(
  {
    id: "J-28",
    title: "Other spelling of a token",
    severity: "low",
    hole: "session-end",
    remedy:
      "Refuse tokens that are not in the one spelling of the standard; recognise ended ones by jti.",
  },
  async (world: World): Promise<Outcome> => {
    const forge = await openForge(world);
    if (typeof forge === "string") return inconclusive({ target: "" }, forge);
    const target = forge.proof.operation.key;
    for (const [variant, respell] of spellings) {
      const token = respell(forge.raw);
      const exchange = token === forge.raw ? undefined : await forge.send(token);
      if (exchange === undefined || forge.whom(exchange) === undefined) continue;
      const ended = await afterSignOut(world, [variant, respell]);
      if (ended !== undefined) return ended;
      const about = { target, variant, evidence: [forge.control, exchange] };
      return suspected(
        about,
        "a genuine token is also accepted in another spelling; lists of ended tokens may not know it",
      );
    }
    return held({ target, evidence: [forge.control] }, `refused ${spellings.length} spellings`);
  },
);

/** The ended token is refused as it was, and works in the other spelling. */
async function afterSignOut(
  world: World,
  [variant, respell]: Spelling,
): Promise<Outcome | undefined> {
  const [operation] = operationsWith(world, "sign-out");
  const forge = await openForge(world);
  if (operation === undefined || typeof forge === "string") return undefined;
  const session = await openSession(world, forge.principal);
  const proof = session === undefined ? undefined : await proofOf(world, session.principal);
  if (session?.token === undefined || proof === undefined) return undefined;
  const out = await world.send(
    world.make(operation, session.principal, signOutMaking(operation, session)),
    { renew: false },
  );
  if (!world.succeeds(out)) return undefined;
  return judge(proof, session, session.token, { variant, respell, target: operation.key });
}

async function judge(
  proof: Proof,
  session: Session,
  token: string,
  {
    variant,
    respell,
    target,
  }: { readonly variant: string; readonly respell: Spelling[1]; readonly target: string },
): Promise<Outcome | undefined> {
  const plain = await proof.ask(session.carried);
  const respelt = await proof.ask(carrying(session, respell(token)));
  const again = await proof.ask(carrying(session, respell(token)));
  const works = proof.accepts(respelt) && proof.accepts(again);
  if (proof.accepts(plain) || !works) return undefined;
  return vulnerable(
    { target, variant, evidence: [plain, respelt, again] },
    `after signing out the token is refused, but in another spelling (${variant}) it still works`,
  );
}
