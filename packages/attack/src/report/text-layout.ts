/**
 * Text in columns for a terminal: width, padding, wrapping.
 *
 * Widths are those of most terminals: East Asian wide characters and emoji take two cells, combining
 * marks none.
 *
 * @module
 */

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u;

/** How many cells a text takes. */
export function cells(text: string): number {
  let sum = 0;
  for (const character of text) if (!/\p{M}/u.test(character)) sum += wide.test(character) ? 2 : 1;
  return sum;
}

/** A text in exactly so many cells, or more when it is longer. */
export function padded(text: string, width: number, side: "left" | "right" = "left"): string {
  const space = " ".repeat(Math.max(0, width - cells(text)));
  return side === "left" ? text + space : space + text;
}

/** A text in at most so many cells; what does not fit ends in "…". */
export function clipped(text: string, width: number): string {
  if (cells(text) <= width) return text;
  let kept = "";
  for (const character of text) {
    if (cells(kept + character) >= width) break;
    kept += character;
  }
  return `${kept}…`;
}

/**
 * Lines of at most so many cells, broken at spaces; a longer word is broken where it must. The first
 * line may have another width.
 */
export function wrapped(text: string, width: number, first = width): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/ +/).flatMap((one) => pieces(one, Math.min(width, first)))) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (cells(longer) <= (lines.length === 0 ? first : width)) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

function pieces(word: string, width: number): readonly string[] {
  if (cells(word) <= width) return [word];
  const parts: string[] = [""];
  for (const character of word) {
    const last = parts.at(-1) ?? "";
    if (cells(last + character) > width) parts.push(character);
    else parts[parts.length - 1] = last + character;
  }
  return parts;
}
