/**
 * Runs Node with parameters and keeps what it says.
 *
 * @module
 */

import { spawn } from "node:child_process";
import process from "node:process";

/** What to run. */
export interface ProgramRun {
  readonly cwd: string;
  readonly parameters: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Milliseconds until it is ended. */
  readonly timeout: number;
}

/** How it ended. */
export interface ProgramEnd {
  /** `undefined` when it took too long. */
  readonly code: number | undefined;
  readonly output: string;
}

/** Runs a program to its end, with this very Node. */
export async function runProgram(run: ProgramRun): Promise<ProgramEnd> {
  const { cwd, parameters, environment = {}, timeout } = run;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...parameters], {
      cwd,
      env: { ...process.env, ...environment, NODE_TEST_CONTEXT: undefined },
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, so that what it starts ends with it.
      detached: true,
    });
    let output = "";
    let late = false;
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    const end = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // It ended by itself.
      }
    };
    const timer = setTimeout(() => {
      late = true;
      end();
    }, timeout);
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      end();
      resolve({ code: late ? undefined : (code ?? 1), output });
    });
  });
}
