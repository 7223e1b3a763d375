/**
 * The plan of an attack for people: what would run, what cannot, and what that would take.
 *
 * @module
 */

import type { Plan } from "@sekisho/attack";
import { alignColumns, printable } from "../printable.ts";

/** Writes a plan. */
export function planText(plan: Plan): string {
  const { title, target, operations, principals, techniques, warnings } = plan;
  const running = techniques.filter(({ missing }) => missing.length === 0);
  const locked = techniques.filter(({ missing }) => missing.length > 0);
  const section = (name: string, rows: readonly (readonly string[])[]): string =>
    rows.length === 0 ? "" : `\n${name}\n${alignColumns(rows.map((row) => ["", ...row]))}`;
  return [
    `Plan for ${printable(title)} at ${printable(target)}\n`,
    "The document was read; nothing else was sent.\n",
    section(
      `Operations: ${operations.length}`,
      operations.map(({ key, access }) => [key, access.words]),
    ),
    section(
      `Principals: ${principals.length}`,
      principals.map(({ name, role, administrator }) => [
        name,
        administrator ? `${role}, administers` : role,
      ]),
    ),
    section(
      `Would run: ${running.length} of ${techniques.length} techniques`,
      running.map(({ technique: { id, risk, title: name } }) => [risk, id, name]),
    ),
    section(
      `Cannot run: ${locked.length}`,
      locked.map(({ technique: { id, risk, title: name }, missing }) => [
        risk,
        id,
        `${name}: needs ${missing.join(", ")}`,
      ]),
    ),
    section(
      "Warnings",
      warnings.map((warning) => [warning]),
    ),
    `\n${limitsText(plan)}\n`,
  ].join("");
}

function limitsText({ maxRequests, maxSeconds, rate }: Plan): string {
  const pace = rate === undefined ? "as fast as it answers" : `${rate} a second`;
  return `At most ${maxRequests} requests in ${maxSeconds} seconds, ${pace}.`;
}
