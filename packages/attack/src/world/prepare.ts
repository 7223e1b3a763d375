/**
 * Gives an operation something of the caller's own to work on, so that trying it harms nobody.
 *
 * @module
 */

import type { ApiDocument, Operation, Resource } from "../document/operation.ts";
import { wordsOf } from "../oracle/sensitive.ts";
import type { Principal } from "../principal/principal.ts";
import { isAccountResource, selfIdOf } from "./found-objects.ts";
import { parametersOfPath, resourceOfPath, type ObjectStore } from "./objects.ts";
import type { Preparation } from "./reach.ts";
import { renamed } from "./seed.ts";
import type { Making, OwnedObject, World } from "./world.ts";

/** What preparing needs. */
export interface PrepareParts {
  readonly document: ApiDocument;
  readonly objects: ObjectStore;
  readonly allowDestructive: boolean;
  readonly principals: () => readonly Principal[];
  readonly create: (resource: Resource, principal: Principal) => Promise<OwnedObject | undefined>;
  readonly bringTo: (object: OwnedObject, operation: Operation) => Promise<boolean>;
  readonly newcomer: () => Promise<Principal | undefined>;
  readonly signInAgain: (principal: Principal) => Promise<Principal | undefined>;
  readonly credentialOf: World["credentialOf"];
}

const newPassword = "Kept-Long-And-Odd-7481!";

/** What an operation may be tried on as this principal, or why it is left alone. */
export async function prepare(
  parts: PrepareParts,
  operation: Operation,
  principal: Principal | undefined,
): Promise<Preparation> {
  const { traits } = operation;
  if (traits.has("destructive") && !parts.allowDestructive)
    return left("it may destroy, and --allow-destructive was not given");
  if (traits.has("webhook")) return left("it takes signed messages, not callers");
  if (traits.has("sign-in")) return signIn(parts, principal);
  if (traits.has("refresh")) return refresh(parts, operation, principal);
  if (traits.has("sign-out")) return signOut(parts, principal);
  if (traits.has("change-password")) return changePassword(parts, operation, principal);
  return onItem(parts, operation, principal);
}

function left(why: string): Preparation {
  return { ready: false, why };
}

function ready(principal: Principal | undefined, making: Making = {}): Preparation {
  return { ready: true, principal, making };
}

function signIn(parts: PrepareParts, principal: Principal | undefined): Preparation {
  const recipe = [principal, ...parts.principals()].find(
    (one) => one?.recipe !== undefined,
  )?.recipe;
  if (recipe === undefined) return left("no principal has a sign-in recipe");
  const { body } = recipe;
  const isObject = typeof body === "object" && body !== null;
  return ready(undefined, isObject ? { body: body as Record<string, unknown> } : {});
}

async function refresh(
  parts: PrepareParts,
  operation: Operation,
  principal: Principal | undefined,
): Promise<Preparation> {
  const owner = principal ?? parts.principals().find(({ recipe }) => recipe !== undefined);
  const again = owner === undefined ? undefined : await parts.signInAgain(owner);
  const token = again === undefined ? undefined : parts.credentialOf(again).refreshToken;
  if (token === undefined) return left("no refresh token is known");
  const name = propertiesOf(operation).find((one) => /refresh|token/i.test(one)) ?? "refresh_token";
  return ready(principal === undefined ? undefined : again, { body: { [name]: token } });
}

async function signOut(
  parts: PrepareParts,
  principal: Principal | undefined,
): Promise<Preparation> {
  if (principal === undefined) return ready(undefined);
  const again = await parts.signInAgain(principal);
  return again === undefined ? left("a second session cannot be made") : ready(again);
}

async function changePassword(
  parts: PrepareParts,
  operation: Operation,
  principal: Principal | undefined,
): Promise<Preparation> {
  if (principal === undefined) return left("it is not tried without a caller");
  const stranger = await parts.newcomer();
  if (stranger === undefined) return left("no account can be made whose password may change");
  const current = passwordOf(stranger);
  const names = propertiesOf(operation);
  const isOld = (name: string): boolean => /current|old|existing/.test(wordsOf(name));
  const body = Object.fromEntries(
    names
      .filter((name) => /pass|pwd/.test(wordsOf(name)))
      .map((name) => [name, isOld(name) ? current : newPassword]),
  );
  return ready(stranger, { body, values: selfValues(parts, operation, stranger) });
}

/** The password that a principal signs in with. */
export function passwordOf({ recipe }: Principal): string | undefined {
  if (typeof recipe?.body !== "object" || recipe.body === null) return undefined;
  const found = Object.entries(recipe.body).find(([name]) => /pass|pwd/.test(wordsOf(name)));
  return typeof found?.[1] === "string" ? found[1] : undefined;
}

function propertiesOf({ body }: Operation): readonly string[] {
  const properties = body?.schema["properties"];
  return typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
}

function selfValues(
  { document }: PrepareParts,
  operation: Operation,
  principal: Principal,
): Readonly<Record<string, string>> {
  const resource = resourceOfPath(document.resources, operation.path);
  if (resource === undefined || !isAccountResource(resource)) return {};
  const id = selfIdOf(resource, principal);
  return id === undefined ? {} : renamed(resource, operation, { [lastParameter(resource)]: id });
}

function lastParameter({ itemPath, parameter }: Resource): string {
  return parametersOfPath(itemPath).at(-1) ?? parameter;
}

async function onItem(
  parts: PrepareParts,
  operation: Operation,
  principal: Principal | undefined,
): Promise<Preparation> {
  const isRead = operation.method === "GET" || operation.method === "HEAD";
  const resource = resourceOfPath(parts.document.resources, operation.path);
  if (resource === undefined || isRead || operation === resource.create) return ready(principal);
  if (principal === undefined) return ready(undefined);
  const object = await ownObject(parts, operation, resource, principal);
  if (object !== undefined) {
    if (!(await parts.bringTo(object, operation)))
      return left("it cannot be brought to that state");
    return ready(principal, { values: renamed(resource, operation, object.values) });
  }
  return onAccount(parts, operation, resource, principal);
}

async function ownObject(
  { objects, create }: PrepareParts,
  operation: Operation,
  resource: Resource,
  principal: Principal,
): Promise<OwnedObject | undefined> {
  const spends =
    operation.step !== undefined || operation.traits.has("removes") || operation.traits.has("acts");
  const made = objects.of(principal, resource).find(({ origin }) => origin === "created");
  const fresh = spends || made === undefined ? await create(resource, principal) : undefined;
  const told = objects.of(principal, resource).find(({ origin }) => origin === "told");
  return fresh ?? made ?? (operation.traits.has("removes") ? undefined : told);
}

/** On accounts it works on a fresh one; on what belongs to nobody it only adds, never changes. */
async function onAccount(
  parts: PrepareParts,
  operation: Operation,
  resource: Resource,
  principal: Principal,
): Promise<Preparation> {
  if (!isAccountResource(resource)) {
    return operation.method === "POST" && operation.path !== resource.itemPath
      ? ready(principal)
      : left("there is no object of the run's own to try it on");
  }
  const stranger = await parts.newcomer();
  if (stranger !== undefined) {
    const values = selfValues(parts, operation, stranger);
    return ready(principal.administrator ? principal : stranger, { values });
  }
  return operation.method === "PATCH" && !/pass|mail|role|status/.test(operation.text)
    ? ready(principal)
    : left("no account can be made to try it on");
}
