/**
 * The library against other people's tokens (`jwt.json`).
 *
 * Cases of the layer `jws` ask the signature layer alone. Cases of the layer `jwt` ask signature,
 * type and claims with the expectations of the case, through the pieces that the token verifier is
 * made of: the verifier itself demands more than most of these cases carry.
 *
 * @module
 */

import {
  decideClaims,
  hasTokenType,
  parseClaims,
  prepareKeys,
  verifySignature,
  type Jwk,
  type JwsAlgorithm,
} from "sekisho/authentication";
import type { CorpusDifference, CorpusReport, ReadCorpus } from "./report.ts";

interface JwtCase {
  readonly id: string;
  readonly layer: "jws" | "jwt";
  readonly token: string;
  readonly keys: readonly Jwk[];
  readonly algorithms: readonly JwsAlgorithm[];
  readonly options: {
    readonly now?: number;
    readonly clockToleranceSeconds?: number;
    readonly issuer?: string;
    readonly audience?: string;
    readonly typ?: string;
    readonly requiredClaims?: readonly string[];
  };
  readonly expect: "accept" | "reject";
}

interface Verdict {
  readonly verdict: "accept" | "reject";
  readonly reason: string;
}

const file = "jwt.json";
const reject = (reason: string): Verdict => ({ verdict: "reject", reason });

async function judge(test: JwtCase): Promise<Verdict> {
  let keys;
  try {
    keys = prepareKeys(test.keys, test.algorithms);
  } catch (error) {
    return reject(`the key is refused: ${error instanceof Error ? error.message : ""}`);
  }
  // One case is longer than the verifier's own limit and about something else.
  const signed = await verifySignature(test.token, keys, { maxTokenBytes: 1 << 20 });
  if (signed.effect === "deny") return reject(signed.reason);
  if (test.layer === "jws") return { verdict: "accept", reason: "signature holds" };

  const { typ, now = 0, ...expected } = test.options;
  if (typ !== undefined && !hasTokenType(signed.header, typ)) return reject("wrong-type");
  const claims = parseClaims(signed.payload);
  if (claims === undefined) return reject("malformed-payload");
  const decision = decideClaims(claims, { now, ...expected });
  return decision.effect === "deny"
    ? reject(decision.reason)
    : { verdict: "accept", reason: "signature and claims hold" };
}

/** Runs every decided case. */
export async function run(read: ReadCorpus): Promise<CorpusReport> {
  const { cases } = read(file) as { readonly cases: readonly JwtCase[] };
  const differences: CorpusDifference[] = [];
  for (const test of cases) {
    const { verdict, reason } = await judge(test);
    if (verdict !== test.expect)
      differences.push({ id: test.id, expected: test.expect, actual: verdict, reason });
  }
  return { file, passed: cases.length - differences.length, total: cases.length, differences };
}
