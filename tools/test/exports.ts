/**
 * Finds what a module of the library makes public, by its text; formatted declarations begin in the
 * first column.
 *
 * @module
 */

import { posix } from "node:path";

/** One declaration that a public subpath leads to. */
export interface PublicDeclaration {
  readonly name: string;
  readonly path: string;
  readonly line: number;
  /** `"value"` exists when the program runs. */
  readonly kind: "value" | "type";
  /** The comment right above, without its marks; `""` when there is none. */
  readonly comment: string;
}

const declaration =
  /^export\s+(?:declare\s+)?(?:async\s+)?(?:abstract\s+)?(function\*?|const|let|class|interface|type)\s+([\w$]+)/gm;
const everything = /^export\s+\*\s+from\s+"([^"]+)"/gm;
const named = /^export\s+(?:type\s+)?\{([^}]*)\}\s+from\s+"([^"]+)"/gm;

/** The comment that ends right before `offset`; a word to the linter may stand between. */
function commentBefore(text: string, offset: number): string {
  const found = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(?:\/\/[^\n]*\n)*$/.exec(text.slice(0, offset));
  const lines = (found?.[1] ?? "").split("\n").map((line) => line.replace(/^\s*\* ?/, ""));
  return lines.join("\n").trim();
}

/** What the file declares for others, without what it passes on. Overloads count once. */
export function declarationsOf(path: string, text: string): readonly PublicDeclaration[] {
  const found = new Map<string, PublicDeclaration>();
  for (const { 1: keyword = "", 2: name = "", index } of text.matchAll(declaration)) {
    if (found.has(name)) continue;
    const kind = keyword === "interface" || keyword === "type" ? "type" : "value";
    const line = text.slice(0, index).split("\n").length;
    found.set(name, { name, path, line, kind, comment: commentBefore(text, index) });
  }
  return [...found.values()];
}

/**
 * All that can be imported from the file, also through others.
 *
 * @param textOf text of a file by its path, relative to the root
 */
export function publicDeclarations(
  path: string,
  textOf: (path: string) => string,
): readonly PublicDeclaration[] {
  const text = textOf(path);
  const beside = (specifier: string): string => posix.join(posix.dirname(path), specifier);
  const own = declarationsOf(path, text);
  const whole = [...text.matchAll(everything)].flatMap(([, specifier = ""]) =>
    publicDeclarations(beside(specifier), textOf),
  );
  const chosen = [...text.matchAll(named)].flatMap(([, list = "", specifier = ""]) => {
    const names = list
      .split(",")
      .map((part) => part.trim().replace(/^type\s+/, ""))
      .filter((part) => part !== "");
    const there = publicDeclarations(beside(specifier), textOf);
    return names.map((name) => {
      const declared = there.find((candidate) => candidate.name === name.split(/\s+as\s+/)[0]);
      if (declared === undefined)
        throw new Error(`${path} passes on ${name}, which ${specifier} does not declare`);
      return declared;
    });
  });
  return [...own, ...whole, ...chosen];
}
