/**
 * Credentials that everybody knows: those that are set up by default, and those of the document.
 *
 * @module
 */

import { isNode } from "../../../document/node.ts";
import type { Operation } from "../../../document/operation.ts";
import {
  isEmailName,
  isPasswordName,
  isUsernameName,
  propertiesOf,
  signInOperations,
} from "../../../principal/infer-login.ts";
import type { LoginRecipe } from "../../../principal/principal.ts";
import { bearer, declaredPlace } from "../../../principal/token-place.ts";
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
import { accountOf, anyPlace, letsIn, recipeWith, tryLogin } from "../accounts.ts";
import { isLimited, targetOf } from "./limit.ts";

interface Pair {
  readonly name: string;
  readonly password: string;
}

const usual: readonly (readonly [string, string])[] = [
  ["admin", "admin"],
  ["admin", "password"],
  ["admin", "admin123"],
  ["admin", "123456"],
  ["admin", "changeme"],
  ["administrator", "administrator"],
  ["administrator", "password"],
  ["root", "root"],
  ["root", "toor"],
  ["root", "password"],
  ["test", "test"],
  ["test", "password"],
  ["user", "user"],
  ["user", "password"],
  ["guest", "guest"],
  ["demo", "demo"],
];

/** A recipe that signs in with a name and a password, as the run knows one. */
function recipeOf(world: World): LoginRecipe | undefined {
  const { principals, document } = world;
  const known = principals
    .map((one) => accountOf(world, one))
    .find((one) => one !== undefined)?.recipe;
  if (known !== undefined) return known;
  const [operation] = signInOperations(document);
  if (operation === undefined) return undefined;
  const names = [...propertiesOf(operation.body?.schema).keys()];
  const name = names.find((one) => isUsernameName(one) || isEmailName(one)) ?? "username";
  const secret = names.find(isPasswordName) ?? "password";
  const { method, path } = operation;
  const place = declaredPlace(document) ?? bearer;
  const body = { [name]: "", [secret]: "" };
  return { method, path, headers: [], body, token: undefined, refreshToken: undefined, place };
}

/** Whether the file has the pair: then its owner may have set it up for the run only. */
function isOfFile(world: World, { name, password }: Pair): boolean {
  return world.principals
    .map((one) => accountOf(world, one))
    .some((one) => one?.name === name && one.password === password);
}

async function tryPair(world: World, recipe: LoginRecipe, pair: Pair) {
  const place = await anyPlace(world);
  const attempt = await tryLogin(world, recipeWith(recipe, pair));
  const works = place === undefined ? undefined : await letsIn(world, place, attempt);
  return { attempt, works, judged: place !== undefined };
}

async function tryAll(
  world: World,
  recipe: LoginRecipe,
  pairs: readonly Pair[],
  words: string,
): Promise<Outcome> {
  const target = targetOf(world, recipe);
  let first: Exchange | undefined;
  for (const pair of pairs) {
    const { attempt, works } = await tryPair(world, recipe, pair);
    first ??= attempt.exchange;
    if (isLimited(attempt.exchange, first) !== undefined && attempt.carried === undefined)
      return inconclusive(
        { target, evidence: [attempt.exchange] },
        "a limit came before all were tried",
      );
    if (attempt.carried === undefined) continue;
    const again = works === undefined ? undefined : await tryPair(world, recipe, pair);
    const variant = `${pair.name} with ${words}`;
    const about: About = {
      target,
      variant,
      evidence: [attempt.exchange, works, again?.attempt.exchange, again?.works],
    };
    if (again?.works === undefined)
      return suspected(
        about,
        `${pair.name} signs in with ${words}, but nothing shows what that is worth`,
      );
    return isOfFile(world, pair)
      ? suspected(
          about,
          `${pair.name} signs in with ${words}; the principals file has the same, so that it may be set up for the run only`,
        )
      : vulnerable(about, `${pair.name} signs in with ${words}`);
  }
  return held({ target, variant: `${pairs.length} pairs`, evidence: [first] }, "refused");
}

/** C-15: what is set up by default. */
export const defaultCredentials = defineTechnique({
  id: "C-15",
  risk: "API2",
  title: "Default password",
  severity: "critical",
  phase: "credential",
  needs: [],
  oracle: "O-AUTH",
  guards: ["G-POS", "G-429", "G-REPEAT"],
  hole: "known-credential",
  remedy: "Set up no account with a known password; make one at the first start and show it once.",
  run: async function* (world) {
    const recipe = recipeOf(world);
    if (recipe === undefined) {
      yield notApplicable({ target: "" }, "the document shows no operation that signs in");
      return;
    }
    const account = world.principals
      .map((one) => accountOf(world, one))
      .find((one) => one !== undefined);
    const host = account?.name.includes("@") === true ? account.name.split("@")[1] : undefined;
    const pairs = usual.map(([name, password]) => ({
      name: host === undefined ? name : `${name}@${host}`,
      password,
    }));
    yield await tryAll(world, recipe, pairs, "a default password");
  },
});

/** Pairs of name and password that examples of the document show. */
function examplePairs(operations: readonly Operation[]): readonly Pair[] {
  const examples = operations.flatMap(({ body }) => {
    if (body === undefined) return [];
    const inSchema = body.schema["example"];
    const several = Array.isArray(body.schema["examples"]) ? body.schema["examples"] : [];
    const byProperty = Object.fromEntries(
      [...propertiesOf(body.schema)].flatMap(([name, schema]) => {
        const list: unknown = Array.isArray(schema["examples"]) ? schema["examples"][0] : undefined;
        const value = schema["example"] ?? schema["default"] ?? list;
        return value === undefined ? [] : [[name, value]];
      }),
    );
    return [body.example, inSchema, ...several, byProperty];
  });
  return examples.filter(isNode).flatMap((example) => {
    const password = Object.entries(example).find(([name]) => isPasswordName(name))?.[1];
    const names = Object.entries(example).filter(
      ([name]) => isUsernameName(name) || isEmailName(name),
    );
    return typeof password === "string" && password.length > 0
      ? names.flatMap(([, name]) =>
          typeof name === "string" && name !== "" ? [{ name, password }] : [],
        )
      : [];
  });
}

/** C-16: what the document shows as an example. */
export const exampleCredentials = defineTechnique({
  id: "C-16",
  risk: "API2",
  title: "Password in the document",
  severity: "high",
  phase: "credential",
  needs: [],
  oracle: "O-AUTH",
  guards: ["G-REPEAT"],
  hole: "known-credential",
  remedy: "Let no example of the document be a real account.",
  run: async function* (world) {
    const recipe = recipeOf(world);
    const operations = world.document.operations.filter(
      ({ traits }) =>
        traits.has("sign-in") || traits.has("register") || traits.has("change-password"),
    );
    const known = new Map(examplePairs(operations).map((pair) => [JSON.stringify(pair), pair]));
    if (recipe === undefined || known.size === 0) {
      yield notApplicable({ target: "" }, "the document shows no example of a password");
      return;
    }
    yield await tryAll(
      world,
      recipe,
      [...known.values()].slice(0, 6),
      "the password of an example",
    );
  },
});
