/**
 * Broadcast over LISTEN/NOTIFY, for installations without Redis.
 *
 * Promise: reconnects for ever with growing pauses and reports each loss and return, so that a
 * listener can catch up from the database; a message counts as sent when it came back to its sender,
 * for the server tells all listeners in one go. Limits: a message is at most 7,900 bytes; what was
 * sent while disconnected is lost; another node may still hear it a moment later.
 *
 * @module
 */

import type pg from "pg";
import type { Broadcast } from "../kernel/index.ts";
import { loadPg } from "./load-pg.ts";

/** How the channel is reached. */
export interface ListenBroadcastOptions {
  readonly url: string;
  readonly publish: (payload: string) => Promise<void>;
}

const longestPauseMilliseconds = 2_000;
const longestEchoMilliseconds = 1_000;

function parsePayload(payload: string): { topic: string; message: string } | undefined {
  const border = payload.indexOf("\n");
  if (border < 0) return undefined;
  return { topic: payload.slice(0, border), message: payload.slice(border + 1) };
}

class ListenBroadcast implements Broadcast {
  readonly #options: ListenBroadcastOptions;
  readonly #listeners = new Map<string, Set<(message: string) => void>>();
  readonly #watchers = new Set<(connected: boolean) => void>();
  /** Whoever waits for the own message to come back, by its payload. */
  readonly #echoes = new Map<string, Set<() => void>>();
  #client: pg.Client | undefined;
  #connected = false;
  #closed = false;
  #started: Promise<void> | undefined;
  #pause = 50;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ListenBroadcastOptions) {
    this.#options = options;
  }

  get connected(): boolean {
    return this.#connected;
  }

  async publish(topic: string, message: string): Promise<void> {
    const payload = `${topic}\n${message}`;
    const echo = this.#expect(payload);
    try {
      await this.#options.publish(payload);
      if (this.#connected) await echo.heard;
    } finally {
      echo.forget();
    }
  }

  #expect(payload: string): { readonly heard: Promise<void>; forget(): void } {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = this.#echoes.get(payload) ?? new Set();
    this.#echoes.set(payload, waiting.add(resolve));
    const timer = setTimeout(resolve, longestEchoMilliseconds);
    const forget = (): void => {
      clearTimeout(timer);
      if (waiting.delete(resolve) && waiting.size === 0) this.#echoes.delete(payload);
    };
    return { heard: promise, forget };
  }

  async subscribe(
    topic: string,
    listener: (message: string) => void,
  ): Promise<() => Promise<void>> {
    const listeners = this.#listeners.get(topic) ?? new Set();
    listeners.add(listener);
    this.#listeners.set(topic, listeners);
    this.#started ??= this.#connect();
    await this.#started;
    return async () => {
      listeners.delete(listener);
      await Promise.resolve();
    };
  }

  onConnectionChange(listener: (connected: boolean) => void): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#client?.end().catch(() => undefined);
  }

  async #connect(): Promise<void> {
    const { Client } = loadPg();
    const client = new Client({ connectionString: this.#options.url, keepAlive: true });
    client.on("error", () => this.#lost(client));
    client.on("end", () => this.#lost(client));
    client.on("notification", ({ payload }) => this.#deliver(payload ?? ""));
    this.#client = client;
    try {
      await client.connect();
      await client.query("LISTEN sekisho");
      this.#pause = 50;
      this.#report(true);
    } catch {
      this.#lost(client);
    }
  }

  #lost(client: pg.Client): void {
    if (client !== this.#client || this.#closed) return;
    this.#client = undefined;
    void client.end().catch(() => undefined);
    this.#report(false);
    this.#timer = setTimeout(() => void this.#connect(), this.#pause);
    this.#timer.unref();
    this.#pause = Math.min(this.#pause * 2, longestPauseMilliseconds);
  }

  #report(connected: boolean): void {
    if (this.#connected === connected) return;
    this.#connected = connected;
    // What was on its way back is lost with the connection.
    if (!connected) for (const waiting of this.#echoes.values()) for (const hear of waiting) hear();
    for (const watcher of this.#watchers) watcher(connected);
  }

  #deliver(payload: string): void {
    const parsed = parsePayload(payload);
    if (parsed === undefined) return;
    for (const listener of this.#listeners.get(parsed.topic) ?? []) listener(parsed.message);
    for (const hear of this.#echoes.get(payload) ?? []) hear();
  }
}

/** A broadcast that connects with its first subscription. */
export function createListenBroadcast(options: ListenBroadcastOptions): Broadcast {
  return new ListenBroadcast(options);
}
