/**
 * A broadcast for an application that runs as one process.
 *
 * Promise: behaves like a network: a listener is called after `publish`, never within it, and never
 * after its subscription ended. Limits: reaches nobody outside this process.
 *
 * @module
 */

import type { Broadcast } from "./broadcast.ts";

/**
 * Creates a {@link Broadcast} within this process; `publish` and `subscribe` reject after `close`.
 *
 * @example
 * const broadcast = createLocalBroadcast();
 * await broadcast.subscribe("session-ended", (sessionId) => forget(sessionId));
 * await broadcast.publish("session-ended", "019ab3c4-5d6e-7f80-9123-456789abcdef");
 */
export function createLocalBroadcast(): Broadcast {
  const topics = new Map<string, Set<(message: string) => void>>();
  const watchers = new Set<(connected: boolean) => void>();
  let open = true;

  function requireOpen(): void {
    if (!open) throw new Error("the broadcast is closed");
  }

  return {
    get connected() {
      return open;
    },
    async publish(topic, message) {
      requireOpen();
      const listeners = topics.get(topic);
      for (const listener of listeners ?? [])
        queueMicrotask(() => {
          if (listeners?.has(listener) === true) listener(message);
        });
    },
    async subscribe(topic, listener) {
      requireOpen();
      const listeners = topics.get(topic) ?? new Set();
      topics.set(topic, listeners);
      // A wrapper of its own lets the same function subscribe twice and leave once.
      const own = (message: string): void => listener(message);
      listeners.add(own);
      return () => {
        listeners.delete(own);
        if (listeners.size === 0 && topics.get(topic) === listeners) topics.delete(topic);
        return Promise.resolve();
      };
    },
    onConnectionChange(listener) {
      watchers.add(listener);
      return () => {
        watchers.delete(listener);
      };
    },
    close() {
      if (open) {
        open = false;
        for (const listeners of topics.values()) listeners.clear();
        topics.clear();
        for (const watcher of watchers) watcher(false);
      }
      return Promise.resolve();
    },
  };
}
