/**
 * HTML from templates in which every value is escaped; only markup made here stays markup.
 *
 * @module
 */

import { harmlessLines } from "./harmless.ts";

/** HTML that is safe to put into a page; made by `html` only. */
export interface Markup {
  readonly markup: string;
}

/** What a template takes: text is escaped, nothing is left out, lists are joined. */
export type Piece = string | number | Markup | undefined | readonly Piece[];

/** A template: values are escaped for text and for quoted attributes. */
export function html(parts: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  return { markup: parts.map((part, index) => part + written(pieces[index])).join("") };
}

function written(piece: Piece): string {
  if (piece === undefined) return "";
  if (typeof piece === "string") return escaped(piece);
  if (typeof piece === "number") return escaped(String(piece));
  if (isList(piece)) return piece.map(written).join("");
  return piece.markup;
}

function isList(piece: Piece): piece is readonly Piece[] {
  return Array.isArray(piece);
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};

function escaped(text: string): string {
  return harmlessLines(text).replace(/[&<>"'`]/g, (character) => entities[character] ?? "");
}
