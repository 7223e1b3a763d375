/**
 * A reporter for `node --test` that writes the final numbers as one line of JSON.
 *
 * @module
 */

import { resolve } from "node:path";
import type { TestEvent } from "node:test/reporters";

/** What the runner counted. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly skipped: number;
  readonly todo: number;
  /** Files that ran to their end and held no test: the runner counts each as a passed test. */
  readonly empty: readonly string[];
}

// Node takes a reporter only as a default export.
export { report as default };

async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const empty: string[] = [];
  for await (const event of source) {
    if (event.type === "test:pass" && isWholeFile(event.data)) empty.push(event.data.name);
    // A summary without a file is the one over all files.
    if (event.type !== "test:summary" || event.data.file !== undefined) continue;
    // The type declarations have no `failed`, the runner does; were it gone, its exit code tells.
    const counts: Counts = { failed: 0, ...event.data.counts, empty };
    yield `${JSON.stringify(counts)}
`;
  }
}

function isWholeFile({
  name,
  file,
  nesting,
}: {
  name: string;
  file?: string;
  nesting: number;
}): boolean {
  return nesting === 0 && file !== undefined && resolve(name) === file;
}
