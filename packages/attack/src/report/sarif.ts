/**
 * The report as SARIF 2.1.0, for code scanning.
 *
 * Rules are the techniques that found something. A finding is a result of kind `fail`, a suspicion
 * one of kind `review`. What the baseline knows is `unchanged` and suppressed. Credentials are taken
 * out of the requests.
 *
 * @module
 */

import type { Severity, Technique } from "../technique/technique.ts";
import { lineOf } from "./document-line.ts";
import { attackOf } from "./evidence.ts";
import { exitCodeOf } from "./exit-code.ts";
import { timestamp } from "./figures.ts";
import { harmlessJson, harmlessLines } from "./harmless.ts";
import type { Finding, Report } from "./report.ts";
import { risks } from "./risks.ts";
import { createExchangeView, type ExchangeView, type ShownExchange } from "./shown-exchange.ts";
import { webRequestOf, webResponseOf } from "./sarif-web.ts";

/** The OpenAPI document, to point at in code scanning. */
export interface SarifDocument {
  /** Path below the root of the repository, or an absolute URI. */
  readonly uri: string;
  /** Its text, from which the line of an operation is found. */
  readonly text?: string;
}

const schema = "https://json.schemastore.org/sarif-2.1.0.json";

/**
 * Writes a report as SARIF 2.1.0.
 *
 * @example
 * writeFileSync("report.sarif", toSarif(report, { uri: "openapi.yaml" }));
 */
export function toSarif(report: Report, document?: SarifDocument): string {
  const log = { $schema: schema, version: "2.1.0", runs: [runOf(report, document)] };
  return harmlessJson(log);
}

function runOf(report: Report, document: SarifDocument | undefined): object {
  const all = [...report.findings, ...report.suspicions];
  const used = new Set(all.flatMap(({ techniques }) => techniques));
  const rules = report.techniques
    .map(({ technique }) => technique)
    .filter(({ id }) => used.has(id));
  const compared = all.some(({ known }) => known);
  const view = createExchangeView(report);
  return {
    tool: {
      driver: {
        name: report.tool.name,
        version: report.tool.version,
        rules: rules.map(ruleOf),
      },
    },
    invocations: [invocationOf(report)],
    ...(document === undefined ? {} : { artifacts: [{ location: { uri: document.uri } }] }),
    columnKind: "utf16CodeUnits",
    results: all.map((finding) => resultOf(finding, rules, { document, compared, view })),
  };
}

const levels: Readonly<Record<Severity, "error" | "warning" | "note">> = {
  critical: "error",
  high: "error",
  medium: "warning",
  low: "note",
};

/** The figure by which code scanning sorts, on the scale of CVSS. */
const scores: Readonly<Record<Severity, string>> = {
  critical: "9.5",
  high: "8.0",
  medium: "5.5",
  low: "3.0",
};

function ruleOf(technique: Technique): object {
  const risk = risks.find(({ id }) => id === technique.risk);
  return {
    id: technique.id,
    name: technique.hole,
    shortDescription: message(technique.title),
    fullDescription: message(`${technique.title}. ${technique.risk}: ${risk?.title ?? ""}.`),
    help: message(technique.remedy),
    ...(risk === undefined ? {} : { helpUri: risk.page }),
    defaultConfiguration: { level: levels[technique.severity] },
    properties: {
      tags: ["security", `owasp-api-2023/${technique.risk}`],
      precision: "high",
      "security-severity": scores[technique.severity],
    },
  };
}

/** What all results of a run share. */
interface Surroundings {
  readonly document: SarifDocument | undefined;
  /** Whether they were compared with a baseline. */
  readonly compared: boolean;
  readonly view: ExchangeView;
}

function resultOf(
  finding: Finding,
  rules: readonly Technique[],
  { document, compared, view }: Surroundings,
): object {
  const proven = finding.confidence === "confirmed";
  const [ruleId = ""] = finding.techniques;
  const attack = attackOf(finding.evidence);
  return {
    ruleId,
    ruleIndex: rules.findIndex(({ id }) => id === ruleId),
    kind: proven ? "fail" : "review",
    level: proven ? levels[finding.severity] : "none",
    message: message(`${finding.title} (${finding.target || "the whole API"}): ${finding.because}`),
    locations: [locationOf(finding.target, document)],
    partialFingerprints: { sekishoFindingId: finding.id },
    ...(compared ? comparisonOf(finding) : {}),
    ...(attack === undefined ? {} : webOf(view(attack))),
    properties: {
      risk: finding.risk,
      severity: finding.severity,
      policy: harmlessLines(finding.policy),
      remedy: harmlessLines(finding.remedy),
      techniques: finding.techniques,
      variants: finding.variants.map(harmlessLines),
      curl: finding.curl,
      "security-severity": scores[finding.severity],
    },
  };
}

function webOf(shown: ShownExchange): object {
  return { webRequest: webRequestOf(shown), webResponse: webResponseOf(shown) };
}

/** The standard wants these on all results of a run, or on none. */
function comparisonOf({ known }: Finding): object {
  return {
    baselineState: known ? "unchanged" : "new",
    suppressions: known
      ? [{ kind: "external", status: "accepted", justification: "It is in the baseline." }]
      : [],
  };
}

function locationOf(target: string, document: SarifDocument | undefined): object {
  const name = harmlessLines(target === "" ? "the whole API" : target);
  const logicalLocations = [{ name, fullyQualifiedName: name, kind: "resource" }];
  if (document === undefined) return { logicalLocations };
  const startLine = document.text === undefined ? 1 : lineOf(target, document.text);
  const artifactLocation = { uri: document.uri, index: 0 };
  return { physicalLocation: { artifactLocation, region: { startLine } }, logicalLocations };
}

/** A link that the target wrote into its answer must not become one in a viewer. */
function message(text: string): { readonly text: string } {
  return { text: harmlessLines(text).replaceAll("](", "] (") };
}

function invocationOf(report: Report): object {
  const notes = [
    ...(report.stopped === undefined ? [] : [["warning", `Stopped early: ${report.stopped}`]]),
    ...report.warnings.map((warning) => ["note", warning]),
    ...report.risks
      .filter(({ standing }) => standing === "not tested")
      .map(({ risk, title }) => ["note", `Not tested: ${risk} ${title}`]),
  ];
  return {
    executionSuccessful: report.stopped === undefined,
    exitCode: exitCodeOf(report),
    startTimeUtc: timestamp(report.startedAt),
    endTimeUtc: timestamp(report.endedAt),
    toolExecutionNotifications: notes.map(([level, text = ""]) => ({
      level,
      message: message(text),
    })),
    properties: { seed: report.seed, requests: report.requests, target: report.target },
  };
}
