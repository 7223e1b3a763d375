/**
 * Runs programs with the Node that runs us.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import process from "node:process";

/** What to run, and where. */
export interface Command {
  readonly root: string;
  readonly parameters: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs Node with these parameters, its output on ours; resolves with the exit code. */
export async function runNode({ root, parameters, environment }: Command): Promise<number> {
  return new Promise((resolve, reject) => {
    const path = [dirname(process.execPath), join(root, "node_modules/.bin"), process.env["PATH"]];
    const child = spawn(process.execPath, parameters, {
      cwd: root,
      // NODE_TEST_CONTEXT would make the inner runner report to an outer one.
      env: { ...process.env, ...environment, PATH: path.join(":"), NODE_TEST_CONTEXT: undefined },
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}
