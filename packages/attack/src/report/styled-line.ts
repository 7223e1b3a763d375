/**
 * Lines of styled text for a terminal. What is put into a line is made harmless on the way in, so
 * that the only escape sequences that come out are those of the styles.
 *
 * @module
 */

import { harmless } from "./harmless.ts";
import { cells, clipped, wrapped } from "./text-layout.ts";

/** How a piece of text looks. */
export type Style = "plain" | "bold" | "dim" | "red" | "yellow" | "green" | "cyan" | "alarm";

/** A piece of text in one style; made by `span` only. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

/** One line. */
export type StyledLine = readonly Span[];

const codes: Readonly<Record<Style, string>> = {
  plain: "",
  bold: "1",
  dim: "2",
  red: "31",
  yellow: "33",
  green: "32",
  cyan: "36",
  alarm: "1;31",
};

/** A piece of text; control characters become visible. */
export function span(text: string, style: Style = "plain"): Span {
  return { text: harmless(text), style };
}

/** A heading above a part of the report. */
export function heading(text: string): readonly StyledLine[] {
  return [[], [span(text, "bold")]];
}

/** A label and a text beside it, wrapped below itself. */
export function labelled(label: string, text: string, width: number): readonly StyledLine[] {
  return hanging([span(`  ${label.padEnd(9)} `, "dim")], text, width);
}

/** A text behind a beginning; the lines that follow are indented as far. */
export function hanging(
  start: StyledLine,
  text: string,
  width: number,
  style: Style = "plain",
): readonly StyledLine[] {
  return indented(start, text, { width, style, indent: cellsOf(start) });
}

/** A point of a list: what follows its first line is indented a little. */
export function point(start: StyledLine, text: string, width: number): readonly StyledLine[] {
  return indented(start, text, { width, style: "plain", indent: 4 });
}

function indented(
  start: StyledLine,
  text: string,
  {
    width,
    style,
    indent,
  }: { readonly width: number; readonly style: Style; readonly indent: number },
): readonly StyledLine[] {
  const room = Math.max(20, width - indent);
  const lines = wrapped(harmless(text), room, Math.max(20, width - cellsOf(start)));
  return lines.map((line, index) => [
    ...(index === 0 ? start : [span(" ".repeat(indent))]),
    span(line, style),
  ]);
}

function cellsOf(line: StyledLine): number {
  return line.reduce((sum, { text }) => sum + cells(text), 0);
}

/** A line that ends where the terminal does. */
export function fitted(line: StyledLine, width: number): StyledLine {
  let room = width;
  return line.map(({ text, style }) => {
    const kept = room <= 0 ? "" : clipped(text, room);
    room -= cells(kept);
    return { text: kept, style };
  });
}

/** The lines as text, with or without colour. */
export function painted(lines: readonly StyledLine[], color: boolean): string {
  return lines.map((line) => `${paintedLine(line, color)}\n`).join("");
}

function paintedLine(line: StyledLine, color: boolean): string {
  const text = line
    .map((piece) =>
      color && codes[piece.style] !== "" && piece.text !== ""
        ? `\u001b[${codes[piece.style]}m${piece.text}\u001b[0m`
        : piece.text,
    )
    .join("");
  return text.trimEnd();
}
