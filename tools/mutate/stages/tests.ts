/**
 * The third barrier: do the tests notice?
 *
 * Promise: a test kills only when it fails twice in a row on the mutant and passes on the original.
 * Limits: runs the suite of the shop on the embedded stores, and for a change of the library the
 * library's tests of that folder; `everything` adds the rest of the library's tests.
 *
 * @module
 */

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Mutant, Risk } from "../mutant.ts";
import { runProgram } from "./run-program.ts";
import type { Passed, Stopped } from "./verdict.ts";

const longest = 240_000;

/** Asks the tests; the original is run where a test fails, once for each file. */
export class Tests {
  readonly #original: string;
  readonly #everything: boolean;
  readonly #sound = new Map<string, Promise<boolean>>();

  /**
   * @param original a copy that no mutant lives in
   */
  constructor(original: string, everything: boolean) {
    this.#original = original;
    this.#everything = everything;
  }

  /** Runs file after file until one kills the mutant. */
  async judge(copy: string, mutant: Mutant): Promise<Passed | Stopped> {
    for (const file of testsFor(copy, mutant, this.#everything)) {
      if (await passes(copy, file)) continue;
      if (!(await this.#isSound(file)) || (await passes(copy, file))) continue;
      return { stopped: true, by: file };
    }
    return { stopped: false };
  }

  #isSound(file: string): Promise<boolean> {
    const known = this.#sound.get(file) ?? passes(this.#original, file);
    this.#sound.set(file, known);
    return known;
  }
}

async function passes(copy: string, file: string): Promise<boolean> {
  const { code } = await runProgram({
    cwd: copy,
    parameters: ["--conditions=@sekisho/source", "--test", "--test-timeout=120000", file],
    environment: { SEKISHO_TEST_BACKEND: "embedded" },
    timeout: longest,
  });
  return code === 0;
}

/** What is said by the whole service is compared first: it is quick and sees most. */
const first = "apps/shop/test/abuse/api9-inventory.test.ts";

function likelihood(file: string, risk: Risk): number {
  if (file.includes(`/${risk.toLowerCase()}-`)) return 0;
  if (file === first) return 1;
  return file.includes("/abuse/") ? 2 : 3;
}

/** The folder of the library that a mutant changes, if it does. */
function areaOf({ files }: Mutant): string | undefined {
  for (const path of files.keys()) {
    const area = /^packages\/sekisho\/src\/([^/]+)\//.exec(path)?.[1];
    if (area !== undefined) return area;
  }
  return undefined;
}

/** The test files that are asked about a mutant, the likeliest killers first. */
export function testsFor(root: string, mutant: Mutant, everything: boolean): readonly string[] {
  const shop = globSync("apps/shop/test/**/*.test.ts", {
    cwd: root,
    exclude: ["**/node_modules/**"],
  })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => !path.endsWith(".servers.test.ts"))
    .toSorted((one, other) => {
      const difference = likelihood(one, mutant.risk) - likelihood(other, mutant.risk);
      return difference === 0 ? one.localeCompare(other) : difference;
    });
  const area = areaOf(mutant);
  if (area === undefined && !everything) return shop;
  const library = globSync("packages/sekisho/test/**/*.test.ts", { cwd: root })
    .map((path) => path.replaceAll("\\", "/"))
    .toSorted();
  const speaksOf = (path: string): boolean => {
    const text = readFileSync(join(root, path), "utf8");
    return area !== undefined && new RegExp(`(sekisho|src)/${area}["/]`).test(text);
  };
  const own = library.filter(speaksOf);
  const others = everything ? library.filter((path) => !own.includes(path)) : [];
  return [...shop.slice(0, 4), ...own, ...shop.slice(4), ...others];
}
