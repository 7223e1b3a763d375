/**
 * A copy of the tree in which a mutant lives.
 *
 * Promise: the copy's own packages are used inside the copy, and nothing of the original is written;
 * what a mutant changed is put back before the next one. Limits: packages of others are links to the
 * original's.
 *
 * @module
 */

import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join, relative, sep } from "node:path";
import type { Mutant } from "./mutant.ts";

const left: ReadonlySet<string> = new Set(["node_modules", "dist", ".git", "var", "coverage"]);

/** A copy of the tree. */
export interface TreeCopy {
  readonly root: string;
  /** Puts the files of a mutant in the place of the original's. */
  write(mutant: Mutant): void;
  /** Puts the original's files back. */
  restore(mutant: Mutant): void;
}

function isInside(folder: string, path: string): boolean {
  return path.startsWith(`${folder}${sep}`) && !path.includes(`${sep}node_modules${sep}`);
}

/** Links every package of a `node_modules`; a package of the tree itself to the copy's. */
function linkPackages(original: string, root: string, folder: string): void {
  const home = realpathSync(original);
  const from = join(home, folder);
  const to = join(root, folder);
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (name.startsWith(".") && name !== ".bin") continue;
    if (name.startsWith("@")) {
      linkPackages(original, root, join(folder, name));
      continue;
    }
    const target = realpathSync(join(from, name));
    const own = isInside(home, target) ? join(root, relative(home, target)) : target;
    symlinkSync(own, join(to, name));
  }
}

/** Folders of packages that have packages of their own beside the common ones. */
function ownModules(original: string): readonly string[] {
  return ["packages", "apps"]
    .flatMap((area) => readdirSync(join(original, area)).map((name) => join(area, name)))
    .map((folder) => join(folder, "node_modules"))
    .filter((folder) => existsSync(join(original, folder)));
}

/**
 * Unused names are a nuisance and no defence: the compiler may not take an import that a mutant
 * leaves behind for the fault.
 */
function forgiveUnusedNames(root: string): void {
  const path = join(root, "tsconfig.base.json");
  const text = readFileSync(path, "utf8").replaceAll(
    /("noUnused(?:Locals|Parameters)"): true/g,
    "$1: false",
  );
  writeFileSync(path, text);
}

/**
 * Makes a copy.
 *
 * @param root a folder that does not exist yet
 */
export function copyTree(original: string, root: string): TreeCopy {
  cpSync(original, root, {
    recursive: true,
    filter: (path) => path === original || !left.has(basename(path)),
  });
  linkPackages(original, root, "node_modules");
  for (const folder of ownModules(original)) linkPackages(original, root, folder);
  forgiveUnusedNames(root);
  const put = (path: string, text: string): void => writeFileSync(join(root, path), text);
  const kept = (path: string): string => readFileSync(join(original, path), "utf8");
  const originals = new Map<string, string>();
  return {
    root,
    write: ({ files }) => {
      for (const [path, text] of files) {
        // The original may change while a long run goes on; the copy is what is put back.
        if (!originals.has(path)) originals.set(path, readFileSync(join(root, path), "utf8"));
        put(path, text);
      }
    },
    restore: ({ files }) => {
      for (const path of files.keys()) put(path, originals.get(path) ?? kept(path));
    },
  };
}
