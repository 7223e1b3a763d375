/**
 * What the run over one corpus of foreign test cases says.
 *
 * @module
 */

/** One case on which the library and the corpus disagree. */
export interface CorpusDifference {
  readonly id: string;
  readonly expected: string;
  readonly actual: string;
  /** Why we differ, in words; "unexplained" when nobody knows yet. */
  readonly reason: string;
}

/** The outcome over one file. `total - passed` equals the number of differences. */
export interface CorpusReport {
  readonly file: string;
  readonly passed: number;
  readonly total: number;
  readonly differences: readonly CorpusDifference[];
}

/** Reads a corpus file by name, parsed. */
export type ReadCorpus = (file: string) => unknown;

/** What a module beside this one exports. */
export interface CorpusModule {
  run(read: ReadCorpus): Promise<CorpusReport | readonly CorpusReport[]>;
}
