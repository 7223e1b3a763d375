/**
 * The report of a run: a table for the terminal, and `docs/mutation.md`.
 *
 * @module
 */

import { equivalents } from "./equivalents.ts";
import { figuresOf, shareText, summaryLine } from "./figures.ts";
import type { Operator } from "./mutant.ts";
import { barriers, killerOf, type Barrier, type Result, type Verdict } from "./stages/verdict.ts";

function mark(result: Result): string {
  if (result.stopped === undefined) return "–";
  return result.stopped ? "killed" : "passed";
}

/** One line of the terminal for one mutant. */
export function lineOf(verdict: Verdict): string {
  const { mutant, results, seconds } = verdict;
  const marks = barriers.map((barrier) => `${barrier} ${mark(results[barrier])}`).join(", ");
  const reasons = barriers.flatMap((barrier) => {
    const result = results[barrier];
    if (result.stopped === true) return [`    ${barrier}: ${result.by}`];
    return result.stopped === undefined && result.why.includes(":") ? [`    ${result.why}`] : [];
  });
  const killer = killerOf(verdict) ?? "SURVIVES";
  return [
    `${mutant.id} (${mutant.risk}, ${mutant.place}, ${seconds} s): ${killer}; ${marks}`,
    ...reasons,
  ].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map(cell).join(" | ")} |`;
}

function tested(result: Result): string {
  return result.stopped === true ? (result.by.split("/").at(-1) ?? result.by) : mark(result);
}

function attacked(result: Result): string {
  if (result.stopped !== true) return mark(result);
  return /^\S+/.exec(result.by)?.[0] ?? result.by;
}

function count(verdicts: readonly Verdict[], barrier: Barrier): string {
  return String(verdicts.filter(({ results }) => results[barrier].stopped === true).length);
}

function operatorTable(operators: readonly Operator[], verdicts: readonly Verdict[]): string[] {
  const lines = [
    row("Operator", "What it does", "Mutants", "Compiler", "Start", "Tests", "Attack", "Survive"),
    row("---", "---", "--:", "--:", "--:", "--:", "--:", "--:"),
  ];
  for (const { name, what } of operators) {
    const own = verdicts.filter(({ mutant }) => mutant.operator === name);
    const alive = own.filter((verdict) => killerOf(verdict) === undefined).length;
    const counts = barriers.map((barrier) => count(own, barrier));
    lines.push(row(`\`${name}\``, what, String(own.length), ...counts, String(alive)));
  }
  return lines;
}

function mutantTable(verdicts: readonly Verdict[]): string[] {
  return [
    row("Mutant", "Risk", "Place", "Compiler", "Start", "Tests", "Attack"),
    row("---", "---", "---", "---", "---", "---", "---"),
    ...verdicts.map(({ mutant, results }) =>
      row(
        `\`${mutant.id}\``,
        mutant.risk,
        mutant.place.replace(/:\d+$/, ""),
        mark(results.compiler),
        mark(results.start),
        tested(results.tests),
        attacked(results.attack),
      ),
    ),
  ];
}

function list(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`## ${title}`, "", ...items.map((item) => `- ${item}`), ""];
}

/** The whole report. */
export function documentOf(operators: readonly Operator[], verdicts: readonly Verdict[]): string {
  const figures = figuresOf(verdicts);
  const unseen = verdicts.filter(
    ({ results }) =>
      results.compiler.stopped === false &&
      results.start.stopped === false &&
      results.attack.stopped !== true,
  );
  const named = ({ mutant }: Verdict): string =>
    `\`${mutant.id}\`: ${mutant.before || "nothing"} → ${mutant.after || "nothing"}`;
  return [
    "# Mutation proof",
    "",
    "What `npm run mutate -- --write` measured: one change at a time to a copy of the shop and of the",
    "library's use in it, each of which takes a defence away or makes it weaker, and which barrier",
    "stops it. How it works and what it does not show is in",
    "[decision 15](decisions/0015-mutation-proof.md).",
    "",
    `**${summaryLine(figures)}.**`,
    "",
    "`Compiler`, `Start` and `Tests` stand in this order, and a mutant is counted where it is stopped",
    "first. The attack engine is asked about every mutant that starts, alone and with the document that is",
    "committed: it knows neither the source nor what was changed. Where the compiler refuses a mutant, the",
    "attack still ran, since Node runs it without the types.",
    "",
    `The attack alone: ${shareText(figures.attackAlone)} of those that compile and start.`,
    "",
    ...list("Survivors", figures.survivors.map(named)),
    ...list(
      "Equivalent",
      figures.equivalent.map(
        (verdict) => `${named(verdict)}. ${equivalents[verdict.mutant.id] ?? ""}`,
      ),
    ),
    "## Operators",
    "",
    ...operatorTable(operators, verdicts),
    "",
    ...list("Mutants that compile and start, and that the attack does not see", unseen.map(named)),
    "## Mutants",
    "",
    ...mutantTable(verdicts),
    "",
  ].join("\n");
}
