/**
 * The queries of the shop, as far as they say which columns they read of which tables.
 *
 * @module
 */

import type { ArrayExpression, CallExpression, Node } from "oxc-parser";
import type { Column } from "./declarations.ts";
import { callsIn, literalText } from "./source-text.ts";

/** One `select([…])`. */
export interface Query {
  readonly node: CallExpression;
  readonly list: ArrayExpression;
  /** Columns that it reads, without the alias of their table. */
  readonly selected: ReadonlySet<string>;
  /** Tables by alias; the alias is "" where there is none. */
  readonly tables: ReadonlyMap<string, string>;
  /** Columns that tables are joined by: the same value stands in the other table. */
  readonly joinedBy: ReadonlySet<string>;
}

function textsOf(nodes: readonly (Node | null)[]): readonly string[] {
  return nodes
    .map((node) => (node === null ? undefined : literalText(node)))
    .filter((text) => text !== undefined);
}

function queryOf(node: CallExpression): Query | undefined {
  const [list] = node.arguments;
  if (list?.type !== "ArrayExpression" || node.callee.type !== "MemberExpression") return undefined;
  const sources = callsIn(node.callee.object, "selectFrom", "innerJoin", "leftJoin");
  const tables = new Map<string, string>();
  const joinedBy = new Set<string>();
  for (const { arguments: parameters } of sources) {
    const [table = "", ...columns] = textsOf(parameters);
    const [name = "", alias = ""] = table.split(" as ");
    tables.set(alias, name);
    for (const column of columns) joinedBy.add(column);
  }
  const selected = new Set(textsOf(list.elements).map((text) => text.split(".").at(-1) ?? ""));
  return { node, list, selected, tables, joinedBy };
}

/** The queries under a node. */
export function queriesIn(node: Node): readonly Query[] {
  return callsIn(node, "select")
    .map(queryOf)
    .filter((query) => query !== undefined);
}

/** A column that a query could read and does not. */
export interface UnreadColumn extends Column {
  /** As it would stand in the list: "u.salary". */
  readonly reference: string;
}

/** Columns of the tables of a query that it leaves out. */
export function unreadColumns(
  query: Query,
  tables: ReadonlyMap<string, readonly Column[]>,
): readonly UnreadColumn[] {
  return [...query.tables].flatMap(([alias, table]) =>
    (tables.get(table) ?? [])
      .map((column) => ({
        ...column,
        reference: alias === "" ? column.name : `${alias}.${column.name}`,
      }))
      .filter(({ name, reference }) => !query.selected.has(name) && !query.joinedBy.has(reference)),
  );
}
