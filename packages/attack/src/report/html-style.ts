/**
 * The style sheet of the page: one column, light and dark, phone and paper.
 *
 * @module
 */

/** CSS that needs nothing from elsewhere. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #1a1a1a; --quiet: #57534e; --line: #d6d3d1; --faint: #f5f5f4;
  --link: #1d4ed8; --critical: #8f1239; --high: #b42318; --medium: #8a4b08; --low: #475569;
  --held: #1f6b3a;
  --text: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  --title: "Iowan Old Style", "Palatino Linotype", Palatino, "Source Serif 4", Georgia,
    "Liberation Serif", serif;
  --code: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #161615; --ink: #e7e5e4; --quiet: #a8a29e; --line: #3f3c39; --faint: #201f1e;
    --link: #93b4ff; --critical: #ff9db5; --high: #ff9e94; --medium: #f0b35e; --low: #a9b8cc;
    --held: #85d6a2;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { font: 1rem/1.6 var(--text); background: var(--paper); color: var(--ink);
  -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 58rem; padding: 3.5rem 1.5rem 6rem; overflow-wrap: anywhere; }
h1, h2, h3, h4 { font-family: var(--title); font-weight: 600; line-height: 1.2; margin: 0;
  text-wrap: balance; }
h1 { font-size: 2.25rem; letter-spacing: -0.01em; }
h2 { font-size: 1.5rem; margin: 4rem 0 1rem; padding-top: 1rem; border-top: 2px solid var(--ink); }
h3 { font-size: 1.25rem; margin: 0.35rem 0 0.2rem; }
h4 { font: 600 0.875rem/1.5 var(--text); margin: 2rem 0 0.4rem; }
p { margin: 0 0 0.75rem; max-width: 44rem; }
a { color: var(--link); text-underline-offset: 0.15em; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
code, pre { font-family: var(--code); font-size: 0.8125rem; line-height: 1.55; }
pre { margin: 0; padding: 0.75rem 0.9rem; background: var(--faint); border: 1px solid var(--line);
  white-space: pre-wrap; overflow-wrap: anywhere; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; padding: 0.5rem 1rem; background: var(--paper); }
.over { margin: 0 0 0.6rem; font-size: 0.8125rem; letter-spacing: 0.08em; text-transform: uppercase;
  color: var(--quiet); }
.verdict { margin: 1rem 0 0; font: 400 1.375rem/1.4 var(--title); max-width: none; }
.partial { margin: 1rem 0 0; padding-left: 0.9rem; border-left: 3px solid var(--medium); }
.quiet { color: var(--quiet); }
.facts { display: flex; flex-wrap: wrap; gap: 0.75rem 2.5rem; margin: 2rem 0 0; padding: 1rem 0 0;
  border-top: 1px solid var(--line); font-size: 0.875rem; }
.facts dt { color: var(--quiet); }
.facts dd { margin: 0; font-variant-numeric: tabular-nums; }
table { width: 100%; border-collapse: collapse; font-size: 0.9375rem; }
caption { text-align: left; color: var(--quiet); font-size: 0.875rem; padding: 0 0 0.5rem; }
th { font-weight: 600; text-align: left; vertical-align: top; }
thead th { font-size: 0.8125rem; color: var(--quiet); font-weight: 500; white-space: nowrap; }
th, td { padding: 0.5rem 0.75rem 0.5rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tbody th { font-weight: 400; }
tbody th.named { padding-left: 4rem; text-indent: -4rem; }
tbody th b { display: inline-block; min-width: 3.75rem; font-weight: 600; text-indent: 0; }
.zero, .why { color: var(--quiet); }
.why { text-align: right; font-size: 0.875rem; }
.techniques { table-layout: fixed; margin: 0 0 2.5rem; font-size: 0.875rem; }
.techniques th:first-child { width: 52%; }
.standing { white-space: nowrap; }
.standing::before { content: ""; display: inline-block; width: 0.6rem; height: 0.6rem;
  margin-right: 0.5rem; border: 2px solid currentColor; }
.broken { color: var(--high); font-weight: 600; }
.broken::before { background: currentColor; }
.held { color: var(--held); }
.held::before { border-radius: 50%; background: currentColor; }
.untested { color: var(--quiet); }
.untested::before { border-style: dashed; border-width: 1px; border-radius: 50%; }
.severity { display: inline-block; padding: 0 0.5rem; border: 1px solid currentColor;
  font-size: 0.75rem; line-height: 1.5; font-weight: 600; letter-spacing: 0.04em;
  text-transform: uppercase; }
.critical { color: var(--critical); } .high { color: var(--high); }
.medium { color: var(--medium); } .low { color: var(--low); }
.severity.critical { background: var(--critical); border-color: var(--critical);
  color: var(--paper); }
.index { list-style: none; margin: 0; padding: 0; }
.index li { display: grid; grid-template-columns: 5.5rem 1fr; gap: 0 1rem; padding: 0.5rem 0;
  border-bottom: 1px solid var(--line); }
.index .severity { justify-self: start; align-self: start; margin-top: 0.15rem; }
.index code { display: block; color: var(--quiet); }
.finding { margin: 2.5rem 0 0; padding: 1.25rem 0 0; border-top: 1px solid var(--line); }
.index + .finding { margin-top: 3.5rem; border-top: 0; }
.marks { display: flex; flex-wrap: wrap; gap: 0.3rem 0.9rem; align-items: center; margin: 0;
  font-size: 0.8125rem; color: var(--quiet); }
.target { margin: 0 0 1rem; }
.said { display: grid; grid-template-columns: 6rem 1fr; gap: 0.4rem 1rem; margin: 0 0 1rem;
  max-width: 52rem; }
.said dt { color: var(--quiet); font-size: 0.875rem; line-height: 1.7; }
.said dd { margin: 0; }
details { margin: 0.75rem 0 0; }
summary { cursor: pointer; color: var(--link); font-size: 0.9375rem; }
.exchange { margin: 1rem 0 0; }
.exchange p { margin: 0 0 0.35rem; font-size: 0.875rem; }
.exchange pre + pre { border-top: 0; }
ul.plain { margin: 0 0 1rem; padding-left: 1.1rem; }
ul.plain li { margin: 0 0 0.4rem; }
footer { margin: 5rem 0 0; padding-top: 1rem; border-top: 1px solid var(--line);
  font-size: 0.8125rem; color: var(--quiet); }
@media (max-width: 40rem) {
  body { padding: 1.75rem 1rem 4rem; }
  h1 { font-size: 1.75rem; }
  h2 { margin-top: 3rem; font-size: 1.3rem; }
  .verdict { font-size: 1.2rem; }
  .facts { display: grid; grid-template-columns: 1fr 1fr; gap: 0.75rem 1rem; }
  .facts > :first-child { grid-column: 1 / -1; }
  .said { grid-template-columns: 1fr; gap: 0; }
  .said dd { margin: 0 0 0.6rem; }
  .index li { grid-template-columns: 1fr; }
  .stack thead { position: absolute; left: -99rem; }
  .stack, .stack tbody, .stack caption { display: block; }
  .stack tr { display: flex; flex-wrap: wrap; gap: 0.1rem 1rem; padding: 0.6rem 0;
    border-bottom: 1px solid var(--line); }
  .stack th, .stack td { padding: 0; border: 0; }
  .stack th, .stack th:first-child { flex: 1 1 100%; width: auto; font-weight: 500; }
  .stack td { text-align: left; }
  .stack .zero { display: none; }
  .stack .number { font-size: 0.8125rem; color: var(--quiet); }
  .stack .number::before { content: attr(data-label) " "; }
  .stack .standing { min-width: 5.5rem; font-size: 0.875rem; }
  .stack tr:has(.named) { padding-left: 4rem; }
  .stack th.named { flex-basis: calc(100% + 4rem); margin-left: -4rem; padding-left: 4rem; }
}
@media print {
  @page { margin: 18mm 16mm; }
  html { font-size: 10pt; }
  body { max-width: none; padding: 0; }
  h2, h3, h4, .marks, .target { break-after: avoid; }
  tr, .said, .index li, pre { break-inside: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; }
  summary { color: inherit; list-style: none; }
  .skip { display: none; }
  a { color: inherit; text-decoration: none; }
}
@media (forced-colors: active) {
  .standing::before { forced-color-adjust: none; }
}
`;
