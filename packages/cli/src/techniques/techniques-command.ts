/**
 * `sekisho techniques`: what the attack can try.
 *
 * @module
 */

import type { Technique } from "@sekisho/attack";
import { alignColumns } from "../printable.ts";
import type { Surroundings } from "../surroundings.ts";

/** Lists every technique that is built. */
export async function runTechniques(
  asJson: boolean,
  { engine, stdout }: Pick<Surroundings, "engine" | "stdout">,
): Promise<number> {
  const { techniques } = await engine();
  stdout.write(asJson ? jsonOf(techniques) : tableOf(techniques));
  return 0;
}

function jsonOf(techniques: readonly Technique[]): string {
  const rows = techniques.map(({ id, risk, title, severity, needs }) => ({
    id,
    risk,
    title,
    severity,
    needs,
  }));
  return `${JSON.stringify(rows, null, 2)}\n`;
}

function tableOf(techniques: readonly Technique[]): string {
  const rows = techniques.map(({ id, risk, severity, title, needs }) => [
    id,
    risk,
    severity,
    needs.length === 0 ? title : `${title} (needs ${needs.join(", ")})`,
  ]);
  const risks = new Set(techniques.map(({ risk }) => risk)).size;
  return `${alignColumns([["ID", "RISK", "SEVERITY", "TECHNIQUE"], ...rows])}\n${techniques.length} techniques for ${risks} risks\n`;
}
