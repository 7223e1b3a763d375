/**
 * Tokens that were verified already, so that a signature is never checked twice.
 *
 * Risk: a signature costs a hundred times the rest of the fast path. Promise: an entry answers only
 * for the very same token, ends with the token's `exp` and with its session, and the cache never
 * grows over its bound. Limits: revocation is not decided here: whoever keeps a token must look
 * whether its session lives after verifying and before `set`; tokens stay in memory until then.
 *
 * @module
 */

import type { Clock, Principal } from "../kernel/index.ts";

/** How much a cache may hold. */
export interface VerifiedTokenCacheOptions {
  /** Bound of the estimated size; ten thousand tokens of 700 characters take about 12 MB. */
  readonly maxBytes: number;
  readonly clock: Clock;
}

/** Principals of verified tokens, by the whole token. */
export interface VerifiedTokenCache {
  /** The principal of a token that was kept and has not expired. */
  get(token: string): Principal | undefined;
  /** Keeps the principal until `expiresAt` (seconds since 1970, as in `exp`). */
  set(token: string, principal: Principal, expiresAt: number): void;
  /** Drops every token of a session. */
  forgetSession(sessionId: string): void;
  /** Drops everything, for example after a change of keys. */
  clear(): void;
  /** Number of kept tokens. */
  readonly size: number;
  /** Estimated size in bytes, never over `maxBytes`. */
  readonly bytes: number;
}

interface Entry {
  readonly principal: Principal;
  readonly expiresAt: number;
  readonly bytes: number;
  used: boolean;
}

// A principal, its set of roles, and the places in both maps.
const entryOverheadBytes = 500;

/**
 * Creates a cache that drops the tokens that were not used for longest, roughly: a used one gets a
 * second chance, so that reading moves nothing.
 *
 * @throws TypeError when `maxBytes` is not a positive integer.
 * @example
 * const cache = createVerifiedTokenCache({ maxBytes: 16 * 1024 * 1024, clock: systemClock });
 * cache.get(token) ?? (await verifyAndKeep(token));
 */
export function createVerifiedTokenCache(options: VerifiedTokenCacheOptions): VerifiedTokenCache {
  const { maxBytes, clock } = options;
  if (!Number.isSafeInteger(maxBytes) || maxBytes <= 0)
    throw new TypeError(`maxBytes is ${String(maxBytes)}, not a positive integer`);
  const entries = new Map<string, Entry>();
  const tokensOfSession = new Map<string, Set<string>>();
  let bytes = 0;

  function drop(token: string, entry: Entry): void {
    entries.delete(token);
    bytes -= entry.bytes;
    const tokens = tokensOfSession.get(entry.principal.sessionId);
    tokens?.delete(token);
    if (tokens?.size === 0) tokensOfSession.delete(entry.principal.sessionId);
  }

  function makeRoom(needed: number): void {
    for (const [token, entry] of entries) {
      if (bytes + needed <= maxBytes) return;
      if (entry.used && entry.expiresAt > clock.now()) {
        // Re-inserting moves it to the end of the map, behind everything not asked for since.
        entry.used = false;
        entries.delete(token);
        entries.set(token, entry);
      } else drop(token, entry);
    }
  }

  return {
    get(token) {
      const entry = entries.get(token);
      if (entry === undefined) return undefined;
      if (clock.now() >= entry.expiresAt) {
        drop(token, entry);
        return undefined;
      }
      entry.used = true;
      return entry.principal;
    },
    set(token, principal, expiresAt) {
      const known = entries.get(token);
      if (known !== undefined) drop(token, known);
      const size = token.length + entryOverheadBytes;
      const milliseconds = expiresAt * 1000;
      if (size > maxBytes || !(milliseconds > clock.now())) return;
      makeRoom(size);
      entries.set(token, { principal, expiresAt: milliseconds, bytes: size, used: false });
      bytes += size;
      const tokens = tokensOfSession.get(principal.sessionId);
      if (tokens === undefined) tokensOfSession.set(principal.sessionId, new Set([token]));
      else tokens.add(token);
    },
    forgetSession(sessionId) {
      for (const token of tokensOfSession.get(sessionId) ?? []) {
        const entry = entries.get(token);
        if (entry !== undefined) drop(token, entry);
      }
    },
    clear() {
      entries.clear();
      tokensOfSession.clear();
      bytes = 0;
    },
    get size() {
      return entries.size;
    },
    get bytes() {
      return bytes;
    },
  };
}
