/**
 * The connection to Redis or Valkey: shared store and broadcast.
 *
 * Promise: nothing ever queues behind a lost connection, a command is answered or rejected within
 * the time-out, connecting is tried again for ever, and no error event goes unhandled. A connection
 * that has silently died is noticed by a heartbeat. Limits: one server or one endpoint in front of
 * several; a broadcast sent while a node is away does not reach it (see `Broadcast`).
 *
 * @module
 */

import { hash } from "node:crypto";
import { createRequire } from "node:module";
import type { Redis } from "ioredis";
import type { Broadcast, SharedScript, SharedStore } from "../kernel/index.ts";

/** Options of {@link connectRedis}. */
export interface RedisOptions {
  /** `redis://` or, with TLS and verified certificates, `rediss://[user:password@]host[:port][/db]`. */
  readonly url: string;
  /** Begins every key and channel, `"sekisho:"` unless given. */
  readonly prefix?: string;
  /** Milliseconds a command may take; 250 unless given. */
  readonly commandTimeoutMilliseconds?: number;
  /** Learns why connecting or a connection failed; the error holds a message and no command. */
  readonly onError?: (error: Error) => void;
}

/** Both halves of the connection. */
export interface RedisConnection {
  readonly shared: SharedStore;
  readonly broadcast: Broadcast;
  /** Resolves when the first attempt to connect has ended: whether both halves are there. */
  readonly firstAttempt: Promise<boolean>;
  close(): Promise<void>;
}

type Listener<Value> = (value: Value) => void;

const require = createRequire(import.meta.url);

const heartbeatMilliseconds = 5_000;

/** The parts of the URL; a query is refused, since it could switch the promises above off. */
function parseUrl(text: string) {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "redis:" && url.protocol !== "rediss:"))
    throw new TypeError("the Redis URL does not begin with redis:// or rediss://");
  const database = /^\/?(\d{0,3})$/.exec(url.pathname)?.[1];
  if (url.hostname === "" || database === undefined || url.search !== "" || url.hash !== "")
    throw new TypeError(
      "the Redis URL needs a host, and has no more than a database number behind",
    );
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return {
    host,
    port: Number(url.port === "" ? 6379 : url.port),
    db: Number(database),
    ...(url.username !== "" && { username: decodeURIComponent(url.username) }),
    ...(url.password !== "" && { password: decodeURIComponent(url.password) }),
    ...(url.protocol === "rediss:" && { tls: { servername: host } }),
  };
}

/** Loaded late: it costs 50 ms and 20 MB that an application without Redis need not pay. */
function loadDriver(): typeof import("ioredis") {
  try {
    return require("ioredis") as typeof import("ioredis");
  } catch (cause) {
    throw new Error("Redis is reached through the package ioredis, which is not installed", {
      cause,
    });
  }
}

function openClient(options: RedisOptions, name: string): Redis {
  const commandTimeout = options.commandTimeoutMilliseconds ?? 250;
  const address = parseUrl(options.url);
  const ioredis = loadDriver();
  const client = new ioredis.Redis({
    ...address,
    connectionName: name,
    commandTimeout,
    connectTimeout: 2_000,
    disconnectTimeout: 100,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    disableClientInfo: true,
    retryStrategy: (attempt) => Math.min(2_000, 50 * 2 ** Math.min(attempt, 6)),
    // A replica that was the primary before a failover; the name leads to the new one.
    reconnectOnError: (error) => error.message.startsWith("READONLY"),
  });
  // A fresh error: the client's own carries the failed command, which at sign-in is the password.
  client.on("error", (error: Error) => options.onError?.(new Error(error.message)));
  return client;
}

/** Remembers whether the connection stands and tells about each change once. */
function createConnectionState() {
  const listeners = new Set<Listener<boolean>>();
  let connected = false;
  return {
    get connected() {
      return connected;
    },
    set(value: boolean): void {
      if (value === connected) return;
      connected = value;
      for (const listener of listeners) listener(value);
    },
    onChange(listener: Listener<boolean>): () => void {
      const own: Listener<boolean> = (value) => listener(value);
      listeners.add(own);
      return () => {
        listeners.delete(own);
      };
    },
  };
}

/** Breaks the connection off, to be made anew, when the server does not answer a ping. */
function keepHeartbeat(client: Redis): () => void {
  const timer = setInterval(() => {
    if (client.status !== "ready") return;
    client.ping().catch(() => {
      if (client.status === "ready") client.disconnect(true);
    });
  }, heartbeatMilliseconds);
  timer.unref();
  return () => clearInterval(timer);
}

function createSharedStore(client: Redis, prefix: string): SharedStore {
  const state = createConnectionState();
  const digests = new WeakMap<SharedScript, string>();
  client.on("ready", () => state.set(true));
  client.on("close", () => state.set(false));
  const stopHeartbeat = keepHeartbeat(client);

  function digestOf(script: SharedScript): string {
    let digest = digests.get(script);
    if (digest === undefined) {
      // EVALSHA names a script by its SHA-1; nothing rests on the digest being hard to forge.
      digest = hash("sha1", script.lua);
      digests.set(script, digest);
    }
    return digest;
  }

  return {
    get connected() {
      return state.connected;
    },
    onConnectionChange: (listener) => state.onChange(listener),
    async evaluate(script, keys, values) {
      const names = keys.map((key) => prefix + key);
      try {
        return await client.evalsha(digestOf(script), names.length, ...names, ...values);
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
        return client.eval(script.lua, names.length, ...names, ...values);
      }
    },
    close() {
      stopHeartbeat();
      client.disconnect();
      state.set(false);
      return Promise.resolve();
    },
  };
}

function createBroadcast(publisher: Redis, subscriber: Redis, prefix: string): Broadcast {
  const state = createConnectionState();
  const topics = new Map<string, Set<Listener<string>>>();
  const stopHeartbeat = keepHeartbeat(subscriber);

  async function subscribeToAll(): Promise<void> {
    try {
      if (topics.size > 0)
        await subscriber.subscribe(...[...topics.keys()].map((topic) => prefix + topic));
      // A subscription made during the wait above has sent its own command.
      if (subscriber.status === "ready") state.set(true);
    } catch {
      if (subscriber.status === "ready") subscriber.disconnect(true);
    }
  }
  subscriber.on("ready", () => void subscribeToAll());
  subscriber.on("close", () => state.set(false));
  subscriber.on("message", (channel: string, message: string) => {
    const listeners = topics.get(channel.slice(prefix.length));
    for (const listener of listeners ?? [])
      // A listener that throws must not take the others, or the reading of the socket, with it.
      queueMicrotask(() => {
        if (listeners?.has(listener) === true) listener(message);
      });
  });

  async function leave(topic: string, listener: Listener<string>): Promise<void> {
    const listeners = topics.get(topic);
    if (listeners?.delete(listener) !== true || listeners.size > 0) return;
    topics.delete(topic);
    if (subscriber.status === "ready") await subscriber.unsubscribe(prefix + topic);
  }

  return {
    get connected() {
      return state.connected;
    },
    onConnectionChange: (listener) => state.onChange(listener),
    async publish(topic, message) {
      await publisher.publish(prefix + topic, message);
    },
    async subscribe(topic, listener) {
      const own: Listener<string> = (message) => listener(message);
      const listeners = topics.get(topic) ?? new Set();
      topics.set(topic, listeners.add(own));
      // While away the topic is only noted; it is subscribed to before `connected` becomes true.
      if (subscriber.status === "ready") await subscriber.subscribe(prefix + topic);
      return () => leave(topic, own);
    },
    close() {
      stopHeartbeat();
      topics.clear();
      subscriber.disconnect();
      state.set(false);
      return Promise.resolve();
    },
  };
}

function firstAttemptOf(client: Redis, half: SharedStore | Broadcast): Promise<boolean> {
  return new Promise((resolve) => {
    half.onConnectionChange(resolve);
    client.once("close", () => resolve(false));
  });
}

/**
 * Opens two connections, one for commands and one for the broadcast; returns at once and goes on
 * trying by itself. While away, `evaluate` and `publish` reject without waiting.
 *
 * @throws TypeError when the URL is malformed; its text is not repeated, it may hold a password.
 * @example
 * const { shared, broadcast } = connectRedis({ url: "redis://127.0.0.1:6379", prefix: "shop:" });
 * const limiter = createQuota({ store: createRedisQuotaStore({ shared }) });
 */
export function connectRedis(options: RedisOptions): RedisConnection {
  const { prefix = "sekisho:" } = options;
  const commands = openClient(options, "sekisho-commands");
  const subscriber = openClient(options, "sekisho-broadcast");
  const shared = createSharedStore(commands, prefix);
  const broadcast = createBroadcast(commands, subscriber, prefix);
  const attempts = Promise.all([
    firstAttemptOf(commands, shared),
    firstAttemptOf(subscriber, broadcast),
  ]);
  return {
    shared,
    broadcast,
    firstAttempt: attempts.then((both) => both.every(Boolean)),
    async close() {
      await Promise.all([broadcast.close(), shared.close()]);
    },
  };
}
