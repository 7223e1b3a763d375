/**
 * How to sign in, read from the document: the operation, and which property of its body is what.
 *
 * Promise: properties that the document requires and nobody knows take their example, default or
 * only allowed value. Limits: one-time codes and captchas are not solved.
 *
 * @module
 */

import type { ApiDocument, Operation, Schema } from "../document/operation.ts";
import type { HeaderLine } from "../wire/exchange.ts";

/** What somebody signs in with. */
export interface Account {
  readonly username: string | undefined;
  readonly email: string | undefined;
  readonly password: string;
}

/** What goes into a request to sign in. */
export interface LoginRequest {
  readonly headers: readonly HeaderLine[];
  readonly body: unknown;
}

/** Properties of a schema, those of its parts among them, and which are required. */
export function propertiesOf(schema: Schema | undefined): ReadonlyMap<string, Schema> {
  const found = new Map<string, Schema>();
  const seen = new Set<unknown>();
  const visit = (one: unknown): void => {
    if (typeof one !== "object" || one === null || seen.has(one)) return;
    seen.add(one);
    const { properties, allOf, oneOf, anyOf } = one as Schema;
    if (typeof properties === "object" && properties !== null)
      for (const [name, property] of Object.entries(properties))
        if (!found.has(name)) found.set(name, (property ?? {}) as Schema);
    for (const parts of [allOf, oneOf, anyOf]) if (Array.isArray(parts)) parts.forEach(visit);
  };
  visit(schema);
  return found;
}

function requiredOf(schema: Schema | undefined): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (one: unknown): void => {
    if (typeof one !== "object" || one === null) return;
    const { required, allOf } = one as Schema;
    if (Array.isArray(required)) for (const name of required) names.add(String(name));
    if (Array.isArray(allOf)) allOf.forEach(visit);
  };
  visit(schema);
  return names;
}

/** Whether a property holds a password. */
export function isPasswordName(name: string): boolean {
  return /passw(or)?d|passphrase|passcode|^pwd$|^pass$|^pin$|^secret$/i.test(name);
}

/** Whether a property holds an email address. */
export function isEmailName(name: string): boolean {
  return /e-?_?mail/i.test(name);
}

/** Whether a property holds a user name. */
export function isUsernameName(name: string): boolean {
  return /^(user_?(name|login|id)?|login(_?name)?|name|identifier|account(_?name)?|handle|nick_?name|phone(_?number)?|mobile|principal)$/i.test(
    name.replaceAll("-", "_"),
  );
}

function onlyValue(schema: Schema): unknown {
  const { example, examples, pattern } = schema;
  if (schema["const"] !== undefined) return schema["const"];
  if (schema["default"] !== undefined && schema["default"] !== null) return schema["default"];
  if (example !== undefined) return example;
  if (Array.isArray(schema["enum"]) && schema["enum"].length > 0)
    return schema["enum"][0] as unknown;
  if (Array.isArray(examples) && examples.length > 0) return examples[0] as unknown;
  const word = typeof pattern === "string" ? /^\^?([\w-]+)\$?$/.exec(pattern)?.[1] : undefined;
  return word ?? (schema["type"] === "boolean" ? false : undefined);
}

function valueFor(name: string, account: Account): string | undefined {
  if (isPasswordName(name)) return account.password;
  if (isEmailName(name)) return account.email ?? account.username;
  if (isUsernameName(name)) return account.username ?? account.email;
  return undefined;
}

/** Names of the body's properties, from schema, else from examples. */
function namesOf(operation: Operation): ReadonlyMap<string, Schema> {
  const properties = propertiesOf(operation.body?.schema);
  if (properties.size > 0) return properties;
  const example = operation.body?.example ?? operation.body?.schema["example"];
  if (typeof example !== "object" || example === null) return properties;
  return new Map(Object.entries(example).map(([name, value]) => [name, { example: value }]));
}

function asSent(values: Readonly<Record<string, unknown>>, mediaType: string): LoginRequest {
  if (!/x-www-form-urlencoded|form-data/i.test(mediaType))
    return { headers: [["content-type", "application/json"]], body: values };
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) form.append(name, String(value));
  return {
    headers: [["content-type", "application/x-www-form-urlencoded"]],
    body: form.toString(),
  };
}

/** Requests to try, best first, for signing in through an operation. */
export function loginRequests(
  operation: Operation | undefined,
  account: Account,
): readonly LoginRequest[] {
  const mediaType = operation?.body?.mediaType ?? "application/json";
  const names = operation === undefined ? new Map<string, Schema>() : namesOf(operation);
  const required = requiredOf(operation?.body?.schema);
  const values: Record<string, unknown> = {};
  for (const [name, schema] of names) {
    const known = valueFor(name, account);
    const needed = required.has(name) || name === "grant_type";
    const value = known ?? (needed ? onlyValue(schema) : undefined);
    if (value !== undefined) values[name] = value;
  }
  if (Object.hasOwn(values, "grant_type")) values["grant_type"] = "password";
  const filled = Object.keys(values);
  if (filled.some(isPasswordName) && filled.length >= 2) return [asSent(values, mediaType)];
  return guesses(account).map((guess) => asSent(guess, mediaType));
}

function guesses({
  username,
  email,
  password,
}: Account): readonly Readonly<Record<string, string>>[] {
  const byName = username === undefined ? [] : [{ username, password }];
  const address = email ?? (username?.includes("@") === true ? username : undefined);
  const byEmail = address === undefined ? [] : [{ email: address, password }];
  return address === undefined || email === undefined
    ? [...byEmail, ...byName]
    : [...byName, ...byEmail];
}

/** The operations through which a password signs in, likeliest first. */
export function signInOperations(document: ApiDocument): readonly Operation[] {
  const weight = (operation: Operation): number => {
    const names = [...namesOf(operation).keys()];
    const administrative = /admin|staff|internal/i.test(operation.path) ? 20 : 0;
    const other = /otp|code|magic|social|google|facebook|2fa|mfa/i.test(operation.path) ? 10 : 0;
    const password = names.some(isPasswordName) ? 0 : names.length === 0 ? 5 : 50;
    const old = operation.deprecated ? 8 : 0;
    return administrative + other + password + old + operation.path.length / 100;
  };
  return document.operations
    .filter(
      ({ traits, method }) => traits.has("sign-in") && method !== "GET" && method !== "DELETE",
    )
    .toSorted((one, other) => weight(one) - weight(other));
}
