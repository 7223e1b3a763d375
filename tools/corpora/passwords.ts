/**
 * The library against other people's passwords (`passwords.json`): what may be set, and which
 * attempt verifies against which enrolment.
 *
 * The corpus demands 12 to 128 characters with a symbol and knows no way round the symbol: the
 * policy below. Its pairs are hashed for real; some of them are too short for any policy, which is
 * no matter of hashing. Where the verdict depends on the list that a library bundles, the corpus
 * decides nothing and neither do we.
 *
 * @module
 */

import {
  checkPassword,
  hashPassword,
  verifyPassword,
  type PasswordPolicy,
} from "sekisho/authentication";
import type { CorpusDifference, CorpusReport, ReadCorpus } from "./report.ts";

interface PolicyCase {
  readonly id: string;
  readonly password?: string;
  readonly passwordRepeat?: { readonly unit: string; readonly count: number };
  readonly expect: "accept" | "reject";
  readonly reason: string;
}

interface PairCase {
  readonly id: string;
  readonly enrol: string;
  readonly attempt: string;
  readonly expect: "verified" | "not verified";
}

const file = "passwords.json";
const policy: PasswordPolicy = { minLength: 12, requireSymbol: true, maxLength: 128 };

function checkCase(test: PolicyCase): CorpusDifference | undefined {
  const { id, passwordRepeat } = test;
  const password = test.password ?? passwordRepeat?.unit.repeat(passwordRepeat.count) ?? "";
  const decision = checkPassword(password, policy);
  const expected = test.expect === "accept" ? "accept" : `reject: ${test.reason}`;
  const actual = decision.effect === "allow" ? "accept" : `reject: ${decision.reason}`;
  return actual === expected ? undefined : { id, expected, actual, reason: "unexplained" };
}

async function checkPair(test: PairCase): Promise<CorpusDifference | undefined> {
  const decision = await verifyPassword(test.attempt, await hashPassword(test.enrol));
  const actual = decision.effect === "allow" ? "verified" : "not verified";
  if (actual === test.expect) return undefined;
  return { id: test.id, expected: test.expect, actual, reason: "unexplained" };
}

/** Runs every decided case and every pair. */
export async function run(read: ReadCorpus): Promise<CorpusReport> {
  const { cases, pairs } = read(file) as {
    readonly cases: readonly PolicyCase[];
    readonly pairs: readonly PairCase[];
  };
  const results = cases.map(checkCase);
  for (const pair of pairs) results.push(await checkPair(pair));
  const differences = results.filter((result) => result !== undefined);
  return { file, passed: results.length - differences.length, total: results.length, differences };
}
