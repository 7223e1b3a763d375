/**
 * Lets few pieces of expensive work run at a time and few wait (OWASP API4:2023).
 *
 * Promise: never more than `concurrency` at once, in order of arrival; one over the queue is
 * refused at once. Limits: waiting work is not given up when its client goes away.
 *
 * @module
 */

/** Bounds of a turnstile. */
export interface TurnstileOptions {
  readonly concurrency: number;
  readonly queue: number;
  /** Makes the error for work that may not even wait. */
  readonly refuse: () => Error;
}

/** Runs `work` when it is its turn. */
export type Turnstile = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Creates a turnstile; throws TypeError when a bound is not a whole number. */
export function createTurnstile({ concurrency, queue, refuse }: TurnstileOptions): Turnstile {
  if (!Number.isSafeInteger(concurrency) || concurrency < 1)
    throw new TypeError(`concurrency is ${String(concurrency)}, not a whole number from 1`);
  if (!Number.isSafeInteger(queue) || queue < 0)
    throw new TypeError(`queue is ${String(queue)}, not a whole number from 0`);
  const waiting: (() => void)[] = [];
  let running = 0;

  return async (work) => {
    if (running < concurrency) running += 1;
    else if (waiting.length >= queue) throw refuse();
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // The turn is handed on without being given back, so that no newcomer slips in between.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
