/**
 * Everything that the commands touch outside of themselves.
 *
 * Promise: a command reads, writes and sends through this alone, so that tests need no process.
 *
 * @module
 */

import type { Engine } from "./attack/engine.ts";

/** Where text goes. */
export interface Output {
  write(text: string): void;
  /** Whether a person watches: colours and a moving line are for them. */
  readonly isTTY: boolean;
  /** How many characters a line of the terminal holds; `undefined` when nobody says. */
  readonly columns: number | undefined;
}

/** What a command is surrounded by. */
export interface Surroundings {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The working folder; relative file names begin here. */
  readonly folder: string;
  readonly exists: (path: string) => boolean;
  readonly readFile: (path: string) => string;
  /** Writes a file that only its owner can read. */
  readonly writeFile: (path: string, text: string) => void;
  /** Why nothing could be written there; `undefined` when it can. */
  readonly whyNotWritable: (path: string) => string | undefined;
  /** The text at a URL. Throws when there is none. */
  readonly fetchText: (url: string) => Promise<string>;
  readonly importModule: (path: string) => Promise<Readonly<Record<string, unknown>>>;
  readonly engine: () => Promise<Engine>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Calls `stop` at the first sign that the user wants an end; the returned function undoes it. */
  readonly onInterrupt: (stop: () => void) => () => void;
}
