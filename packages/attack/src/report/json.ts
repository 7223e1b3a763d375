/**
 * The report as JSON, for programs: one documented shape, versioned by `format`.
 *
 * Credentials are taken out. Only the exchanges of findings and suspicions are in it; all of them
 * are in the HAR file. Within one `format`, properties are added and never change their meaning.
 *
 * @module
 */

import type { RiskId, Severity } from "../technique/technique.ts";
import { exitCodeOf, type ExitCode } from "./exit-code.ts";
import { timestamp } from "./figures.ts";
import { harmlessJson } from "./harmless.ts";
import { notTested, type Unjudged } from "./not-tested.ts";
import type { Finding, Reach, Report, RiskSummary, TechniqueReport } from "./report.ts";
import { createExchangeView, type ExchangeView, type ShownExchange } from "./shown-exchange.ts";
import { verdictCounts, type VerdictCounts } from "./verdicts.ts";

/** The JSON report, format 1. */
export interface JsonReport {
  readonly format: 1;
  readonly tool: Report["tool"];
  /** Base URL that was attacked. */
  readonly target: string;
  readonly title: string;
  /** ISO 8601, in UTC. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly seed: number;
  /** Null when the run is whole. */
  readonly stopped: string | null;
  readonly exitCode: ExitCode;
  readonly requests: number;
  readonly risks: readonly RiskSummary[];
  readonly findings: readonly JsonFinding[];
  readonly suspicions: readonly JsonFinding[];
  readonly techniques: readonly JsonTechnique[];
  /** One entry for each operation. */
  readonly coverage: readonly Reach[];
  readonly principals: Report["principals"];
  readonly notTested: JsonNotTested;
  readonly warnings: readonly string[];
}

/** One finding or suspicion; `evidence` is the control, the attack, and what was read afterwards. */
export interface JsonFinding extends Omit<Finding, "evidence"> {
  readonly evidence: readonly ShownExchange[];
}

/** What one technique did. */
export interface JsonTechnique {
  readonly id: string;
  readonly risk: RiskId;
  readonly title: string;
  readonly severity: Severity;
  readonly verdicts: VerdictCounts;
  readonly missing: readonly string[];
  /** Null when it ended as it should. */
  readonly failure: string | null;
  readonly requests: number;
  readonly milliseconds: number;
}

/** What could not be tested; techniques by id. */
export interface JsonNotTested {
  readonly risks: readonly RiskId[];
  readonly locked: readonly {
    readonly need: string;
    readonly unlock: string;
    readonly techniques: readonly string[];
  }[];
  readonly failed: readonly JsonUnjudged[];
  readonly inconclusive: readonly JsonUnjudged[];
  readonly inapplicable: readonly JsonUnjudged[];
}

/** A technique that came to no judgement. */
export interface JsonUnjudged {
  readonly technique: string;
  readonly because: string;
}

/**
 * Writes a report as JSON.
 *
 * @example
 * writeFileSync("report.json", toJson(report));
 */
export function toJson(report: Report): string {
  return harmlessJson(jsonReport(report));
}

function jsonReport(report: Report): JsonReport {
  const view = createExchangeView(report);
  return {
    format: 1,
    tool: report.tool,
    target: report.target,
    title: report.title,
    startedAt: timestamp(report.startedAt),
    endedAt: timestamp(report.endedAt),
    seed: report.seed,
    stopped: report.stopped ?? null,
    exitCode: exitCodeOf(report),
    requests: report.requests,
    risks: report.risks,
    findings: report.findings.map((finding) => jsonFinding(finding, view)),
    suspicions: report.suspicions.map((finding) => jsonFinding(finding, view)),
    techniques: report.techniques.map(jsonTechnique),
    coverage: report.reach,
    principals: report.principals,
    notTested: jsonNotTested(report),
    warnings: report.warnings,
  };
}

function jsonFinding(finding: Finding, view: ExchangeView): JsonFinding {
  return { ...finding, evidence: finding.evidence.map(view) };
}

function jsonTechnique(report: TechniqueReport): JsonTechnique {
  const { id, risk, title, severity } = report.technique;
  const { missing, failure = null, requests, milliseconds } = report;
  const verdicts = verdictCounts(report);
  return { id, risk, title, severity, verdicts, missing, failure, requests, milliseconds };
}

function jsonNotTested(report: Report): JsonNotTested {
  const { locked, failed, inconclusive, inapplicable } = notTested(report);
  return {
    risks: report.risks.filter((row) => row.standing === "not tested").map(({ risk }) => risk),
    locked: locked.map(({ need, unlock, techniques }) => ({
      need,
      unlock,
      techniques: techniques.map(({ id }) => id),
    })),
    failed: failed.map(jsonUnjudged),
    inconclusive: inconclusive.map(jsonUnjudged),
    inapplicable: inapplicable.map(jsonUnjudged),
  };
}

function jsonUnjudged({ technique, because }: Unjudged): JsonUnjudged {
  return { technique: technique.id, because };
}
