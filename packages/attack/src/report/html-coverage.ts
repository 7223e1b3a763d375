/**
 * What the page says of coverage: reached, never reached, not tested.
 *
 * @module
 */

import { reachWords } from "./figures.ts";
import { html, type Markup } from "./markup.ts";
import { notTested, type Unjudged } from "./not-tested.ts";
import type { Reach, Report } from "./report.ts";

/** Which operations were reached as whom, and which never. */
export function coverage(report: Report): Markup {
  const { reach, principals } = report;
  const never = reach.filter(({ reachedAs }) => reachedAs.length === 0);
  const reached = reach.filter(({ reachedAs }) => reachedAs.length > 0);
  return html`<section aria-labelledby="coverage">
    <h2 id="coverage">Coverage</h2>
    <p>
      ${reachWords(report)} answered a valid request with success. An operation that was never
      reached was hardly tested.
    </p>
    <p>
      Principals:
      anonymous${principals.map(
        ({ name, role, signedIn }) => `, ${name} (${role}${signedIn ? "" : ", never signed in"})`,
      )}.
    </p>
    ${never.length === 0 ? undefined : neverReached(never)}
    ${reached.length === 0 ? undefined : reachedTable(reached)}
  </section>`;
}

function neverReached(never: readonly Reach[]): Markup {
  return html`<table class="stack" role="table">
    <caption>
      Never reached
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        <th scope="col" role="columnheader">Operation</th>
        <th scope="col" role="columnheader">Why</th>
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${never.map(
        ({ operation, why }) =>
          html`<tr role="row">
            <th scope="row" role="rowheader"><code>${operation}</code></th>
            <td role="cell">${why === "" ? "no reason known" : why}</td>
          </tr> `,
      )}
    </tbody>
  </table>`;
}

function reachedTable(reached: readonly Reach[]): Markup {
  return html`<details>
    <summary>Operations reached, and as whom</summary>
    <table class="stack" role="table">
      <thead role="rowgroup">
        <tr role="row">
          <th scope="col" role="columnheader">Operation</th>
          <th scope="col" role="columnheader">As</th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${reached.map(
          ({ operation, reachedAs: names }) =>
            html`<tr role="row">
              <th scope="row" role="rowheader"><code>${operation}</code></th>
              <td role="cell">${names.join(", ")}</td>
            </tr> `,
        )}
      </tbody>
    </table>
  </details>`;
}

/** What was not tested and what would unlock it. */
export function untested(report: Report): Markup | undefined {
  const { locked, failed, inconclusive, inapplicable } = notTested(report);
  const idle = report.risks.filter(({ standing }) => standing === "not tested");
  const lists = [
    unjudged("Could not be judged", inconclusive),
    unjudged("Ended early by an error", failed),
    unjudged("Nothing in this API to try them on", inapplicable),
  ];
  if (idle.length + locked.length === 0 && lists.every((list) => list === undefined))
    return undefined;
  return html`<section aria-labelledby="not-tested">
    <h2 id="not-tested">Not tested</h2>
    ${
      idle.length === 0
        ? undefined
        : html`<p>
            Nothing is known about ${idle.map(({ risk }) => risk).join(", ")}. That does not mean
            safe.
          </p>`
    }
    ${locked.length === 0 ? undefined : lockedTable(locked)} ${lists}
  </section>`;
}

function lockedTable(locked: ReturnType<typeof notTested>["locked"]): Markup {
  return html`<table class="stack" role="table">
    <caption>
      Techniques that something missing kept from running
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        <th scope="col" role="columnheader">Missing</th>
        <th scope="col" role="columnheader">To unlock</th>
        <th scope="col" role="columnheader">Techniques</th>
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${locked.map(
        ({ need, unlock, techniques }) =>
          html`<tr role="row">
            <th scope="row" role="rowheader">${need}</th>
            <td role="cell">${unlock}</td>
            <td role="cell">${techniques.map(({ id }) => id).join(", ")}</td>
          </tr> `,
      )}
    </tbody>
  </table>`;
}

function unjudged(title: string, list: readonly Unjudged[]): Markup | undefined {
  if (list.length === 0) return undefined;
  return html`<details>
    <summary>${title} (${list.length})</summary>
    <ul class="plain">
      ${list.map(
        ({ technique, because }) => html`<li>${technique.id} ${technique.title}: ${because}</li> `,
      )}
    </ul>
  </details>`;
}
