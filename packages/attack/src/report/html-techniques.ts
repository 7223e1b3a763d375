/**
 * Every technique of the page, by risk, with what it came to.
 *
 * @module
 */

import { count } from "./figures.ts";
import { html, type Markup } from "./markup.ts";
import type { Report, TechniqueReport } from "./report.ts";
import { verdictCounts } from "./verdicts.ts";

/** A table for each risk that has techniques. */
export function techniquesPart({ risks, techniques }: Report): Markup | undefined {
  if (techniques.length === 0) return undefined;
  return html`<section aria-labelledby="techniques">
    <h2 id="techniques">Techniques</h2>
    <p>
      How often each came to which verdict. An attack counts as protected only when the same request
      works for whom it should.
    </p>
    ${risks.map(({ risk, title }) => {
      const own = techniques.filter(({ technique }) => technique.risk === risk);
      return own.length === 0 ? undefined : riskTable(`${risk} ${title}`, own);
    })}
  </section>`;
}

const labels = ["Vulnerable", "Suspected", "Protected", "Inconclusive"] as const;

function riskTable(title: string, reports: readonly TechniqueReport[]): Markup {
  return html`<h3>${title}</h3>
    <table class="stack techniques" role="table">
      <thead role="rowgroup">
        <tr role="row">
          <th scope="col" role="columnheader">Technique</th>
          ${labels.map((label) => html`<th scope="col" role="columnheader" class="number">${label}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${reports.map(techniqueRow)}
      </tbody>
    </table> `;
}

function techniqueRow(report: TechniqueReport): Markup {
  const { technique, missing, failure } = report;
  const { vulnerable, suspected, protected: refused, inconclusive } = verdictCounts(report);
  const numbers = [vulnerable, suspected, refused, inconclusive];
  const idle = numbers.every((number) => number === 0);
  const note = failure === undefined ? undefined : html` <span class="quiet">ended early</span>`;
  const why =
    missing.length > 0 ? `not run, needs ${missing.join(" and ")}` : "nothing to try it on";
  return html`<tr role="row">
    <th scope="row" role="rowheader" class="named">
      <b>${technique.id}</b> ${technique.title}${note}
    </th>
    ${
      idle && failure === undefined
        ? html`<td role="cell" colspan="4" class="why">${why}</td>`
        : numbers.map(
            (number, index) =>
              html`<td
                role="cell"
                class="${number === 0 ? "number zero" : "number"}"
                data-label="${labels[index]}"
              >
                ${count(number)}
              </td> `,
          )
    }
  </tr> `;
}
