/**
 * The header fields of quotas: `RateLimit-Policy` and `RateLimit` (IETF draft -11, structured
 * fields of RFC 9651) and `Retry-After` (RFC 9110 §10.2.3).
 *
 * Promise: the draft's shape is known in this file only. Limits: values tell a guesser how far to
 * go; the sign-in surface sends `coarseRetryAfter` and nothing else.
 *
 * @module
 */

import type { QuotaOutcome } from "./decide.ts";
import type { Quota } from "./parse.ts";

/**
 * Value of `RateLimit-Policy`; the same for every response of an endpoint.
 *
 * @example
 * quotaPolicyHeader(parseQuota("30/minute;5/second")); // "\"minute\";q=30;w=60, \"second\";q=5;w=1"
 */
export function quotaPolicyHeader(quota: Quota): string {
  return quota.windows
    .map((window) => `"${window.name}";q=${window.limit};w=${window.seconds}`)
    .join(", ");
}

/**
 * Value of `RateLimit`: what is left (`r`) and for how many seconds no more than that can be used
 * (`t`), window by window.
 *
 * @example
 * rateLimitHeader(outcome); // "\"minute\";r=29;t=2, \"second\";r=4;t=1"
 */
export function rateLimitHeader(outcome: QuotaOutcome): string {
  let text = "";
  for (const window of outcome.windows) {
    if (text !== "") text += ", ";
    text += `"${window.name}";r=${window.remaining};t=${window.resetSeconds}`;
  }
  return text;
}

/**
 * A `Retry-After` in seconds that gives away little: rounded up to a minute, five minutes, a
 * quarter of an hour, an hour or a day.
 *
 * @example
 * coarseRetryAfter(outcome); // 60
 */
export function coarseRetryAfter(outcome: Pick<QuotaOutcome, "retryAfterSeconds">): number {
  for (const step of [60, 300, 900, 3_600]) if (outcome.retryAfterSeconds <= step) return step;
  return 86_400;
}
