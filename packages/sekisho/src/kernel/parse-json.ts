/**
 * JSON texts that every reader understands alike (RFC 8259, RFC 7493; ASVS 1.5.2 and 1.5.3).
 *
 * Risk: of two members with one name a gateway reads the first and we the last; `__proto__`
 * reaches a careless merge; an id above 2^53 is rounded to the id of somebody else. Promise: what
 * is accepted means the same to every reader: no repeated names, no prototype names, no lone
 * surrogates, no number that we would have to change. Limits: decimal fractions are rounded to
 * doubles as everywhere; names that differ only in Unicode normalisation are different names.
 *
 * @module
 */

import { deny, type Decision } from "./decision.ts";

/** Why a text is refused. */
export type JsonFault =
  | "empty"
  | "not-utf8"
  | "byte-order-mark"
  | "syntax"
  | "too-deep"
  | "duplicate-name"
  | "forbidden-name"
  | "lone-surrogate"
  | "number-out-of-range";

/** Ceilings of a text; its size is limited before it gets here. */
export interface JsonLimits {
  /** How many arrays and objects may be open at once: 0 to 512, 32 unless said. */
  readonly depth?: number;
}

const defaultDepth = 32;
const deepest = 512;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Parses what somebody else has written: a request body, the parts of a token.
 *
 * Names that reach a prototype (`__proto__`, `constructor`, `prototype`) are refused at every
 * depth, as are whole numbers beyond ±(2^53 − 1) (RFC 7493 §2.2) and numbers beyond a double.
 *
 * @throws RangeError when `limits.depth` is not between 0 and 512.
 * @example
 * parseJson(new TextEncoder().encode('{"a":1}')); // { effect: "allow", value: { a: 1 } }
 * parseJson(new TextEncoder().encode('{"a":1,"\\u0061":2}')); // deny "duplicate-name"
 */
export function parseJson(
  bytes: Uint8Array,
  limits: JsonLimits = {},
): Decision<JsonFault, { readonly value: unknown }> {
  const { depth = defaultDepth } = limits;
  if (!(depth >= 0 && depth <= deepest)) throw new RangeError(`depth ${depth} is not 0 to 512`);
  if (bytes.length === 0) return deny("empty");
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return deny("byte-order-mark");
  const outline = outlineOf(bytes, depth);
  if (outline === undefined) return deny("too-deep");

  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return deny("not-utf8");
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return deny("syntax");
  }

  const findings: Findings = { names: 0, hasLargeNumber: false };
  const fault = inspect(value, outline.hasEscapes, findings);
  if (fault !== undefined) return deny(fault);
  // The parser keeps one member of a name: fewer members than colons means that some were lost.
  if (findings.names !== outline.names) return deny("duplicate-name");
  if (findings.hasLargeNumber && hasLargeInteger(bytes)) return deny("number-out-of-range");
  return { effect: "allow", value };
}

const quote = 0x22;
const backslash = 0x5c;

interface Outline {
  /** Members of all objects, counted by their colons. */
  readonly names: number;
  readonly hasEscapes: boolean;
}

/** Counts members and depth; `undefined` when the text nests too deeply. Means nothing for bad JSON. */
function outlineOf(bytes: Uint8Array, limit: number): Outline | undefined {
  let depth = 0;
  let names = 0;
  let hasEscapes = false;
  // Bytes of multi-byte characters are all above 0x7f, so ASCII is recognised without decoding.
  for (let index = 0; index < bytes.length; index++) {
    switch (bytes[index] ?? 0) {
      case quote:
        for (index++; index < bytes.length && bytes[index] !== quote; index++)
          if (bytes[index] === backslash) {
            hasEscapes = true;
            index++;
          }
        break;
      case 0x3a: // :
        names++;
        break;
      case 0x7b: // {
      case 0x5b: // [
        depth++;
        if (depth > limit) return undefined;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        depth--;
        break;
      default:
    }
  }
  return { names, hasEscapes };
}

interface Findings {
  names: number;
  hasLargeNumber: boolean;
}

/** Looks at every value once; `hasEscapes` says whether strings can hold lone surrogates. */
function inspect(value: unknown, hasEscapes: boolean, findings: Findings): JsonFault | undefined {
  if (typeof value === "string")
    return hasEscapes && !value.isWellFormed() ? "lone-surrogate" : undefined;
  if (typeof value === "number") {
    if (!Number.isFinite(value)) return "number-out-of-range";
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER) findings.hasLargeNumber = true;
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  return Array.isArray(value)
    ? inspectArray(value, hasEscapes, findings)
    : inspectObject(value as Readonly<Record<string, unknown>>, hasEscapes, findings);
}

function inspectArray(
  items: readonly unknown[],
  hasEscapes: boolean,
  findings: Findings,
): JsonFault | undefined {
  for (const item of items) {
    const fault = inspect(item, hasEscapes, findings);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function inspectObject(
  object: Readonly<Record<string, unknown>>,
  hasEscapes: boolean,
  findings: Findings,
): JsonFault | undefined {
  const names = Object.keys(object);
  findings.names += names.length;
  for (const name of names) {
    if (isForbiddenName(name)) return "forbidden-name";
    if (hasEscapes && !name.isWellFormed()) return "lone-surrogate";
    const fault = inspect(object[name], hasEscapes, findings);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/**
 * Whether a name leads to a prototype; no contract may use it.
 *
 * @example
 * isForbiddenName("__proto__"); // true
 */
export function isForbiddenName(name: string): boolean {
  return name === "__proto__" || name === "constructor" || name === "prototype";
}

/** Whether valid JSON holds a whole number, written without fraction and exponent, beyond 2^53 − 1. */
function hasLargeInteger(bytes: Uint8Array): boolean {
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] ?? 0;
    if (byte === quote) {
      for (index++; bytes[index] !== quote; index++) if (bytes[index] === backslash) index++;
    } else if (isDigit(byte)) {
      const start = index;
      while (isDigit(bytes[index + 1] ?? 0)) index++;
      const next = bytes[index + 1];
      const isWhole = next !== 0x2e && next !== 0x65 && next !== 0x45; // . e E
      if (isWhole && isLarge(bytes.subarray(start, index + 1))) return true;
      if (!isWhole) while (isNumberPart(bytes[index + 1] ?? 0)) index++;
    }
  }
  return false;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isNumberPart(byte: number): boolean {
  return isDigit(byte) || byte === 0x2e || byte === 0x2b || byte === 0x2d || (byte | 0x20) === 0x65;
}

function isLarge(digits: Uint8Array): boolean {
  return digits.length > 16 || !Number.isSafeInteger(Number(String.fromCharCode(...digits)));
}
