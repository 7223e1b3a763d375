/**
 * Password hashes: argon2id in PHC form, off the event loop (OWASP API2:2023 V9, RFC 9106,
 * ASVS 6.2.8 and 11.4.2).
 *
 * Risk: stolen hashes that can be reversed, cut passwords, and guessing that exhausts the machine.
 * Promise: at least 19 MiB and two passes (or an equal), a fresh 16-byte salt, no truncation, few
 * hashes at a time, a short queue, and an unknown account costs the same as a known one.
 * Limits: no pepper; only argon2id is read, so hashes of other kinds must be replaced by a reset.
 *
 * @module
 */

import { argon2, timingSafeEqual } from "node:crypto";
import { availableParallelism } from "node:os";
import {
  deny,
  Problem,
  systemRandomness,
  type Decision,
  type Deny,
  type Randomness,
} from "../kernel/index.ts";
import { readPassword } from "./password-text.ts";
import { createTurnstile, type Turnstile } from "./turnstile.ts";

/** Cost of a hash (RFC 9106 §3.1). */
export interface Argon2Parameters {
  readonly memoryKibibytes: number;
  readonly passes: number;
  readonly lanes: number;
}

/**
 * The cost the library uses: 19 MiB, two passes, one lane; about 50 ms of one core.
 *
 * @example
 * defaultArgon2Parameters.memoryKibibytes; // 19456
 */
export const defaultArgon2Parameters: Argon2Parameters = Object.freeze({
  memoryKibibytes: 19_456,
  passes: 2,
  lanes: 1,
});

/** Why a password does not verify; `mismatch` is the only ordinary one. */
export type PasswordDenyReason = "mismatch" | "too-long" | "malformed" | "malformed-hash";

/** The answer to a password. Look at `effect`: the value itself is always truthy. */
export type PasswordVerification = Decision<
  PasswordDenyReason,
  {
    /** Whether the stored hash is weaker than wanted: hash the password anew and store it. */
    readonly rehash: boolean;
  }
>;

/** Hashes and verifies passwords, a bounded number at a time. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  verify(password: string, stored: string): Promise<PasswordVerification>;
  verifyAgainstNobody(password: string): Promise<Deny<PasswordDenyReason>>;
}

/** How a hasher works. */
export interface PasswordHasherOptions {
  readonly parameters?: Argon2Parameters;
  readonly randomness?: Randomness;
  /** Hashes at a time; each takes a thread and its memory. Default: cores, at most 3. */
  readonly concurrency?: number;
  /** Requests that may wait; one more is answered 503 `overloaded`. Default: 64. */
  readonly queue?: number;
}

const saltBytes = 16;
const tagBytes = 32;
const form =
  /^\$argon2id\$v=19\$m=([1-9]\d{0,6}),t=([1-9]\d?),p=([1-9]\d?)\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

interface StoredHash {
  readonly parameters: Argon2Parameters;
  readonly salt: Buffer;
  readonly tag: Buffer;
}

// Any of these costs an attacker about the same (OWASP Password Storage, ASVS 5.0 appendix C).
const floors = [
  { memoryKibibytes: 47_104, passes: 1 },
  { memoryKibibytes: 19_456, passes: 2 },
  { memoryKibibytes: 12_288, passes: 3 },
] as const;

function requireStrong(parameters: Argon2Parameters): void {
  const { memoryKibibytes: memory, passes, lanes } = parameters;
  const whole = [memory, passes, lanes].every((value) => Number.isSafeInteger(value) && value > 0);
  const strong = floors.some(
    (floor) => memory >= floor.memoryKibibytes && passes >= floor.passes && lanes <= 16,
  );
  if (!whole || !strong)
    throw new TypeError(
      `argon2id with m=${String(memory)}, t=${String(passes)}, p=${String(lanes)} is too weak: at least m=19456, t=2, p=1`,
    );
}

function parseStored(stored: string): StoredHash | undefined {
  const [, memory, passes, lanes, salt = "", tag = ""] = form.exec(stored) ?? [];
  if (memory === undefined) return undefined;
  const parameters = {
    memoryKibibytes: Number(memory),
    passes: Number(passes),
    lanes: Number(lanes),
  };
  if (parameters.memoryKibibytes < 8 * parameters.lanes) return undefined;
  return { parameters, salt: Buffer.from(salt, "base64"), tag: Buffer.from(tag, "base64") };
}

function format({ parameters, salt, tag }: StoredHash): string {
  const { memoryKibibytes, passes, lanes } = parameters;
  const [saltText, tagText] = [salt, tag].map((part) => part.toString("base64").replace(/=+$/, ""));
  return `$argon2id$v=19$m=${memoryKibibytes},t=${passes},p=${lanes}$${saltText}$${tagText}`;
}

function isWeaker(stored: StoredHash, wanted: Argon2Parameters): boolean {
  const { memoryKibibytes, passes, lanes } = stored.parameters;
  if (memoryKibibytes < wanted.memoryKibibytes || passes < wanted.passes) return true;
  return lanes !== wanted.lanes || stored.salt.length < saltBytes || stored.tag.length < tagBytes;
}

function derive(
  message: Buffer,
  salt: Uint8Array,
  parameters: Argon2Parameters,
  tagLength: number,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = {
      message,
      nonce: salt,
      memory: parameters.memoryKibibytes,
      passes: parameters.passes,
      parallelism: parameters.lanes,
      tagLength,
    };
    argon2("argon2id", options, (error, tag) => {
      if (error === null) resolve(tag);
      else reject(error);
    });
  });
}

function assembleHasher(
  parameters: Argon2Parameters,
  randomness: Randomness,
  withTurn: Turnstile,
): PasswordHasher {
  requireStrong(parameters);
  const nobody: StoredHash = {
    parameters,
    salt: Buffer.alloc(saltBytes),
    tag: Buffer.from(randomness.bytes(tagBytes)),
  };

  async function matches(message: Buffer, { parameters: cost, salt, tag }: StoredHash) {
    const derived = await withTurn(() => derive(message, salt, cost, tag.length));
    return timingSafeEqual(derived, tag);
  }

  return {
    async hash(password) {
      const read = readPassword(password);
      if (read.effect === "deny")
        throw new Problem("password-refused", {}, { reason: read.reason });
      const salt = Buffer.from(randomness.bytes(saltBytes));
      const tag = await withTurn(() => derive(read.value.bytes, salt, parameters, tagBytes));
      return format({ parameters, salt, tag });
    },
    async verify(password, stored) {
      const read = readPassword(password);
      if (read.effect === "deny") return read;
      const known = parseStored(stored);
      // A damaged or deliberately unusable hash must not answer faster than a real one.
      const same = await matches(read.value.bytes, known ?? nobody);
      if (known === undefined) return deny("malformed-hash");
      return same ? { effect: "allow", rehash: isWeaker(known, parameters) } : deny("mismatch");
    },
    async verifyAgainstNobody(password) {
      const read = readPassword(password);
      if (read.effect === "deny") return read;
      await matches(read.value.bytes, nobody);
      return deny("mismatch");
    },
  };
}

function createPasswordTurnstile(options: PasswordHasherOptions): Turnstile {
  return createTurnstile({
    concurrency: options.concurrency ?? Math.min(3, availableParallelism()),
    queue: options.queue ?? 64,
    refuse: () => new Problem("overloaded", { retryAfter: 1 }, { reason: "password-queue-full" }),
  });
}

/**
 * Creates a hasher with its own bound on simultaneous work; one per process is right.
 *
 * @throws TypeError when the parameters are weaker than OWASP's or a bound is not a whole number.
 * @example
 * const hasher = createPasswordHasher({ concurrency: 2, queue: 32 });
 * await hasher.hash("correct horse battery staple");
 */
export function createPasswordHasher(options: PasswordHasherOptions = {}): PasswordHasher {
  const { parameters = defaultArgon2Parameters, randomness = systemRandomness } = options;
  return assembleHasher(parameters, randomness, createPasswordTurnstile(options));
}

// The functions below share one bound, whatever parameters they are given.
const sharedTurnstile = createPasswordTurnstile({});
const sharedHasher = assembleHasher(defaultArgon2Parameters, systemRandomness, sharedTurnstile);

function hasherFor(parameters: Argon2Parameters | undefined): PasswordHasher {
  if (parameters === undefined) return sharedHasher;
  return assembleHasher(parameters, systemRandomness, sharedTurnstile);
}

/**
 * Hashes a password to a PHC string.
 *
 * @throws Problem `password-refused` when it is over 1,024 bytes or not well-formed Unicode.
 * @throws Problem `overloaded` when too many hashes are waiting.
 * @throws TypeError when the parameters are weaker than OWASP's.
 * @example
 * await hashPassword("correct horse battery staple"); // "$argon2id$v=19$m=19456,t=2,p=1$…$…"
 */
export async function hashPassword(
  password: string,
  parameters?: Argon2Parameters,
): Promise<string> {
  return hasherFor(parameters).hash(password);
}

/**
 * Verifies a password against a stored PHC string. The answer is a decision, never a boolean: ask
 * `effect`. `parameters` are those wanted now; a weaker stored hash is allowed with `rehash`.
 *
 * @throws Problem `overloaded` when too many hashes are waiting.
 * @example
 * const decision = await verifyPassword(password, stored);
 * if (decision.effect === "allow" && decision.rehash) await save(await hashPassword(password));
 */
export async function verifyPassword(
  password: string,
  stored: string,
  parameters?: Argon2Parameters,
): Promise<PasswordVerification> {
  return hasherFor(parameters).verify(password, stored);
}

/**
 * Costs what {@link verifyPassword} costs and always denies: for a name that nobody has (ASVS
 * 6.3.8).
 *
 * @throws Problem `overloaded` when too many hashes are waiting.
 * @example
 * account ? await verifyPassword(password, account.hash) : await verifyAgainstNobody(password);
 */
export async function verifyAgainstNobody(
  password: string,
  parameters?: Argon2Parameters,
): Promise<Deny<PasswordDenyReason>> {
  return hasherFor(parameters).verifyAgainstNobody(password);
}
