/**
 * Statistics of durations: differences that chance does not make.
 *
 * @module
 */

/** The middle of the values; `NaN` for none. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].toSorted((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length === 0) return Number.NaN;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}

/** The middle distance from the middle: how much the values vary without the strays. */
export function deviationOf(values: readonly number[]): number {
  const median = medianOf(values);
  return medianOf(values.map((value) => Math.abs(value - median)));
}

/** Whether the slower samples are slower beyond chance: 7 or more each, 20 ms and 5 deviations apart. */
export function isSlower(slow: readonly number[], fast: readonly number[]): boolean {
  if (slow.length < 7 || fast.length < 7) return false;
  const difference = medianOf(slow) - medianOf(fast);
  return difference > Math.max(20, 5 * Math.max(deviationOf(slow), deviationOf(fast)));
}
