/**
 * The secrets of the shop: as the settings give them; in development made fresh, and kept in the data
 * folder for its owner alone.
 */

import { hkdfSync, type KeyObject } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { loadOrCreateKeyFile, parseSigningKey, type SigningKey } from "sekisho/authentication";
import type { Randomness } from "sekisho/kernel";
import type { Settings } from "./settings.ts";

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

/** The key that signs access tokens. */
export async function signingKeyOf(settings: Settings, production: boolean): Promise<SigningKey> {
  if (settings.SIGNING_KEY !== undefined) return parseSigningKey(settings.SIGNING_KEY.reveal());
  return loadOrCreateKeyFile({
    directory: join(settings.SHOP_DATA, "keys"),
    mode: production ? "production" : "development",
  });
}

/** A key of its own for cursors, the same on every node that holds the signing key. */
export function cursorKeyOf(privateKey: KeyObject): Uint8Array {
  const secret = privateKey.export({ type: "pkcs8", format: "der" });
  return new Uint8Array(hkdfSync("sha256", secret, "", "sekisho shop cursors", 32));
}

/** What payment events are signed with, the newest first. */
export function paymentSecretsOf(
  settings: Settings,
  randomness: Randomness,
): readonly [string, ...string[]] {
  const given = settings.PAYMENT_WEBHOOK_SECRET?.reveal().trim().split(/\s+/) ?? [];
  const [first, ...rest] = given;
  if (first !== undefined && first !== "") return [first, ...rest];
  return [
    keepFresh(settings.SHOP_DATA, "payment-webhook-secret", () => freshWebhookSecret(randomness)),
  ];
}
