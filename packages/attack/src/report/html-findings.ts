/**
 * Findings and suspicions of the page, with their requests and answers.
 *
 * @module
 */

import { counted, severityCounts } from "./figures.ts";
import { html, type Markup } from "./markup.ts";
import type { Finding } from "./report.ts";
import type { ExchangeView, ShownExchange } from "./shown-exchange.ts";

/** The findings: an index where there are several, then each in full. */
export function findingsPart(findings: readonly Finding[], view: ExchangeView): Markup {
  return html`<section aria-labelledby="findings">
    <h2 id="findings">Findings</h2>
    ${
      findings.length === 0
        ? html`<p>No hole was proven. The coverage below says on what ground.</p>`
        : html`<p>
            ${counted(findings.length, "hole")} proven, each by an attack that worked twice:
            ${severityCounts(findings)}.
          </p>`
    }
    ${findings.length > 1 ? index(findings) : undefined}
    ${findings.map((finding) => findingArticle(finding, view))}
  </section>`;
}

/** The suspicions, short; nothing when there are none. */
export function suspicionsPart(
  suspicions: readonly Finding[],
  view: ExchangeView,
): Markup | undefined {
  if (suspicions.length === 0) return undefined;
  return html`<section aria-labelledby="suspicions">
    <h2 id="suspicions">Suspicions</h2>
    <p>Worth a look. They prove nothing, and fail nothing.</p>
    ${suspicions.map(
      (finding) =>
        html`<article class="finding">
          ${marks(finding)}
          <h3>${finding.title}</h3>
          <p class="target"><code>${place(finding)}</code></p>
          <dl class="said">
            <dt>Seen</dt>
            <dd>${finding.because}</dd>
            <dt>Mend</dt>
            <dd>${finding.remedy}</dd>
          </dl>
          ${exchanges(finding.evidence.map(view))}
        </article> `,
    )}
  </section>`;
}

function index(findings: readonly Finding[]): Markup {
  return html`<ol class="index">
    ${findings.map(
      ({ id, severity, title, ...finding }) =>
        html`<li>
          <span class="severity ${severity}">${severity}</span>
          <span><a href="#${id}">${title}</a> <code>${place(finding)}</code></span>
        </li> `,
    )}
  </ol>`;
}

function findingArticle(finding: Finding, view: ExchangeView): Markup {
  const { id, title, because, policy, remedy, techniques, variants, curl, evidence } = finding;
  return html`<article class="finding" id="${id}">
    ${marks(finding)}
    <h3>${title}</h3>
    <p class="target"><code>${place(finding)}</code></p>
    <dl class="said">
      <dt>Seen</dt>
      <dd>${because}</dd>
      <dt>Policy</dt>
      <dd>${policy}</dd>
      <dt>Mend</dt>
      <dd>${remedy}</dd>
      <dt>Shown by</dt>
      <dd>
        ${techniques.join(", ")}${
          variants.length > 0
            ? html` <span class="quiet">(${variants.join("; ")})</span>`
            : undefined
        }
      </dd>
    </dl>
    ${
      curl === ""
        ? undefined
        : html`<h4>Repeat it</h4>
            <pre>${curl}</pre>`
    }
    ${exchanges(evidence.map(view))}
  </article> `;
}

function marks({ severity, id, risk, known }: Finding): Markup {
  return html`<p class="marks">
    <span class="severity ${severity}">${severity}</span> <span>${risk}</span>
    <code>${id}</code>${known ? html` <span>known, in the baseline</span>` : undefined}
  </p>`;
}

function place({ target }: Pick<Finding, "target">): string {
  return target === "" ? "the whole API" : target;
}

function exchanges(evidence: readonly ShownExchange[]): Markup | undefined {
  if (evidence.length === 0) return undefined;
  return html`<details>
    <summary>${counted(evidence.length, "request")} and what came back</summary>
    ${evidence.map(exchangePart)}
  </details>`;
}

function exchangePart({ as, request, answer, failure }: ShownExchange): Markup {
  const lines = [`${request.method} ${request.path}`, ...request.headers.map(headerLine)];
  const asked = `${lines.join("\n")}${request.body === null ? "" : `\n\n${request.body}`}`;
  const answered =
    answer === null
      ? `No answer: ${failure ?? "the connection ended"}`
      : `${[String(answer.status), ...answer.headers.map(headerLine)].join("\n")}\n\n${answer.body}`;
  return html`<div class="exchange">
    <p>As <strong>${as}</strong>, ${answer === null ? "no answer" : `answered ${answer.status}`}</p>
    <pre>${asked.trimEnd()}</pre>
    <pre>${answered.trimEnd()}</pre>
  </div> `;
}

function headerLine([name, value]: readonly [string, string]): string {
  return `${name}: ${value}`;
}
