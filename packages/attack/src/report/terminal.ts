/**
 * The report for a terminal: ten rows, coverage, findings, suspicions, and what was not tested.
 *
 * Nothing that the target said reaches the terminal as a control character. Colour only repeats what
 * the words say.
 *
 * @module
 */

import { exitCodeOf } from "./exit-code.ts";
import { count, counted, duration, headline, reachWords } from "./figures.ts";
import { harmless } from "./harmless.ts";
import { notTested } from "./not-tested.ts";
import type { Report, RiskSummary } from "./report.ts";
import { risks } from "./risks.ts";
import {
  fitted,
  hanging,
  heading,
  painted,
  point,
  span,
  type Style,
  type StyledLine,
} from "./styled-line.ts";
import { findingLines, suspicionLines } from "./terminal-findings.ts";
import { techniqueLines } from "./terminal-techniques.ts";
import { cells, clipped, padded } from "./text-layout.ts";

/** How to write for a terminal. */
export interface TerminalOptions {
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  /** Also every technique with its verdicts, and the exchanges of each finding. */
  readonly verbose?: boolean;
}

/**
 * Writes a report for a terminal.
 *
 * @example
 * process.stdout.write(renderTerminal(report, { color: false, width: 100 }));
 */
export function renderTerminal(report: Report, options: TerminalOptions): string {
  const { color, verbose = false } = options;
  const width = Math.max(60, options.width);
  const lines = [
    ...titleLines(report, width),
    ...riskTable(report.risks, width),
    ...coverageLines(report, width),
    ...report.findings.flatMap((finding) => findingLines(finding, width, verbose)),
    ...suspicionLines(report.suspicions, width),
    ...(verbose ? techniqueLines(report.techniques, width) : []),
    ...notTestedLines(report, width),
    ...warningLines(report, width),
    ...closingLines(report, width),
  ];
  return painted(lines, color);
}

function titleLines(report: Report, width: number): readonly StyledLine[] {
  const { title, target, requests, startedAt, endedAt, seed, findings, stopped } = report;
  const spent = duration(endedAt - startedAt);
  return [
    fitted([span("Sekisho attack", "bold"), span(` · ${title} · ${target}`)], width),
    [span(headline(report), findings.length > 0 ? "alarm" : "bold")],
    [span(`${counted(requests, "request")} in ${spent}, seed ${seed}`, "dim")],
    ...(stopped === undefined
      ? []
      : hanging([span("Stopped early: ", "yellow")], `${stopped}. The report is partial.`, width)),
  ];
}

const standings: Readonly<Record<RiskSummary["standing"], readonly [word: string, style: Style]>> =
  {
    broken: ["✗ broken", "red"],
    held: ["✓ held", "green"],
    "not tested": ["– not tested", "dim"],
  };

type Column = "tried" | "protected" | "unclear" | "findings";

const columns: readonly Column[] = ["tried", "protected", "unclear", "findings"];

/** Columns before those of the figures: the risk's id and its standing. */
const fixed = 7 + 14;

function riskTable(rows: readonly RiskSummary[], width: number): readonly StyledLine[] {
  const names =
    width < 80 ? columns.filter((name) => name !== "tried" && name !== "unclear") : columns;
  const room = width - fixed - names.join("  ").length - 2;
  const titlesFit = rows.every(({ title }) => cells(harmless(title)) <= room);
  const titles = rows.map((row) =>
    clipped(harmless(titlesFit ? row.title : shortTitle(row)), room),
  );
  const column = Math.max(...titles.map(cells));
  const markWidth = Math.max(...rows.map((row) => suspicionMark(row).length));
  const head = `${" ".repeat(7)}${padded("Risk", column)}${" ".repeat(14)}`;
  return [
    [],
    [span(`${head}  ${names.join("  ")}`, "dim")],
    ...rows.map((row, index) =>
      riskRow(row, padded(titles[index] ?? "", column), { names, markWidth }),
    ),
    ...suspicionNote(rows),
  ];
}

function shortTitle({ risk, title }: RiskSummary): string {
  return risks.find(({ id }) => id === risk)?.short ?? title;
}

function riskRow(
  row: RiskSummary,
  title: string,
  { names, markWidth }: { readonly names: readonly Column[]; readonly markWidth: number },
): StyledLine {
  const [word, style] = standings[row.standing];
  const values: Readonly<Record<Column, number>> = { ...row, unclear: row.inconclusive };
  const figures = names.map((name) => {
    const room = name.length + 2 - (name === "findings" ? markWidth : 0);
    return padded(count(values[name]), room, "right");
  });
  return [
    span(`${row.risk.padEnd(5)}  `, "bold"),
    span(title),
    span(`  ${padded(word, 12)}`, style),
    span(figures.join(""), row.standing === "not tested" ? "dim" : "plain"),
    span(suspicionMark(row), "yellow"),
  ];
}

/** A plus and the number of suspicions, behind that of the findings. */
function suspicionMark({ suspicions }: RiskSummary): string {
  return suspicions > 0 ? `+${suspicions}?` : "";
}

function suspicionNote(rows: readonly RiskSummary[]): readonly StyledLine[] {
  if (rows.every(({ suspicions }) => suspicions === 0)) return [];
  return [[span("       +n? are suspicions: worth a look, not proven.", "dim")]];
}

function coverageLines(report: Report, width: number): readonly StyledLine[] {
  const { reach, principals } = report;
  const never = reach.filter(({ reachedAs }) => reachedAs.length === 0);
  const signedIn = principals
    .filter((one) => one.signedIn)
    .map(({ name, role }) => `${name} (${role})`);
  const absent = principals
    .filter((one) => !one.signedIn)
    .map(({ name, role }) => `${name} (${role})`);
  return [
    ...heading("Coverage"),
    ...hanging([span("  ")], `${reachWords(report)} answered a valid request with 2xx.`, width),
    ...hanging([span("  Principals: ", "dim")], ["anonymous", ...signedIn].join(", "), width),
    ...(absent.length > 0
      ? hanging([span("  Never signed in: ", "yellow")], absent.join(", "), width)
      : []),
    ...(never.length > 0 ? [[span("  Never reached, so hardly tested:", "yellow")]] : []),
    ...never.flatMap(({ operation, why }) =>
      point([span("  - ")], `${operation}: ${why === "" ? "no reason known" : why}`, width),
    ),
  ];
}

function notTestedLines(report: Report, width: number): readonly StyledLine[] {
  const { locked, failed, inapplicable, inconclusive } = notTested(report);
  const idle = report.risks.filter(({ standing }) => standing === "not tested");
  const lines = [
    ...locked.flatMap(({ need, unlock, techniques }) => {
      const ids = techniques.map(({ id }) => id).join(", ");
      const words = `${counted(techniques.length, "technique")} (${ids}). To unlock: ${unlock}.`;
      return point([span(`  - needs ${need}: `, "yellow")], words, width);
    }),
    ...failed.flatMap(({ technique, because }) =>
      point([span(`  - ${technique.id} ended early: `, "yellow")], because, width),
    ),
    ...group("could not be judged", inconclusive, width),
    ...group("nothing here to try", inapplicable, width),
  ];
  if (lines.length === 0 && idle.length === 0) return [];
  const names = idle.map(({ risk }) => risk).join(", ");
  return [
    ...heading("Not tested"),
    ...(idle.length > 0
      ? hanging([span("  ")], `Nothing is known about ${names}. That does not mean safe.`, width)
      : []),
    ...lines,
  ];
}

function group(
  label: string,
  unjudged: ReturnType<typeof notTested>["inapplicable"],
  width: number,
): readonly StyledLine[] {
  if (unjudged.length === 0) return [];
  const ids = unjudged.map(({ technique }) => technique.id).join(", ");
  return point([span(`  - ${label}: `, "dim")], ids, width);
}

function warningLines({ warnings }: Report, width: number): readonly StyledLine[] {
  if (warnings.length === 0) return [];
  return [
    ...heading("Warnings"),
    ...warnings.flatMap((warning) => point([span("  - ")], warning, width)),
  ];
}

function closingLines(report: Report, width: number): readonly StyledLine[] {
  const code = exitCodeOf(report);
  const fresh = report.findings.filter(({ known }) => !known).length;
  const known = report.findings.length - fresh;
  const besides = known > 0 ? ` ${counted(known, "known finding")} in the baseline.` : "";
  switch (code) {
    case 0:
      return [[], ...hanging([span("Clean. ", "green")], `No new finding.${besides}`, width)];
    case 1: {
      const words = `${counted(fresh, "finding")} to mend.${besides}`;
      return [[], ...hanging([span("Findings. ", "alarm")], words, width)];
    }
    case 2: {
      const words = `Too little was judged to call it clean.${besides}`;
      return [[], ...hanging([span("Not clean. ", "yellow")], words, width)];
    }
  }
}
