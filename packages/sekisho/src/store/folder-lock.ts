/**
 * Keeps a second process away from the folder of an embedded database.
 *
 * Promise: of two processes that open one folder the second is refused; what a killed process left
 * behind does not block the next start. Limits: knows processes of this machine only; a process id
 * that was given to a stranger since blocks until the lock file is removed by hand.
 *
 * @module
 */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

function isAlive(processId: number): boolean {
  if (processId === process.pid) return false;
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/**
 * Locks the folder and returns the function that unlocks it.
 *
 * @throws Error when a living process holds it.
 */
export function lockFolder(folder: string): () => void {
  const path = `${folder}.lock`;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(path, String(process.pid), { flag: "wx", mode: 0o600 });
      return () => rmSync(path, { force: true });
    } catch (error) {
      const holder = Number(readFileSync(path, "utf8"));
      if (attempt > 0 || isAlive(holder))
        throw new Error(
          `process ${holder} uses the database in ${folder}; stop it, or remove ${path} if it is not a database`,
          { cause: error },
        );
      rmSync(path, { force: true });
    }
  }
}
