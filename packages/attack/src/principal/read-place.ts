/**
 * Reads where a token travels, and header lines, out of an entry of a principals file.
 *
 * @module
 */

import type { HeaderLine } from "../wire/exchange.ts";
import { asText, isMapping, readEntry, type EntryReader } from "./entry-reader.ts";
import type { TokenPlace } from "./principal.ts";
import { PrincipalsFault } from "./principals-fault.ts";
import { headerPlace, parsePlace } from "./token-place.ts";

/** Where the token of an entry travels; `usual` when the entry does not say. */
export function placeIn(entry: EntryReader, usual: TokenPlace): TokenPlace {
  const place = entry.value("place", "in");
  if (isMapping(place)) {
    const inner = readEntry(place, `${entry.place}.place`);
    const kind = inner.text("in", "kind") ?? "header";
    const template = inner.text("template", "format") ?? "";
    const parsed = parsePlace(`${kind} ${inner.text("name") ?? ""} ${template}`.trim());
    if (parsed !== undefined) return parsed;
  } else if (place !== undefined) {
    const parsed = parsePlace(asText(place) ?? "");
    if (parsed !== undefined) return parsed;
  }
  if (place !== undefined)
    throw new PrincipalsFault(
      `${entry.place}.place`,
      'write "header NAME {token}", "cookie NAME" or "query NAME".',
    );
  const header = entry.text("header");
  const scheme = entry.text("scheme", "prefix");
  const template = scheme === undefined ? undefined : `${scheme} {token}`;
  if (header !== undefined) return headerPlace(header, template);
  return template === undefined ? usual : headerPlace("authorization", template);
}

/** Header lines of an entry, from a mapping or a list of "name: value". */
export function headerLinesIn(entry: EntryReader): readonly HeaderLine[] {
  const given = entry.value("headers");
  if (Array.isArray(given))
    return given.map((line, index): HeaderLine => {
      const [, name, value] = /^([^:\s]+):\s*(.*)$/.exec(asText(line) ?? "") ?? [];
      if (name === undefined || value === undefined)
        throw new PrincipalsFault(`${entry.place}.headers[${index}]`, 'write "name: value".');
      return [name, value];
    });
  return Object.entries(entry.texts("headers") ?? {});
}
