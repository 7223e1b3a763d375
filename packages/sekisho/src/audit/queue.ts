/**
 * Security events of refusals, which change nothing and so have no transaction (ASVS 16.3.2).
 *
 * Promise: noting one is a push to an array; one statement writes many; memory is bounded. When
 * the database is away they wait, and when the queue is full the newest are dropped, counted, and
 * the fact itself is recorded as `sys_monitor_disabled` (and `sys_monitor_enabled` afterwards). No
 * single source can take more than half of the room, so that its noise does not hide the others.
 * Limits: what waits is lost when the process dies; events that must not be lost belong in the
 * transaction of their change (`record.ts`).
 *
 * @module
 */

import type { Clock, SecurityEvent, SecurityEventSink, SystemWork } from "../kernel/index.ts";
import { insertSecurityEvents, securityEventRow, type SecurityEventRow } from "./record.ts";

/** Where the queue tells of its own state; pino's logger and {@link DecisionLog} fit. */
export interface EventQueueLog {
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** What {@link createEventQueue} needs. */
export interface EventQueueOptions {
  readonly system: SystemWork;
  readonly clock: Clock;
  /** Most events that wait. Default 10,000. */
  readonly maximum?: number;
  /** Most events of one statement. Default 200. */
  readonly batch?: number;
  /** Longest wait of an event while the database answers. Default 250. */
  readonly intervalMilliseconds?: number;
  readonly log: EventQueueLog;
}

/** A sink that writes in batches. */
export interface EventQueue extends SecurityEventSink {
  /** Never throws and never waits. Without a context the source is `"system"`. */
  note(
    event: SecurityEvent,
    context?: { readonly requestId: string; readonly source: string },
  ): void;
  /** Writes everything that waits. Rejects when the database refuses; the events go on waiting. */
  flush(): Promise<void>;
  /** Tries once more to write what waits, then stops; later events are dropped and counted. */
  close(): Promise<void>;
  /** How many events were lost. */
  dropped(): number;
}

const slowestRetryMilliseconds = 30_000;
const unattended = { requestId: "system", source: "system" };

/**
 * Makes a queue of security events.
 *
 * @throws RangeError when a bound is not a whole number above zero.
 * @example
 * const events = createEventQueue({ system: store, clock: systemClock, log });
 * events.note({ name: "authz_fail", subject: "019a…" }, { requestId: "019b…", source: "203.0.113.9" });
 * await events.close();
 */
export function createEventQueue(options: EventQueueOptions): EventQueue {
  const { clock, log, system } = options;
  const maximum = positive(options.maximum ?? 10_000, "maximum");
  const batch = positive(options.batch ?? 200, "batch");
  const interval = positive(options.intervalMilliseconds ?? 250, "intervalMilliseconds");

  let waiting: SecurityEventRow[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;
  let failures = 0;
  let lost = 0;
  let lostBefore = 0;
  let overflowing = false;
  let closed = false;

  const held = new Map<string, number>();

  function rowOf(event: SecurityEvent, context = unattended): SecurityEventRow {
    return securityEventRow(event, { at: new Date(clock.now()), ...context });
  }

  function push(row: SecurityEventRow): void {
    waiting.push(row);
    held.set(row.source, (held.get(row.source) ?? 0) + 1);
  }

  function release(rows: readonly SecurityEventRow[]): void {
    for (const { source } of rows) {
      const left = (held.get(source) ?? 0) - 1;
      if (left > 0) held.set(source, left);
      else held.delete(source);
    }
  }

  function isFull({ source }: SecurityEventRow): boolean {
    if (waiting.length >= maximum) return true;
    return source !== unattended.source && (held.get(source) ?? 0) >= Math.ceil(maximum / 2);
  }

  function monitorEvent(name: "sys_monitor_disabled" | "sys_monitor_enabled"): SecurityEvent {
    const data = { monitor: "security-events", dropped: lost - lostBefore };
    return { name, subject: undefined, data };
  }

  function drop(): void {
    lost += 1;
    if (overflowing) return;
    overflowing = true;
    log.warn({ monitor: "security-events", waiting: waiting.length }, "sys_monitor_disabled");
    // The one event beyond the maximum: that events are missing must itself not go missing.
    if (!closed) push(rowOf(monitorEvent("sys_monitor_disabled")));
  }

  function schedule(): void {
    if (closed || timer !== undefined || writing !== undefined || waiting.length === 0) return;
    const slowest = Math.max(interval, slowestRetryMilliseconds);
    // A whole batch gains nothing by waiting: the pace is the database's, not the timer's.
    const pause =
      failures === 0 && waiting.length >= batch ? 0 : interval * 2 ** Math.min(failures, 16);
    timer = setTimeout(
      () => {
        timer = undefined;
        // The failure is reported and retried inside; nobody waits for this promise.
        write(batch).catch(() => undefined);
      },
      Math.min(pause, slowest),
    );
    timer.unref();
  }

  async function writeOnce(most: number): Promise<void> {
    const rows = waiting.slice(0, most);
    try {
      await system.asSystem("write security events", (session) =>
        insertSecurityEvents(session, rows),
      );
    } catch (error) {
      failures += 1;
      if (failures === 1)
        log.warn({ monitor: "security-events", cause: error }, "security events cannot be written");
      throw error;
    }
    waiting = waiting.slice(rows.length);
    release(rows);
    failures = 0;
    if (overflowing && waiting.length < maximum) {
      overflowing = false;
      const event = monitorEvent("sys_monitor_enabled");
      log.warn({ ...event.data }, "sys_monitor_enabled");
      push(rowOf(event));
      lostBefore = lost;
    }
  }

  async function write(most: number): Promise<void> {
    writing ??= writeOnce(most).finally(() => {
      writing = undefined;
      schedule();
    });
    return writing;
  }

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    // A write under way may have begun before the newest events were noted.
    if (writing !== undefined) await writing;
    // What is noted while this runs is left to the next one, else it might never end.
    for (let left = waiting.length; left > 0; left -= batch) await write(batch);
  }

  return {
    note: (event, context) => {
      if (closed || waiting.length >= maximum) return drop();
      const row = rowOf(event, context);
      if (isFull(row)) return drop();
      push(row);
      schedule();
    },
    flush,
    close: async () => {
      if (closed) return;
      try {
        await flush();
        // Events noted meanwhile, and the note that dropping has ended.
        await flush();
      } catch {
        lost += waiting.length;
        log.warn({ monitor: "security-events", dropped: waiting.length }, "security events lost");
      }
      closed = true;
      waiting = [];
      held.clear();
      clearTimeout(timer);
      timer = undefined;
    },
    dropped: () => lost,
  };
}

function positive(value: number, name: string): number {
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(`the event queue needs a whole number above zero as ${name}`);
  return value;
}
