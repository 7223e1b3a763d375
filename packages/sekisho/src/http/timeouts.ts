/**
 * How long a connection may keep the server waiting (OWASP API4:2023, slow heads and bodies).
 *
 * Promise: every wait ends within a minute, whatever is configured. Limits: Node looks at its
 * connections in intervals, so an end may come a quarter of the head's time later.
 *
 * @module
 */

/** Waits of the server on a connection, in milliseconds from 1 to 60,000. */
export interface ConnectionTimeouts {
  /** Until the head of a request is complete; 15,000 unless given. */
  readonly headMilliseconds?: number;
  /** Until the whole request is complete, and while an answer is not read; 30,000 unless given. */
  readonly requestMilliseconds?: number;
  /** Between two requests; 10,000 unless given. */
  readonly idleMilliseconds?: number;
}

type NodeTimeouts = Readonly<
  Record<
    "headersTimeout" | "requestTimeout" | "keepAliveTimeout" | "connectionsCheckingInterval",
    number
  >
>;

/** The longest time that a request may take to arrive, in milliseconds. */
export function requestMillisecondsOf(given: ConnectionTimeouts = {}): number {
  return given.requestMilliseconds ?? 30_000;
}

/**
 * The options of Node's server for the given waits.
 *
 * @throws TypeError when a wait is not from 1 to 60,000 milliseconds.
 */
export function timeoutsOf(given: ConnectionTimeouts = {}): NodeTimeouts {
  const head = given.headMilliseconds ?? 15_000;
  const request = requestMillisecondsOf(given);
  const idle = given.idleMilliseconds ?? 10_000;
  for (const time of [head, request, idle])
    if (!Number.isInteger(time) || time < 1 || time > 60_000)
      throw new TypeError(`a connection time-out is ${time}, not 1 to 60000 milliseconds`);
  return {
    headersTimeout: Math.min(head, request),
    requestTimeout: request,
    keepAliveTimeout: idle,
    connectionsCheckingInterval: Math.min(2_000, Math.max(10, Math.floor(head / 4))),
  };
}
