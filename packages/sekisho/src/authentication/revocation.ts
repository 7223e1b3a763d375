/**
 * Ended sessions reach every node at once (OWASP API2:2023, ASVS 7.4.1, 7.4.2, 8.3.2).
 *
 * Risk: a signed token lives on after logout, demotion or theft.
 * Promise: a revocation is written in the transaction that ends the session; after the commit this
 * node and, by broadcast, all others forget the tokens of that session, and the answer waits until
 * they were told (for a second at most). Nobody relies on the
 * broadcast alone: while it is away, until the node has caught up, and when a look at the database
 * fails, every authentication asks the database; a regular look finds what a node that died
 * between commit and broadcast did not say. A forged or garbled message costs a query and never a
 * session, since the database judges. Limits: that regular look is the bound for a lost message
 * (5 s); clocks of the nodes may differ by less than a minute.
 *
 * @module
 */

import {
  isId,
  type Broadcast,
  type Clock,
  type SqlSession,
  type SystemWork,
} from "../kernel/index.ts";
import { millisecondsOf, toInstant } from "./instant.ts";
import type { VerifiedTokenCache } from "./verified-token-cache.ts";

/** How the feed is put together. */
export interface RevocationFeedOptions {
  readonly system: SystemWork;
  readonly broadcast: Broadcast;
  readonly clock: Clock;
  readonly cache: Pick<VerifiedTokenCache, "forgetSession">;
  /** How long a revocation matters: the longest life of an access token, plus tolerance. */
  readonly rememberSeconds: number;
  /** Time between looks at the database; 0 for none. Default: 5,000. */
  readonly lookMilliseconds?: number;
  /** Told when the database or the broadcast fails in the background. */
  readonly onFailure?: (error: unknown) => void;
}

/**
 * Sessions that a transaction ended. Their tokens die on every node once this is announced after
 * the commit; that happens by itself where the transaction offers `afterCommit`.
 */
export interface EndedSessions {
  readonly sessionIds: readonly string[];
  /** To be called after the commit, and awaited; calling it again does nothing. */
  announce(): Promise<void>;
}

/** Knows which sessions were revoked lately. */
export interface RevocationFeed {
  /** Whether a cached token may be believed; false means: ask the database. */
  readonly isCurrent: boolean;
  /** Whether tokens of this session must not be cached, because it was or may be revoked. */
  isRevoked(sessionId: string): boolean;
  /** Writes revocations into the transaction that ends the sessions. */
  revoke(session: SqlSession, sessionIds: readonly string[]): Promise<EndedSessions>;
  readonly nothingEnded: EndedSessions;
  /** Subscribes and catches up; until then every authentication asks the database. */
  start(): Promise<void>;
  close(): Promise<void>;
}

const topic = "sekisho.revocation";
const idsPerMessage = 128;
const mostRemembered = 100_000;
const overlapMilliseconds = 60_000;
/** A broadcast that hangs must not hold up the answer to a logout. */
const longestAnnouncementMilliseconds = 1_000;

function parseMessage(message: string): readonly string[] | undefined {
  if (message.length > idsPerMessage * 37) return undefined;
  const ids = message.split(",");
  return ids.every(isId) ? ids : undefined;
}

class DatabaseRevocationFeed implements RevocationFeed {
  readonly nothingEnded: EndedSessions = { sessionIds: [], announce: () => Promise.resolve() };
  readonly #options: RevocationFeedOptions;
  /** Session id → when it may be forgotten; oldest first. */
  readonly #revoked = new Map<string, number>();
  readonly #stops: (() => unknown)[] = [];
  #caughtUp = false;
  /** Counts losses. */
  #epoch = 0;
  #looking: Promise<void> | undefined;
  #queued: Promise<void> | undefined;

  constructor(options: RevocationFeedOptions) {
    this.#options = options;
  }

  get isCurrent(): boolean {
    return this.#caughtUp && this.#options.broadcast.connected;
  }

  isRevoked(sessionId: string): boolean {
    return this.#revoked.has(sessionId);
  }

  async start(): Promise<void> {
    const { broadcast, lookMilliseconds = 5_000 } = this.#options;
    this.#stops.push(
      broadcast.onConnectionChange((connected) => {
        this.#lose();
        if (connected) void this.#look();
      }),
    );
    this.#stops.push(await broadcast.subscribe(topic, (message) => this.#receive(message)));
    await this.#look();
    if (lookMilliseconds === 0) return;
    const timer = setInterval(() => void this.#look(), lookMilliseconds);
    timer.unref();
    this.#stops.push(() => clearInterval(timer));
  }

  async close(): Promise<void> {
    for (const stop of this.#stops.splice(0)) await stop();
    this.#lose();
    await (this.#queued ?? this.#looking);
  }

  async revoke(session: SqlSession, sessionIds: readonly string[]): Promise<EndedSessions> {
    if (sessionIds.length === 0) return this.nothingEnded;
    const now = this.#options.clock.now();
    await session.query(
      `INSERT INTO sekisho_revocation (session_id, revoked_at, expires_at)
       SELECT id, $2::timestamptz, $3::timestamptz FROM unnest($1::uuid[]) AS id
       ON CONFLICT (session_id) DO NOTHING`,
      [sessionIds, toInstant(now), toInstant(now + this.#options.rememberSeconds * 1000)],
    );
    let announced: Promise<void> | undefined;
    const announce = (): Promise<void> => (announced ??= this.#announce(sessionIds));
    // Awaited: who is told that a session ended may not find it alive on another node.
    session.afterCommit?.(announce);
    return { sessionIds, announce };
  }

  /** This node first: it must not depend on its own message coming back. */
  async #announce(sessionIds: readonly string[]): Promise<void> {
    this.#remember(sessionIds);
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, longestAnnouncementMilliseconds);
    await Promise.race([this.#tell(sessionIds), late.promise]);
    clearTimeout(timer);
  }

  async #tell(sessionIds: readonly string[]): Promise<void> {
    try {
      for (let start = 0; start < sessionIds.length; start += idsPerMessage)
        await this.#options.broadcast.publish(
          topic,
          sessionIds.slice(start, start + idsPerMessage).join(","),
        );
    } catch (error) {
      // It is committed: the other nodes find it by their regular look.
      this.#options.onFailure?.(error);
    }
  }

  #remember(sessionIds: readonly string[], until?: number): void {
    const now = this.#options.clock.now();
    for (const id of sessionIds) {
      this.#options.cache.forgetSession(id);
      this.#revoked.set(id, until ?? now + this.#options.rememberSeconds * 1000);
    }
    // Forgetting early is safe: a token that is not cached is judged by the database.
    for (const [id, end] of this.#revoked) {
      if (end > now && this.#revoked.size <= mostRemembered) break;
      this.#revoked.delete(id);
    }
  }

  #receive(message: string): void {
    const ids = parseMessage(message);
    if (ids !== undefined) {
      this.#remember(ids);
      return;
    }
    // Somebody said something that cannot be understood: trust nothing until the next look.
    this.#lose();
    void this.#look();
  }

  #lose(): void {
    this.#caughtUp = false;
    this.#epoch++;
  }

  #look(): Promise<void> {
    if (this.#looking === undefined) {
      this.#looking = this.#lookNow().finally(() => {
        this.#looking = undefined;
      });
      return this.#looking;
    }
    // The look under way may have begun before the loss, so one more follows it.
    this.#queued ??= this.#looking.then(() => {
      this.#queued = undefined;
      return this.#look();
    });
    return this.#queued;
  }

  async #lookNow(): Promise<void> {
    const { broadcast, clock, system } = this.#options;
    if (!broadcast.connected) return;
    const epoch = this.#epoch;
    const now = clock.now();
    const since = this.#caughtUp ? now - overlapMilliseconds : 0;
    try {
      const { rows } = await system.asSystem("authentication: look for revocations", (session) =>
        session.query<{ id: string; until: number }>(
          `SELECT session_id AS id, ${millisecondsOf("expires_at")} AS until
           FROM sekisho_revocation
           WHERE expires_at > $1::timestamptz AND revoked_at >= $2::timestamptz
           ORDER BY revoked_at`,
          [toInstant(now), toInstant(since)],
        ),
      );
      for (const row of rows) this.#remember([row.id], row.until);
      // What was lost since this look began is for the look that follows it.
      if (epoch === this.#epoch) this.#caughtUp = true;
    } catch (error) {
      this.#lose();
      this.#options.onFailure?.(error);
    }
  }
}

/**
 * Creates the feed of revocations of one node.
 *
 * @example
 * const feed = createRevocationFeed({ system, broadcast, clock, cache, rememberSeconds: 960 });
 * await feed.start();
 */
export function createRevocationFeed(options: RevocationFeedOptions): RevocationFeed {
  return new DatabaseRevocationFeed(options);
}
