/**
 * Pairs of OpenAPI documents: is the change breaking, harmless, or at least reported?
 *
 * @module
 */

import { compareOpenApi } from "sekisho/inventory";
import type { CorpusDifference, CorpusReport, ReadCorpus } from "./report.ts";

interface DiffCase {
  readonly id: string;
  readonly name: string;
  readonly verdict: "breaking" | "non-breaking" | "warning";
  readonly old: unknown;
  readonly new: unknown;
}

const file = "openapi-diff.json";

/** Runs every pair. */
export async function run(read: ReadCorpus): Promise<CorpusReport> {
  const { cases } = read(file) as { readonly cases: readonly DiffCase[] };
  const differences = cases.flatMap((entry) => differenceOf(entry) ?? []);
  return { file, passed: cases.length - differences.length, total: cases.length, differences };
}

function differenceOf({
  id,
  name,
  verdict,
  old,
  new: next,
}: DiffCase): CorpusDifference | undefined {
  const { changes } = compareOpenApi(old, next);
  const isBreaking = changes.some(({ breaking }) => breaking);
  const actual = isBreaking ? "breaking" : changes.length > 0 ? "non-breaking" : "no change";
  const agrees =
    verdict === "breaking" ? isBreaking : verdict === "warning" ? changes.length > 0 : !isBreaking;
  if (agrees) return undefined;
  const found = changes.map(({ id: change, text }) => `${change} (${text})`).join("; ");
  return { id, expected: verdict, actual, reason: `${name}: ${found || "nothing found"}` };
}
