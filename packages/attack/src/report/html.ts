/**
 * The report as one page to hand on: no script, no request to anywhere, everything escaped.
 *
 * The page forbids itself everything but its own style sheet, so that what an attacked API answered
 * stays text even if an escape were forgotten.
 *
 * @module
 */

import { counted, count, duration, headline, instant, reachWords } from "./figures.ts";
import { coverage, untested } from "./html-coverage.ts";
import { findingsPart, suspicionsPart } from "./html-findings.ts";
import { style } from "./html-style.ts";
import { techniquesPart } from "./html-techniques.ts";
import { html, type Markup } from "./markup.ts";
import type { Report, RiskSummary } from "./report.ts";
import { createExchangeView } from "./shown-exchange.ts";

const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/**
 * Writes a report as a self-contained HTML page.
 *
 * @example
 * writeFileSync("report.html", toHtml(report));
 */
export function toHtml(report: Report): string {
  const styleSheet: Markup = { markup: style };
  const view = createExchangeView(report);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <meta name="robots" content="noindex" />
        <title>${report.title}: report of an attack</title>
        <style>
          ${styleSheet}
        </style>
      </head>
      <body>
        <a class="skip" href="#summary">Skip to the summary</a>
        ${head(report)}
        <main>
          ${summary(report.risks)} ${findingsPart(report.findings, view)}
          ${suspicionsPart(report.suspicions, view)} ${coverage(report)} ${untested(report)}
          ${techniquesPart(report)} ${warnings(report)}
        </main>
        <footer>
          ${report.tool.name} ${report.tool.version}. The ten risks are those of the OWASP API
          Security Top 10, 2023. “Held” means that the attacks that were tried were refused, not
          that none exists.
        </footer>
      </body>
    </html> `;
  return page.markup;
}

function head(report: Report): Markup {
  const { title, target, startedAt, endedAt, requests, seed, stopped } = report;
  return html`<header>
    <p class="over">Report of an attack on an API</p>
    <h1>${title}</h1>
    <p class="verdict">${headline(report)}</p>
    ${
      stopped === undefined
        ? undefined
        : html`<p class="partial">
            <strong>The run was stopped early</strong> (${stopped}). What follows is part of a
            report.
          </p>`
    }
    <dl class="facts">
      <div>
        <dt>Target</dt>
        <dd>${target}</dd>
      </div>
      <div>
        <dt>Date</dt>
        <dd>${instant(startedAt)}</dd>
      </div>
      <div>
        <dt>Duration</dt>
        <dd>${duration(endedAt - startedAt)}</dd>
      </div>
      <div>
        <dt>Requests</dt>
        <dd>${count(requests)}</dd>
      </div>
      <div>
        <dt>Reached</dt>
        <dd>${reachWords(report)}</dd>
      </div>
      <div>
        <dt>Seed</dt>
        <dd>${seed}</dd>
      </div>
    </dl>
  </header>`;
}

function summary(rows: readonly RiskSummary[]): Markup {
  const suspected = rows.some(({ suspicions }) => suspicions > 0);
  return html`<section aria-labelledby="summary">
    <h2 id="summary">Summary</h2>
    <table class="stack" role="table">
      <thead role="rowgroup">
        <tr role="row">
          <th scope="col" role="columnheader">Risk</th>
          <th scope="col" role="columnheader">Standing</th>
          <th scope="col" role="columnheader" class="number">Tried</th>
          <th scope="col" role="columnheader" class="number">Protected</th>
          <th scope="col" role="columnheader" class="number">Inconclusive</th>
          <th scope="col" role="columnheader" class="number">Findings</th>
          ${suspected ? html`<th scope="col" role="columnheader" class="number">Suspected</th>` : undefined}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${rows.map((row) => summaryRow(row, suspected))}
      </tbody>
    </table>
  </section>`;
}

const classes: Readonly<Record<RiskSummary["standing"], string>> = {
  broken: "standing broken",
  held: "standing held",
  "not tested": "standing untested",
};

function summaryRow(row: RiskSummary, suspected: boolean): Markup {
  const numbers: readonly (readonly [label: string, value: number])[] = [
    ["Tried", row.tried],
    ["Protected", row.protected],
    ["Inconclusive", row.inconclusive],
    ["Findings", row.findings],
    ...(suspected ? ([["Suspected", row.suspicions]] as const) : []),
  ];
  return html`<tr role="row">
    <th scope="row" role="rowheader" class="named"><b>${row.risk}</b> ${row.title}</th>
    <td role="cell" class="${classes[row.standing]}">${row.standing}</td>
    ${numbers.map(
      ([label, value]) =>
        html`<td
          role="cell"
          class="${value === 0 ? "number zero" : "number"}"
          data-label="${label}"
        >
          ${count(value)}
        </td> `,
    )}
  </tr> `;
}

function warnings({ warnings: list }: Report): Markup | undefined {
  if (list.length === 0) return undefined;
  return html`<section aria-labelledby="warnings">
    <h2 id="warnings">Warnings</h2>
    <p>${counted(list.length, "thing")} in the document or the run that may have cost coverage.</p>
    <ul class="plain">
      ${list.map((warning) => html`<li>${warning}</li>`)}
    </ul>
  </section>`;
}
