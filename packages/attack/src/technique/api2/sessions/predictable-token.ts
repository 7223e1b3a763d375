/**
 * S-11: tokens that can be computed: from the name of their owner, or from the tokens before.
 *
 * @module
 */

import { createHash } from "node:crypto";
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
import { carriedBy, proofOf, withToken, type Proof } from "../proof.ts";
import { openSession } from "../sessions-of.ts";

/** S-11: computed and counted tokens. */
export const predictableToken = defineTechnique({
  id: "S-11",
  risk: "API2",
  title: "Token that can be computed",
  severity: "critical",
  phase: "token",
  needs: ["a principal"],
  oracle: "O-ENT",
  guards: ["G-POS", "G-NEG", "G-REPEAT"],
  hole: "token-forgery",
  remedy: "Make tokens of at least 128 random bits, or sign them.",
  run: async function* (world) {
    const attacker = world.peers?.attacker ?? world.principals[0];
    const { token = "" } = attacker === undefined ? {} : world.credentialOf(attacker);
    if (attacker === undefined || token === "" || /^ey[\w-]+\.[\w-]+\.[\w-]*$/.test(token)) {
      yield notApplicable({ target: "" }, "tokens are signed, or there is none");
      return;
    }
    const proof = await proofOf(world, attacker);
    yield proof === undefined
      ? inconclusive({ target: "" }, "nothing shows whose token works")
      : await judge(world, attacker, token, proof);
  },
});

async function judge(
  world: World,
  attacker: Principal,
  token: string,
  proof: Proof,
): Promise<Outcome> {
  const computed = await tryComputed(world, attacker, token, proof);
  if (computed !== undefined) return computed;
  return attacker.recipe === undefined
    ? held(
        { target: proof.operation.key, evidence: [proof.control] },
        "the token is not made of what is known of its owner; no further ones can be had",
      )
    : collect(world, attacker, proof);
}

type Coding = readonly [
  name: string,
  read: (text: string) => string,
  write: (text: string) => string,
];

const codings: readonly Coding[] = [
  ["plain", (text) => text, (text) => text],
  ["URL encoding", (text) => decodeURIComponent(text), (text) => encodeURIComponent(text)],
  ...(["base64", "base64url", "hex"] as const).map((name): Coding => [
    name,
    (text) => Buffer.from(decodeURIComponent(text), name).toString("utf8"),
    (text) => Buffer.from(text).toString(name),
  ]),
];

function read([, decode]: Coding, token: string): string | undefined {
  try {
    const text = decode(token);
    return /(?![\t\n\r])\p{Cc}|\ufffd/u.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Pairs of facts of two principals, the longest first. */
function pairsOf(one: Principal, other: Principal): readonly (readonly [string, string])[] {
  return ["email", "username", "id"]
    .flatMap((name) => {
      const [mine, theirs] = [one.facts[name], other.facts[name]];
      return mine === undefined || theirs === undefined || mine === theirs
        ? []
        : [[mine, theirs] as const];
    })
    .toSorted(([left], [right]) => right.length - left.length);
}

/** Tokens of another, computed from one's own. */
function computedTokens(
  token: string,
  one: Principal,
  other: Principal,
): readonly (readonly [string, string])[] {
  const pairs = pairsOf(one, other);
  const swapped = codings.flatMap((coding) => {
    const text = read(coding, token);
    if (text === undefined || !pairs.some(([mine]) => holdsWord(text, mine))) return [];
    const changed = pairs.reduce((rest, [mine, theirs]) => swapWord(rest, mine, theirs), text);
    return [[`its owner's facts in it, in ${coding[0]}`, coding[2](changed)] as const];
  });
  const hashed = pairs.flatMap(([mine, theirs]) =>
    ["md5", "sha1", "sha256", "sha512"].flatMap((name) =>
      (["hex", "base64", "base64url"] as const).flatMap((form) =>
        createHash(name).update(mine).digest(form) === token
          ? [
              [
                `${name} of a fact of its owner`,
                createHash(name).update(theirs).digest(form),
              ] as const,
            ]
          : [],
      ),
    ),
  );
  return [...swapped, ...hashed];
}

function pattern(word: string): RegExp {
  return new RegExp(
    `(?<![A-Za-z0-9])${word.replaceAll(/[^A-Za-z0-9]/g, String.raw`\$&`)}(?![A-Za-z0-9])`,
    "g",
  );
}

function holdsWord(text: string, word: string): boolean {
  return pattern(word).test(text);
}

function swapWord(text: string, word: string, other: string): string {
  return text.replaceAll(pattern(word), () => other);
}

async function tryComputed(
  world: World,
  attacker: Principal,
  token: string,
  proof: Proof,
): Promise<Outcome | undefined> {
  const victims = world.principals.filter(({ name }) => name !== attacker.name);
  const carried = carriedBy(world, attacker);
  for (const victim of victims.slice(0, 3))
    for (const [variant, forged] of computedTokens(token, attacker, victim)) {
      const first = await proof.ask(withToken(carried, token, forged));
      if (proof.whom(first)?.name !== victim.name) continue;
      const again = await proof.ask(withToken(carried, token, forged));
      if (proof.whom(again)?.name !== victim.name) continue;
      const about: About = {
        target: proof.operation.key,
        variant,
        evidence: [proof.control, first, again],
      };
      return vulnerable(
        about,
        `the token of ${victim.name} was computed from that of ${attacker.name} (${variant})`,
      );
    }
  return undefined;
}

const samples = 8;

async function collect(world: World, principal: Principal, proof: Proof): Promise<Outcome> {
  const target = proof.operation.key;
  const tokens: string[] = [];
  for (let count = 0; count < samples; count++) {
    const session = await openSession(world, principal);
    if (session?.token !== undefined) tokens.push(session.token);
  }
  const different = new Set(tokens);
  if (tokens.length < samples) return inconclusive({ target }, "too few sessions could be opened");
  if (different.size === 1)
    return held(
      { target, variant: "one token for all sessions" },
      "every sign-in gives the same token, so that nothing can be told of the next",
    );
  const evidence: readonly Exchange[] = [proof.control];
  const step = stepOf(tokens);
  if (step !== undefined) {
    const guessed = await tryNext(world, principal, proof, { token: tokens.at(-1) ?? "", step });
    if (guessed !== undefined) return guessed;
    return suspected(
      { target, variant: "counted", evidence },
      `tokens are counted: each is ${step} more than the one before`,
    );
  }
  const bits = freeBits(tokens);
  return bits < 64
    ? suspected(
        { target, variant: `about ${Math.round(bits)} bits`, evidence },
        `in ${samples} tokens only about ${Math.round(bits)} bits differ, and 64 are the least`,
      )
    : held({ target, evidence }, `${samples} tokens differ in at least ${Math.round(bits)} bits`);
}

/** The constant distance of counted tokens; `undefined` when they are not counted. */
function stepOf(tokens: readonly string[]): number | undefined {
  const numbers = tokens.map((token) => numberAt(token));
  if (numbers.some((one) => one === undefined)) return undefined;
  const distances = numbers.slice(1).map((number, index) => (number ?? 0) - (numbers[index] ?? 0));
  const [first] = distances;
  return first !== undefined &&
    first > 0 &&
    first <= 16 &&
    distances.every((one) => one > 0 && one <= 16)
    ? first
    : undefined;
}

function numberAt(token: string): number | undefined {
  const digits = /(\d{1,15})$/.exec(token)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Signs in as another, and computes its token from the own one before. */
async function tryNext(
  world: World,
  principal: Principal,
  proof: Proof,
  { token, step }: { readonly token: string; readonly step: number },
): Promise<Outcome | undefined> {
  const victim = world.principals.find(
    ({ recipe, name }) => recipe !== undefined && name !== principal.name,
  );
  if (victim === undefined || (await openSession(world, victim)) === undefined) return undefined;
  const carried = carriedBy(world, principal);
  const { token: own = "" } = world.credentialOf(principal);
  const number = numberAt(token) ?? 0;
  for (let ahead = 1; ahead <= 8; ahead++) {
    const guess = token.replace(/\d+$/, (digits) =>
      String(number + ahead).padStart(digits.length, "0"),
    );
    const exchange = await proof.ask(withToken(carried, own, guess));
    if (proof.whom(exchange)?.name !== victim.name) continue;
    const again = await proof.ask(withToken(carried, own, guess));
    if (proof.whom(again)?.name !== victim.name) continue;
    const about: About = {
      target: proof.operation.key,
      variant: "counted",
      evidence: [proof.control, exchange, again],
    };
    return vulnerable(
      about,
      `tokens are counted in steps of ${step}; the session that ${victim.name} opened was guessed`,
    );
  }
  return undefined;
}

/** Bits that differ between tokens at most: places that vary, times what each varies over. */
function freeBits(tokens: readonly string[]): number {
  const length = Math.min(...tokens.map((token) => token.length));
  let bits = 0;
  for (let at = 0; at < length; at++) {
    const signs = new Set(tokens.map((token) => token[at]));
    if (signs.size > 1)
      bits += /^[\da-f]$/i.test([...signs].join("").slice(0, 1)) && isHexadecimal(tokens) ? 4 : 6;
  }
  return bits;
}

function isHexadecimal(tokens: readonly string[]): boolean {
  return tokens.every((token) => /^[\da-f-]+$/i.test(token));
}
