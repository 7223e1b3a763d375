/**
 * Text of others on a terminal.
 *
 * Risk: a document from elsewhere could move the cursor, rename the window or hide lines with control
 * characters.
 *
 * @module
 */

const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** The text in one line, with a mark in place of every character that a terminal would obey. */
export function printable(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll(unprintable, "\ufffd");
}

/** Rows as aligned columns, each line without blanks at its end; the last column is as wide as it is. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const clean = rows.map((row) => row.map(printable));
  const widths: number[] = [];
  for (const row of clean)
    for (const [index, cell] of row.entries())
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
  return clean
    .map((row) => row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join("  "))
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}
