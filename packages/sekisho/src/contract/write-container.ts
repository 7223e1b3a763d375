/**
 * Writers of values that hold other values.
 *
 * Promise: of an object only its own, declared properties are read; a list is whole or not written.
 * Limits: internal.
 *
 * @module
 */

import type { z } from "zod";
import { audiencesOf } from "./audience.ts";
import type { Violation } from "./contract-violation.ts";
import { pointerStep } from "./pointer.ts";
import { definitionOf, encodeOf, maskOf, type Schema } from "./schema-tree.ts";
import { quote, type Compile, type Writer, type Writing } from "./write-scalar.ts";

type Plain = Readonly<Record<string, unknown>>;

/**
 * Whether a value is an object and no more: a date, a map or a promise that nobody awaited would
 * otherwise pass as an object without properties.
 */
function isPlain(value: unknown): value is Plain {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

const unknownDetail = "is not in the contract";
const missingDetail = "is missing";
const typeDetail = "has the wrong type";

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
  /** The same behind a comma. */
  readonly nextLabel: string;
  readonly isRequired: boolean;
  /** Audiences that may read it; `undefined` when everybody may. */
  readonly readers: number | undefined;
  readonly write: Writer;
}

/** The writer of an object; `names` are the audiences in the order of their bits. */
export function objectWriter(
  definition: z.core.$ZodObjectDef,
  compile: Compile,
  names: readonly string[],
): Writer {
  const properties = Object.entries(definition.shape).map(([name, schema]): Property => {
    const { readableBy } = audiencesOf(schema);
    return {
      name,
      label: `${JSON.stringify(name)}:`,
      nextLabel: `,${JSON.stringify(name)}:`,
      isRequired: schema._zod.optout !== "optional",
      readers: readableBy && maskOf(names, new Set(readableBy)),
      write: compile(schema),
    };
  });
  const declared = new Set(properties.map(({ name }) => name));

  return (value, writing) => {
    if (!isPlain(value)) return undefined;
    let text = "{";
    let taken = 0;
    let isWhole = true;
    for (const property of properties) {
      const { name } = property;
      // Only what the object itself holds: a polluted prototype must not be sent.
      const item = Object.hasOwn(value, name) ? value[name] : undefined;
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
        text += (text.length === 1 ? property.label : property.nextLabel) + written;
      else if (property.isRequired) isWhole = false;
    }
    if (Object.keys(value).length !== taken) noteUnknown(value, declared, writing);
    return isWhole ? `${text}}` : undefined;
  };
}

function noteUnknown(object: Plain, declared: ReadonlySet<string>, writing: Writing): void {
  for (const name of Object.keys(object))
    if (!declared.has(name) && object[name] !== undefined)
      writing.violations.push({ pointer: pointerStep(name), detail: unknownDetail });
}

/** The writer of a list. */
export function arrayWriter(write: Writer): Writer {
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

/** The writer of a list with a writer per place. */
export function tupleWriter(items: readonly Writer[], rest: Writer | undefined): Writer {
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

/** The writer of a record. */
export function recordWriter(definition: z.core.$ZodRecordDef, compile: Compile): Writer {
  const values =
    definitionOf(definition.keyType).type === "enum" ? definition.keyType._zod.values : undefined;
  const required =
    values === undefined || "partial" in definition ? [] : [...values].map((name) => String(name));
  const write = compile(definition.valueType);
  return (value, writing) => {
    if (!isPlain(value)) return undefined;
    const texts: string[] = [];
    let isWhole = true;
    for (const name of Object.keys(value)) {
      const before = writing.violations.length;
      if (name === "__proto__" || values?.has(name) === false) {
        writing.violations.push({ pointer: pointerStep(name), detail: unknownDetail });
        continue;
      }
      const written = write(value[name], writing);
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

/** The writer of a value that one of several schemas describes. */
export function unionWriter(definition: z.core.$ZodUnionDef, compile: Compile): Writer {
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

/** The writer of a codec: what it encodes to is sent. */
export function pipeWriter(
  schema: Schema,
  definition: z.core.$ZodPipeDef,
  compile: Compile,
): Writer {
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
