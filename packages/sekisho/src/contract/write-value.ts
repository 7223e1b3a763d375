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
import { definitionOf, type Schema } from "./schema-tree.ts";
import {
  arrayWriter,
  objectWriter,
  pipeWriter,
  recordWriter,
  tupleWriter,
  unionWriter,
} from "./write-container.ts";
import {
  constantWriter,
  isIntegerSchema,
  writeBoolean,
  writeDate,
  writeInteger,
  writeNull,
  writeNumber,
  writeString,
  type Compile,
  type Writer,
} from "./write-scalar.ts";

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
