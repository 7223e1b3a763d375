/**
 * The source files that the house tests look at.
 *
 * @module
 */

import { globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

/** Root of the repository. */
export const root = resolve(import.meta.dirname, "../..");

/** One file with its text. */
export interface SourceFile {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Reads the files that match, sorted by path. */
export function readFiles(...patterns: readonly string[]): readonly SourceFile[] {
  return globSync([...patterns], {
    cwd: root,
    exclude: (path) => /(^|\/)(node_modules|dist|var)$/.test(path.replaceAll("\\", "/")),
  })
    .map((path) => path.replaceAll("\\", "/"))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(resolve(root, path), "utf8") }));
}
