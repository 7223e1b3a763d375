/** Values that meet a JSON Schema of the shop, and values that miss it by one. */

import assert from "node:assert/strict";

/** A JSON Schema as the shop documents it. */
export interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Values by the name of the property; they take the place of made-up ones. */
export type KnownValues = Readonly<Record<string, unknown>>;

const formats: Readonly<Record<string, string>> = {
  uuid: "019ab3c4-5d6e-7f80-9123-456789abcdef",
  email: "sample@mail.example",
  "date-time": "2026-11-25T08:00:00Z",
};

/** A value that meets the schema; every optional property is there. */
export function sampleOf(schema: Schema, known: KnownValues, name = ""): unknown {
  if (Object.hasOwn(known, name)) return known[name];
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.anyOf?.[0] !== undefined) return sampleOf(schema.anyOf[0], known);
  switch (schema.type ?? "") {
    case "object":
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([key, property]) => [
          key,
          sampleOf(property, known, key),
        ]),
      );
    case "array":
      return [sampleOf(schema.items ?? {}, known)];
    case "integer":
      return schema.minimum ?? 0;
    case "string":
      return formats[schema.format ?? ""] ?? "sample".padEnd(schema.minLength ?? 0, "x");
    default:
      return assert.fail(`no sample of ${JSON.stringify(schema)}`);
  }
}

/** A place in a body where a limit stands, and a value that is just outside of it. */
export interface Border {
  /** JSON Pointer of the value, as problems name it. */
  readonly pointer: string;
  readonly limit: string;
  /** The whole body, in order but for that value. */
  readonly outside: unknown;
}

type Place = (value: unknown) => unknown;

/** Every limit of the schema, each broken by one; `sample` is a body that meets it. */
export function bordersOf(schema: Schema, sample: unknown): readonly Border[] {
  return bordersAt(schema, sample, "#", (value) => value);
}

function bordersAt(
  schema: Schema,
  sample: unknown,
  pointer: string,
  place: Place,
): readonly Border[] {
  const borders: Border[] = [];
  const add = (limit: string, value: unknown): void => {
    borders.push({ pointer, limit, outside: place(value) });
  };
  const { minLength, maxLength, minItems, maxItems, minimum, maximum } = schema;
  if (maxLength !== undefined) add(`maxLength ${maxLength}`, longText(schema, maxLength + 1));
  if (minLength !== undefined && minLength > 0)
    add(`minLength ${minLength}`, "x".repeat(minLength - 1));
  if (maximum !== undefined) add(`maximum ${maximum}`, maximum + 1);
  if (minimum !== undefined) add(`minimum ${minimum}`, minimum - 1);
  if (Array.isArray(sample)) {
    const [first] = sample as readonly unknown[];
    if (maxItems !== undefined)
      add(`maxItems ${maxItems}`, Array<unknown>(maxItems + 1).fill(first));
    if (minItems !== undefined && minItems > 0)
      add(`minItems ${minItems}`, Array<unknown>(minItems - 1).fill(first));
    if (schema.items !== undefined)
      borders.push(...bordersAt(schema.items, first, `${pointer}/0`, (value) => place([value])));
  }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const whole = sample as Readonly<Record<string, unknown>>;
    borders.push(
      ...bordersAt(property, whole[name], `${pointer}/${name}`, (value) =>
        place({ ...whole, [name]: value }),
      ),
    );
  }
  for (const choice of schema.anyOf ?? [])
    if (choice.type !== "null") borders.push(...bordersAt(choice, sample, pointer, place));
  return borders;
}

function longText(schema: Schema, length: number): string {
  return schema.format === "email" ? `${"a".repeat(length - 13)}@mail.example` : "x".repeat(length);
}

/** Every name of a property in the schema, at whatever depth. */
export function namesIn(schema: Schema): readonly string[] {
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) => [
      name,
      ...namesIn(property),
    ]),
    ...(schema.items === undefined ? [] : namesIn(schema.items)),
    ...(schema.anyOf ?? []).flatMap(namesIn),
  ];
}

/** Every value of the body replaced by one of another type. */
export function leavesOf(schema: Schema, sample: unknown): readonly Border[] {
  return leavesAt(schema, sample, "#", (value) => value);
}

function leavesAt(
  schema: Schema,
  sample: unknown,
  pointer: string,
  place: Place,
): readonly Border[] {
  const kinds = new Set([schema.type, ...(schema.anyOf ?? []).map(({ type }) => type)]);
  const others: readonly (readonly [kind: string, value: unknown])[] = [
    ["null", null],
    ["boolean", true],
    ["integer", 1],
    ["string", "1"],
    ["array", []],
    ["object", {}],
  ];
  const borders: Border[] = others
    .filter(([kind]) => !kinds.has(kind) && (kind !== "string" || schema.enum === undefined))
    .map(([kind, value]) => ({ pointer, limit: `as ${kind}`, outside: place(value) }));
  if (Array.isArray(sample) && schema.items !== undefined) {
    const [first] = sample as readonly unknown[];
    borders.push(...leavesAt(schema.items, first, `${pointer}/0`, (value) => place([value])));
  }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const whole = sample as Readonly<Record<string, unknown>>;
    borders.push(
      ...leavesAt(property, whole[name], `${pointer}/${name}`, (value) =>
        place({ ...whole, [name]: value }),
      ),
    );
  }
  return borders;
}
