/**
 * The report as JUnit XML: a suite for each risk, a case for each technique.
 *
 * A confirmed finding that is not known fails its case. A case passes only when an attack was
 * refused; what was never judged is skipped, with the reason.
 *
 * @module
 */

import { redactBody } from "../wire/redact.ts";
import { timestamp } from "./figures.ts";
import { harmlessLines } from "./harmless.ts";
import type { Finding, Report, TechniqueReport } from "./report.ts";
import { verdictCounts, verdictWords } from "./verdicts.ts";

/**
 * Writes a report as JUnit XML.
 *
 * @example
 * writeFileSync("report.xml", toJUnit(report));
 */
export function toJUnit(report: Report): string {
  const suites = report.risks.map(({ risk, title }) => {
    const own = report.techniques.filter(({ technique }) => technique.risk === risk);
    return suiteOf(
      `${risk} ${title}`,
      own.map((one) => caseOf(one, report)),
      report.startedAt,
    );
  });
  const cases = suites.flatMap((suite) => suite.cases);
  const attributes = { name: `sekisho attack: ${report.title}`, ...totals(cases) };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${written(attributes)}>`,
    ...suites.map(({ xml }) => xml),
    "</testsuites>",
    "",
  ].join("\n");
}

interface Case {
  readonly name: string;
  readonly result: "passed" | "failed" | "skipped";
  /** Why it failed or was skipped, in a line. */
  readonly message: string;
  /** The findings in full. */
  readonly details: string;
  /** Known findings and suspicions: said, but fail nothing. */
  readonly remarks: string;
  readonly seconds: number;
}

function caseOf(one: TechniqueReport, report: Report): Case {
  const { technique, milliseconds } = one;
  const shows = ({ techniques }: Finding): boolean => techniques.includes(technique.id);
  const findings = report.findings.filter(shows);
  const fresh = findings.filter(({ known }) => !known);
  const remarks = [
    ...findings.filter(({ known }) => known).map((finding) => `Known: ${describe(finding)}`),
    ...report.suspicions.filter(shows).map((finding) => `Suspected: ${describe(finding)}`),
  ].join("\n\n");
  const base = {
    name: `${technique.id} ${technique.title}`,
    remarks,
    seconds: milliseconds / 1000,
    details: fresh.map(describe).join("\n\n"),
  };
  if (fresh.length > 0) {
    const message = fresh.map(({ target, because }) => `${target || "API"}: ${because}`).join("; ");
    return { ...base, result: "failed", message };
  }
  const judged = verdictCounts(one).protected > 0 || findings.length > 0;
  if (judged && one.failure === undefined) return { ...base, result: "passed", message: "" };
  return { ...base, result: "skipped", message: skipReason(one) };
}

function skipReason(report: TechniqueReport): string {
  const because = report.outcomes.find(({ verdict }) => verdict !== "protected")?.because;
  const words = verdictWords(report);
  return because === undefined || report.missing.length > 0
    ? words
    : redactBody(`${words}: ${because}`);
}

function describe({ id, severity, title, target, because, policy, remedy, curl }: Finding): string {
  return [
    `${id} (${severity}): ${title}`,
    `Endpoint: ${target || "the whole API"}`,
    `Seen: ${because}`,
    `Policy: ${policy}`,
    `Mend: ${remedy}`,
    ...(curl === "" ? [] : [`Repeat: ${curl}`]),
  ].join("\n");
}

function suiteOf(
  name: string,
  cases: readonly Case[],
  startedAt: number,
): { readonly cases: readonly Case[]; readonly xml: string } {
  const attributes = { name, ...totals(cases), timestamp: timestamp(startedAt).slice(0, 19) };
  const xml = [
    `  <testsuite${written(attributes)}>`,
    ...cases.map((one) => caseXml(one, name)),
    "  </testsuite>",
  ].join("\n");
  return { cases, xml };
}

function totals(cases: readonly Case[]): Readonly<Record<string, string>> {
  const number = (result: Case["result"]): string =>
    String(cases.filter((one) => one.result === result).length);
  return {
    tests: String(cases.length),
    failures: number("failed"),
    errors: "0",
    skipped: number("skipped"),
    time: cases.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(3),
  };
}

function caseXml(
  { name, result, message, details, remarks, seconds }: Case,
  suite: string,
): string {
  const inner = [
    ...(result === "failed"
      ? [`      <failure${written({ message, type: "finding" })}>${text(details)}</failure>`]
      : []),
    ...(result === "skipped" ? [`      <skipped${written({ message })}/>`] : []),
    ...(remarks === "" ? [] : [`      <system-out>${text(remarks)}</system-out>`]),
  ];
  const attributes = written({ name, classname: suite, time: seconds.toFixed(3) });
  if (inner.length === 0) return `    <testcase${attributes}/>`;
  return [`    <testcase${attributes}>`, ...inner, "    </testcase>"].join("\n");
}

function written(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${text(value).replaceAll("\n", "&#10;")}"`)
    .join("");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** What XML 1.0 does not allow has become visible before it is escaped. */
function text(value: string): string {
  return harmlessLines(value).replace(/[&<>"']/g, (character) => entities[character] ?? "");
}
