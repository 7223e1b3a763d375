/**
 * Which properties to add to a request, with values that differ from those that are there.
 *
 * What the API itself shows of the object comes first, then what the document declares as read-only,
 * then names that many APIs have.
 *
 * @module
 */

import { isNode } from "../../../document/node.ts";
import type { Schema } from "../../../document/operation.ts";
import type { World } from "../../../world/world.ts";
import {
  answerSchemas,
  declaredBody,
  propertiesAnywhere,
  type DeclaredBody,
} from "../declared-properties.ts";
import { isMoneyThing, plainName, powerOf, type Power } from "../property-words.ts";
import { enumOf, roleValues } from "./role-values.ts";
import type { View } from "./view.ts";
import type { Writing } from "./writing.ts";

/** Where the name of a property comes from. */
export type Origin = "shown" | "declared-in-answers" | "read-only" | "writable" | "usual";

/** A property to try. */
export interface Candidate {
  readonly name: string;
  /** Values to try, the first first; none is the current one. */
  readonly values: readonly unknown[];
  readonly origin: Origin;
  readonly power: Power | undefined;
}

const mostShown = 24;

const usualForAccounts = [
  "role",
  "roles",
  "is_admin",
  "isAdmin",
  "admin",
  "is_staff",
  "is_superuser",
  "permissions",
  "user_type",
  "verified",
  "email_verified",
  "balance",
  "credit",
  "plan",
] as const;

const usualForMoney = ["price", "total", "discount", "status", "paid", "is_paid"] as const;

/** Names that decide whether one can still sign in, or which object it is. */
const fragile =
  /^(id|uuid|guid|username|login|email|emailaddress|password|passwordhash|hash|salt|name|slug|self|links?|href|url|token|apikey|accesstoken|refreshtoken|sub)$/;

/** What may lock an account out that is still needed. */
const locking =
  /status|state|active|enabled|disabled|blocked|banned|locked|suspended|deleted|tenant|org|phone|mfa/;

/** The properties to add to what a writing sends. */
export async function candidatesFor(
  world: World,
  writing: Writing,
  before: View,
): Promise<readonly Candidate[]> {
  const declared = declaredBody(writing.operation);
  const schemas = relatedSchemas(writing);
  const chosen = new Map<string, Candidate>();
  for (const { name, origin } of namesFor(writing, before, declared, schemas)) {
    const plain = plainName(name);
    const power = powerOf(name);
    if (chosen.has(name) || isLeftAlone(writing, plain, power)) continue;
    const current = before.properties.get(plain)?.values[0];
    const values = await valuesFor(world, {
      name,
      power,
      current,
      schemas: schemas.get(name) ?? [],
    });
    if (values.length > 0) chosen.set(name, { name, values, origin, power });
  }
  return [...chosen.values()];
}

function isLeftAlone({ throwaway }: Writing, plain: string, power: Power | undefined): boolean {
  if (fragile.test(plain) || power === "identity" || power === "ownership") return true;
  return !throwaway && locking.test(plain);
}

function relatedSchemas({ related, operation }: Writing): ReadonlyMap<string, readonly Schema[]> {
  const bodies = related.flatMap(({ body }) => (body === undefined ? [] : [body.schema]));
  const own = operation.body === undefined ? [] : [operation.body.schema];
  const answers = [...related, operation].flatMap((one) => answerSchemas(one, 200));
  return propertiesAnywhere([...answers, ...own, ...bodies]);
}

function namesFor(
  { account, thing, related, operation }: Writing,
  { properties }: View,
  { writable, readOnly }: DeclaredBody,
  schemas: ReadonlyMap<string, readonly Schema[]>,
): readonly { readonly name: string; readonly origin: Origin }[] {
  const plainWritable = new Set([...writable].map(plainName));
  const isNew = (name: string): boolean => !plainWritable.has(plainName(name));
  const shown = [...properties.values()]
    .filter(({ name, values }) => isNew(name) && !values.some(isNode))
    .map(({ name }) => ({ name, origin: "shown" as const }))
    .slice(0, mostShown);
  const answered = new Set(
    propertiesAnywhere([...related, operation].flatMap((one) => answerSchemas(one, 200))).keys(),
  );
  const inAnswers = [...answered]
    .filter((name) => isNew(name) && powerOf(name) !== undefined)
    .map((name) => ({ name, origin: "declared-in-answers" as const }));
  // An account must not say itself what it may do, even where the document lets it.
  const sloppy = account
    ? [...writable]
        .filter((name) => powerOf(name) === "privilege")
        .map((name) => ({ name, origin: "writable" as const }))
    : [];
  const list = account ? usualForAccounts : isMoneyThing(thing) ? usualForMoney : [];
  const usual = list
    .filter((name) => isNew(name) && !properties.has(plainName(name)))
    .map((name) => ({ name, origin: "usual" as const }));
  const forbidden = [
    ...readOnly,
    ...[...schemas].flatMap(([name, all]) =>
      all.some((schema) => schema["readOnly"] === true) ? [name] : [],
    ),
  ].map((name) => ({ name, origin: "read-only" as const }));
  return [...forbidden, ...shown, ...inAnswers, ...sloppy, ...usual];
}

interface Property {
  readonly name: string;
  readonly power: Power | undefined;
  readonly current: unknown;
  readonly schemas: readonly Schema[];
}

async function valuesFor(world: World, property: Property): Promise<readonly unknown[]> {
  const { name, power, current, schemas } = property;
  const type = typeOf(property);
  if (power === "privilege" && type !== "boolean") {
    const values = await roleValues(world, name, schemas, current);
    if (type !== "number" || values.length > 0) return values;
  }
  switch (type) {
    case "boolean":
      return [!isTrue(current)];
    case "number":
      return [otherNumber(current, world.random())];
    case "time":
      return ["2001-02-03T04:05:06.000Z"];
    case "list":
      return [];
    case "text": {
      const allowed = enumOf(schemas).filter(
        (value) => typeof value === "string" && value !== current,
      );
      if (allowed.length > 0) return allowed.toReversed().slice(0, 3);
      return power === "state"
        ? stateWords(current)
        : [`zz${Math.floor(world.random() * 36 ** 6).toString(36)}`];
    }
  }
}

type Type = "boolean" | "number" | "time" | "text" | "list";

/** The type of the current value, else the declared one, else what the name suggests. */
function typeOf({ name, power, current, schemas }: Property): Type {
  if (current !== undefined && current !== null) return typeOfValue(current);
  const types = schemas.flatMap((schema) => [schema["type"]].flat());
  if (types.includes("boolean")) return "boolean";
  if (types.includes("number") || types.includes("integer")) return "number";
  if (types.includes("array")) return "list";
  if (power === "money") return "number";
  if (power === "time" || /(_a|A)t$/.test(name)) return "time";
  return /^(is|has|can)[_A-Z]|^(admin|verified|email_?verified|paid|active|premium|staff|superuser)$/i.test(
    name,
  )
    ? "boolean"
    : "text";
}

function typeOfValue(value: unknown): Type {
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "number") return "number";
  if (typeof value !== "string") return "list";
  if (/^\d{4}-\d\d-\d\d[T ]/.test(value)) return "time";
  return /^-?\d+([.]\d+)?$/.test(value) ? "number" : "text";
}

function isTrue(value: unknown): boolean {
  return value === true || value === 1 || value === "true";
}

/** A number that is there by no chance, in the same sign and of modest size: limits may apply. */
function otherNumber(current: unknown, random: number): number {
  if (current === 0 || current === 1) return 1 + Math.floor(random * 7_000) * 10 + 13;
  return 1 + Math.floor(random * 70) * 10 + (Number(current) === 7 ? 4 : 7);
}

function stateWords(current: unknown): readonly string[] {
  return ["paid", "completed", "approved", "active"].filter((word) => word !== current).slice(0, 3);
}
