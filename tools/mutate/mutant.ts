/**
 * A mutant: the shop with one defence less or one defence weaker.
 *
 * Promise: what is called a mutant differs from the original and is still a program. Limits: that it
 * differs does not mean that anybody could notice; see `equivalents.ts`.
 *
 * @module
 */

import { applyEdits, type Edit } from "./source/edit.ts";
import { lineOf, parseSource, type Project, type SourceText } from "./source/source-text.ts";

/** The ten risks of the OWASP API Security Top 10 (2023). */
export const risks = [
  "API1",
  "API2",
  "API3",
  "API4",
  "API5",
  "API6",
  "API7",
  "API8",
  "API9",
  "API10",
] as const;

/** One of the ten risks. */
export type Risk = (typeof risks)[number];

/** A place that an operator found, and what it does there. */
export interface Place {
  /** The declaration it belongs to, such as "GET /api/orders"; no line numbers, so that ids last. */
  readonly subject: string;
  /** What is done there, where an operator does several things with one declaration. */
  readonly variant?: string;
  readonly risk: Risk;
  /** The file and position that the report names. */
  readonly source: SourceText;
  readonly position: number;
  readonly edits: readonly Edit[];
}

/** One way to weaken a kind of declaration, wherever the shop makes one. */
export interface Operator {
  readonly name: string;
  /** What it does, for people. */
  readonly what: string;
  readonly find: (project: Project) => Iterable<Place>;
}

/** One change of the shop or of the library's use in it. */
export interface Mutant {
  /** Operator, subject and variant; stays while the declarations keep their names. */
  readonly id: string;
  readonly operator: string;
  readonly risk: Risk;
  /** "apps/shop/src/orders.ts:86". */
  readonly place: string;
  readonly before: string;
  readonly after: string;
  /** The whole text of each changed file. */
  readonly files: ReadonlyMap<string, string>;
}

function wordsOf(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}

function changedFiles(project: Project, edits: readonly Edit[]): ReadonlyMap<string, string> {
  const byPath = Map.groupBy(edits, (edit) => edit.path);
  const files = new Map<string, string>();
  for (const [path, own] of byPath) {
    const { text } = project.source(path);
    const changed = applyEdits(text, own);
    if (changed !== text) files.set(path, changed);
  }
  return files;
}

/**
 * Makes the mutant of a place.
 *
 * @throws TypeError when nothing would change; SyntaxError when the result is no program.
 */
export function makeMutant(project: Project, operator: string, place: Place): Mutant {
  const { subject, variant, risk, source, position, edits } = place;
  const id = [operator, subject, ...(variant === undefined ? [] : [variant])].join("/");
  const files = changedFiles(project, edits);
  if (files.size === 0) throw new TypeError(`${id} changes nothing`);
  for (const [path, text] of files) parseSource(path, text);
  // The change itself, not the imports that it needs.
  const shown = edits.filter(({ replacement }) => !replacement.startsWith("import "));
  return {
    id,
    operator,
    risk,
    place: `${source.path}:${lineOf(source, position)}`,
    before: wordsOf(
      shown.map((edit) => project.source(edit.path).text.slice(edit.start, edit.end)).join(" "),
    ),
    after: wordsOf(shown.map(({ replacement }) => replacement).join(" ")),
    files,
  };
}
