/**
 * Who has an account: told by the answer, by its time, or by what recovery says.
 *
 * @module
 */

import type { Operation } from "../../../document/operation.ts";
import { masked } from "../../../oracle/compare.ts";
import { isSlower, medianOf } from "../../../oracle/time.ts";
import type { Exchange } from "../../../wire/exchange.ts";
import type { World } from "../../../world/world.ts";
import { held, inconclusive, notApplicable, vulnerable, type About } from "../../outcomes.ts";
import { defineTechnique, type Outcome } from "../../technique.ts";
import {
  freshAccount,
  recipeWith,
  sacrificialAccount,
  tryLogin,
  type OwnAccount,
} from "../accounts.ts";
import { operationsWith } from "../sessions-of.ts";
import { freshWord } from "../token-forging/own-keys.ts";
import { isLimited, targetOf, wrongPassword } from "./limit.ts";
import { freshSubject, isRecoveryRequest, recoveryBody } from "./recovery-steps.ts";

const remedy = "Answer the same, in the same time, whether the account exists or not.";

/** A name like another that nobody has. */
export function unknownLike(world: World, name: string): string {
  const word = freshWord(() => world.random());
  const [local = "", host] = name.split("@");
  if (host !== undefined) return `${word}@${host}`;
  if (/^\+?\d+$/.test(local))
    return local.replaceAll(/\d(?=\d{0,6}$)/g, () => String(Math.floor(world.random() * 10)));
  return word.slice(0, Math.max(6, Math.min(12, local.length)));
}

/** What an answer says, without what it repeats. */
function said({ answer }: Exchange, name: string): string {
  const whole = answer?.text ?? "";
  const text = name === "" ? whole : whole.replaceAll(name, "<name>");
  return `${answer?.status ?? "none"} ${masked(text)}`;
}

interface Pair {
  readonly known: Exchange;
  readonly unknown: Exchange;
}

const wrong = wrongPassword(1);

async function signInPair(
  world: World,
  { recipe, name }: OwnAccount,
): Promise<Pair & { readonly differs: boolean }> {
  const other = unknownLike(world, name);
  const known = (await tryLogin(world, recipeWith(recipe, { password: wrong }))).exchange;
  const unknown = (await tryLogin(world, recipeWith(recipe, { name: other, password: wrong })))
    .exchange;
  return { known, unknown, differs: said(known, name) !== said(unknown, other) };
}

/** C-07: what a wrong password and an unknown name are answered. */
export const enumerationBySignIn = defineTechnique({
  id: "C-07",
  risk: "API2",
  title: "Sign-in tells which accounts exist",
  severity: "low",
  phase: "credential",
  needs: ["a principal"],
  oracle: "O-DIST",
  guards: ["G-NOISE", "G-429", "G-REPEAT"],
  hole: "enumeration",
  remedy,
  run: async function* (world) {
    const account = await sacrificialAccount(world);
    yield account === undefined
      ? notApplicable({ target: "" }, "nobody signs in with a password")
      : await trySignIn(world, account);
  },
});

async function trySignIn(world: World, account: OwnAccount): Promise<Outcome> {
  const target = targetOf(world, account.recipe);
  const pairs: (Pair & { readonly differs: boolean })[] = [];
  for (let count = 0; count < 3; count++) {
    const pair = await signInPair(world, account);
    const evidence = [pair.known, pair.unknown];
    const [first] = pairs;
    if ([pair.known, pair.unknown].some((one) => isLimited(one, first?.known ?? one) !== undefined))
      return inconclusive({ target, evidence }, "a limit came before three pairs were seen");
    pairs.push(pair);
    if (!pair.differs)
      return held({ target, evidence }, "an unknown name and a wrong password are answered alike");
  }
  const [first] = pairs;
  const alike = new Set(pairs.map(({ known }) => said(known, account.name))).size === 1;
  const about: About = {
    target,
    variant: "unknown name against wrong password",
    evidence: pairs.flatMap(({ known, unknown }) => [known, unknown]),
  };
  return alike
    ? vulnerable(
        about,
        `a wrong password is answered ${shown(first?.known)}, an unknown name ${shown(first?.unknown)}`,
      )
    : inconclusive(about, "the answers to a wrong password differ among themselves");
}

function shown(exchange: Exchange | undefined): string {
  const { status = 0, text = "" } = exchange?.answer ?? {};
  return `${status} ${text.replaceAll(/\s+/g, " ").slice(0, 80)}`;
}

/** C-08: how long they take. */
export const enumerationByTime = defineTechnique({
  id: "C-08",
  risk: "API2",
  title: "Time of the sign-in tells which accounts exist",
  severity: "low",
  phase: "credential",
  needs: ["a principal"],
  oracle: "O-TIME",
  guards: ["G-STAT", "G-429", "G-REPEAT"],
  hole: "enumeration-time",
  remedy,
  run: async function* (world) {
    const account = await freshAccount(world);
    yield account === undefined
      ? notApplicable(
          { target: "" },
          "no account can be opened that many wrong passwords may be tried on",
        )
      : await tryTime(world, account);
  },
});

const pairsOfTime = 9;

async function tryTime(world: World, account: OwnAccount): Promise<Outcome> {
  const target = targetOf(world, account.recipe);
  let evidence: readonly Exchange[] = [];
  for (let round = 0; round < 2; round++) {
    const known: number[] = [];
    const unknown: number[] = [];
    let first: Exchange | undefined;
    for (let count = 0; count < pairsOfTime; count++) {
      const pair = await signInPair(world, account);
      first ??= pair.known;
      evidence = [pair.known, pair.unknown];
      if ([pair.known, pair.unknown].some((one) => isLimited(one, first ?? one) !== undefined))
        return inconclusive({ target, evidence }, "a limit came before enough times were taken");
      known.push(pair.known.answer?.milliseconds ?? 0);
      unknown.push(pair.unknown.answer?.milliseconds ?? 0);
    }
    const words = `${Math.round(medianOf(known))} ms for an account, ${Math.round(medianOf(unknown))} ms for an unknown name`;
    if (!isSlower(known, unknown) && !isSlower(unknown, known))
      return held({ target, evidence }, words);
    if (round === 1)
      return vulnerable({ target, variant: `${pairsOfTime} pairs, twice`, evidence }, words);
  }
  return inconclusive({ target, evidence }, "the times differed once and not again");
}

/** C-09: what recovery answers about addresses that it does not know. */
export const enumerationByRecovery = defineTechnique({
  id: "C-09",
  risk: "API2",
  title: "Recovery tells which accounts exist",
  severity: "low",
  phase: "credential",
  needs: ["a principal"],
  oracle: "O-DIST",
  guards: ["G-NOISE", "G-429", "G-REPEAT"],
  hole: "enumeration",
  remedy,
  run: async function* (world) {
    const requests = operationsWith(world, "reset-password").filter(isRecoveryRequest);
    if (requests.length === 0) {
      yield notApplicable({ target: "" }, "the document shows no request of recovery");
      return;
    }
    const known = world.principals.find(
      ({ facts }) => facts["email"] !== undefined || facts["username"] !== undefined,
    )?.facts;
    const subject = (await freshSubject(world)) ?? {
      email: known?.["email"],
      username: known?.["username"],
    };
    const { email, username } = subject;
    for (const operation of requests.slice(0, 2))
      yield (email ?? username) === undefined
        ? inconclusive({ target: operation.key }, "no name of an account is known")
        : await tryRecovery(world, operation, { email, username });
  },
});

async function tryRecovery(
  world: World,
  operation: Operation,
  {
    email,
    username,
  }: { readonly email: string | undefined; readonly username: string | undefined },
): Promise<Outcome> {
  const target = operation.key;
  const texts: string[][] = [[], []];
  const evidence: Exchange[] = [];
  for (let count = 0; count < 3; count++) {
    const others = {
      email: email === undefined ? undefined : unknownLike(world, email),
      username: username === undefined ? undefined : unknownLike(world, username),
    };
    for (const [side, who] of [{ email, username }, others].entries()) {
      const call = world.make(operation, undefined, { body: recoveryBody(operation, who) });
      const exchange = await world.send(call, { patient: false });
      if (exchange.answer?.status === 429)
        return inconclusive(
          { target, evidence: [exchange] },
          "a limit came before three pairs were seen",
        );
      const own = [who.email, who.username].filter((one) => one !== undefined);
      texts[side]?.push(
        own
          .reduce((rest, one) => rest.replaceAll(one, "<name>"), said(exchange, ""))
          .replaceAll(/\d{4,8}/g, "<digits>"),
      );
      evidence.push(exchange);
    }
  }
  const [known = [], unknown = []] = texts;
  const about: About = { target, variant: "known against unknown", evidence };
  if (new Set(known).size !== 1)
    return inconclusive(about, "the answers to a known name differ among themselves");
  if (unknown.some((one) => known.includes(one)))
    return held(about, "a known and an unknown name are answered alike");
  return vulnerable(
    about,
    `a known name is answered ${shown(evidence[0])}, an unknown one ${shown(evidence[1])}`,
  );
}
