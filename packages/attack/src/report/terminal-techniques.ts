/**
 * Every technique with its verdicts, for a terminal.
 *
 * @module
 */

import type { TechniqueReport } from "./report.ts";
import { byRisk } from "./risks.ts";
import { fitted, heading, span, type StyledLine } from "./styled-line.ts";
import { padded } from "./text-layout.ts";
import { verdictWords } from "./verdicts.ts";

/** One line for each technique, by risk. */
export function techniqueLines(
  reports: readonly TechniqueReport[],
  width: number,
): readonly StyledLine[] {
  if (reports.length === 0) return [];
  const sorted = reports.toSorted((one, other) => byRisk(one.technique.risk, other.technique.risk));
  return [
    ...heading("Techniques"),
    ...sorted.map(({ technique, ...report }) =>
      fitted(
        [
          span(`  ${padded(technique.id, 6)} `),
          span(`${technique.title}: `, "dim"),
          span(verdictWords(report)),
        ],
        width,
      ),
    ),
  ];
}
