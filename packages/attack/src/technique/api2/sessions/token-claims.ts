/**
 * What tokens tell of themselves: how long they live, and secrets that anybody may read in them.
 *
 * @module
 */

import { leavesOf } from "../../../oracle/leaves.ts";
import { isMasked, sensitivityOf, wordsOf } from "../../../oracle/sensitive.ts";
import { signInOperations } from "../../../principal/infer-login.ts";
import { parseToken } from "../../../principal/json-web-token.ts";
import type { Principal } from "../../../principal/principal.ts";
import type { World } from "../../../world/world.ts";
import { held, inconclusive, notApplicable, vulnerable, type About } from "../../outcomes.ts";
import { defineTechnique, type Outcome } from "../../technique.ts";
import { proofOf } from "../proof.ts";
import { openSession, signers } from "../sessions-of.ts";

function issuerOf({ document }: World, { recipe }: Principal): string {
  const own = document.operations.find(
    ({ method, path }) => method === recipe?.method && path === recipe.path,
  );
  return (
    own?.key ??
    signInOperations(document)[0]?.key ??
    `${recipe?.method ?? "POST"} ${recipe?.path ?? ""}`
  );
}

const day = 86_400;

/** S-13: how long a token lives. */
export const tokenLifetime = defineTechnique({
  id: "S-13",
  risk: "API2",
  title: "Token that lives too long",
  severity: "medium",
  phase: "token",
  needs: ["a sign-in recipe"],
  oracle: "O-AUTH",
  guards: ["G-POS"],
  hole: "token-lifetime",
  remedy:
    "Let access tokens end after minutes, and renew them with a refresh token that can be revoked.",
  run: async function* (world) {
    const [principal] = signers(world);
    yield principal === undefined
      ? notApplicable({ target: "" }, "nobody signs in")
      : await judgeLifetime(world, principal);
  },
});

async function judgeLifetime(world: World, principal: Principal): Promise<Outcome> {
  const target = issuerOf(world, principal);
  const session = await openSession(world, principal);
  const claims = session?.token === undefined ? undefined : parseToken(session.token)?.payload;
  if (session === undefined) return inconclusive({ target }, "no further session could be opened");
  if (claims === undefined) return notApplicable({ target }, "the token tells nothing of its life");
  const proof = await proofOf(world, session.principal);
  const works = proof === undefined ? undefined : await proof.ask(session.carried);
  const about: About = { target, evidence: [works] };
  if (proof === undefined || works === undefined || !proof.accepts(works))
    return inconclusive(about, "nothing shows whether the token works");
  const { exp, iat } = claims;
  if (exp === undefined || exp === null)
    return vulnerable(
      { ...about, variant: "no exp" },
      "the access token that a person is given has no end",
    );
  if (typeof exp !== "number") return inconclusive(about, "its end is no number");
  const begins = typeof iat === "number" ? iat : world.now() / 1000;
  // Some write milliseconds where seconds are meant; that is an end in 50,000 years.
  const hours = Math.round((exp - begins) / 360) / 10;
  return exp - begins > day + 60
    ? vulnerable(
        { ...about, variant: `${hours} hours` },
        `the access token that a person is given lives ${hours} hours, and 24 are long`,
      )
    : held({ ...about, variant: `${hours} hours` }, `the access token lives ${hours} hours`);
}

const secretWords = /\b(ssn|social security|card number|cvv|cvc|pan|iban|bank account|passport)\b/;

/** S-14: what anybody reads who sees a token. */
export const secretsInToken = defineTechnique({
  id: "S-14",
  risk: "API2",
  title: "Secret in a token",
  severity: "medium",
  phase: "token",
  needs: ["a principal", "a JSON Web Token"],
  oracle: "O-LEAK",
  guards: ["G-MASK"],
  hole: "token-secret",
  remedy:
    "Put an id into the token and nothing that is secret: its claims are readable by everybody.",
  run: async function* (world) {
    for (const principal of world.principals.slice(0, 3)) {
      const { token } = world.credentialOf(principal);
      const claims = token === undefined ? undefined : parseToken(token)?.payload;
      if (claims === undefined) continue;
      yield await judgeClaims(world, principal, claims);
      return;
    }
  },
});

async function judgeClaims(world: World, principal: Principal, claims: unknown): Promise<Outcome> {
  const target = issuerOf(world, principal);
  const found = leavesOf(claims).find(
    ({ name, value }) =>
      !isMasked(value) &&
      String(value).length >= 3 &&
      ((sensitivityOf(name) === "credential" && typeof value === "string") ||
        secretWords.test(wordsOf(name))),
  );
  const proof = await proofOf(world, principal);
  const about: About = { target, variant: found?.name ?? "", evidence: [proof?.control] };
  if (found === undefined) return held(about, "its claims hold no secret");
  return vulnerable(
    about,
    `the claims of the token of ${principal.name} hold ${found.name}, readable by whoever sees the token`,
  );
}

/** S-15: a key in the address. */
export const keyInUrl = defineTechnique({
  id: "S-15",
  risk: "API2",
  title: "Key in the URL",
  severity: "low",
  phase: "token",
  needs: ["a principal"],
  oracle: "O-AUTH",
  guards: ["G-POS"],
  hole: "credential-place",
  remedy: "Take the key from a header; addresses end up in logs, histories and referrers.",
  run: async function* (world) {
    const declared = world.document.schemes.filter(({ kind }) => kind === "query");
    const holder = world.principals.find((one) => world.credentialOf(one).query.length > 0);
    const proof = holder === undefined ? undefined : await proofOf(world, holder);
    if (proof !== undefined) {
      const name = holder === undefined ? "" : (world.credentialOf(holder).query[0]?.[0] ?? "");
      yield vulnerable(
        { target: proof.operation.key, variant: name, evidence: [proof.control, proof.anonymous] },
        `the credential travels in the query as ${name}`,
      );
    } else
      yield declared.length > 0
        ? inconclusive({ target: "" }, "a key in the query is declared, and nobody has one")
        : held({ target: "" }, "no credential is declared for the query");
  },
});
