/**
 * What bounds a run when its options do not say otherwise.
 *
 * @module
 */

/** What bounds a run when its options do not say otherwise. */
export const defaultLimits = {
  /** Requests in all. */
  maxRequests: 50_000,
  /** Seconds in all. */
  maxSeconds: 900,
  /** Milliseconds for one request. */
  timeout: 10_000,
  /** Requests that one technique may spend on one operation to exhaust a quota. */
  burst: 400,
  /** Requests per second to a host that is not loopback. */
  foreignRate: 20,
} as const;
