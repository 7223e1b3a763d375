/**
 * A server on loopback that waits for requests which the target should never make.
 *
 * @module
 */

import type { HeaderLine } from "./exchange.ts";

/** A request that reached the listener. */
export interface Visit {
  /** The token of the URL that was visited. */
  readonly token: string;
  readonly method: string;
  readonly path: string;
  readonly headers: readonly HeaderLine[];
  readonly body: string;
  readonly at: number;
}

/** What the listener answers on a token. */
export interface Bait {
  readonly status?: number;
  readonly headers?: readonly HeaderLine[];
  readonly body?: string;
  /** Milliseconds before the answer begins. */
  readonly delay?: number;
  /** Bytes that are sent without end until the other side hangs up or this many went out. */
  readonly flood?: number;
}

/** A server on loopback that waits for requests which the target should never make. */
export interface Listener {
  readonly origin: string;
  readonly port: number;
  /** A URL that nobody else has, whose path ends in a fresh token; `secret` stands in the default answer. */
  lay(bait?: Bait): {
    readonly url: string;
    readonly path: string;
    readonly token: string;
    readonly secret: string;
  };
  /** Visits of a token so far. */
  visits(token: string): readonly Visit[];
  close(): Promise<void>;
}
