/** Secrets of development: made fresh, kept in the data folder for its owner alone. */

import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Randomness } from "sekisho/kernel";

/** The content of a file of the data folder; made with mode 600 when it is not there. */
export function keepFresh(folder: string, name: string, make: () => string): string {
  const path = join(folder, name);
  if (!existsSync(path)) publishOnce(path, `${make()}\n`);
  return readFileSync(path, "utf8").trim();
}

/** Whole or not at all, and never over another one: nodes that start together agree on a file. */
function publishOnce(path: string, text: string): void {
  const draft = `${path}.${process.pid}`;
  writePrivately(draft, text);
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!existsSync(path)) throw error;
  } finally {
    rmSync(draft);
  }
}

/** Writes a file that only its owner can read, also where another one was. */
export function writePrivately(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // The mode counts for a new file only, and a link would lead elsewhere.
  rmSync(path, { force: true });
  writeFileSync(path, text, { mode: 0o600, flag: "wx" });
}

/** A secret in the notation of Standard Webhooks. */
export function freshWebhookSecret(randomness: Randomness): string {
  return `whsec_${Buffer.from(randomness.bytes(32)).toString("base64")}`;
}
