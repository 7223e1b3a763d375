/**
 * One request and its answer, as they went over the wire.
 *
 * @module
 */

import type { Operation } from "../document/operation.ts";
import type { Principal } from "../principal/principal.ts";

/** A header line; names may repeat. */
export type HeaderLine = readonly [name: string, value: string];

/** A request, byte for byte what will be sent; nothing is normalised. */
export interface Call {
  readonly method: string;
  /** Path with query, exactly as on the request line. */
  readonly path: string;
  /** Without the credential, which the client adds for `principal`. */
  readonly headers: readonly HeaderLine[];
  readonly body: string | Uint8Array | undefined;
  /** Whose credential goes with it; `undefined` sends none. */
  readonly principal: Principal | undefined;
  /** The operation that it means to reach, for the report. */
  readonly operation: Operation | undefined;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: readonly HeaderLine[];
  /** The body as text (UTF-8, cut after `settings.maxAnswerBytes`). */
  readonly text: string;
  /** The body as JSON; `undefined` when it is none. */
  readonly json: unknown;
  /** Bytes of the body before it was cut. */
  readonly bytes: number;
  /** Monotonic milliseconds from the first byte sent to the last received. */
  readonly milliseconds: number;
}

/** A request and its answer. */
export interface Exchange {
  readonly id: number;
  readonly call: Call;
  /** Headers as sent, with the credential. */
  readonly sentHeaders: readonly HeaderLine[];
  /** Path as sent, when a credential in the query makes it another than that of the call. */
  readonly sentPath?: string;
  /** Milliseconds since the epoch at the start. */
  readonly at: number;
  /** `undefined` when no answer came; `failure` says why. */
  readonly answer: Answer | undefined;
  readonly failure: string | undefined;
  /** Technique that sent it; "set-up" outside one. */
  readonly technique: string;
}

/** Options of one send. */
export interface SendOptions {
  /** Milliseconds until it is given up; default 10,000. */
  readonly timeout?: number;
  /** Whether a 429 is waited out and sent again; default true. Techniques on quotas say false. */
  readonly patient?: boolean;
  /** Whether the credential's token is renewed and the request sent again after a 401; default true. */
  readonly renew?: boolean;
}

/** Sends calls to the one target, counts and records them. */
export interface Client {
  /**
   * Sends one call. Never throws for what the target does: no answer is an exchange with `failure`.
   * @throws RunStopped when the run was interrupted or a cap is reached.
   */
  send(call: Call, options?: SendOptions): Promise<Exchange>;
  /**
   * Sends calls so that they arrive as nearly together as possible: each on its own connection, all
   * but the last byte first. For races.
   */
  sendTogether(calls: readonly Call[]): Promise<readonly Exchange[]>;
  /** Writes bytes on a fresh connection and reads until it closes or `timeout` (default 5,000) passed. */
  sendRaw(bytes: string | Uint8Array, timeout?: number): Promise<RawAnswer>;
  /** Every exchange so far, in order. */
  readonly exchanges: readonly Exchange[];
  /** Names what is sent from now on, and gives it a source address of its own where that works. */
  enter(technique: string): void;
  close(): Promise<void>;
}

/** What a raw connection gave. */
export interface RawAnswer {
  readonly text: string;
  /** Status of the first answer on it. */
  readonly status: number | undefined;
  readonly milliseconds: number;
  readonly closed: boolean;
}
