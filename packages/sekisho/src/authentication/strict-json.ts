/**
 * JSON objects that every reader understands alike (OWASP API2:2023, RFC 8259 §4, RFC 8725 §3.10).
 *
 * Risk: of two members with one name, the signer's reader may take the first and ours the last.
 * Promise: duplicate names at any depth, prototype names, a byte order mark, broken UTF-8 and deep
 * nesting are refused. Limits: meant for small documents; the text is walked twice.
 *
 * @module
 */

/** What a parsed member can be. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** A parsed object; read members by index. */
export type JsonObject = { readonly [name: string]: JsonValue };

const maximumDepth = 16;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Index of the quote that ends the string starting at `start` in valid JSON. */
function endOfString(text: string, start: number): number {
  let index = start + 1;
  while (text[index] !== '"') index += text[index] === "\\" ? 2 : 1;
  return index;
}

/** Whether valid JSON repeats a name, uses a prototype name, or nests too deeply. */
function isAmbiguous(text: string): boolean {
  // One set of names per open object, `undefined` per open array.
  const open: (Set<string> | undefined)[] = [];
  let nameComes = false;
  for (let index = 0; index < text.length; index++) {
    switch (text.charAt(index)) {
      case "{":
        open.push(new Set());
        nameComes = true;
        if (open.length > maximumDepth) return true;
        break;
      case "[":
        open.push(undefined);
        nameComes = false;
        if (open.length > maximumDepth) return true;
        break;
      case "}":
      case "]":
        open.pop();
        nameComes = false;
        break;
      case ",":
        nameComes = open.at(-1) !== undefined;
        break;
      case '"': {
        const end = endOfString(text, index);
        const names = open.at(-1);
        if (nameComes && names !== undefined) {
          const name = String(JSON.parse(text.slice(index, end + 1)));
          if (name === "__proto__" || names.has(name)) return true;
          names.add(name);
          nameComes = false;
        }
        index = end;
        break;
      }
      default:
    }
  }
  return false;
}

/** Parses bytes to an object, or answers `undefined` for everything that is not exactly one. */
export function parseStrictObject(bytes: Uint8Array): JsonObject | undefined {
  let text: string;
  let value: unknown;
  try {
    text = utf8.decode(bytes);
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return isAmbiguous(text) ? undefined : (value as JsonObject);
}
