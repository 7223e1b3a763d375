/**
 * Mutants that nobody can tell from the original, with the reason; looked at one by one.
 *
 * They are reported and not counted as survivors. The list is short on purpose: that a second defence
 * stands behind the first makes a mutant hard to see, not equivalent.
 *
 * @module
 */

/** Reasons by the id of the mutant. */
export const equivalents: Readonly<Record<string, string>> = {};
