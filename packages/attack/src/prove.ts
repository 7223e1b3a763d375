/**
 * The proof as one call in a project's own tests.
 *
 * Promise: it fails when a hole is found, when a risk could not be judged, and when an operation was
 * never reached with a valid request, unless the caller names these. A proof that looked at nothing is
 * no proof.
 *
 * @module
 */

import type { AttackOptions } from "./attack-options.ts";
import { runAttack } from "./attack.ts";
import type { Finding, Report } from "./report/report.ts";
import type { RiskId } from "./technique/technique.ts";

/** What a proof is given beside the options of a run. */
export interface ProofOptions extends AttackOptions {
  /** Keys of operations that no valid request reaches, such as "POST /api/webhooks/payment". */
  readonly mayStayUnreached?: readonly string[];
  /** Risks for which the API has nothing to judge, such as "API7" where no operation takes a URL. */
  readonly mayStayUntested?: readonly RiskId[];
}

/**
 * Thrown when the proof does not hold; `report` says everything.
 *
 * @example
 * prove(options).catch((error) => {
 *   if (error instanceof ProofFailure) console.error(error.report.findings);
 * });
 */
export class ProofFailure extends Error {
  override readonly name = "ProofFailure";
  /** What the run found. */
  readonly report: Report;

  constructor(faults: readonly string[], report: Report) {
    super(`the proof does not hold:\n${faults.map((fault) => `  - ${fault}`).join("\n")}`);
    this.report = report;
  }
}

/**
 * Attacks an API in a test and throws unless every risk was tried, every operation reached and no hole
 * found.
 *
 * @throws ProofFailure with every reason at once; besides what `runAttack` throws.
 *
 * @example
 * await prove({ target: api.origin, openApi: api.openApi(), principals: "test/principals.yaml" });
 */
export async function prove(options: ProofOptions): Promise<Report> {
  const report = await runAttack(options);
  const faults = faultsOf(report, options);
  if (faults.length > 0) throw new ProofFailure(faults, report);
  return report;
}

function faultsOf(report: Report, options: ProofOptions): readonly string[] {
  const { mayStayUnreached = [], mayStayUntested = [] } = options;
  const stopped = report.stopped === undefined ? [] : [`the run ended early: ${report.stopped}`];
  const outside = report.principals
    .filter(({ signedIn }) => !signedIn)
    .map(({ name }) => `${name} could not sign in`);
  const findings = report.findings.filter(({ known }) => !known).map(lineOf);
  const unreached = report.reach
    .filter(
      ({ operation, reachedAs }) => reachedAs.length === 0 && !mayStayUnreached.includes(operation),
    )
    .map(({ operation, why }) => `${operation} was never reached: ${why}`);
  const untested = report.risks
    .filter(({ risk, standing }) => standing === "not tested" && !mayStayUntested.includes(risk))
    .map(({ risk, title }) => `${risk} ${title} was not tested`);
  const broken = report.techniques
    .filter(({ failure }) => failure !== undefined)
    .map(({ technique, failure }) => `${technique.id} broke: ${failure ?? ""}`);
  return [...stopped, ...outside, ...findings, ...unreached, ...untested, ...broken];
}

function lineOf({ id, risk, target, title, because, curl }: Finding): string {
  return `${id} ${risk} ${target}: ${title}: ${because}\n      ${curl}`;
}
