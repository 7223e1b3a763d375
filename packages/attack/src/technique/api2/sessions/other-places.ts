/**
 * Credentials in places and under schemes that nobody declared.
 *
 * @module
 */

import type { Principal } from "../../../principal/principal.ts";
import { carry, type Carried } from "../../../principal/token-place.ts";
import type { Exchange } from "../../../wire/exchange.ts";
import type { World } from "../../../world/world.ts";
import { held, inconclusive, notApplicable, suspected, vulnerable } from "../../outcomes.ts";
import { defineTechnique, type Outcome } from "../../technique.ts";
import { carriedBy, nothing, proofOf, type Proof } from "../proof.ts";

/** A place where a token may travel. */
export interface OtherPlace {
  readonly kind: "query" | "cookie" | "header";
  readonly name: string;
  readonly carried: (token: string) => Carried;
}

const queryNames = [
  "access_token",
  "token",
  "api_key",
  "apikey",
  "key",
  "auth",
  "jwt",
  "auth_token",
  "session",
];
const cookieNames = ["token", "access_token", "jwt", "session", "auth", "sid"];
const headerNames = [
  "x-auth-token",
  "x-access-token",
  "x-api-key",
  "x-token",
  "token",
  "x-session-token",
  "x-authorization",
];

function placesOf(world: World, own: Carried): readonly OtherPlace[] {
  const declared = new Set(
    world.document.schemes.map(({ kind, name }) => `${kind} ${(name ?? "").toLowerCase()}`),
  );
  const used = new Set([
    ...own.headers.map(([name, value]) =>
      (name.toLowerCase() === "cookie"
        ? `cookie ${value.split("=")[0] ?? ""}`
        : `header ${name}`
      ).toLowerCase(),
    ),
    ...own.query.map(([name]) => `query ${name.toLowerCase()}`),
  ]);
  const place = (kind: OtherPlace["kind"], name: string): OtherPlace => ({
    kind,
    name,
    carried: (token) =>
      carry(kind === "header" ? { kind, name, template: "{token}" } : { kind, name }, token),
  });
  return [
    ...queryNames.map((name) => place("query", name)),
    ...cookieNames.map((name) => place("cookie", name)),
    ...headerNames.map((name) => place("header", name)),
  ].filter(({ kind, name }) => !declared.has(`${kind} ${name}`) && !used.has(`${kind} ${name}`));
}

/** All of one kind at once: most APIs know none of them. */
function together(places: readonly OtherPlace[], token: string): Carried {
  const all = places.map(({ carried }) => carried(token));
  const headers = all.flatMap((one) => one.headers);
  const cookies = headers.filter(([name]) => name === "cookie").map(([, value]) => value);
  return {
    headers: cookies.length > 0 ? [["cookie", cookies.join("; ")]] : headers,
    query: all.flatMap((one) => one.query),
  };
}

/** Places that nobody declared and that are accepted all the same. */
export async function acceptedPlaces(
  world: World,
  proof: Proof,
  token: string,
): Promise<readonly (OtherPlace & { readonly exchange: Exchange })[]> {
  const found: (OtherPlace & { readonly exchange: Exchange })[] = [];
  const places = placesOf(world, carriedBy(world, proof.principal));
  for (const kind of ["query", "cookie", "header"] as const) {
    const some = places.filter((one) => one.kind === kind);
    // Some refuse what they do not know; then each is tried alone, the usual ones only.
    const all = await proof.ask(together(some, token));
    const strict = all.answer !== undefined && [400, 422].includes(all.answer.status);
    if (!proof.accepts(all) && !strict) continue;
    for (const place of strict ? some.slice(0, 3) : some) {
      const exchange = await proof.ask(place.carried(token));
      if (proof.accepts(exchange)) found.push({ ...place, exchange });
    }
  }
  return found;
}

interface Tried {
  readonly principal: Principal;
  readonly token: string;
  readonly proof: Proof;
}

/** Somebody whose token can be put elsewhere. */
export async function tokenHolder(world: World): Promise<Tried | undefined> {
  for (const principal of world.principals) {
    const { token } = world.credentialOf(principal);
    const proof = token === undefined ? undefined : await proofOf(world, principal);
    if (proof === undefined) continue;
    // Taken after the proof, which may have renewed it.
    const current = world.credentialOf(principal).token;
    if (current !== undefined) return { principal, token: current, proof };
  }
  return undefined;
}

/** S-04: the token where nobody said that it may be. */
export const otherPlaces = defineTechnique({
  id: "S-04",
  risk: "API2",
  title: "Credential accepted in the URL",
  severity: "medium",
  phase: "token",
  needs: ["a principal"],
  oracle: "O-AUTH",
  guards: ["G-POS", "G-NEG", "G-REPEAT"],
  hole: "credential-place",
  remedy:
    "Take the credential from the one declared place; addresses end up in logs, histories and referrers.",
  run: async function* (world) {
    const held_ = await tokenHolder(world);
    if (held_ === undefined) {
      yield notApplicable({ target: "" }, "no credential is a token that could be put elsewhere");
      return;
    }
    yield* outcomesOf(world, held_);
  },
});

async function* outcomesOf(world: World, { token, proof }: Tried): AsyncIterable<Outcome> {
  const target = proof.operation.key;
  const garbage = "g".repeat(token.length);
  const accepted = await acceptedPlaces(world, proof, token);
  for (const kind of ["query", "cookie", "header"] as const) {
    const place = accepted.find((one) => one.kind === kind);
    if (place === undefined) continue;
    const again = await proof.ask(place.carried(token));
    const other = await proof.ask(place.carried(garbage));
    const about = {
      target,
      variant: `${kind} ${place.name}`,
      evidence: [proof.control, proof.anonymous, place.exchange, other, again],
    };
    if (!proof.accepts(again) || proof.accepts(other)) {
      yield inconclusive(about, "it is not the token there that decides");
      continue;
    }
    const because = `the token is also accepted as ${kind} ${place.name}, which nothing declares`;
    yield kind === "query" ? vulnerable(about, because) : suspected(about, because);
  }
  if (accepted.length === 0)
    yield held(
      { target, evidence: [proof.control, proof.anonymous] },
      "the token is accepted in no other place",
    );
}

/** S-03: the token under another scheme. */
export const otherSchemes = defineTechnique({
  id: "S-03",
  risk: "API2",
  title: "Credential accepted under another scheme",
  severity: "low",
  phase: "token",
  needs: ["a principal"],
  oracle: "O-AUTH",
  guards: ["G-POS", "G-REPEAT"],
  hole: "credential-place",
  remedy: "Accept the declared scheme only.",
  run: async function* (world) {
    const holder = await tokenHolder(world);
    const line =
      holder === undefined
        ? undefined
        : carriedBy(world, holder.principal).headers.find(
            ([name]) => name.toLowerCase() === "authorization",
          );
    if (holder === undefined || line === undefined) {
      yield notApplicable({ target: "" }, "no credential is a token in the header authorization");
      return;
    }
    yield await trySchemes(holder, line[1]);
  },
});

async function trySchemes({ token, proof, principal }: Tried, genuine: string): Promise<Outcome> {
  const target = proof.operation.key;
  const pair = Buffer.from(`${principal.name}:${token}`).toString("base64");
  const variants = [
    `Basic ${token}`,
    `Token ${token}`,
    `JWT ${token}`,
    token,
    `Basic ${pair}`,
  ].filter((value) => value !== genuine);
  const accepted: string[] = [];
  const evidence: Exchange[] = [proof.control];
  for (const value of variants) {
    const exchange = await proof.ask({ ...nothing, headers: [["authorization", value]] });
    const whom = proof.whom(exchange);
    if (whom === undefined) continue;
    const variant = value.replace(token, "<token>").replace(pair, "<name:token>");
    evidence.push(exchange);
    if (whom.name !== principal.name && !proof.accepts(exchange)) {
      const again = await proof.ask({ ...nothing, headers: [["authorization", value]] });
      if (proof.whom(again)?.name === whom.name)
        return vulnerable(
          { target, variant, evidence: [...evidence, again] },
          `under another scheme the token of ${principal.name} speaks for ${whom.name}`,
        );
    }
    accepted.push(variant);
  }
  return accepted.length > 0
    ? suspected(
        { target, variant: accepted.join(", "), evidence },
        "the token is also accepted under schemes that nothing declares; that is lax, and harms where a filter looks for one scheme",
      )
    : held({ target, evidence }, `refused ${variants.length} schemes`);
}
