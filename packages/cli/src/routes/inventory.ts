/**
 * The inventory of an API as rows, wherever it was read.
 *
 * @module
 */

import { alignColumns } from "../printable.ts";

/** One endpoint: what it is, who answers for it, what protects it. "" is: nobody said. */
export interface InventoryRow {
  readonly method: string;
  readonly path: string;
  readonly access: string;
  readonly quota: string;
  readonly lifecycle: string;
  readonly team: string;
}

/** An escape hatch: a place where somebody took a defence back on purpose. */
export interface EscapeHatch {
  /** "METHOD /path" of the endpoint, or the way out that has it. */
  readonly place: string;
  readonly hatch: string;
}

/** An inventory that was read. */
export interface Inventory {
  readonly rows: readonly InventoryRow[];
  /** `undefined` where they are not said: documents for the public keep them back. */
  readonly hatches: readonly EscapeHatch[] | undefined;
  /** What the reader of the table should know. */
  readonly notes: readonly string[];
}

/** Rows in the one order of all documents: by path, then by method, by code unit. */
export function sortRows(rows: readonly InventoryRow[]): readonly InventoryRow[] {
  return rows.toSorted((a, b) => compareText(a.path, b.path) || compareText(a.method, b.method));
}

// Not localeCompare: the order must not depend on the machine.
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The inventory as a table. */
export function inventoryTable({ rows, notes }: Inventory): string {
  const table = alignColumns([
    ["METHOD", "PATH", "ACCESS", "QUOTA", "LIFECYCLE", "TEAM"],
    ...rows.map(({ method, path, access, quota, lifecycle, team }) =>
      [method, path, access, quota, lifecycle, team].map((cell) => (cell === "" ? "-" : cell)),
    ),
  ]);
  return [
    table,
    `\n${counted(rows.length, "endpoint")}\n`,
    ...notes.map((note) => `${note}\n`),
  ].join("");
}

/** The escape hatches as a table. */
export function hatchTable(hatches: readonly EscapeHatch[]): string {
  if (hatches.length === 0) return "no escape hatch\n";
  const table = alignColumns([
    ["WHERE", "ESCAPE HATCH"],
    ...hatches.map(({ place, hatch }) => [place, hatch]),
  ]);
  return `${table}\n${counted(hatches.length, "escape hatch", "escape hatches")}\n`;
}

function counted(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}
