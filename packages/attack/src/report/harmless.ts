/**
 * Text of the target, made harmless before it reaches a terminal, a log or a page.
 *
 * An API that is under attack may answer with escape sequences that recolour, hide or retype what a
 * terminal shows, or with marks that reverse the order of letters. Every such character becomes
 * visible: `\x1b`, `\u202e`. Markup is escaped by each format on top of this.
 *
 * @module
 */

/** Controls, format marks (bidirectional ones among them), and the separators that break lines. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\ufffe\uffff]/gu;

const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** On one line: line breaks become visible too. */
export function harmless(text: string): string {
  return text.toWellFormed().replace(invisible, visible);
}

/** On several lines: line feeds stay, everything else becomes visible. */
export function harmlessLines(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .split("\n")
    .map((line) => harmless(line.replaceAll("\t", "  ")))
    .join("\n");
}

/**
 * A value as JSON, indented: it says the same and holds no character that a terminal could obey.
 * Halves of surrogate pairs, which strict readers refuse, are replaced.
 */
export function harmlessJson(value: unknown): string {
  const json = JSON.stringify(
    value,
    (_, part: unknown) => (typeof part === "string" ? part.toWellFormed() : part),
    2,
  );
  return `${json}\n`.replace(invisible, (character) =>
    character === "\n" ? character : units(character),
  );
}

/** As many of the first characters as fit, and a word on how much was left out. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const left = text.length - most;
  return `${text.slice(0, most).toWellFormed()}… (${left} more characters)`;
}

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code > 0xff) return units(character);
  return named[character] ?? `\\x${code.toString(16).padStart(2, "0")}`;
}

function units(character: string): string {
  return character
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}
