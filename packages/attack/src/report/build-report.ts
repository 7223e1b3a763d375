/**
 * From what the techniques found out to one report: findings, suspicions, and ten rows.
 *
 * Several techniques that open one hole at one operation are one finding. A suspicion beside a proof
 * of the same hole is dropped. A risk is `held` only when an attack was refused: what was never
 * judged is `not tested`.
 *
 * @module
 */

import type { Outcome, Technique } from "../technique/technique.ts";
import type { Exchange } from "../wire/exchange.ts";
import { toCurl } from "../wire/curl.ts";
import { createRedaction, type Redaction } from "../wire/redact.ts";
import { attackOf } from "./evidence.ts";
import { findingId } from "./finding-id.ts";
import type { Finding, Report, RiskSummary, TechniqueReport } from "./report.ts";
import { byRisk, bySeverity, risks, type Risk } from "./risks.ts";
import { version } from "./version.ts";

/** What a report is built from. */
export interface ReportInput {
  readonly target: string;
  readonly title: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly seed: number;
  readonly stopped: string | undefined;
  readonly techniqueReports: readonly TechniqueReport[];
  readonly reach: Report["reach"];
  readonly principals: Report["principals"];
  readonly warnings: readonly string[];
  readonly exchanges: readonly Exchange[];
  readonly requests: number;
  /** "http://127.0.0.1:8080", without a path: where the curl lines go. */
  readonly origin: string;
  /** Ids of findings that are known. */
  readonly baseline: readonly string[];
  /** The declaration or rule that a hit of this technique at this target breaks. */
  readonly policyOf: (target: string, technique: Technique) => string;
}

/** Most exchanges that one finding carries. */
const mostEvidence = 6;

/** Builds the report of a run. */
export function buildReport(input: ReportInput): Report {
  const hits = input.techniqueReports.flatMap(({ technique, outcomes }) =>
    outcomes
      .filter(({ verdict }) => verdict === "vulnerable")
      .map((outcome) => ({ technique, outcome })),
  );
  const context = { ...input, redaction: createRedaction(input.exchanges) };
  const findings = merge(hits, "confirmed", context);
  const proven = new Set(findings.map(placeOf));
  const suspicions = merge(hits, "suspected", context).filter((one) => !proven.has(placeOf(one)));
  return {
    tool: { name: "sekisho attack", version },
    target: input.target,
    title: input.title,
    startedAt: input.startedAt,
    endedAt: input.endedAt,
    seed: input.seed,
    stopped: input.stopped,
    risks: risks.map((risk) => summarise(risk, input.techniqueReports, findings, suspicions)),
    findings,
    suspicions,
    techniques: input.techniqueReports,
    reach: input.reach,
    principals: input.principals,
    warnings: input.warnings,
    requests: input.requests,
    exchanges: input.exchanges,
  };
}

interface Context extends ReportInput {
  /** Takes the credentials of the run out of what techniques wrote. */
  readonly redaction: Redaction;
}

interface Hit {
  readonly technique: Technique;
  readonly outcome: Outcome;
}

function merge(
  hits: readonly Hit[],
  confidence: Finding["confidence"],
  context: Context,
): readonly Finding[] {
  const groups = Map.groupBy(
    hits.filter(({ outcome }) => outcome.confidence === confidence),
    ({ technique, outcome }) => findingId({ ...technique, target: outcome.target }),
  );
  return [...groups]
    .map(([id, group]) => findingOf(id, group, confidence, context))
    .toSorted(worstFirst);
}

/** The hit that names the finding is the worst one; among equals the first that was made. */
function findingOf(
  id: string,
  group: readonly Hit[],
  confidence: Finding["confidence"],
  { redaction, policyOf, origin, baseline }: Context,
): Finding {
  const [lead, ...others] = group.toSorted((one, other) =>
    bySeverity(one.technique.severity, other.technique.severity),
  );
  if (lead === undefined) throw new TypeError("A finding needs a hit.");
  const { technique, outcome } = lead;
  const evidence = outcome.evidence.slice(0, mostEvidence);
  const attack = attackOf(evidence);
  return {
    id,
    risk: technique.risk,
    severity: technique.severity,
    target: outcome.target,
    hole: technique.hole,
    title: technique.title,
    because: redaction.body(outcome.because),
    policy: policyOf(outcome.target, technique),
    remedy: technique.remedy,
    confidence,
    techniques: [...new Set([technique.id, ...others.map((other) => other.technique.id)])],
    variants: [...new Set(group.map((hit) => redaction.body(hit.outcome.variant)))].filter(
      (text) => text !== "",
    ),
    evidence,
    curl: attack === undefined ? "" : toCurl(attack, origin),
    known: baseline.includes(id),
  };
}

function placeOf({ target, hole }: Finding): string {
  return JSON.stringify([target, hole]);
}

function worstFirst(one: Finding, other: Finding): number {
  return (
    bySeverity(one.severity, other.severity) ||
    byRisk(one.risk, other.risk) ||
    compare(one.target, other.target) ||
    compare(one.hole, other.hole)
  );
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function summarise(
  { id, title }: Risk,
  reports: readonly TechniqueReport[],
  findings: readonly Finding[],
  suspicions: readonly Finding[],
): RiskSummary {
  const own = reports.filter(({ technique }) => technique.risk === id);
  const outcomes = own.flatMap((report) => report.outcomes);
  const count = (verdict: Outcome["verdict"]): number =>
    outcomes.filter((outcome) => outcome.verdict === verdict).length;
  const found = findings.filter(({ risk }) => risk === id).length;
  const standing = count("protected") > 0 ? "held" : "not tested";
  return {
    risk: id,
    title,
    standing: found > 0 ? "broken" : standing,
    tried: outcomes.length - count("not-applicable"),
    protected: count("protected"),
    inconclusive: count("inconclusive"),
    findings: found,
    suspicions: suspicions.filter(({ risk }) => risk === id).length,
    notApplicable: own.filter(wasNotApplied).length,
  };
}

/** Whether a technique could not be applied to anything. */
export function wasNotApplied({ missing, outcomes, failure }: TechniqueReport): boolean {
  if (missing.length > 0) return true;
  return failure === undefined && outcomes.every(({ verdict }) => verdict === "not-applicable");
}
