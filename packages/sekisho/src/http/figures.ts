/**
 * Counts per endpoint, kept as plain numbers so that counting costs nothing worth naming.
 *
 * Promise: one observation is a few additions. Limits: read by `operations.ts`; not shared between
 * nodes.
 *
 * @module
 */

/** Upper borders of the latency classes in milliseconds. */
export const latencyBorders: readonly number[] = [
  1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000,
];

/** Counts and latencies of one endpoint. */
export class EndpointFigures {
  readonly statuses = new Map<number, number>();
  /** Observations per class; the last one is everything above the highest border. */
  readonly classes: number[] = Array.from({ length: latencyBorders.length + 1 }, () => 0);
  count = 0;
  milliseconds = 0;

  observe(status: number, milliseconds: number): void {
    this.count += 1;
    this.milliseconds += milliseconds;
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    let index = 0;
    while (index < latencyBorders.length && milliseconds > (latencyBorders[index] ?? 0)) index += 1;
    this.classes[index] = (this.classes[index] ?? 0) + 1;
  }
}
