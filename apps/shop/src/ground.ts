/** What every step of the start stands on: settings, clock, log, database, events. */

import { createDecisionLog, createEventQueue, type DecisionLog } from "sekisho/audit";
import { systemClock, systemRandomness, type Clock, type Randomness } from "sekisho/kernel";
import type { Store } from "sekisho/store";
import { openStore, type Undo } from "./connections.ts";
import type { Settings } from "./settings.ts";

/** What can be exchanged in tests. */
export interface ShopParts {
  readonly clock?: Clock;
  readonly randomness?: Randomness;
  readonly log?: DecisionLog;
  readonly mode?: "production" | "test";
  /** Port of this machine that stands in for the partner; one of the shop's own unless given. */
  readonly partnerPort?: number;
  /** Told about every error that became a 500. */
  readonly onInternalError?: (error: unknown, requestId: string) => void;
}

/** What every further step of the start stands on. */
export interface Ground {
  readonly settings: Settings;
  readonly production: boolean;
  readonly parts: ShopParts;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly log: DecisionLog;
  readonly store: Store;
  readonly events: ReturnType<typeof createEventQueue>;
  readonly undo: Undo[];
  readonly onFailure: (error: unknown) => void;
}

/** Opens it; what was opened is added to `undo`. */
export async function layGround(
  settings: Settings,
  production: boolean,
  parts: ShopParts,
  undo: Undo[],
): Promise<Ground> {
  const { clock = systemClock, randomness = systemRandomness } = parts;
  const log = parts.log ?? createDecisionLog({ level: settings.SHOP_LOG, name: "shop" });
  undo.push(() => log.close());
  const onFailure = (error: unknown): void => log.error({ cause: error }, "background work failed");
  const store = await openStore(settings, production, undo);
  const events = createEventQueue({ system: store, clock, log });
  undo.push(() => events.close());
  return { settings, production, parts, clock, randomness, log, store, events, undo, onFailure };
}
