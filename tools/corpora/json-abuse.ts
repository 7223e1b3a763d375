/**
 * Hostile JSON bodies: JSONTestSuite, prototype pollution, duplicates, numbers, nesting, encodings.
 *
 * @module
 */

import { compileInput, parseJson } from "sekisho/contract";
import { z } from "zod";
import type { CorpusDifference, CorpusReport, ReadCorpus } from "./report.ts";

type Part = { readonly text: string } | { readonly repeat: string; readonly count: number };

interface JsonCase {
  readonly id: string;
  readonly name: string;
  readonly category: string;
  readonly expect: "parse" | "reject" | "either" | "no-pollution";
  readonly bodyBase64?: string;
  readonly bodyParts?: readonly Part[];
}

/** Milliseconds after which an answer is a hang. */
const patience = 1000;
const strict = compileInput(z.object({ a: z.unknown(), n: z.unknown() }));
const nobody: ReadonlySet<string> = new Set();

function bytesOf(one: JsonCase): Uint8Array {
  if (one.bodyBase64 !== undefined) return Buffer.from(one.bodyBase64, "base64");
  const text = (one.bodyParts ?? []).map((part) =>
    "text" in part ? part.text : part.repeat.repeat(part.count),
  );
  return Buffer.from(text.join(""));
}

/** The names that stand on the prototype of every object. */
function prototypeNames(): string {
  return Reflect.ownKeys(Object.prototype).map(String).join();
}

function holdsInfinity(value: unknown): boolean {
  if (typeof value === "number") return !Number.isFinite(value);
  return typeof value === "object" && value !== null && Object.values(value).some(holdsInfinity);
}

/** What became of a body, as one word and a reason. */
function judge(one: JsonCase): string {
  const bytes = bytesOf(one);
  const before = prototypeNames();
  const start = performance.now();
  let outcome: string;
  try {
    const decision = parseJson(bytes);
    outcome = decision.effect === "allow" ? "parse" : `reject: ${decision.reason}`;
    if (decision.effect === "allow") {
      strict(decision.value, nobody);
      if (holdsInfinity(decision.value)) outcome = "a number that is not finite got through";
    }
  } catch (error) {
    outcome = `threw ${String(error)}`;
  }
  if (performance.now() - start > patience) return "hang";
  if (prototypeNames() !== before) return "pollution";
  return outcome;
}

function isAsExpected(expect: JsonCase["expect"], outcome: string): boolean {
  const isRejected = outcome.startsWith("reject");
  switch (expect) {
    case "parse":
      return outcome === "parse";
    case "reject":
      return isRejected;
    case "either":
    case "no-pollution":
      return isRejected || outcome === "parse";
  }
}

function reasonOf(one: JsonCase, outcome: string): string {
  return one.name.includes("duplicated_key") && outcome === "reject: duplicate-name"
    ? "RFC 8259 §4 leaves repeated names open; RFC 7493 §2.3 and our contract forbid them"
    : "unexplained";
}

/** Runs all cases of `json-abuse.json`. */
// oxlint-disable-next-line typescript/require-await -- the type that all corpora share
export async function run(read: ReadCorpus): Promise<CorpusReport> {
  const { cases } = read("json-abuse.json") as { readonly cases: readonly JsonCase[] };
  const differences: CorpusDifference[] = [];
  for (const one of cases) {
    const actual = judge(one);
    if (isAsExpected(one.expect, actual)) continue;
    const reason = reasonOf(one, actual);
    differences.push({ id: one.id, expected: one.expect, actual, reason });
  }
  const total = cases.length;
  return { file: "json-abuse.json", passed: total - differences.length, total, differences };
}
