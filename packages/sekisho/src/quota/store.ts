/**
 * Where the state of quotas lives.
 *
 * Promise: `take` decides and charges in one atomic step. Limits: a store knows nothing of what to
 * do when it cannot be reached; `limiter.ts` does.
 *
 * @module
 */

import type { QuotaOutcome } from "./decide.ts";
import type { Quota } from "./parse.ts";

/** Keeps the state of quotas, one per pair of key and quota text. */
export interface QuotaStore {
  /**
   * Takes `cost` units (a whole number, 1 or more) from the quota of `key`; throws or rejects when
   * the store cannot answer.
   */
  take(key: string, quota: Quota, cost: number): QuotaOutcome | Promise<QuotaOutcome>;
  /** Whether the count is shared by all nodes; absent means `"local"`. */
  readonly source?: "shared" | "local";
}
