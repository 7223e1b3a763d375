/**
 * Registers an account with a password and a name of our choice, and signs in to it.
 *
 * @module
 */

import type { Operation } from "../../../document/operation.ts";
import { isEmailName, isPasswordName, isUsernameName } from "../../../principal/infer-login.ts";
import type { Exchange } from "../../../wire/exchange.ts";
import { sentJson } from "../../../world/item-id.ts";
import type { World } from "../../../world/world.ts";
import { readLogin, recipeWith, type LoginTry, type OwnAccount } from "../accounts.ts";
import { callOfRecipe } from "../accounts.ts";
import { operationsWith } from "../sessions-of.ts";

/** What came of it. */
export interface Registered {
  readonly operation: Operation;
  readonly exchange: Exchange;
  readonly name: string;
  readonly password: string;
  /** The sign-in afterwards; `undefined` when the registration was refused. */
  readonly entered: LoginTry | undefined;
}

/** The operation that lets everybody register. */
export function registrationOf(world: World): Operation | undefined {
  return operationsWith(world, "register")
    .filter(({ method }) => method === "POST" || method === "PUT")
    .toSorted((one, other) => weight(one) - weight(other))[0];
}

function weight({ path, access }: Operation): number {
  return (
    (/admin|staff|invite|verify|confirm/i.test(path) ? 10 : 0) +
    (access.kind === "credential" ? 5 : 0)
  );
}

type Values = Readonly<Record<string, unknown>>;

function valuesOf(body: unknown): Values {
  return typeof body === "object" && body !== null && !Array.isArray(body) ? (body as Values) : {};
}

function textUnder(values: Values, fits: (name: string) => boolean): string | undefined {
  const found = Object.entries(values).find(
    ([name, value]) => fits(name) && typeof value === "string",
  )?.[1];
  return typeof found === "string" ? found : undefined;
}

/** What the account will sign in with, among what it registers with. */
function nameIn(values: Values, template: OwnAccount): string | undefined {
  const email = textUnder(values, isEmailName);
  const username = textUnder(values, (name) => isUsernameName(name) && !isEmailName(name));
  return template.name.includes("@") ? (email ?? username) : (username ?? email);
}

/** What to register with: a password, or one made of the other values; and names in place of the made ones. */
export interface Wishes {
  readonly password: (values: { readonly name: string }) => string;
  readonly name?: string;
}

/**
 * Registers once. `template` is an account that was opened the same way and signs in: it shows that
 * registration works, and how to sign in afterwards.
 */
export async function register(
  world: World,
  template: OwnAccount,
  wishes: Wishes,
): Promise<Registered | undefined> {
  const operation = registrationOf(world);
  if (operation === undefined) return undefined;
  const made = valuesOf(sentJson(world.make(operation, undefined)));
  const renamed = wishes.name === undefined ? made : withName(made, template, wishes.name);
  const name = nameIn(renamed, template);
  if (name === undefined) return undefined;
  const password = wishes.password({ name });
  const secrets = Object.keys(made).filter((key) => isPasswordName(key) && !/hint|hash/i.test(key));
  const passwords = Object.fromEntries(secrets.map((key) => [key, password]));
  const exchange = await world.send(
    world.make(operation, undefined, { body: { ...renamed, ...passwords } }),
  );
  if (!world.succeeds(exchange)) return { operation, exchange, name, password, entered: undefined };
  const recipe = recipeWith(template.recipe, { name, password });
  const entered = await readLogin(
    world,
    recipe,
    await world.send(callOfRecipe(world, recipe), { renew: false }),
  );
  return { operation, exchange, name, password, entered };
}

function withName(values: Values, template: OwnAccount, wanted: string): Values {
  const isWanted = template.name.includes("@")
    ? isEmailName
    : (name: string): boolean => isUsernameName(name) && !isEmailName(name);
  const entries = Object.entries(values);
  const found = entries.some(([name]) => isWanted(name));
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      isWanted(name) || (!found && isEmailName(name)) ? wanted : value,
    ]),
  );
}
