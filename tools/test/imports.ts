/**
 * Finds the imports of a module by its text; formatted modules begin them in the first column.
 *
 * @module
 */

import { posix } from "node:path";
import type { SourceFile } from "./source-files.ts";

/** One import of a module. */
export interface Import {
  readonly from: string;
  /** As written. */
  readonly specifier: string;
  /** Path of the imported file for a relative specifier, else the specifier. */
  readonly target: string;
  /** Only types: nothing is loaded when the program runs. */
  readonly isType: boolean;
}

const patterns: readonly RegExp[] = [
  /^import\s+(?:type\s+)?(?:[\w$]+\s*,?\s*)?(?:\*\s+as\s+[\w$]+\s+|\{[^}]*\}\s*)?(?:from\s+)?"([^"]+)"/gm,
  /^export\s+(?:type\s+)?(?:\*(?:\s+as\s+[\w$]+)?|\{[^}]*\})\s+from\s+"([^"]+)"/gm,
  // Lines of comments begin with an asterisk or slashes; examples in them import nothing.
  /^(?!\s*(?:\*|\/\/|\/\*)).*?\b(?:import|require(?:\.resolve)?)\(\s*"([^"]+)"/gm,
];

/** Every import, re-export and dynamic import of a module. */
export function importsOf({ path, text }: SourceFile): readonly Import[] {
  return patterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([statement, specifier = ""]) => ({
      from: path,
      isType: /^(import|export)\s+type\s/.test(statement),
      specifier,
      target: specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : specifier,
    })),
  );
}
