/**
 * Signing keys (OWASP API2:2023 V10, RFC 7517, RFC 7638, RFC 9864).
 *
 * Risk: a shared, weak or readable secret with which anybody mints tokens. Promise: only Ed25519
 * and ES256; the name of a key is the thumbprint of its public half; what is published has public
 * members alone; a key file that others can read is refused. Limits: file permissions are those of
 * POSIX; a key service (KMS) and the plan of rotation are the operator's.
 *
 * @module
 */

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  type KeyObject,
} from "node:crypto";
import { chmod, link, mkdir, open, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Jwk } from "./jwk.ts";

/** Algorithms with which tokens are signed. */
export type SigningAlgorithm = "Ed25519" | "ES256";

/** A public key as it is published. */
export interface PublicJwk extends Jwk {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly use: "sig";
}

/** A private key with its public half; prints no private part. */
export interface SigningKey {
  /** JWK thumbprint with SHA-256 (RFC 7638). */
  readonly id: string;
  readonly algorithm: SigningAlgorithm;
  readonly privateKey: KeyObject;
  readonly publicJwk: PublicJwk;
}

/** Where the key file is and what may be done about it. */
export interface KeyFileOptions {
  readonly directory: string;
  /** `development` makes the file at the first start; `production` refuses to start without it. */
  readonly mode: "development" | "production";
  /** Default: `"signing-key.pem"`. */
  readonly file?: string;
  /** Algorithm of a key that is made. Default: `"Ed25519"`. */
  readonly algorithm?: SigningAlgorithm;
}

function thumbprint(jwk: Jwk): string {
  // The required members in lexicographic order (RFC 7638 §3.2, RFC 8037 §2).
  const members =
    jwk.kty === "EC"
      ? { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y }
      : { crv: jwk.crv, kty: jwk.kty, x: jwk.x };
  return createHash("sha256").update(JSON.stringify(members)).digest("base64url");
}

function algorithmOf(key: KeyObject): SigningAlgorithm {
  if (key.asymmetricKeyType === "ed25519") return "Ed25519";
  if (key.asymmetricKeyDetails?.namedCurve === "prime256v1") return "ES256";
  throw new TypeError("a signing key must be Ed25519 or EC P-256");
}

function toSigningKey(privateKey: KeyObject): SigningKey {
  const algorithm = algorithmOf(privateKey);
  const { kty, crv, x, y } = createPublicKey(privateKey).export({ format: "jwk" });
  const coordinates = y === undefined ? { x } : { x, y };
  const id = thumbprint({ kty, crv, ...coordinates });
  const publicJwk: PublicJwk = { kty, crv, ...coordinates, kid: id, alg: algorithm, use: "sig" };
  return { id, algorithm, privateKey, publicJwk };
}

/**
 * Makes a fresh signing key.
 *
 * @example
 * const key = createSigningKey(); // Ed25519
 */
export function createSigningKey(algorithm: SigningAlgorithm = "Ed25519"): SigningKey {
  const pair =
    algorithm === "Ed25519"
      ? generateKeyPairSync("ed25519")
      : generateKeyPairSync("ec", { namedCurve: "P-256" });
  return toSigningKey(pair.privateKey);
}

/**
 * Reads a signing key from PKCS #8 in PEM, for example from a secret store.
 *
 * @throws TypeError when the text is not a private key of an accepted kind; the text is not shown.
 * @example
 * const key = parseSigningKey(pem);
 */
export function parseSigningKey(pem: string): SigningKey {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch {
    // The cause may quote the key: it is left out on purpose.
    throw new TypeError("the signing key is not a private key in PEM");
  }
  return toSigningKey(privateKey);
}

async function readKeyFile(path: string): Promise<string | undefined> {
  let file;
  try {
    file = await open(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    // Judged on the open file, so that it cannot be exchanged between the look and the read.
    const { mode } = await file.stat();
    if ((mode & 0o077) !== 0)
      throw new Error(
        `signing key file ${path} can be used by others (mode ${(mode & 0o777).toString(8)}): make it 600`,
      );
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

async function makeKeyFile(path: string, directory: string, algorithm: SigningAlgorithm) {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const pem = createSigningKey(algorithm).privateKey.export({ format: "pem", type: "pkcs8" });
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, pem, { mode: 0o600, flag: "wx" });
  try {
    await chmod(draft, 0o600);
    // A link appears whole or not at all: of two first starts, both use the same key.
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * Loads the signing key from its file; in development, makes the file (mode 600) when it is absent.
 *
 * @throws Error when the file can be read by others, or is absent in production.
 * @throws TypeError when the file holds no Ed25519 or EC P-256 private key.
 * @example
 * const key = await loadOrCreateKeyFile({ directory: "var/keys", mode: "development" });
 */
export async function loadOrCreateKeyFile(options: KeyFileOptions): Promise<SigningKey> {
  const path = join(options.directory, options.file ?? "signing-key.pem");
  const present = await readKeyFile(path);
  if (present !== undefined) return parseSigningKey(present);
  if (options.mode !== "development") throw new Error(`signing key file ${path} does not exist`);
  await makeKeyFile(path, options.directory, options.algorithm ?? "Ed25519");
  const made = await readKeyFile(path);
  if (made === undefined) throw new Error(`signing key file ${path} vanished`);
  return parseSigningKey(made);
}

/**
 * The JWKS of signing keys: public members only, with `kid`, `use` and `alg`. Publish the next key
 * before it signs, and a retired one until its last token has expired.
 *
 * @example
 * publicJwks([current, next]); // { keys: [{ kty: "OKP", crv: "Ed25519", … }, …] }
 */
export function publicJwks(keys: readonly Pick<SigningKey, "publicJwk">[]): {
  readonly keys: readonly PublicJwk[];
} {
  return { keys: keys.map((key) => key.publicJwk) };
}
