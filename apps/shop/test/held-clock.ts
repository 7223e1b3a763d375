/** A clock that a test holds: it stands still until it is told to go on. */

import type { Clock } from "sekisho/kernel";

/** A clock with a hand to move. */
export interface HeldClock extends Clock {
  /** Sets the time, in milliseconds since 1970. */
  set(milliseconds: number): void;
  /** Lets so many seconds pass. */
  pass(seconds: number): void;
}

/** Holds the clock at that moment. */
export function holdClock(start: number): HeldClock {
  let now = start;
  return {
    now: () => now,
    set: (milliseconds) => {
      now = milliseconds;
    },
    pass: (seconds) => {
      now += seconds * 1000;
    },
  };
}
