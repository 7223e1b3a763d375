/**
 * Widening what is shown of a row: a column more in the query, in the view and in its contract (API3).
 *
 * @module
 */

import type { Node, ObjectExpression, TSInterfaceDeclaration } from "oxc-parser";
import type { Operator, Place } from "../mutant.ts";
import {
  closedObject,
  namesOfShape,
  schemaTextOf,
  shapeOf,
  tablesOf,
  valueOf,
  type Column,
  type Located,
} from "../source/declarations.ts";
import { addProperty, insert, replace, type Edit } from "../source/edit.ts";
import { queriesIn, unreadColumns, type Query } from "../source/queries.ts";
import {
  calleeName,
  nodesIn,
  propertiesOf,
  shopSources,
  textOf,
  type Project,
  type SourceText,
} from "../source/source-text.ts";

const risk = "API3";

interface NamedShape {
  readonly name: string;
  readonly shape: Located<ObjectExpression>;
  readonly keys: ReadonlySet<string>;
}

/** The closed objects that a file can name. */
function namedShapes(project: Project, source: SourceText): readonly NamedShape[] {
  const names = new Set<string>();
  for (const node of nodesIn(source.program)) {
    if (node.type === "VariableDeclarator" && node.id.type === "Identifier")
      names.add(node.id.name);
    if (node.type === "ImportSpecifier") names.add(node.local.name);
  }
  return [...names].flatMap((name) => {
    const value = valueOf(project, source, name);
    const closed = value && closedObject(project, value.source, value.node);
    const shape = closed && shapeOf(project, closed);
    return shape === undefined ? [] : [{ name, shape, keys: namesOfShape(shape.node) }];
  });
}

function isWithin(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return [...one].every((name) => other.has(name));
}

function isSame(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && isWithin(one, other);
}

/** The row that an object literal is filled from, with the columns it takes. */
function rowOf(literal: ObjectExpression): { row: string; taken: ReadonlySet<string> } | undefined {
  const byRow = new Map<string, Set<string>>();
  for (const node of nodesIn(literal)) {
    if (node.type !== "MemberExpression" || node.computed) continue;
    if (node.object.type !== "Identifier" || node.property.type !== "Identifier") continue;
    const taken = byRow.get(node.object.name) ?? new Set();
    byRow.set(node.object.name, taken.add(node.property.name));
  }
  const [first] = [...byRow].toSorted(([, one], [, other]) => other.size - one.size);
  return first !== undefined && first[1].size >= 2 ? { row: first[0], taken: first[1] } : undefined;
}

interface View {
  readonly source: SourceText;
  readonly literal: ObjectExpression;
  readonly row: string;
  readonly taken: ReadonlySet<string>;
  readonly named: NamedShape;
  /** The innermost function around it. */
  readonly around: Node;
}

function isFunction(node: Node): boolean {
  return node.type === "FunctionDeclaration" || node.type === "Property";
}

function viewsOf(project: Project, source: SourceText): readonly View[] {
  const shapes = namedShapes(project, source);
  const functions = [...nodesIn(source.program)].filter(isFunction);
  const views: View[] = [];
  for (const literal of nodesIn(source.program)) {
    if (literal.type !== "ObjectExpression" || propertiesOf(literal).length < 3) continue;
    const filled = rowOf(literal);
    const named = shapes.find(({ keys }) => isSame(keys, namesOfShape(literal)));
    if (filled === undefined || named === undefined || named.shape.node === literal) continue;
    const around = functions.findLast(
      ({ type, start, end }) =>
        start < literal.start &&
        end > literal.end &&
        (type === "FunctionDeclaration" || queriesIn(literal).length === 0),
    );
    views.push({ source, literal, ...filled, named, around: around ?? source.program });
  }
  return views;
}

function interfaceNamed(
  project: Project,
  name: string,
): Located<TSInterfaceDeclaration> | undefined {
  for (const source of shopSources(project))
    for (const node of nodesIn(source.program))
      if (node.type === "TSInterfaceDeclaration" && node.id.name === name) return { source, node };
  return undefined;
}

function columnsOf({ source, node }: Located<TSInterfaceDeclaration>): readonly Column[] {
  return node.body.body.flatMap((member) =>
    member.type === "TSPropertySignature" &&
    member.key.type === "Identifier" &&
    member.typeAnnotation !== null &&
    member.typeAnnotation !== undefined
      ? [{ name: member.key.name, type: textOf(source, member.typeAnnotation.typeAnnotation) }]
      : [],
  );
}

/** The query behind a view: in the function itself, or the one of the file that reads all it takes. */
function queryBehind({ source, around, taken }: View): Query | undefined {
  const reads = (query: Query): boolean => isWithin(taken, query.selected);
  return queriesIn(around).find(reads) ?? queriesIn(source.program).find(reads);
}

function select(source: SourceText, { list }: Query, reference: string): Edit {
  return insert(source, list.elements.at(-1)?.end ?? list.start + 1, `, "${reference}"`);
}

interface Addition {
  readonly column: Column;
  readonly edits: readonly Edit[];
}

function additionsOf(project: Project, view: View): readonly Addition[] {
  const query = queryBehind(view);
  if (query !== undefined)
    return unreadColumns(query, tablesOf(project)).map((column) => ({
      column,
      edits: [select(view.source, query, column.reference)],
    }));
  // Whole rows are handed in: every column of their type is there already.
  const [, type = ""] = /\b(\w+Row)\b/.exec(textOf(view.source, view.around)) ?? [];
  const row = interfaceNamed(project, type);
  if (row === undefined) return [];
  return columnsOf(row)
    .filter(({ name }) => !view.taken.has(name))
    .map((column) => ({ column, edits: [] }));
}

function* widerViews(project: Project): Iterable<Place> {
  for (const source of shopSources(project))
    for (const view of viewsOf(project, source))
      for (const { column, edits } of additionsOf(project, view)) {
        const { name } = column;
        const schema = schemaTextOf(column);
        const { shape } = view.named;
        if (schema === undefined || view.named.keys.has(name)) continue;
        yield {
          subject: view.named.name,
          variant: name,
          risk,
          source,
          position: view.literal.start,
          edits: [
            addProperty(shape.source, shape.node, `${name}: ${schema}`),
            addProperty(source, view.literal, `${name}: ${view.row}.${name}`),
            ...edits,
          ],
        };
      }
}

/** Rows that are answered as they are read: the contract has the names of the query. */
function* widerRows(project: Project): Iterable<Place> {
  for (const source of shopSources(project))
    for (const query of queriesIn(source.program)) {
      const named = namedShapes(project, source).find(({ keys }) => isSame(keys, query.selected));
      if (named === undefined) continue;
      if (viewsOf(project, source).some((view) => view.named.name === named.name)) continue;
      const { shape } = named;
      const type = [...nodesIn(source.program)].find(
        (node) =>
          node.type === "TSInterfaceDeclaration" &&
          isSame(new Set(columnsOf({ source, node }).map(({ name }) => name)), query.selected),
      );
      for (const column of unreadColumns(query, tablesOf(project))) {
        const schema = schemaTextOf(column);
        if (schema === undefined) continue;
        const kind = column.type.startsWith("ColumnType<string") ? "string" : column.type;
        yield {
          subject: named.name,
          variant: column.name,
          risk,
          source,
          position: query.node.start,
          edits: [
            addProperty(shape.source, shape.node, `${column.name}: ${schema}`),
            select(source, query, column.reference),
            ...(type === undefined
              ? []
              : [insert(source, type.end - 1, `readonly ${column.name}: ${kind};\n`)]),
          ],
        };
      }
    }
}

function* droppedMasks(project: Project): Iterable<Place> {
  for (const source of shopSources(project))
    for (const node of nodesIn(source.program)) {
      if (node.type !== "CallExpression" || !calleeName(node).startsWith("mask")) continue;
      const [value] = node.arguments;
      if (value === undefined) continue;
      const edits = [replace(source, node, textOf(source, value))];
      yield { subject: textOf(source, node), risk, source, position: node.start, edits };
    }
}

/** Operators on projections. */
export const projectionOperators: readonly Operator[] = [
  {
    name: "projection-widened",
    what: "shows one more column of the tables that a view is made from",
    find: function* find(project) {
      yield* widerViews(project);
      yield* widerRows(project);
    },
  },
  {
    name: "mask-dropped",
    what: "shows whole what is shown masked",
    find: droppedMasks,
  },
];
