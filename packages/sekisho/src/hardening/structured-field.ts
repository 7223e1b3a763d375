/**
 * Structured fields (RFC 9651): items, lists and dictionaries out of a header field's text.
 *
 * Promise: strict where the RFC leaves no choice; a field that breaks a rule anywhere is wholly
 * malformed, as §4.2 demands. Limits: it reads only; byte sequences are taken with missing padding
 * and stray bits in the last character, which the RFC asks of parsers.
 *
 * @module
 */

/** One value. A date is seconds since 1970. */
export type BareItem =
  | { readonly kind: "integer" | "decimal" | "date"; readonly value: number }
  | { readonly kind: "string" | "token" | "display-string"; readonly value: string }
  | { readonly kind: "bytes"; readonly value: Uint8Array }
  | { readonly kind: "boolean"; readonly value: boolean };

/** Parameters by their key, in order of appearance. */
export type Parameters = ReadonlyMap<string, BareItem>;

/** A value with its parameters. */
export interface FieldItem {
  readonly item: BareItem;
  readonly parameters: Parameters;
}

/** A list in brackets with its parameters. */
export interface InnerList {
  readonly items: readonly FieldItem[];
  readonly parameters: Parameters;
}

/** What stands in a list or behind a dictionary's key. */
export type FieldMember = FieldItem | InnerList;

class Malformed extends Error {}

/** The text and how far it was read. */
interface Cursor {
  readonly text: string;
  position: number;
}

/** Takes what `pattern` (sticky) matches at the cursor. */
function take(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.position;
  const match = pattern.exec(cursor.text);
  if (match === null) return undefined;
  cursor.position = pattern.lastIndex;
  return match[0];
}

function skip(cursor: Cursor, character: string): boolean {
  if (cursor.text[cursor.position] !== character) return false;
  cursor.position += 1;
  return true;
}

function readNumber(cursor: Cursor): BareItem {
  const text = take(cursor, /-?\d+(?:\.\d*)?/y);
  if (text === undefined) throw new Malformed();
  if (/^-?\d{1,15}$/.test(text)) return { kind: "integer", value: Number(text) };
  if (/^-?\d{1,12}\.\d{1,3}$/.test(text)) return { kind: "decimal", value: Number(text) };
  throw new Malformed();
}

function readDate(cursor: Cursor): BareItem {
  cursor.position += 1;
  const number = readNumber(cursor);
  if (number.kind !== "integer") throw new Malformed();
  return { kind: "date", value: number.value };
}

function readString(cursor: Cursor): BareItem {
  const text = take(cursor, /"(?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"/y);
  if (text === undefined) throw new Malformed();
  return { kind: "string", value: text.slice(1, -1).replace(/\\(.)/g, "$1") };
}

function readDisplayString(cursor: Cursor): BareItem {
  const text = take(cursor, /%"(?:[\x20-\x21\x23-\x24\x26-\x7e]|%[0-9a-f]{2})*"/y);
  if (text === undefined) throw new Malformed();
  const bytes = Buffer.from(
    text
      .slice(2, -1)
      .replace(/%(..)/g, (_, code: string) => String.fromCodePoint(parseInt(code, 16))),
    "latin1",
  );
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return { kind: "display-string", value: decoder.decode(bytes) };
  } catch {
    throw new Malformed();
  }
}

function readToken(cursor: Cursor): BareItem {
  const text = take(cursor, /[A-Za-z*][A-Za-z0-9!#$%&'*+\-.^_`|~:/]*/y);
  if (text === undefined) throw new Malformed();
  return { kind: "token", value: text };
}

function readBytes(cursor: Cursor): BareItem {
  const text = take(cursor, /:[A-Za-z0-9+/]*={0,2}:/y)?.slice(1, -1);
  if (text === undefined || text.replaceAll("=", "").length % 4 === 1) throw new Malformed();
  return { kind: "bytes", value: Uint8Array.from(Buffer.from(text, "base64")) };
}

function readBareItem(cursor: Cursor): BareItem {
  const first = cursor.text[cursor.position] ?? "";
  if (/[-\d]/.test(first)) return readNumber(cursor);
  if (/[A-Za-z*]/.test(first)) return readToken(cursor);
  if (first === '"') return readString(cursor);
  if (first === ":") return readBytes(cursor);
  if (first === "@") return readDate(cursor);
  if (first === "%") return readDisplayString(cursor);
  const boolean = take(cursor, /\?[01]/y);
  if (boolean === undefined) throw new Malformed();
  return { kind: "boolean", value: boolean === "?1" };
}

function readKey(cursor: Cursor): string {
  const key = take(cursor, /[a-z*][a-z0-9_\-.*]*/y);
  if (key === undefined) throw new Malformed();
  return key;
}

function readParameters(cursor: Cursor): Parameters {
  const parameters = new Map<string, BareItem>();
  while (skip(cursor, ";")) {
    take(cursor, / */y);
    const key = readKey(cursor);
    const value: BareItem = skip(cursor, "=")
      ? readBareItem(cursor)
      : { kind: "boolean", value: true };
    // The last of a repeated key counts, in the place of the first (RFC 9651 §4.2.3.2).
    parameters.set(key, value);
  }
  return parameters;
}

function readItem(cursor: Cursor): FieldItem {
  const item = readBareItem(cursor);
  return { item, parameters: readParameters(cursor) };
}

function readMember(cursor: Cursor): FieldMember {
  if (!skip(cursor, "(")) return readItem(cursor);
  const items: FieldItem[] = [];
  for (;;) {
    take(cursor, / */y);
    if (skip(cursor, ")")) return { items, parameters: readParameters(cursor) };
    items.push(readItem(cursor));
    const next = cursor.text[cursor.position];
    if (next !== " " && next !== ")") throw new Malformed();
  }
}

/** Reads members separated by commas until the end of the text. */
function readMembers(cursor: Cursor, readOne: () => void): void {
  while (cursor.position < cursor.text.length) {
    readOne();
    take(cursor, /[ \t]*/y);
    if (cursor.position === cursor.text.length) return;
    if (!skip(cursor, ",")) throw new Malformed();
    take(cursor, /[ \t]*/y);
    if (cursor.position === cursor.text.length) throw new Malformed();
  }
}

/** Everything between leading and trailing spaces, or `undefined` when any of it is malformed. */
function parseWhole<Value>(text: string, read: (cursor: Cursor) => Value): Value | undefined {
  const cursor: Cursor = { text: text.replace(/^ +| +$/g, ""), position: 0 };
  try {
    const value = read(cursor);
    return cursor.position === cursor.text.length ? value : undefined;
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

/**
 * Reads an Item; `undefined` when malformed.
 *
 * @example
 * parseItem("@1688169599")?.item; // { kind: "date", value: 1688169599 }
 */
export function parseItem(text: string): FieldItem | undefined {
  return parseWhole(text, readItem);
}

/**
 * Reads a List; `undefined` when malformed. The lines of a repeated field are joined with commas.
 *
 * @example
 * parseList('"burst";q=100;w=60')?.length; // 1
 */
export function parseList(text: string): readonly FieldMember[] | undefined {
  return parseWhole(text, (cursor) => {
    const members: FieldMember[] = [];
    readMembers(cursor, () => members.push(readMember(cursor)));
    return members;
  });
}

/**
 * Reads a Dictionary; `undefined` when malformed.
 *
 * @example
 * parseDictionary("geolocation=(), camera=(self)")?.size; // 2
 */
export function parseDictionary(text: string): ReadonlyMap<string, FieldMember> | undefined {
  return parseWhole(text, (cursor) => {
    const members = new Map<string, FieldMember>();
    readMembers(cursor, () => {
      const key = readKey(cursor);
      const member: FieldMember = skip(cursor, "=")
        ? readMember(cursor)
        : { item: { kind: "boolean", value: true }, parameters: readParameters(cursor) };
      members.set(key, member);
    });
    return members;
  });
}
