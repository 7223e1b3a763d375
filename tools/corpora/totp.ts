/**
 * The library against the one-time code vectors of RFC 4226 and RFC 6238 (`hotp.json`,
 * `totp.json`) and against cases of window, replay and malformed codes.
 *
 * The corpus counts seconds; the library milliseconds, as its clock does. `window: n` of the corpus
 * reaches to both sides; the library's default does not look ahead.
 *
 * @module
 */

import { hotp, verifyTotp, type OtpAlgorithm } from "sekisho/authentication";
import type { CorpusDifference, CorpusReport, ReadCorpus } from "./report.ts";

interface CodeCase {
  readonly id: string;
  readonly secretBase32: string;
  readonly counter: number;
  readonly digits: number;
  readonly algorithm: OtpAlgorithm;
  readonly code: string;
  readonly time?: number;
  readonly step?: number;
}

interface VerificationCase extends Omit<CodeCase, "counter"> {
  readonly time: number;
  readonly step: number;
  readonly window: number;
  readonly expect: "valid" | "invalid" | "either";
  readonly replayOf?: string;
  readonly lastAcceptedCounter?: number;
}

type Difference = CorpusDifference | undefined;

function checkCode(test: CodeCase): Difference {
  const { secretBase32: secret, counter, digits, algorithm, code, id } = test;
  const made = hotp({ secret, counter, digits, algorithm });
  if (made !== code) return { id, expected: code, actual: made, reason: "another code" };
  if (test.time === undefined) return undefined;
  const decision = verifyTotp({
    secret,
    code,
    digits,
    algorithm,
    now: test.time * 1000,
    stepSeconds: test.step ?? 30,
    window: { past: 0, future: 0 },
  });
  if (decision.effect === "allow" && decision.step === counter) return undefined;
  return { id, expected: `step ${counter}`, actual: decision.effect, reason: "not verified" };
}

function checkVerification(test: VerificationCase): Difference {
  const question = {
    secret: test.secretBase32,
    code: test.code,
    digits: test.digits,
    algorithm: test.algorithm,
    now: test.time * 1000,
    stepSeconds: test.step,
    window: { past: test.window, future: test.window },
  };
  let lastStep = test.lastAcceptedCounter;
  if (test.replayOf !== undefined) {
    const first = verifyTotp(question);
    if (first.effect === "allow") lastStep = first.step;
  }
  const decision = verifyTotp({ ...question, lastStep });
  const actual = decision.effect === "allow" ? "valid" : "invalid";
  if (test.expect === "either" || test.expect === actual) return undefined;
  const reason = decision.effect === "deny" ? decision.reason : "accepted";
  return { id: test.id, expected: test.expect, actual, reason };
}

function report(file: string, results: readonly Difference[]): CorpusReport {
  const differences = results.filter((result) => result !== undefined);
  return { file, passed: results.length - differences.length, total: results.length, differences };
}

/** Runs both files; every case of theirs is decided. */
export function run(read: ReadCorpus): Promise<readonly CorpusReport[]> {
  const counters = read("hotp.json") as { readonly cases: readonly CodeCase[] };
  const times = read("totp.json") as {
    readonly cases: readonly CodeCase[];
    readonly verification: readonly VerificationCase[];
  };
  return Promise.resolve([
    report("hotp.json", counters.cases.map(checkCode)),
    report("totp.json", [
      ...times.cases.map(checkCode),
      ...times.verification.map(checkVerification),
    ]),
  ]);
}
