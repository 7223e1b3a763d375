/**
 * What a drill is and what it says.
 *
 * @module
 */

/** Figures that were seen, and invariants that broke. */
export interface DrillReport {
  readonly figures: readonly string[];
  readonly faults: readonly string[];
}

/** A failure that is brought about on purpose. */
export interface Drill {
  readonly name: string;
  /** Whether it needs the private servers. */
  readonly needsServers: boolean;
  /** Milliseconds after which it has failed. */
  readonly milliseconds: number;
  run(stage: Stage): Promise<DrillReport>;
}

/** Where a drill takes place; `undo` runs afterwards, the last one first. */
export interface Stage {
  readonly folder: string;
  readonly servers: Servers | undefined;
  readonly undo: (() => Promise<unknown>)[];
}

/** The servers that belong to the drills alone. */
export interface Servers {
  readonly postgresql: StoppablePostgresql;
  readonly redis: StoppableRedis;
}

/** A PostgreSQL cluster that may be stopped. */
export interface StoppablePostgresql {
  /** Makes an empty database and returns its URL. */
  createDatabase(name: string): Promise<string>;
  start(): Promise<void>;
  /** `fast` rolls back and disconnects; `immediate` is a crash. */
  stop(mode: "fast" | "immediate"): Promise<void>;
  /** Stops its processes where they are: connections stand and nothing answers. */
  freeze(): Promise<void>;
  thaw(): void;
  remove(): Promise<void>;
}

/** A Redis server that may be stopped; it forgets everything. */
export interface StoppableRedis {
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Stops it where it is: its connections stand and nothing answers. */
  freeze(): void;
  thaw(): void;
}

/** Milliseconds with at most one digit behind the point. */
export function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}

/** Median and largest of some measurements, as text. */
export function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return `median ${rounded(median)} ms, longest ${rounded(sorted.at(-1) ?? 0)} ms`;
}
