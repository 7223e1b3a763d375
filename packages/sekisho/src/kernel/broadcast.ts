/**
 * Telling the other nodes something now, and a shared store that answers in one atomic step.
 *
 * Promise: `quota/` and `authentication/` reach Redis and LISTEN/NOTIFY through these two
 * interfaces only. Limits: a broadcast may be lost; whoever relies on it must catch up from the
 * database after `onConnectionChange` reports a new connection.
 *
 * @module
 */

/** Delivers short messages to every node, the sender included. */
export interface Broadcast {
  publish(topic: string, message: string): Promise<void>;
  /** Calls `listener` for each message until the returned function is called. */
  subscribe(topic: string, listener: (message: string) => void): Promise<() => Promise<void>>;
  /** Whether messages are arriving at this moment. */
  readonly connected: boolean;
  /** Calls `listener` with `true` after (re)connecting and with `false` after losing it. */
  onConnectionChange(listener: (connected: boolean) => void): () => void;
  close(): Promise<void>;
}

/** An atomic script of the shared store, addressed by its text's digest. */
export interface SharedScript {
  readonly name: string;
  readonly lua: string;
}

/** The shared store (Redis or Valkey), reduced to what the defences use. */
export interface SharedStore {
  /** Rejects at once while the store is away; never queues. */
  evaluate(
    script: SharedScript,
    keys: readonly string[],
    values: readonly (string | number)[],
  ): Promise<unknown>;
  readonly connected: boolean;
  onConnectionChange(listener: (connected: boolean) => void): () => void;
  close(): Promise<void>;
}
