/**
 * Findings and suspicions for a terminal.
 *
 * @module
 */

import { speakerOf, type Severity } from "../technique/technique.ts";
import type { Exchange } from "../wire/exchange.ts";
import { redactPath } from "../wire/redact.ts";
import { counted } from "./figures.ts";
import { shortened } from "./harmless.ts";
import type { Finding } from "./report.ts";
import {
  fitted,
  hanging,
  heading,
  labelled,
  span,
  type Style,
  type StyledLine,
} from "./styled-line.ts";

const styles: Readonly<Record<Severity, Style>> = {
  critical: "alarm",
  high: "red",
  medium: "yellow",
  low: "cyan",
};

/** One finding with all that is needed to understand, repeat and mend it. */
export function findingLines(
  finding: Finding,
  width: number,
  verbose: boolean,
): readonly StyledLine[] {
  const { severity, id, risk, title, known, evidence, curl } = finding;
  return [
    [],
    fitted(
      [
        span(severity.toUpperCase(), styles[severity]),
        span(`  ${id}  ${risk}`, "bold"),
        span(known ? "  known" : "", "dim"),
      ],
      width,
    ),
    ...hanging([span("  ")], title, width, "bold"),
    ...labelled("Endpoint", whole(finding.target), width),
    ...labelled("Seen", finding.because, width),
    ...labelled("Policy", finding.policy, width),
    ...labelled("Shown by", shownBy(finding), width),
    ...labelled("Mend", finding.remedy, width),
    ...curlLines(curl),
    ...(verbose ? evidence.map((exchange) => exchangeLine(exchange, width)) : []),
  ];
}

/** All suspicions, a few lines each. */
export function suspicionLines(
  suspicions: readonly Finding[],
  width: number,
): readonly StyledLine[] {
  if (suspicions.length === 0) return [];
  return [
    ...heading("Suspicions: worth a look, not proven"),
    ...suspicions.flatMap(({ id, severity, title, target, because, known }) => [
      fitted(
        [
          span(`  ${id}  `, "dim"),
          span(severity, styles[severity]),
          span(`  ${title} · ${whole(target)}`),
          span(known ? "  known" : "", "dim"),
        ],
        width,
      ),
      ...hanging([span("    ")], because, width, "dim"),
    ]),
  ];
}

/** The name of a target; the whole API has none. */
function whole(target: string): string {
  return target === "" ? "the whole API" : target;
}

function shownBy({ techniques, variants }: Finding): string {
  const ids = techniques.join(", ");
  if (variants.length === 0) return ids;
  const shown = variants.slice(0, 4).join("; ");
  const more = variants.length > 4 ? `; ${counted(variants.length - 4, "more variant")}` : "";
  return `${ids} (${shown}${more})`;
}

/** Never wrapped, so that it can be copied; a body of several lines keeps them. */
function curlLines(curl: string): readonly StyledLine[] {
  if (curl === "") return [];
  return curl
    .split("\n")
    .map((line, index) => (index === 0 ? [span("  Repeat    ", "dim"), span(line)] : [span(line)]));
}

function exchangeLine({ call, answer, failure }: Exchange, width: number): StyledLine {
  const status = answer === undefined ? (failure ?? "no answer") : String(answer.status);
  return fitted(
    [
      span("            ", "dim"),
      span(
        `${speakerOf(call.principal)}: ${call.method} ${shortened(redactPath(call.path), 200)} → ${status}`,
        "dim",
      ),
    ],
    width,
  );
}
