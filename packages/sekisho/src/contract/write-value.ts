/**
 * Writing values as JSON through a schema, for one audience at a time.
 *
 * Promise: a character reaches the text only if a declared property of the right type holds it and
 * the audience may read that property. Limits: bounds and patterns are not judged here, see
 * `output.ts`; internal.
 *
 * @module
 */

import type { z } from "zod";
import { unreachable } from "../kernel/index.ts";
import { audiencesOf } from "./audience.ts";
import type { Violation } from "./contract-violation.ts";
import { pointerStep } from "./pointer.ts";
import { definitionOf, encodeOf, maskOf, type Schema } from "./schema-tree.ts";

/** What the writers of one value share. */
export interface Writing {
  /** Audiences of the reader as bits. */
  readonly mask: number;
  /** Found so far; pointers lack the `#` and grow while the writers return. */
  violations: Violation[];
}

/** Gives the JSON text of a value, or `undefined` when the value is not of the type. */
export type Writer = (value: unknown, writing: Writing) => string | undefined;

type Plain = Readonly<Record<string, unknown>>;

const unknownDetail = "is not in the contract";
const missingDetail = "is missing";
const typeDetail = "has the wrong type";

// Everything that JSON.stringify would escape.
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const escaped = /["\\\u0000-\u001f\ud800-\udfff]/;

function quote(text: string): string {
  return escaped.test(text) ? JSON.stringify(text) : `"${text}"`;
}

const writeString: Writer = (value) => (typeof value === "string" ? quote(value) : undefined);
const writeNumber: Writer = (value) => (Number.isFinite(value) ? JSON.stringify(value) : undefined);
const writeInteger: Writer = (value) =>
  Number.isSafeInteger(value) ? JSON.stringify(value) : undefined;
const writeBoolean: Writer = (value) =>
  value === true ? "true" : value === false ? "false" : undefined;
const writeNull: Writer = (value) => (value === null ? "null" : undefined);
const writeDate: Writer = (value) =>
  value instanceof Date && !Number.isNaN(value.getTime()) ? `"${value.toISOString()}"` : undefined;

/**
 * Compiles a schema to a writer; `names` are the audiences in the order of their bits.
 *
 * @throws TypeError for schemas that have no closed JSON form.
 */
export function compileWriter(root: Schema, names: readonly string[]): Writer {
  const finished = new Map<Schema, Writer>();
  const open = new Set<Schema>();

  function compile(schema: Schema): Writer {
    const known = finished.get(schema);
    if (known !== undefined) return known;
    if (open.has(schema)) return (value, writing) => finished.get(schema)?.(value, writing);
    open.add(schema);
    const writer = compileNode(schema, compile, names);
    open.delete(schema);
    finished.set(schema, writer);
    return writer;
  }
  return compile(root);
}

type Compile = (schema: Schema) => Writer;

function compileNode(schema: Schema, compile: Compile, names: readonly string[]): Writer {
  const definition = definitionOf(schema);
  switch (definition.type) {
    case "string":
    case "template_literal":
      return writeString;
    case "number":
      return isIntegerSchema(schema) ? writeInteger : writeNumber;
    case "boolean":
      return writeBoolean;
    case "null":
      return writeNull;
    case "date":
      return writeDate;
    case "enum":
    case "literal":
      return constantWriter(schema);
    case "object":
      return objectWriter(definition, compile, names);
    case "array":
      return arrayWriter(compile(definition.element));
    case "tuple":
      return tupleWriter(
        definition.items.map((item) => compile(item)),
        definition.rest ? compile(definition.rest) : undefined,
      );
    case "record":
      return recordWriter(definition, compile);
    case "union":
      return unionWriter(definition, compile);
    case "nullable": {
      const write = compile(definition.innerType);
      return (value, writing) => (value === null ? "null" : write(value, writing));
    }
    case "pipe":
      return pipeWriter(schema, definition, compile);
    case "optional":
    case "default":
    case "prefault":
    case "catch":
    case "readonly":
    case "nonoptional":
      return compile(definition.innerType);
    case "lazy":
      return compile((schema as z.core.$ZodLazy)._zod.innerType);
    case "any":
    case "unknown":
    case "bigint":
    case "custom":
    case "file":
    case "function":
    case "intersection":
    case "map":
    case "nan":
    case "never":
    case "promise":
    case "set":
    case "success":
    case "symbol":
    case "transform":
    case "undefined":
    case "void":
      throw new TypeError(`an answer cannot hold a value of kind ${definition.type}`);
    default:
      return unreachable(definition);
  }
}

function isIntegerSchema(schema: Schema): boolean {
  const formats = [
    schema._zod.def,
    ...(schema._zod.def.checks ?? []).map((check) => check._zod.def),
  ];
  return formats.some((definition) => {
    const { check, format } = definition as { readonly check?: string; readonly format?: string };
    return check === "number_format" && format !== "float32" && format !== "float64";
  });
}

function constantWriter(schema: Schema): Writer {
  const texts = new Map<unknown, string>();
  for (const value of schema._zod.values ?? []) {
    if (value === undefined || typeof value === "bigint" || typeof value === "symbol")
      throw new TypeError(`an answer cannot hold the constant ${String(value)}`);
    texts.set(value, JSON.stringify(value));
  }
  return (value) => texts.get(value);
}

/** Notes faults below a child under the child's name, or the child itself when it noted none. */
function noteBelow(writing: Writing, before: number, name: PropertyKey, isWrong: boolean): void {
  const { violations } = writing;
  const step = pointerStep(name);
  if (isWrong && violations.length === before) {
    violations.push({ pointer: step, detail: typeDetail });
    return;
  }
  for (let index = before; index < violations.length; index++) {
    const violation = violations[index];
    if (violation !== undefined)
      violations[index] = { ...violation, pointer: step + violation.pointer };
  }
}

interface Property {
  readonly name: string;
  /** The quoted name with its colon. */
  readonly label: string;
  readonly isRequired: boolean;
  /** Audiences that may read it; `undefined` when everybody may. */
  readonly readers: number | undefined;
  readonly write: Writer;
}

function objectWriter(
  definition: z.core.$ZodObjectDef,
  compile: Compile,
  names: readonly string[],
): Writer {
  const properties = Object.entries(definition.shape).map(([name, schema]): Property => {
    const { readableBy } = audiencesOf(schema);
    return {
      name,
      label: `${JSON.stringify(name)}:`,
      isRequired: schema._zod.optout !== "optional",
      readers: readableBy && maskOf(names, new Set(readableBy)),
      write: compile(schema),
    };
  });
  const declared = new Set(properties.map(({ name }) => name));

  return (value, writing) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    const object = value as Plain;
    let text = "{";
    let taken = 0;
    let isWhole = true;
    for (const property of properties) {
      const { name } = property;
      // Only what the object itself holds: a polluted prototype must not be sent.
      const item = Object.hasOwn(object, name) ? object[name] : undefined;
      if (item !== undefined) taken++;
      if (property.readers !== undefined && (property.readers & writing.mask) === 0) continue;
      if (item === undefined) {
        if (!property.isRequired) continue;
        writing.violations.push({ pointer: pointerStep(name), detail: missingDetail });
        isWhole = false;
        continue;
      }
      const before = writing.violations.length;
      const written = property.write(item, writing);
      if (written === undefined || writing.violations.length !== before)
        noteBelow(writing, before, name, written === undefined);
      if (written !== undefined)
        text += text.length === 1 ? property.label + written : `,${property.label}${written}`;
      else if (property.isRequired) isWhole = false;
    }
    if (Object.keys(object).length !== taken) noteUnknown(object, declared, writing);
    return isWhole ? `${text}}` : undefined;
  };
}

function noteUnknown(object: Plain, declared: ReadonlySet<string>, writing: Writing): void {
  for (const name of Object.keys(object))
    if (!declared.has(name) && object[name] !== undefined)
      writing.violations.push({ pointer: pointerStep(name), detail: unknownDetail });
}

function arrayWriter(write: Writer): Writer {
  return (value, writing) => {
    if (!Array.isArray(value)) return undefined;
    let text = "[";
    let isWhole = true;
    for (let index = 0; index < value.length; index++) {
      const before = writing.violations.length;
      const written = write(value[index], writing);
      if (written === undefined || writing.violations.length !== before)
        noteBelow(writing, before, index, written === undefined);
      // A list that silently lost an item would be a lie: it fails as a whole.
      if (written === undefined) isWhole = false;
      else text += index === 0 ? written : `,${written}`;
    }
    return isWhole ? `${text}]` : undefined;
  };
}

function tupleWriter(items: readonly Writer[], rest: Writer | undefined): Writer {
  const writeItems = items.map((write) => arrayWriter(write));
  const writeRest = rest && arrayWriter(rest);
  return (value, writing) => {
    if (!Array.isArray(value) || value.length < items.length) return undefined;
    if (value.length > items.length && writeRest === undefined) return undefined;
    const texts: string[] = [];
    for (const [index, write] of writeItems.entries()) {
      const text = write([value[index]], writing);
      if (text === undefined) return undefined;
      texts.push(text.slice(1, -1));
    }
    const tail = writeRest?.(value.slice(items.length), writing);
    if (writeRest !== undefined && tail === undefined) return undefined;
    if (tail !== undefined && tail !== "[]") texts.push(tail.slice(1, -1));
    return `[${texts.join(",")}]`;
  };
}

function recordWriter(definition: z.core.$ZodRecordDef, compile: Compile): Writer {
  const values =
    definitionOf(definition.keyType).type === "enum" ? definition.keyType._zod.values : undefined;
  const required =
    values === undefined || "partial" in definition ? [] : [...values].map((name) => String(name));
  const write = compile(definition.valueType);
  return (value, writing) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    const texts: string[] = [];
    let isWhole = true;
    for (const name of Object.keys(value)) {
      const before = writing.violations.length;
      if (name === "__proto__" || values?.has(name) === false) {
        writing.violations.push({ pointer: pointerStep(name), detail: unknownDetail });
        continue;
      }
      const written = write((value as Plain)[name], writing);
      if (written === undefined || writing.violations.length !== before)
        noteBelow(writing, before, name, written === undefined);
      if (written === undefined) isWhole = false;
      else texts.push(`${quote(name)}:${written}`);
    }
    for (const name of required)
      if (!Object.hasOwn(value, name)) {
        writing.violations.push({ pointer: pointerStep(name), detail: missingDetail });
        isWhole = false;
      }
    return isWhole ? `{${texts.join(",")}}` : undefined;
  };
}

function unionWriter(definition: z.core.$ZodUnionDef, compile: Compile): Writer {
  const options = definition.options.map((option) => compile(option));
  return (value, writing) => {
    const found = writing.violations;
    let closest: { readonly text: string; readonly violations: Violation[] } | undefined;
    for (const write of options) {
      writing.violations = [];
      const text = write(value, writing);
      const { violations } = writing;
      writing.violations = found;
      if (text === undefined) continue;
      if (violations.length === 0) return text;
      // Some properties had to be dropped: a later option may know them all.
      closest ??= { text, violations };
    }
    if (closest === undefined) return undefined;
    found.push(...closest.violations);
    return closest.text;
  };
}

function pipeWriter(schema: Schema, definition: z.core.$ZodPipeDef, compile: Compile): Writer {
  const encode = encodeOf(schema);
  if (encode === undefined) {
    if ([definition.in, definition.out].some((side) => definitionOf(side).type === "transform"))
      throw new TypeError("an answer cannot go through a one-way transform; use z.codec");
    return compile(definition.in);
  }
  const write = compile(definition.in);
  return (value, writing) => {
    const payload: z.core.ParsePayload = { value, issues: [] };
    let encoded: unknown;
    try {
      encoded = encode(value, payload);
    } catch {
      return undefined;
    }
    return payload.issues.length > 0 ? undefined : write(encoded, writing);
  };
}
