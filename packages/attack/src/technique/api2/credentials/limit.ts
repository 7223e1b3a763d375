/**
 * Guesses a password again and again, and sees when the target has had enough.
 *
 * Promise: wrong passwords go to an account that the run opened; to one of the file only when none
 * can be opened, and then fewer.
 *
 * @module
 */

import { medianOf } from "../../../oracle/time.ts";
import { loginRequests, signInOperations } from "../../../principal/infer-login.ts";
import type { LoginRecipe } from "../../../principal/principal.ts";
import type { Call, Exchange } from "../../../wire/exchange.ts";
import type { World } from "../../../world/world.ts";
import { recipeWith, sacrificialAccount, tryLogin, type OwnAccount } from "../accounts.ts";

/** What guessing showed. */
export interface Guessing {
  readonly account: OwnAccount;
  readonly recipe: LoginRecipe;
  /** Guesses that were judged before the target had enough; `undefined` when it never had. */
  readonly limitedAt: number | undefined;
  readonly how: string;
  readonly tries: number;
  readonly first: Exchange;
  readonly last: Exchange;
}

const manyTries = 60;
/** On accounts of the file: enough to see a limit, few enough to be unlocked soon. */
const fewTries = 25;

/** A wrong password, another one each time. */
export function wrongPassword(number: number): string {
  return `Wrong-guess-${number}-7!x`;
}

const limitWords =
  /too many|rate.?limit|try again (later|in)|temporarily|locked|blocked|captcha|slow down|exceeded|attempts/i;

/** Whether an answer is that of a limit and not that to a wrong password. */
export function isLimited(exchange: Exchange, ordinary: Exchange): string | undefined {
  const { status = 0, text = "" } = exchange.answer ?? {};
  const usual = ordinary.answer;
  if (exchange.answer === undefined) return "no answer any more";
  if ((status === 429 || status === 423 || status === 503) && usual?.status !== status)
    return `answered ${status}`;
  if (status === 429) return "answered 429";
  if (status !== usual?.status && status >= 400 && limitWords.test(text))
    return `answered ${status}`;
  return limitWords.test(text) && !limitWords.test(usual?.text ?? "")
    ? "said that it is enough"
    : undefined;
}

/** Whether the answers come later and later on purpose. */
function growsSlow(durations: readonly number[]): boolean {
  const early = durations.slice(0, 5);
  const late = durations.slice(-3);
  return (
    late.length === 3 &&
    durations.length >= 10 &&
    medianOf(late) > Math.max(700, 4 * medianOf(early))
  );
}

/** The recipes for an account at each operation that signs in, its own first. */
export function recipesOf(
  world: World,
  { recipe, principal, name, password }: OwnAccount,
): readonly LoginRecipe[] {
  const others = signInOperations(world.document)
    .filter(({ method, path }) => method !== recipe.method || path !== recipe.path)
    .flatMap((operation) => {
      const { username = name, email } = principal.facts;
      const [request] = loginRequests(operation, { username, email, password });
      const { method, path } = operation;
      return request === undefined
        ? []
        : [{ ...recipe, method, path, ...request, token: undefined }];
    });
  return [recipe, ...others].slice(0, 3);
}

/** Guesses until the target has had enough, or for long. */
export async function guess(
  world: World,
  account: OwnAccount,
  recipe: LoginRecipe,
  tries: number,
  change: (call: Call, number: number) => Call = (call) => call,
): Promise<Guessing | undefined> {
  const durations: number[] = [];
  let first: Exchange | undefined;
  let last: Exchange | undefined;
  for (let count = 0; count < tries; count++) {
    const wrong = recipeWith(recipe, { password: wrongPassword(count) });
    const attempt = await tryLogin(world, wrong, (call) => change(call, count));
    if (attempt.carried !== undefined) return undefined;
    first ??= attempt.exchange;
    last = attempt.exchange;
    durations.push(attempt.exchange.answer?.milliseconds ?? 0);
    const limit =
      count === 0 && attempt.exchange.answer?.status !== 429
        ? undefined
        : isLimited(attempt.exchange, first);
    const how = limit ?? (growsSlow(durations) ? "answered later and later" : undefined);
    if (how !== undefined)
      return { account, recipe, limitedAt: count, how, tries: count + 1, first, last };
  }
  return first === undefined || last === undefined
    ? undefined
    : { account, recipe, limitedAt: undefined, how: "", tries, first, last };
}

const learnt = new WeakMap<World, Promise<Guessing | undefined>>();

/** Guesses at the usual sign-in once per run, and remembers what came of it. */
export function learnLimit(world: World): Promise<Guessing | undefined> {
  const known = learnt.get(world) ?? guessOnce(world);
  learnt.set(world, known);
  return known;
}

async function guessOnce(world: World): Promise<Guessing | undefined> {
  const account = await sacrificialAccount(world);
  if (account === undefined) return undefined;
  return guess(world, account, account.recipe, account.fresh ? manyTries : fewTries);
}

/** The key of the operation that a recipe calls. */
export function targetOf({ document }: World, { method, path }: LoginRecipe): string {
  const own = document.operations.find((one) => one.method === method && one.path === path);
  return own?.key ?? `${method} ${path}`;
}
