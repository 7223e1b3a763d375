/**
 * `npm run mutate`: takes the shop's defences away one at a time and says what notices.
 *
 * `--list` only names the mutants; `--only OPERATOR` judges some; `--without-tests` and
 * `--without-attack` leave a barrier out; `--all-tests` asks the whole of the library's tests;
 * `--jobs N` judges N at once; `--json FILE` keeps the verdicts, and `--resume` asks only what that
 * file does not say yet; `--write` writes `docs/mutation.md`.
 *
 * @module
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { copyTree, type TreeCopy } from "./copy.ts";
import { figuresOf, summaryLine } from "./figures.ts";
import { generateMutants, operators } from "./generate.ts";
import { judge, type Court } from "./judge.ts";
import { earlierVerdicts, keepVerdicts } from "./kept-verdicts.ts";
import type { Mutant } from "./mutant.ts";
import { chosenMutants, parseOptions, type MutateOptions } from "./options.ts";
import { documentOf, lineOf } from "./report.ts";
import { readProject } from "./source/source-text.ts";
import { knownFindings } from "./stages/attack.ts";
import { compile } from "./stages/compile.ts";
import { Tests } from "./stages/tests.ts";
import type { Verdict } from "./stages/verdict.ts";

const root = resolve(import.meta.dirname, "../..");

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function openCourt(options: MutateOptions, folder: string): Promise<Court> {
  const pristine = copyTree(root, join(folder, "pristine"));
  const compiled = await compile(root, pristine.root);
  if (compiled.stopped) throw new Error(`the unchanged shop does not compile: ${compiled.by}`);
  const tests = options.withTests ? new Tests(pristine.root, options.allTests) : undefined;
  if (!options.withAttack) return { original: root, tests, attacker: undefined };
  const found = await knownFindings(root, pristine.root);
  const reached = `reached ${found.reached} of ${found.operations} operations`;
  say(`the unchanged shop: ${found.fresh.length} findings, ${reached}, ${found.requests} requests`);
  for (const one of found.fresh) say(`  ${one}`);
  return { original: root, tests, attacker: { original: root, known: found.fresh } };
}

async function judgeAll(
  court: Court,
  copies: readonly TreeCopy[],
  earlier: ReadonlyMap<Mutant, Verdict>,
  mutants: readonly Mutant[],
  told: (verdict: Verdict) => void,
): Promise<void> {
  const waiting = [...mutants];
  const work = async (copy: TreeCopy): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      told(await judge(court, copy, next, earlier.get(next)));
  };
  await Promise.all(copies.map(work));
}

async function run(options: MutateOptions, mutants: readonly Mutant[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "sekisho-mutate-"));
  process.once("SIGINT", () => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(130);
  });
  try {
    const court = await openCourt(options, folder);
    const copies = Array.from({ length: options.jobs }, (_value, index) =>
      copyTree(root, join(folder, `copy-${index}`)),
    );
    const { json, resume } = options;
    const earlier = resume && json !== undefined ? earlierVerdicts(json, mutants) : new Map();
    const verdictOf = new Map<Mutant, Verdict>(earlier);
    const inOrder = (): readonly Verdict[] =>
      mutants.flatMap((mutant) => verdictOf.get(mutant) ?? []);
    let done = 0;
    await judgeAll(court, copies, earlier, mutants, (verdict) => {
      done++;
      verdictOf.set(verdict.mutant, verdict);
      say(`[${done}/${mutants.length}] ${lineOf(verdict)}`);
      if (json !== undefined) keepVerdicts(json, inOrder());
    });
    const verdicts = inOrder();
    const figures = figuresOf(verdicts);
    if (options.write)
      writeFileSync(join(root, "docs/mutation.md"), documentOf(operators, verdicts));
    for (const { mutant } of figures.survivors) say(`survives: ${mutant.id} ${mutant.place}`);
    say(summaryLine(figures));
    return figures.survivors.length === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  const mutants = chosenMutants(generateMutants(readProject(root)), options.only);
  if (!options.list) return run(options, mutants);
  for (const { id, risk, place, before, after } of mutants)
    say(`${id} (${risk}, ${place}): ${before || "nothing"} → ${after || "nothing"}`);
  say(`${mutants.length} mutants`);
  return 0;
}

process.exitCode = await main();
