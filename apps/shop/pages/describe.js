// What the documentation page says about an operation, as plain values: no page is touched here.

/**
 * @typedef {{
 *   readonly $ref?: string,
 *   readonly type?: string | readonly string[],
 *   readonly format?: string,
 *   readonly pattern?: string,
 *   readonly description?: string,
 *   readonly enum?: readonly unknown[],
 *   readonly const?: unknown,
 *   readonly default?: unknown,
 *   readonly minimum?: number,
 *   readonly maximum?: number,
 *   readonly exclusiveMinimum?: number,
 *   readonly exclusiveMaximum?: number,
 *   readonly minLength?: number,
 *   readonly maxLength?: number,
 *   readonly minItems?: number,
 *   readonly maxItems?: number,
 *   readonly maxProperties?: number,
 *   readonly properties?: Readonly<Record<string, Schema>>,
 *   readonly required?: readonly string[],
 *   readonly items?: Schema,
 *   readonly additionalProperties?: boolean | Schema,
 *   readonly anyOf?: readonly Schema[],
 *   readonly oneOf?: readonly Schema[],
 *   readonly "x-readable-by"?: readonly string[],
 *   readonly "x-writable-by"?: readonly string[],
 * }} Schema
 * @typedef {{ readonly name: string, readonly in: string, readonly required?: boolean,
 *   readonly description?: string, readonly schema: Schema }} Parameter
 * @typedef {{ readonly schema: Schema, readonly example?: unknown }} Media
 * @typedef {{ readonly $ref?: string, readonly description?: string,
 *   readonly content?: Readonly<Record<string, Media>> }} Response
 * @typedef {{ readonly stage: string, readonly since?: string, readonly deprecatedAt?: string,
 *   readonly sunsetAt?: string, readonly successor?: string }} Lifecycle
 * @typedef {{ readonly access: string, readonly team: string,
 *   readonly quota: { readonly limit: string, readonly key: string },
 *   readonly lifecycle: Lifecycle, readonly audit?: string,
 *   readonly step?: { readonly name: string, readonly from: readonly string[], readonly to: string }
 * }} Extension
 * @typedef {{ readonly operationId: string, readonly summary: string,
 *   readonly description?: string, readonly tags: readonly string[],
 *   readonly security: readonly Readonly<Record<string, readonly string[]>>[],
 *   readonly parameters?: readonly Parameter[],
 *   readonly requestBody?: { readonly content: Readonly<Record<string, Media>> },
 *   readonly responses: Readonly<Record<string, Response>>,
 *   readonly "x-sekisho": Extension }} Operation
 * @typedef {{
 *   readonly info: { readonly title: string, readonly version: string,
 *     readonly description?: string },
 *   readonly tags: readonly { readonly name: string }[],
 *   readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>,
 *   readonly components: { readonly schemas: Readonly<Record<string, Schema>>,
 *     readonly responses: Readonly<Record<string, Response>> } }} Document
 * @typedef {{ readonly method: string, readonly path: string, readonly operation: Operation }} Entry
 * @typedef {{ readonly name: string, readonly type: string, readonly required: boolean,
 *   readonly limits: string }} Row
 */

/**
 * Every operation with its method and path, in the order of the document.
 * @param {Document} api
 * @returns {Entry[]}
 */
export function entriesOf(api) {
  return Object.entries(api.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => {
      return { method: method.toUpperCase(), path, operation };
    }),
  );
}

/** @type {readonly (readonly [pattern: RegExp, sentence: (name: string) => string])[]} */
const plainAccess = [
  [/^anonymous$/, () => "everybody, without signing in"],
  [/^authenticated$/, () => "whoever is signed in"],
  [/^authenticated\((\w+)\)$/, (party) => `whoever is signed in as a ${party}`],
  [/^self\((\w+)\)$/, (name) => `the person that ${name} names; anybody else is refused`],
  [/^owner\((\w+), (\w+)\)$/, (kind) => `the owner of the ${kind}; for others it does not exist`],
  [/^role\((\w+)\)$/, (role) => `those with the role ${role}`],
  [/^webhook\((\w+)\)$/, (name) => `the sender of ${name} events, by signature`],
];

/**
 * Who may call, as a sentence; rules put together from others stay as they are written.
 * @param {string} access
 * @returns {string}
 */
export function accessSentence(access) {
  const stepUp = /^step-up\((.+), (\d+)s(?:, ([\w|]+))?\)$/.exec(access);
  if (stepUp !== null) {
    const methods = stepUp[3] === undefined ? "" : ` with ${stepUp[3]}`;
    return `${accessSentence(stepUp[1] ?? "")}, who signed in at most ${stepUp[2]} seconds ago${methods}`;
  }
  for (const [pattern, sentence] of plainAccess) {
    const found = pattern.exec(access);
    if (found !== null) return sentence(found[1] ?? "");
  }
  return access;
}

/**
 * `"30/minute;5/second"` for people.
 * @param {Extension["quota"]} quota
 * @returns {string}
 */
export function quotaSentence({ limit, key }) {
  const windows = limit.split(";").map((window) => window.trim().replace("/", " a "));
  return `${windows.join(" and ")}, for each ${key === "principal" ? "account" : "client address"}`;
}

/**
 * Since when an endpoint is there, and until when.
 * @param {Lifecycle} lifecycle
 * @returns {string}
 */
export function lifecycleSentence({ stage, since, deprecatedAt, sunsetAt, successor }) {
  const parts = [
    since === undefined ? stage : `${stage}, since ${since}`,
    ...(deprecatedAt === undefined ? [] : [`deprecated on ${deprecatedAt}`]),
    ...(sunsetAt === undefined ? [] : [`answers 410 from ${sunsetAt} on`]),
    ...(successor === undefined ? [] : [`use ${successor} instead`]),
  ];
  return parts.join("; ");
}

/**
 * What a reference leads to.
 * @param {Document} api
 * @param {Schema} schema
 * @returns {Schema}
 */
function resolve(api, schema) {
  const name = schema.$ref?.replace("#/components/schemas/", "");
  return name === undefined ? schema : (api.components.schemas[name] ?? {});
}

/**
 * The alternatives of a schema beside null, and whether null is one.
 * @param {Document} api
 * @param {Schema} schema
 * @returns {{ readonly schemas: readonly Schema[], readonly nullable: boolean }}
 */
function alternatives(api, schema) {
  const whole = resolve(api, schema);
  const all = (whole.anyOf ?? whole.oneOf ?? [whole]).map((one) => resolve(api, one));
  const schemas = all.filter((one) => one.type !== "null");
  return { schemas, nullable: schemas.length < all.length };
}

/**
 * @param {Schema} schema
 * @returns {string}
 */
function typeOf({ type, format }) {
  const name = Array.isArray(type) ? type.join(" or ") : String(type ?? "anything");
  return format === undefined ? name : `${name} (${format})`;
}

/**
 * `"1 to 50"`, `"at least 1"`, `"at most 50"`.
 * @param {number | undefined} least
 * @param {number | undefined} most
 * @param {string} unit
 * @returns {string[]}
 */
function between(least, most, unit) {
  if (least === undefined && most === undefined) return [];
  if (least === most) return [`exactly ${least}${unit}`];
  if (least === undefined) return [`at most ${most}${unit}`];
  return [most === undefined ? `at least ${least}${unit}` : `${least} to ${most}${unit}`];
}

/**
 * What a value must be beside its type.
 * @param {Schema} schema
 * @returns {string}
 */
export function limitsOf(schema) {
  const { format, pattern } = schema;
  const readers = schema["x-readable-by"];
  const writers = schema["x-writable-by"];
  const limits = [
    ...(schema.const === undefined ? [] : [JSON.stringify(schema.const)]),
    ...(schema.enum === undefined
      ? []
      : [schema.enum.map((one) => JSON.stringify(one)).join(", ")]),
    ...between(schema.minimum, schema.maximum, ""),
    ...(schema.exclusiveMinimum === undefined ? [] : [`more than ${schema.exclusiveMinimum}`]),
    ...(schema.exclusiveMaximum === undefined ? [] : [`less than ${schema.exclusiveMaximum}`]),
    ...between(schema.minLength, schema.maxLength, " characters"),
    ...between(schema.minItems, schema.maxItems, " items"),
    ...between(undefined, schema.maxProperties, " properties"),
    // The pattern of a known format says nothing that its name does not.
    ...(pattern === undefined || format !== undefined ? [] : [`like ${pattern}`]),
    ...(schema.default === undefined ? [] : [`${JSON.stringify(schema.default)} unless given`]),
    ...(readers === undefined ? [] : [`only ${readers.join(", ")} may read it`]),
    ...(writers === undefined ? [] : [`only ${writers.join(", ")} may write it`]),
  ].join("; ");
  return [limits, schema.description ?? ""].filter((text) => text !== "").join(". ");
}

/**
 * The rows of the table for a schema: one for each property, also of what is inside.
 * @param {Document} api
 * @param {Schema} schema
 * @param {string} [name] of the value itself, for what is not an object
 * @param {boolean} [required]
 * @param {number} [depth]
 * @returns {Row[]}
 */
export function rowsOf(api, schema, name = "", required = true, depth = 0) {
  if (depth > 8) return [];
  const { schemas, nullable } = alternatives(api, schema);
  return schemas.flatMap((one, index) => {
    const choice = schemas.length > 1 ? ` (choice ${index + 1})` : "";
    const type = `${typeOf(one)}${nullable ? " or null" : ""}${choice}`;
    const limits = limitsOf({ ...resolve(api, schema), ...one });
    const own =
      name === "" && one.properties !== undefined ? [] : [{ name, type, required, limits }];
    return [...own, ...innerRows(api, one, name, depth + 1)];
  });
}

/**
 * @param {Document} api
 * @param {Schema} schema
 * @param {string} name
 * @param {number} depth
 * @returns {Row[]}
 */
function innerRows(api, schema, name, depth) {
  const before = name === "" ? "" : `${name}.`;
  const needed = schema.required ?? [];
  const { additionalProperties: others } = schema;
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([key, property]) =>
      rowsOf(api, property, `${before}${key}`, needed.includes(key), depth),
    ),
    ...(schema.items === undefined ? [] : elementRows(api, schema.items, `${name}[]`, depth)),
    ...(typeof others === "object" ? rowsOf(api, others, `${before}*`, false, depth) : []),
  ];
}

/**
 * Elements that are objects need no row of their own: their properties say it.
 * @param {Document} api
 * @param {Schema} items
 * @param {string} name
 * @param {number} depth
 * @returns {Row[]}
 */
function elementRows(api, items, name, depth) {
  const whole = resolve(api, items);
  return whole.properties === undefined
    ? rowsOf(api, items, name, true, depth)
    : innerRows(api, whole, name, depth);
}

/**
 * A value that shows the form of a schema: required properties, smallest numbers.
 * @param {Document} api
 * @param {Schema} schema
 * @param {string} [name]
 * @param {number} [depth]
 * @returns {unknown}
 */
export function sampleOf(api, schema, name = "value", depth = 0) {
  const one = alternatives(api, schema).schemas[0] ?? {};
  if (one.const !== undefined) return one.const;
  if (one.enum !== undefined) return one.enum[0];
  if (depth > 8) return null;
  switch (String(one.type)) {
    case "object": {
      const needed = one.required?.length ? one.required : Object.keys(one.properties ?? {});
      return Object.fromEntries(
        needed.map((key) => [key, sampleOf(api, one.properties?.[key] ?? {}, key, depth + 1)]),
      );
    }
    case "array":
      return one.items === undefined ? [] : [sampleOf(api, one.items, name, depth + 1)];
    case "integer":
    case "number":
      return Math.max(one.minimum ?? 1, 1);
    case "boolean":
      return true;
    default:
      return sampleText(one, name);
  }
}

/**
 * @param {Schema} schema
 * @param {string} name
 * @returns {string}
 */
function sampleText({ format }, name) {
  switch (String(format)) {
    case "uuid":
      return "019ab3c4-5d6e-7f80-9123-456789abcdef";
    case "date-time":
      return "2026-11-01T12:00:00Z";
    case "email":
      return "somebody@mail.example";
    default:
      return name;
  }
}

/**
 * Text as one word of a POSIX shell; nothing in it is expanded.
 * @param {string} text
 * @returns {string}
 */
export function shellWord(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * The call as a command for a POSIX shell. Values that only the reader knows are variables.
 * @param {Document} api
 * @param {Entry} entry
 * @param {string} origin
 * @returns {string}
 */
export function curlOf(api, { method, path, operation }, origin) {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_whole, name) => `$${String(name).toUpperCase()}`);
  const media = operation.requestBody?.content["application/json"];
  const credentials = Object.keys(operation.security[0] ?? {});
  return [
    `curl ${method === "GET" ? "" : `-X ${method} `}"${origin}${filled}"`,
    ...credentials.map((name) =>
      name === "bearer"
        ? '-H "authorization: Bearer $TOKEN"'
        : `-H "${name}: $${name.toUpperCase().replaceAll("-", "_")}"`,
    ),
    ...(media === undefined
      ? []
      : [
          "-H 'content-type: application/json'",
          `-d ${shellWord(JSON.stringify(media.example ?? sampleOf(api, media.schema)))}`,
        ]),
  ].join(" \\\n  ");
}
