/** Secrets of development: made fresh, kept in the data folder for its owner alone. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Randomness } from "sekisho/kernel";

/** The content of a file of the data folder; made with mode 600 when it is not there. */
export function keepFresh(folder: string, name: string, make: () => string): string {
  const path = join(folder, name);
  if (existsSync(path)) return readFileSync(path, "utf8").trim();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const text = make();
  writeFileSync(path, `${text}\n`, { mode: 0o600, flag: "wx" });
  return text;
}

/** A secret in the notation of Standard Webhooks. */
export function freshWebhookSecret(randomness: Randomness): string {
  return `whsec_${Buffer.from(randomness.bytes(32)).toString("base64")}`;
}
