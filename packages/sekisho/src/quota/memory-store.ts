/**
 * Quotas in the memory of one process (OWASP API4:2023).
 *
 * Promise: bounded, synchronous, and not to be flushed: a key is forgotten only when its windows are
 * full again, so that a flood of new keys cannot free one that is limited. Limits: each process
 * counts for itself and forgets at restart. When `maximumKeys` keys are in use, further new keys
 * share one overflow bucket per quota: a flood makes newcomers wait, it does not let them in.
 *
 * @module
 */

import { systemClock, type Clock } from "../kernel/index.ts";
import { chargeState, isReplenished, type QuotaOutcome } from "./decide.ts";
import type { Quota } from "./parse.ts";
import type { QuotaStore } from "./store.ts";

/** A {@link QuotaStore} that answers at once. */
export interface MemoryQuotaStore extends QuotaStore {
  take(key: string, quota: Quota, cost: number): QuotaOutcome;
  readonly source: "local";
  /** Keys held at the moment, overflow buckets not counted. */
  readonly size: number;
}

/** Options of {@link createMemoryQuotaStore}. */
export interface MemoryQuotaStoreOptions {
  readonly clock?: Clock;
  /** Keys held at most; 100,000 unless given, some 30 MB. */
  readonly maximumKeys?: number;
}

interface Table {
  readonly quota: Quota;
  readonly zeros: readonly number[];
  readonly states: Map<string, number[]>;
  readonly overflow: number[];
}

/** How many held keys each new one looks at, to forget those whose windows are full again. */
const glances = 2;
const glancesWhenFull = 16;

/**
 * Creates a store in memory.
 *
 * @throws TypeError when `maximumKeys` is not a whole number of 1 or more.
 * @example
 * const store = createMemoryQuotaStore();
 * store.take("alice", parseQuota("30/minute"), 1).effect; // "allow"
 */
export function createMemoryQuotaStore(options: MemoryQuotaStoreOptions = {}): MemoryQuotaStore {
  const { clock = systemClock, maximumKeys = 100_000 } = options;
  if (!Number.isSafeInteger(maximumKeys) || maximumKeys < 1)
    throw new TypeError(`maximumKeys is ${maximumKeys}, not a whole number of 1 or more`);
  const tables = new Map<string, Table>();
  let size = 0;

  /** Goes round and round over all held keys; `undefined` marks the end of a round. */
  function* rounds(): Generator<{ table: Table; key: string; state: number[] } | undefined> {
    for (;;) {
      for (const table of tables.values())
        for (const [key, state] of table.states) yield { table, key, state };
      yield undefined;
    }
  }
  const hand = rounds();

  function forgetSome(now: number): void {
    for (let left = size >= maximumKeys ? glancesWhenFull : glances; left > 0; left--) {
      const held = hand.next().value;
      if (!held || !isReplenished(held.state, held.table.quota, now)) continue;
      held.table.states.delete(held.key);
      size--;
    }
  }

  function tableOf(quota: Quota): Table {
    let table = tables.get(quota.text);
    if (table === undefined) {
      table = { quota, zeros: quota.windows.map(() => 0), states: new Map(), overflow: [] };
      tables.set(quota.text, table);
    }
    return table;
  }

  function stateOfNewKey(table: Table, key: string, now: number): number[] {
    forgetSome(now);
    if (size >= maximumKeys) return table.overflow;
    const state = [now, ...table.zeros];
    table.states.set(key, state);
    size++;
    return state;
  }

  return {
    source: "local",
    get size() {
      return size;
    },
    take(key, quota, cost) {
      const now = clock.now();
      const table = tables.get(quota.text) ?? tableOf(quota);
      const state = table.states.get(key) ?? stateOfNewKey(table, key, now);
      return chargeState(state, quota, now, cost, "local");
    },
  };
}
