/**
 * C-01: passwords that may be guessed without end.
 *
 * @module
 */

import type { LoginRecipe } from "../../../principal/principal.ts";
import type { World } from "../../../world/world.ts";
import { held, inconclusive, notApplicable, vulnerable, type About } from "../../outcomes.ts";
import { defineTechnique, type Outcome } from "../../technique.ts";
import { freshAccount, tryLogin } from "../accounts.ts";
import { guess, learnLimit, recipesOf, targetOf, type Guessing } from "./limit.ts";

/** C-01: many wrong passwords, and then the right one. */
export const guessingWithoutLimit = defineTechnique({
  id: "C-01",
  risk: "API2",
  title: "Passwords can be guessed without limit",
  severity: "medium",
  phase: "credential",
  needs: ["a principal"],
  oracle: "O-COUNT",
  guards: ["G-POS", "G-429", "G-LIMIT"],
  hole: "guessing",
  remedy:
    "Count failures by account and by address, and answer 429 with growing delays long before a password is guessed.",
  run: async function* (world) {
    const usual = await learnLimit(world);
    if (usual === undefined) {
      yield notApplicable({ target: "" }, "nobody signs in with a password");
      return;
    }
    yield await judge(world, usual);
    yield* atOthers(world, usual);
  },
});

/** At every further operation that signs in, each on an account of its own. */
async function* atOthers(world: World, { account }: Guessing): AsyncIterable<Outcome> {
  for (const other of recipesOf(world, account).slice(1)) {
    const target = targetOf(world, other);
    const own = await freshAccount(world);
    const recipe =
      own === undefined ? undefined : recipesOf(world, own).find(({ path }) => path === other.path);
    if (own === undefined || recipe === undefined || !(await works(world, recipe))) {
      yield inconclusive({ target }, "no account of the run's own signs in there");
      continue;
    }
    const guessing = await guess(world, own, recipe, 60);
    yield guessing === undefined
      ? inconclusive({ target }, "a wrong password gave a token")
      : await judge(world, guessing);
  }
}

async function works(world: World, recipe: LoginRecipe): Promise<boolean> {
  return (await tryLogin(world, recipe)).carried !== undefined;
}

async function judge(
  world: World,
  { recipe, limitedAt, how, tries, first, last }: Guessing,
): Promise<Outcome> {
  const about: About = {
    target: targetOf(world, recipe),
    variant: `${tries} wrong passwords`,
    evidence: [first, last],
  };
  if (limitedAt !== undefined) return held(about, `after ${limitedAt} wrong passwords it ${how}`);
  const right = await tryLogin(world, recipe);
  const shown: About = { ...about, evidence: [first, last, right.exchange] };
  return right.carried === undefined
    ? held(shown, `after ${tries} wrong passwords the right one is refused too`)
    : vulnerable(
        shown,
        `${tries} wrong passwords for one account were each judged, without delay or lock, and then the right one signed in`,
      );
}
