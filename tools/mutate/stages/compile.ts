/**
 * The first barrier: does it compile?
 *
 * @module
 */

import { join } from "node:path";
import { runProgram } from "./run-program.ts";
import type { Passed, Stopped } from "./verdict.ts";

const longest = 300_000;

/** Compiles the shop of a copy, and what it stands on. */
export async function compile(original: string, copy: string): Promise<Passed | Stopped> {
  const { code, output } = await runProgram({
    cwd: copy,
    parameters: [join(original, "node_modules/typescript/bin/tsc"), "-b", "apps/shop"],
    timeout: longest,
  });
  if (code === 0) return { stopped: false };
  const first = output.split("\n").find((line) => line.includes("error TS"));
  return { stopped: true, by: (first ?? output).trim().slice(0, 200) };
}
